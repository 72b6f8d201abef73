"""Every small file that kb keeps its state in, holding whatever, or being something else than a
file: exit 7 (or another of kb's own codes), or passed over; no traceback, and nobody waits."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb import egress_log
from kb.answering.refusal import Threshold
from kb.cli.chat_history import History
from kb.cli.main import run
from kb.errors import KbError, StoreDamaged
from kb.index.catalog import Catalog
from kb.index.checks import compare, look_over
from kb.index.disk import clone_tree
from kb.index.generation import Collection
from kb.index.identity import new_identity, read_identity, write_identity
from kb.index.layout import Layout
from kb.index.run_log import RunRecord
from kb.models.reading_speed import Gauge
from kb.pipelines.calibrate import stored_threshold, stored_wording
from kb.run_types import RunCounts
from kb.types import Citation, SourceRoot, Turn
from tests.index_samples import FINGERPRINT, contents, put, unit_vector

OLD = {"a.md": ["one"], "b.md": ["two"]}
GENERATION = "collections/default/generations/00000002"
STATE = (
    *("FORMAT", "ID", "CURRENT", "runs.jsonl", "sources.json", "lock", "embeddings.sqlite"),
    *("embeddings.sqlite-wal", "embeddings.sqlite-shm"),
)
FILES = (
    *(f"collections/default/{name}" for name in STATE),
    *(f"{GENERATION}/{name}" for name in ("manifest.json", "checksums", "catalog.sqlite")),
    f"{GENERATION}/vectors/edge_config.json",
    *(
        "state/models.json",
        "state/egress.jsonl",
        "state/egress.jsonl.1",
        "chats/20260101T000000000000Z.jsonl",
    ),
)
FOLDERS = ("chats", "collections/default/generations", GENERATION, f"{GENERATION}/vectors")
_SECONDS = 120
EXAMPLES = 100 if os.environ.get("KB_TEST_NIGHTLY") else 3
COMMANDS = (
    ["status"],
    ["history"],
    ["sources", "--json"],
    ["check", "--quick"],
    ["egress-report", "--json"],
    ["show", "a.md"],
)


@pytest.fixture(autouse=True)
def _nobody_waits() -> Iterator[None]:
    """Whoever waits for a named pipe is woken by an error."""

    def give_up(*_: object) -> None:
        raise TimeoutError("it waits for something that never comes")

    before = signal.signal(signal.SIGALRM, give_up)
    signal.alarm(_SECONDS)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def made(memory: Path | None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with one of everything."""
    home = (memory or tmp_path_factory.mktemp("state")) / "state" / "home"
    collection = Collection(home, "default")
    for path, texts in OLD.items():
        with collection.writer() as draft:
            draft.begin(FINGERPRINT)
            put(draft, path, texts)
            draft.catalog.put_source(SourceRoot("docs", "/docs"))
            draft.cache.put(FINGERPRINT.digest, {text: unit_vector(text) for text in texts})
            draft.commit()
        collection.append_run(RunRecord("2026-11-23T08:00:00+00:00", "ingest", "done", 1))
    write_identity(Layout(collection.folder), new_identity())
    Gauge("model", home / "state/models.json").learn(estimated=999, tokens=900, seconds=9.0)
    egress_log.append(home / "state" / egress_log.NAME, "ask", "socket.connect", "192.0.2.1")
    citation = Citation(1, "a.md", None, 7, "", "one")
    History(home).append(Turn("question", "", "answer", (citation,)))
    return home


@contextmanager
def copied(made: Path) -> Iterator[Path]:
    home = made.parent / "copy"
    shutil.rmtree(home, ignore_errors=True)
    clone_tree(made, home)  # holes stay holes
    yield home
    shutil.rmtree(home)


def use(home: Path) -> set[type[KbError]]:
    """Everything that reads the state, then what writes it. Only kb's own errors may come."""
    failed: set[type[KbError]] = set()

    def attempt(work: Callable[[], object]) -> None:
        try:
            work()
        except KbError as error:
            failed.add(type(error))

    collection = Collection(home, "default")
    for work in (
        lambda: _read(collection),
        collection.generations,
        lambda: read_identity(Layout(collection.folder)),
        lambda: [vars_of(one) for one in collection.runs()],
        lambda: Gauge("model", home / "state/models.json").tokens(len)("text"),
        lambda: egress_log.read(home / "state" / egress_log.NAME),
        lambda: History(home).resume_last(),
        lambda: _write(collection),
        collection.fall_back,
        collection.rollback,
        lambda: Gauge("model", home / "state/models.json").learn(
            estimated=99, tokens=90, seconds=1.0
        ),
        lambda: History(home).append(Turn("question", "", "answer")),
    ):
        attempt(work)
    with suppress(OSError):  # its caller, the guard, goes on without
        egress_log.append(home / "state" / egress_log.NAME, "ask", "socket.connect", "192.0.2.1")
    return failed


def vars_of(record: RunRecord) -> dict[str, Any]:
    """As `kb history` prints it."""
    assert f"{record.started:<20} {record.outcome:<12} {record.seconds:.1f}"
    return record.as_line()


def _read(collection: Collection) -> None:
    with collection.reader() as live:
        contents(live.catalog)
        live.catalog.sources()
        look_over(live)
        compare(live)
        live.vectors.search_dense(unit_vector("question"), 2)


def _write(collection: Collection) -> None:
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "c.md", ["three"])
        draft.cache.get(FINGERPRINT.digest, ["one"])
        draft.commit()


# --- something else than a file -------------------------------------------------------


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _link_to_nowhere(path: Path) -> None:
    path.symlink_to("nowhere")


def _link_to_itself(path: Path) -> None:
    path.symlink_to(path.name)


def _file(path: Path) -> None:
    path.write_text("text")


OTHERS = (_pipe, _device, _link_to_nowhere, _link_to_itself, Path.mkdir)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        # By day for each file a pipe, at which one may wait, and another kind in turn.
        pytest.param(name, place, marks=() if place in (_pipe, other) else pytest.mark.nightly)
        for name, other in zip(FILES, cycle(OTHERS[1:]))
        for place in OTHERS
    ],
)
def test_what_is_no_file_is_damage_or_passed_over(
    made: Path, name: str, place: Callable[[Path], None]
) -> None:
    with copied(made) as home:
        path = home / name
        path.unlink(missing_ok=True)
        place(path)
        for command in COMMANDS:
            assert run(["--home", str(home), *command]) in (0, 4, 5, 7), command
        use(home)


@pytest.mark.parametrize("place", [_pipe, _device, _link_to_nowhere, _file])
@pytest.mark.parametrize("name", FOLDERS)
def test_what_is_no_folder_is_damage_or_passed_over(
    made: Path, name: str, place: Callable[[Path], None]
) -> None:
    with copied(made) as home:
        shutil.rmtree(home / name)
        place(home / name)
        for command in COMMANDS:
            assert run(["--home", str(home), *command]) in (0, 4, 5, 7), command
        use(home)


@pytest.mark.parametrize(
    "name", ["FORMAT", "CURRENT", "lock", "embeddings.sqlite", "generations/00000002/manifest.json"]
)
def test_a_link_in_the_place_of_what_is_needed_is_damage(made: Path, name: str) -> None:
    """Even one to a file of the right content: what kb writes next would land elsewhere."""
    with copied(made) as home:
        path = home / "collections/default" / name
        path.rename(home / "elsewhere")
        path.symlink_to(home / "elsewhere")
        assert StoreDamaged in use(home)


# --- whatever content -----------------------------------------------------------------

DEEP = "[" * 100_000
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**300)
    | st.floats()
    | st.text()
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def replaced_in(found: object, draw: st.DrawFn) -> object:
    """One value of a JSON object, at any depth, replaced by another, or left out, or one more."""
    if isinstance(found, list) and found:
        at = draw(st.integers(0, len(found) - 1))
        return [replaced_in(one, draw) if n == at else one for n, one in enumerate(found)]
    if isinstance(found, dict) and found:
        name = draw(st.sampled_from(sorted(found)))
        way = draw(st.integers(0, 3))
        if way == 0:
            return {key: one for key, one in found.items() if key != name}
        if way == 1:
            return {**found, draw(st.text()): draw(values)}
        inner = replaced_in(found[name], draw) if way == 2 else draw(values)
        return {**found, name: inner}
    return draw(values)


@st.composite
def contents_for(draw: st.DrawFn, before: bytes) -> bytes:
    """Anything; JSON of anything; and what was there, with one value or one byte changed."""
    way = draw(st.integers(0, 4))
    if way == 0:
        return draw(st.binary(max_size=200))
    if way == 1:
        return draw(st.sampled_from([b"null", b"", DEEP.encode(), b"\xff\xfe", b"9" * 5000, b"{"]))
    if way == 2:
        return _json(draw(values))
    if way == 3 and before:
        at = draw(st.integers(0, len(before) - 1))
        return before[:at] + bytes([draw(st.integers(0, 255))]) + before[at + 1 :]
    lines = before.splitlines() or [b"{}"]
    try:
        found = json.loads(before) if before.startswith(b"{\n") else json.loads(lines[-1])
    except ValueError:
        return before + draw(st.binary(max_size=20))
    return _json(replaced_in(found, draw)) + b"\n"


@pytest.mark.parametrize("name", [name for name in FILES if not name.endswith(("wal", "shm"))])
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_whatever_a_state_file_holds(made: Path, name: str, data: st.DataObject) -> None:
    with copied(made) as home:
        path = home / name
        before = path.read_bytes() if path.exists() else b""
        path.write_bytes(data.draw(contents_for(before)))
        for command in COMMANDS[:3]:
            assert run(["--home", str(home), *command]) in (0, 4, 5, 7), command
        use(home)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(value=st.none() | st.text() | values.map(lambda value: json.dumps(value)) | st.just(DEEP))
def test_whatever_the_catalogs_own_settings_hold(tmp_path: Path, value: str | None) -> None:
    path = tmp_path / "catalog.sqlite"
    path.unlink(missing_ok=True)
    catalog = Catalog(path, writable=True)
    with suppress(UnicodeEncodeError):  # what cannot be stored was never stored
        for key in ("patterns:docs", "threshold:digest", "wording:chat"):
            catalog.set_meta(key, value or "")
    catalog.put_source(SourceRoot("docs", "/docs"))
    catalog.close()
    with sqlite3.connect(path) as database, suppress(UnicodeEncodeError):
        database.execute("UPDATE source SET only_ = ?", (value or "",))
    database.close()
    catalog = Catalog(path)
    for work in (catalog.sources, lambda: catalog.patterns("docs")):
        with suppress(StoreDamaged):
            work()
    found = stored_threshold(catalog, "digest")
    assert found is None or isinstance(found, Threshold)
    stored_wording(catalog, "chat")
    catalog.close()


def test_a_run_is_read_back_as_it_was_written(made: Path) -> None:
    with copied(made) as home:
        collection = Collection(home, "default")
        record = RunRecord("2026", "ingest", "done", 3, RunCounts(added=2, failed=1), 1.5)
        collection.append_run(record)
        assert collection.runs()[-1] == record
