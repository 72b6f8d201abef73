"""Who may ask kb serve: users, their tokens, their collections, and proxies that sign people in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kb.access.callers import OWNING, Caller, Role
from kb.access.users import User, UserFile, new_token
from kb.errors import RequestRejected, StoreDamaged, UsageError
from kb.serving.audit import Audit
from kb.serving.guard import Guard

PROXY = "10.0.0.5"


@pytest.fixture
def users(tmp_path: Path) -> UserFile:
    return UserFile(tmp_path)


def added(users: UserFile, name: str, *collections: str, role: Role = Role.READER) -> str:
    token, digest = new_token()
    users.add(User(name, role, collections, digest))
    return token


def guard(users: UserFile) -> Guard:
    def of(token: str) -> Caller | None:
        found = users.by_token(token)
        return found.caller if found else None

    def named(name: str) -> Caller | None:
        found = users.users().get(name)
        return found.caller if found else None

    names = frozenset({"kb"})
    return Guard(names, "the-owners", of, named, "remote-user", frozenset({PROXY}))


def caller(users: UserFile, peer: str = "127.0.0.1", **headers: str) -> Caller | int:
    sent = {"host": "kb", **{name.replace("_", "-"): value for name, value in headers.items()}}
    try:
        found = guard(users).check("/api/ask", sent, peer)
    except RequestRejected as rejected:
        return rejected.status
    assert found is not None
    return found


def test_a_token_tells_whose_it_is_and_is_kept_as_a_hash(users: UserFile) -> None:
    token = added(users, "anna", "law", role=Role.EDITOR)
    assert caller(users, authorization=f"Bearer {token}") == Caller(
        "anna", Role.EDITOR, frozenset({"law"})
    )
    assert token not in users.path.read_text()
    assert users.path.stat().st_mode & 0o077 == 0


def test_the_servers_own_token_is_its_owners(users: UserFile) -> None:
    assert caller(users, authorization="Bearer the-owners") == OWNING


@pytest.mark.parametrize("authorization", ["", "Bearer ", "Bearer wrong", "Basic the-owners"])
def test_any_other_token_is_none(users: UserFile, authorization: str) -> None:
    # One whom the proxy signs in has no token, and so no empty one.
    users.add(User("zhang.wei@lan", Role.READER, ("law",)))
    assert caller(users, authorization=authorization) == 401


def test_a_new_token_ends_the_old_one_and_a_removed_user_is_nobody(users: UserFile) -> None:
    old = added(users, "anna", "law")
    new, digest = new_token()
    users.change("anna", digest=digest)
    assert caller(users, authorization=f"Bearer {old}") == 401
    assert isinstance(caller(users, authorization=f"Bearer {new}"), Caller)
    users.remove("anna")
    assert caller(users, authorization=f"Bearer {new}") == 401


def test_a_running_server_knows_at_once_what_another_process_granted(users: UserFile) -> None:
    token = added(users, "anna", "law")
    serving = guard(users)
    UserFile(users.path.parents[1]).change("anna", collections=("law", "hr"))
    found = serving.check("/api/ask", {"host": "kb", "authorization": f"Bearer {token}"})
    assert found is not None
    assert found.may_see("hr")


def test_a_name_in_a_header_is_believed_from_a_listed_proxy_alone(users: UserFile) -> None:
    users.add(User("zhang.wei@lan", Role.READER, ("law",)))
    found = caller(users, PROXY, remote_user="zhang.wei@lan")
    assert isinstance(found, Caller)
    assert found.name == "zhang.wei@lan"
    assert caller(users, "10.0.0.6", remote_user="zhang.wei@lan") == 401
    assert caller(users, PROXY, remote_user="somebody@else") == 403


def test_what_is_not_granted_is_not_seen() -> None:
    anna = Caller("anna", Role.READER, frozenset({"law"}))
    assert anna.sees(("hr", "law")) == ("law",)
    with pytest.raises(RequestRejected) as rejected:
        anna.require(Role.EDITOR)
    assert rejected.value.status == 403
    Caller("root", Role.ADMIN).require(Role.EDITOR)


@pytest.mark.parametrize("name", ["", " anna", "a\nb", "a\u202eb", "owner", "x" * 201])
def test_a_name_that_a_log_could_not_hold_is_none(users: UserFile, name: str) -> None:
    with pytest.raises(UsageError):
        users.add(User(name, Role.READER, ()))


def test_a_name_is_one_person(users: UserFile) -> None:
    added(users, "anna")
    with pytest.raises(UsageError, match="already"):
        added(users, "anna")


@pytest.mark.parametrize("content", ["", "null", "[]", '{"users": [1]}', '{"users": [{}]}'])
def test_a_file_of_something_else_is_damage_in_three_lines(users: UserFile, content: str) -> None:
    users.path.parent.mkdir()
    users.path.write_text(content)
    with pytest.raises(StoreDamaged):
        users.users()


def test_the_audit_log_says_who_did_what_and_texts_only_where_they_are_wanted(
    tmp_path: Path,
) -> None:
    Audit(tmp_path).keep(OWNING, "ask", "law", "found", "张飞的电话号码")
    Audit(tmp_path, with_text=True).keep(OWNING, "ask", "law", "refused", "x\u202e\n")
    first, second = (tmp_path / "audit.jsonl").read_text().splitlines()
    assert {k: v for k, v in json.loads(first).items() if k != "time"} == {
        "user": "owner",
        "role": "admin",
        "action": "ask",
        "collection": "law",
        "outcome": "found",
    }
    assert second.isascii()
    assert json.loads(second)["text"] == "x\u202e\n"


def test_the_audit_log_is_rotated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kb.serving.audit._MOST_BYTES", 300)
    audit = Audit(tmp_path)
    for number in range(20):
        audit.keep(OWNING, "ask", "law", "found", str(number))
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "audit.jsonl",
        *(f"audit.jsonl.{number}" for number in (1, 2, 3, 4)),
    ]
