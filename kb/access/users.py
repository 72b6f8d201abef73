"""Who may ask `kb serve`: names, roles, collections, and tokens of which only hashes are kept.

`KB_HOME/users/users.json`, written by `kb users` alone: what the server may write never says who
may do what. A token is 256 random bits, so one SHA-256 of it is enough: there is nothing to guess
that a slow hash (scrypt, Argon2) would make slower, and every request is checked.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from kb import atomic
from kb.access.callers import OWNER, Caller, Role, conversations_of
from kb.errors import KbError, StoreDamaged, StoreError, UsageError

FOLDER = "users"
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class User:
    """One who may ask. `collections` are names; `digest` is the SHA-256 of the token, 64 hex
    digits, empty for one whom a proxy signs in."""

    name: str
    role: Role
    collections: tuple[str, ...]
    digest: str = ""

    @property
    def caller(self) -> Caller:
        return Caller(self.name, self.role, frozenset(self.collections))


def new_token() -> tuple[str, str]:
    """A token, and the digest that is kept of it."""
    token = secrets.token_urlsafe(32)
    return token, digest(token)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


class UserFile:
    """The users of a home, read anew when the file has changed."""

    def __init__(self, home: Path) -> None:
        self.path = home / FOLDER / "users.json"
        self._known: dict[str, User] = {}
        self._stamp: tuple[int, int, int] | None = None

    def users(self) -> Mapping[str, User]:
        """By name.

        Raises:
            StoreError, StoreDamaged: the file cannot be read, or holds something else.
        """
        try:
            status = self.path.stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._known = _parsed(self.path.read_bytes(), self.path)
                self._stamp = stamp
        except FileNotFoundError:
            self._known, self._stamp = {}, None
        except OSError as error:
            raise _unreadable(self.path, error) from error
        return self._known

    def by_token(self, token: str) -> User | None:
        wanted = digest(token)
        # A lookup by the digest tells an attacker by its time nothing of the token.
        return next((one for one in self.users().values() if one.digest == wanted), None)

    def add(self, user: User) -> None:
        """Raises UsageError: the name is taken, or none."""
        check_name(user.name)
        with self._alone():
            self._add(user)

    def _add(self, user: User) -> None:
        if user.name in self.users():
            raise UsageError(
                f"there is a user '{user.name}' already",
                why="a name stands for one person",
                hint=f"change it with: kb users grant {user.name}; a new token: "
                f"kb users token {user.name}",
            )
        self._write({**self.users(), user.name: user})

    def change(self, name: str, **changes: object) -> User:
        """Raises UsageError: there is no such user."""
        with self._alone():
            changed = replace(self.user(name), **changes)  # type: ignore[arg-type]
            self._write({**self.users(), name: changed})
        return changed

    def remove(self, name: str) -> User:
        """The user's conversations go, too: whoever has the name next is another person.

        Raises UsageError: there is no such user.
        """
        with self._alone():
            gone = self.user(name)
            shutil.rmtree(conversations_of(self.path.parents[1], name), ignore_errors=True)
            self._write({one: user for one, user in self.users().items() if one != name})
        return gone

    def user(self, name: str) -> User:
        """Raises UsageError: there is no such user."""
        found = self.users().get(name)
        if found is None:
            raise UsageError(
                f"there is no user '{name}'",
                why=f"there are: {', '.join(self.users()) or 'none'}",
                hint=f"kb users list shows them; kb users add {name} adds one",
            )
        return found

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """While no other `kb users` changes the file."""
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path.parent / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, users: Mapping[str, User]) -> None:
        content = {
            "users": [
                {
                    "name": one.name,
                    "role": one.role.value,
                    "collections": [*one.collections],
                    "token_sha256": one.digest,
                }
                for one in sorted(users.values(), key=lambda user: user.name)
            ]
        }
        try:
            text = json.dumps(content, ensure_ascii=False, indent=1)
            atomic.replace_text(self.path, text, fsync=True, fsync_folder=True, mode=0o600)
        except OSError as error:
            raise _unreadable(self.path, error) from error
        self._stamp = None


def check_name(name: str) -> None:
    """Raises UsageError: it is no name that a line of a log could hold."""
    if not name.strip() or name != name.strip() or not name.isprintable():
        why = "it is empty, or has spaces at its ends or characters that cannot be seen"
    elif len(name) > _LONGEST_NAME:
        why = f"it has more than {_LONGEST_NAME} characters"
    elif name == OWNER:
        why = "it stands for whoever holds the server's own token"
    else:
        return
    raise UsageError(
        f"{name[:40]!r} cannot be a user's name", why=why, hint="for example: anna, zhang.wei@lan"
    )


def _parsed(content: bytes, path: Path) -> dict[str, User]:
    try:
        found = [
            User(
                str(one["name"]),
                Role(one["role"]),
                tuple(str(name) for name in one["collections"]),
                str(one["token_sha256"]),
            )
            for one in json.loads(content)["users"]
        ]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StoreDamaged(
            f"{path} does not hold users",
            why=f"{type(error).__name__}: {error}",
            hint="move it away, and add them again with: kb users add NAME",
        ) from error
    return {one.name: one for one in found}


def _unreadable(path: Path, error: OSError) -> KbError:
    return StoreError(
        f"the users in {path} cannot be read or written",
        why=error.strerror or str(error),
        hint="the folder belongs to whoever runs kb serve; kb doctor says what is wrong with it",
    )
