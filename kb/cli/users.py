"""`kb users`: who may ask `kb serve`."""

from __future__ import annotations

from collections.abc import Iterable

import click

from kb.access.callers import Role
from kb.access.users import User, UserFile, check_name, new_token
from kb.cli.app import App, emit, json_option, note, pass_app, say
from kb.cli.command import Group
from kb.cli.needs import Needs
from kb.errors import UsageError

_READS = Needs(lists_users=True)
_WRITES = Needs(outside_sandbox="no command in the sandbox may write who may do what")

_role = click.option(
    "--role",
    type=click.Choice([one.value for one in Role]),
    help="reader asks, editor also adds documents, admin also sees the server's state.",
)
_collections = click.option(
    "--collection",
    "--collections",
    "named",
    multiple=True,
    metavar="NAME[,NAME…]",
    help="A collection that this person may see. May be repeated.",
)


@click.group("users", cls=Group, default="list")
def command() -> None:
    """Who may ask `kb serve`, in which role, which collections.

    \b
    Example:
      kb users add anna --role editor --collection law,hr
    """


@command.command("list", needs=_READS)
@json_option
@pass_app
def show(app: App, as_json: bool) -> None:
    """Every user, with role and collections.

    \b
    Example:
      kb users list
    """
    users = UserFile(app.settings.home).users()
    if as_json:
        emit({"users": [_fields(one) for one in users.values()]})
        return
    for one in users.values():
        _say(one)
    if not users:
        say("there are no users: whoever has the token of kb serve asks as its owner")


@command.command("add", needs=_WRITES)
@click.argument("name")
@_role
@_collections
@click.option("--no-token", is_flag=True, help="For somebody whom a proxy signs in.")
@json_option
@pass_app
def add(
    app: App,
    name: str,
    role: str | None,
    named: tuple[str, ...],
    no_token: bool,
    as_json: bool,
) -> None:
    """Add a user, and print the token, which is shown this once.

    Without --collection it is the collection in use, without --role a reader.

    \b
    Example:
      kb users add anna --role editor --collection law,hr
    """
    check_name(name)
    token, digest = ("", "") if no_token else new_token()
    chosen = _split(named) or app.settings.collections
    user = User(name, Role(role or Role.READER), tuple(chosen), digest)
    UserFile(app.settings.home).add(user)
    _show_token(user, token, as_json=as_json)


@command.command("token", needs=_WRITES)
@click.argument("name")
@json_option
@pass_app
def token(app: App, name: str, as_json: bool) -> None:
    """Give a user a new token, shown this once; the old one is no longer valid.

    \b
    Example:
      kb users token anna
    """
    made, digest = new_token()
    _show_token(UserFile(app.settings.home).change(name, digest=digest), made, as_json=as_json)


@command.command("grant", output="report", needs=_WRITES)
@click.argument("name")
@click.argument("more", nargs=-1, metavar="[COLLECTION]…")
@_role
@_collections
@click.option("--revoke", is_flag=True, help="Take these collections away instead.")
@json_option
@pass_app
def grant(
    app: App,
    name: str,
    more: tuple[str, ...],
    role: str | None,
    named: tuple[str, ...],
    revoke: bool,
    as_json: bool,
) -> None:
    """Give a user collections, or another role.

    A server that runs knows it at once.

    \b
    Example:
      kb users grant anna finance --role reader
      kb users grant anna hr --revoke
    """
    chosen = (*_split(more), *_split(named))
    if not (chosen or role):
        raise UsageError(
            "nothing is granted",
            why="neither a collection nor a role is named",
            hint=f"kb users grant {name} COLLECTION, or --role editor",
        )
    file = UserFile(app.settings.home)
    before = file.user(name)
    kept = [one for one in before.collections if not (revoke and one in chosen)]
    after = kept if revoke else [*dict.fromkeys((*kept, *chosen))]
    user = file.change(name, collections=tuple(after), role=Role(role) if role else before.role)
    if as_json:
        emit({"users": [_fields(user)]})
    else:
        _say(user)


@command.command("remove", output="report", needs=_WRITES)
@click.argument("name")
@json_option
@pass_app
def remove(app: App, name: str, as_json: bool) -> None:
    """Take a user's access away.

    \b
    Example:
      kb users remove anna
    """
    gone = UserFile(app.settings.home).remove(name)
    if as_json:
        emit({"users": [_fields(gone)]})
    else:
        say(f"removed {gone.name}")


def _split(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(part.strip() for name in names for part in name.split(",") if part.strip())


def _fields(user: User) -> dict[str, object]:
    return {"name": user.name, "role": user.role.value, "collections": [*user.collections]}


def _say(user: User) -> None:
    signed_in = "" if user.digest else "; signed in by the proxy"
    say(f"{user.name}: {user.role.value}; {', '.join(user.collections) or 'none'}{signed_in}")


def _show_token(user: User, made: str, *, as_json: bool) -> None:
    if as_json:
        emit({"users": [_fields(user)], "token": made or None})
        return
    _say(user)
    if made:
        say(f"token: {made}")
        note("the token is shown this once; kb keeps its hash alone")
