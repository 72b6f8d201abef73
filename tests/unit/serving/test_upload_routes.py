"""/api/uploads and /api/me: whose uploads they are, what is refused, and what is left of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from kb import config
from kb.errors import RequestRejected
from kb.serving.app import Service
from kb.serving.conversations import Conversations
from kb.serving.ingestion import Ingestion, Run, Trouble
from kb.serving.uploads import Uploads
from kb.session.inspection import TakenIn
from kb.types import Failure
from tests.serving import Got
from tests.unit.serving.calls import ANNA, GUARD, FakeBackend, call


class FakeIngestion(Ingestion):
    """Notes what is to be done, and does nothing."""

    def __init__(self, home: Path) -> None:
        super().__init__(config.load(home=home, environ={}))
        self.runs: dict[str, Run] = {}
        self.wanted: list[str] = []
        self.removing: list[Path] = []
        self.refused: dict[Path, Trouble] = {}

    def take_in(self, collection: str, folder: Path) -> None:
        self.wanted.append(f"{collection}: {folder.name}")

    def remove(self, collection: str, path: Path, known: object) -> None:
        self.removing.append(path)

    def state(self, collection: str) -> Run | None:
        return self.runs.get(collection)

    def removes(self, path: Path) -> bool:
        return path in self.removing

    def not_removed(self, path: Path) -> Trouble | None:
        return self.refused.get(path)


class Office:
    """A server with an inbox; `taken` is what its index holds of it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.taken = TakenIn(frozenset(), {})
        self.ingestion = FakeIngestion(home)
        self.inbox = Uploads(
            home, self.ingestion, lambda name, folder: self.taken, megabytes=1, files=3
        )
        kept = Conversations(home, days=0)
        self.service = Service(FakeBackend(), GUARD, kept, inbox=self.inbox)

    def send(self, name: str, *parts: bytes, ends: bool = True, token: str = "anna") -> Got:
        sent, named = parts or (b"due on 1 May",), {"name": name}
        path = "/api/uploads"
        return call(self.service, "POST", path, parts=sent, ends=ends, token=token, query=named)

    def states(self) -> dict[str, tuple[str, str]]:
        """Of the uploads by name: the state, and the reference of its trouble."""
        found = call(self.service, "GET", "/api/uploads").json["uploads"]
        return {
            one["name"]: (one["state"], (one["trouble"] or {}).get("reference", ""))
            for one in found
        }

    def path(self, name: str) -> Path:
        return self.home / "inbox" / "law" / "anna" / name

    @property
    def left(self) -> list[str]:
        """Every file below the inbox."""
        files = (self.home / "inbox").rglob("*")
        return sorted(str(one.relative_to(self.home)) for one in files if one.is_file())


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    yield office
    office.service.stop()


def test_a_file_is_in_the_inbox_whole_and_is_taken_in(office: Office) -> None:
    assert office.send("租约.md", b"due on ", b"1 May").status == 200
    assert office.path("租约.md").read_bytes() == b"due on 1 May"
    assert office.path("租约.md").parent.stat().st_mode & 0o077 == 0
    assert office.ingestion.wanted == ["law: law"]
    [shown] = call(office.service, "GET", "/api/uploads").json["uploads"]
    assert (shown["name"], shown["bytes"], shown["state"]) == ("租约.md", 12, "waiting")


@pytest.mark.parametrize(
    ("parts", "status", "reason"),
    [
        ((b"x" * (1 << 20), b"x"), 413, "the file is too large"),
        ((b"",), 400, "the file is empty"),
    ],
)
def test_of_a_file_that_is_refused_nothing_is_left(
    office: Office, parts: tuple[bytes, ...], status: int, reason: str
) -> None:
    got = office.send("a.md", *parts)
    assert (got.status, got.reason) == (status, reason)
    assert office.left == []
    assert office.ingestion.wanted == []


def test_a_file_that_is_announced_as_too_large_is_not_read(office: Office) -> None:
    got = call(
        office.service,
        *("POST", "/api/uploads"),
        parts=(b"x",),
        headers=[("content-length", str(2 << 20))],
        query={"name": "a.md"},
    )
    assert (got.status, got.reason) == (413, "the file is too large")
    assert office.left == []


def test_of_a_file_whose_sender_goes_away_nothing_is_left(office: Office) -> None:
    assert office.send("a.md", b"due on ", ends=False).status == 499
    assert office.left == []
    assert office.send("a.md").status == 200


def test_nothing_is_written_over(office: Office) -> None:
    office.send("a.md", b"first")
    got = office.send("a.md", b"second")
    assert (got.status, got.reason) == (409, "you have uploaded a 'a.md' already")
    assert office.path("a.md").read_bytes() == b"first"


def test_a_person_has_so_many_files_and_no_more(office: Office) -> None:
    for number in range(3):
        assert office.send(f"{number}.md").status == 200
    assert (office.send("3.md").status, len(office.left)) == (413, 3)


def test_so_many_files_of_a_person_arrive_at_once_and_no_more(tmp_path: Path) -> None:
    inbox = Office(tmp_path).inbox
    inbox.most_files = 100
    arriving = [inbox.arriving(ANNA, "law", f"{number}.md") for number in range(5)]
    for one in arriving[:4]:
        one.__enter__()
    with pytest.raises(RequestRejected, match="arrive at once") as caught:
        arriving[4].__enter__()
    assert caught.value.status == 503
    for one in arriving[:4]:
        one.__exit__(None, None, None)
    with inbox.arriving(ANNA, "law", "5.md") as file:
        file.write(b"x")
    assert (tmp_path / "inbox/law/anna/5.md").exists()


def test_what_was_on_its_way_when_the_server_ended_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "inbox" / ".incoming").mkdir(parents=True)
    (tmp_path / "inbox" / ".incoming" / "half").write_text("half")
    assert Office(tmp_path).left == []


def test_readers_and_others_collections_take_none(office: Office) -> None:
    assert office.send("a.md", token="rita").status == 403
    hr = {"name": "a.md", "collection": "hr"}
    got = call(office.service, "POST", "/api/uploads", parts=(b"x",), query=hr)
    assert got.status == 404
    assert office.left == []
    assert call(office.service, "GET", "/api/me").json == {
        "name": "anna",
        "role": "editor",
        "collections": ["law"],
        "models": ["small:1b"],
        "uploads": {"most_bytes": 1 << 20, "most_files": 3},
    }
    assert call(office.service, "GET", "/api/me", token="rita").json["uploads"] is None


def test_a_server_that_takes_none_says_so(tmp_path: Path) -> None:
    service = Service(FakeBackend(), GUARD, Conversations(tmp_path, days=0))
    got = call(service, "GET", "/api/uploads")
    service.stop()
    assert (got.status, got.reason) == (404, "this server takes no uploads")
    assert call(service, "GET", "/api/me").json["uploads"] is None


def test_each_upload_says_how_far_it_is(office: Office) -> None:
    for name in ("ready.md", "bad.md", "~$x"):
        office.send(name)
    failure = Failure("law", "anna/bad.md", "parse", "damaged", "broken", "save it again", 1, 1)
    office.taken = TakenIn(frozenset({"anna/ready.md"}), {"anna/bad.md": failure})
    assert office.states() == {
        "ready.md": ("ready", ""),
        "bad.md": ("failed", "damaged"),
        "$x": ("waiting", ""),
    }


@pytest.mark.parametrize(
    ("run", "shown"),
    [
        (Run("running", began=2e9), ("reading", "")),
        (Run("running", began=1.0), ("waiting", "")),  # it began before the file was there
        (Run("done", began=2e9), ("failed", "passed-over")),
        (Run("failed", trouble=Trouble("lock-held", "", "")), ("failed", "lock-held")),
    ],
)
def test_the_state_of_a_run_is_that_of_what_came_before_it(
    office: Office, run: Run, shown: tuple[str, str]
) -> None:
    office.send("a.md")
    os.utime(office.path("a.md"), (1e9, 1e9))
    office.ingestion.runs["law"] = run
    assert office.states() == {"a.md": shown}


def test_what_waits_without_a_run_is_taken_in_by_whoever_looks(office: Office) -> None:
    office.send("a.md")
    office.ingestion.wanted.clear()  # as after a new start of the server
    office.states()
    assert office.ingestion.wanted == ["law: law"]


def test_an_upload_is_removed_by_its_own_person_alone(office: Office) -> None:
    office.send("a.md")

    def remove(name: str, token: str = "anna") -> int:
        named = {"name": name}
        return call(office.service, "DELETE", "/api/uploads", query=named, token=token).status

    assert remove("a.md", token="owner") == 404
    assert [remove(name) for name in ("b.md", "../anna/a.md", "")] == [404, 404, 400]
    assert office.ingestion.removing == []
    assert remove("a.md") == 200
    assert office.states() == {"a.md": ("removing", "")}


def test_an_upload_that_could_not_be_removed_can_still_be_asked_and_says_why(
    office: Office,
) -> None:
    office.send("a.md")
    office.taken = TakenIn(frozenset({"anna/a.md"}), {})
    office.ingestion.refused[office.path("a.md")] = Trouble("lock-held", "", "")
    assert office.states() == {"a.md": ("ready", "lock-held")}
