"""Random sequences of what happens to a folder and of what is done with its index, against a model
of what the index must hold: 12 that are the same each time, and at night 100 others, or as many as
KB_TEST_FUZZ says.

The model knows nothing of hashes, generations' files or chunks: it holds the folder's files by
path, and of each generation which text it has of which path.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kb.errors import NothingFound
from kb.index.checks import compare
from kb.index.sparse import document_vector
from kb.pipelines.ingest import IngestJob, ingest, plan
from kb.pipelines.reindex import reindex
from kb.pipelines.remove import remove
from tests.crash.killed_run import kill_at_step, local_tools

FOLDERS = ("", "a/", "b/", "b/a/", "资料/")
PATHS = tuple(folder + name for folder in FOLDERS for name in ("one.md", "two.txt", "三.md"))
STEPS = 11

IGNORES: dict[str, Callable[[str], bool]] = {
    "a/": lambda path: "a" in path.split("/")[:-1],
    "/b": lambda path: path.startswith("b/"),
    "one.md": lambda path: path.split("/")[-1] == "one.md",
    "资料/*.txt": lambda path: path.startswith("资料/") and path.endswith(".txt"),
}

paths = st.sampled_from(PATHS)
prunes = st.booleans()


class Sync(RuleBasedStateMachine):
    """`files`: text by path, "" for an empty file. `index`: text by path. `history`: the index as
    of each generation."""

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(prefix="kb-fuzz-"))
        self.docs = self.place / "docs"
        self.docs.mkdir()
        self.home = self.place / "home"
        self.tools = local_tools(self.home)
        self.files: dict[str, str] = {}
        self.ignored: set[str] = set()
        self.index: dict[str, str] = {}
        self.history: dict[int, dict[str, str]] = {}
        self.live_number = 0
        self.checked: tuple[int, dict[str, str]] = (0, {})
        self.words = 0
        self.times = 0

    def teardown(self) -> None:
        try:
            self.ends_like_a_fresh_index()
        finally:
            shutil.rmtree(self.place)

    # --- what happens to the folder ---------------------------------------------------

    @initialize()
    def some_files(self) -> None:
        for path in PATHS[::4]:
            self.write(path)

    @rule(path=paths)
    def write(self, path: str) -> None:
        """Add a file, or edit it: other words, of the same length or not."""
        self.words += 1
        word = f"zq{self.words:04}x"
        self.put(path, f"# {path}\n\nThe word is {word}.{' More.' * (self.words % 3)}\n")

    @rule(path=paths)
    def empty(self, path: str) -> None:
        self.put(path, "")

    @rule(path=paths)
    def touch(self, path: str) -> None:
        if path in self.files:
            self.stamp(path)

    @rule(source=paths, to=paths)
    def copy(self, source: str, to: str) -> None:
        if source in self.files and source != to:
            self.put(to, self.files[source])

    @rule(source=paths, to=paths)
    def move(self, source: str, to: str) -> None:
        if source in self.files and source != to:
            (self.docs / to).parent.mkdir(parents=True, exist_ok=True)
            (self.docs / source).rename(self.docs / to)
            self.files[to] = self.files.pop(source)

    @rule(path=paths)
    def delete(self, path: str) -> None:
        if self.files.pop(path, None) is not None:
            (self.docs / path).unlink()

    @rule(old=st.sampled_from(["a", "b", "资料"]), new=st.sampled_from(["a", "b", "资料"]))
    def rename_a_folder(self, old: str, new: str) -> None:
        if (self.docs / old).is_dir() and not (self.docs / new).exists():
            (self.docs / old).rename(self.docs / new)
            for path in [path for path in self.files if path.startswith(f"{old}/")]:
                self.files[new + path[len(old) :]] = self.files.pop(path)

    @rule(line=st.sampled_from(sorted(IGNORES)))
    def ignore_or_no_longer(self, line: str) -> None:
        self.ignored ^= {line}
        (self.docs / ".kbignore").write_text("\n".join(["# rules", *sorted(self.ignored)]))

    # --- what is done with the index --------------------------------------------------

    @rule(prune=prunes)
    def ingest(self, prune: bool) -> None:
        after = self.after(prune)
        planned = plan(self.job(prune), self.tools)
        report = ingest(self.job(prune), self.tools, lambda progress: None)
        assert report.counts.removed == (len(planned.removed) if prune else 0)
        self.committed(report.generation, after)
        again = ingest(self.job(prune), self.tools, lambda progress: None)
        assert (again.counts.embedded, again.generation) == (0, report.generation)
        assert again.failed == report.failed

    @precondition(lambda self: self.history)
    @rule()
    def reindex(self) -> None:
        after = self.after(prune=True)
        self.committed(reindex(self.tools, lambda progress: None, wait=0).generation, after)

    @rule(prune=prunes, count=st.integers(1, STEPS))
    def killed(self, prune: bool, count: int) -> None:
        """Either the whole of the run counts or nothing of it."""
        after = self.after(prune)
        kill_at_step(self.home, self.docs, prune=prune, count=count)
        number = self.live()
        if number != self.live_number:
            self.committed(number, after)

    @precondition(lambda self: self.history)
    @rule(emptied=st.booleans())
    def unmounted_tonight(self, emptied: bool) -> None:
        """What is not there is not gone, even with prune."""
        away = self.docs.rename(self.place / "away")
        if emptied:
            self.docs.mkdir()
        report = reindex(self.tools, lambda progress: None, wait=0)
        assert report.counts.removed == 0
        if self.index or not emptied:
            assert [failure.reference for failure in report.failed] == ["source-missing"]
        self.committed(report.generation, self.index)
        if emptied:
            self.docs.rmdir()
        away.rename(self.docs)

    @precondition(lambda self: self.index)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(sorted(self.index)))
        report = remove(self.tools.collection, [self.docs / path], wait=0)
        assert (report.removed, report.remaining) == (1, 0)
        del self.index[path]
        self.committed(report.generation, self.index)

    @precondition(lambda self: self.history)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        there = [one.generation for one in self.tools.collection.generations()]
        number = data.draw(st.sampled_from(sorted(there)))
        if number in self.history:
            self.tools.collection.rollback(number)
            self.committed(number, self.history[number])

    # --- what must hold ---------------------------------------------------------------

    @invariant()
    def the_index_is_what_the_model_says(self) -> None:
        if self.checked == (self.live_number, self.index):
            return
        self.checked = self.live_number, dict(self.index)
        with self.tools.collection.reader() as live:
            assert live.number == self.live_number
            assert compare(live).sound
            held = {record.path: record for record in live.catalog.documents()}
            assert held.keys() == self.index.keys()
            if not self.index:
                with pytest.raises(NothingFound):
                    assert live.vectors
                return
            for word in self.words_to_ask_for():
                hits = live.vectors.search_sparse(document_vector(word), 100)
                chunks = live.catalog.chunks([hit.chunk_id for hit in hits])
                found = {chunk.doc_id for chunk in chunks if word in chunk.text}
                assert found == {
                    held[path].doc_id for path, text in self.index.items() if word in text
                }

    def words_to_ask_for(self) -> set[str]:
        """Those of every document, and those that are out since the generations before."""
        now = {word_of(text) for text in self.index.values()}
        numbers = sorted(self.history)[-3:]
        before = {word_of(text) for n in numbers for text in self.history[n].values()}
        return now | before

    def ends_like_a_fresh_index(self) -> None:
        """Whatever happened before: the same files lead to the same root hash."""
        for path in [path for path, text in self.files.items() if not text]:
            self.delete(path)
        self.write(PATHS[2])
        self.ingest(prune=True)
        fresh = local_tools(self.place / "fresh")
        ingest(self.job(prune=False), fresh, lambda progress: None)
        with self.tools.collection.reader() as live, fresh.collection.reader() as other:
            assert live.manifest.root_hash == other.manifest.root_hash
            assert [*live.vectors.ids()] == [*other.vectors.ids()]

    # --- the model --------------------------------------------------------------------

    def after(self, prune: bool) -> dict[str, str]:
        """What an ingest leads to. A file that cannot be read leaves the index as it is; a gone
        one whose text is found under a new name has moved, and else goes when it is pruned."""
        there = {path: text for path, text in self.files.items() if not self.is_ignored(path)}
        if not there and self.index:
            return dict(self.index)  # as if it were not mounted
        gone = sorted(self.index.keys() - there.keys())
        index = {path: text for path, text in self.index.items() if not (prune and path in gone)}
        for path in sorted(there.keys() - self.index.keys(), key=lambda path: path.split("/")):
            twin = next((one for one in gone if self.index[one] == there[path]), None)
            if twin:
                gone.remove(twin)
                index.pop(twin, None)
        return {**index, **{path: text for path, text in there.items() if text}}

    def is_ignored(self, path: str) -> bool:
        return any(IGNORES[line](path) for line in self.ignored)

    def committed(self, number: int, index: dict[str, str]) -> None:
        self.index = dict(index)
        self.live_number = number
        if number:
            self.history[number] = dict(index)

    def job(self, prune: bool) -> IngestJob:
        return IngestJob(paths=(self.docs,), prune=prune)

    def live(self) -> int:
        if not self.tools.collection.exists():
            return 0
        with self.tools.collection.reader() as live:
            return live.number

    def put(self, path: str, text: str) -> None:
        file = self.docs / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        self.files[path] = text
        self.stamp(path)

    def stamp(self, path: str) -> None:
        """Another time than ever before, and as often as not an earlier one."""
        self.times += 1
        os.utime(self.docs / path, ns=(1, 10**18 + self.times * 7919 % 10007 * 10**6))


def word_of(text: str) -> str:
    return text.partition("word is ")[2].partition(".")[0]


def tried(examples: int, *, the_same: bool) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=20,
        deadline=None,
        derandomize=the_same,
        database=None,
        suppress_health_check=[*HealthCheck],
    )


@pytest.fixture(scope="module", autouse=True)
def _in_memory(memory: Path | None) -> Iterator[None]:
    """hypothesis makes the folders, and knows no fixture."""
    with pytest.MonkeyPatch.context() as patch:
        if memory:
            patch.setattr(tempfile, "tempdir", str(memory))
        yield


TestSync = Sync.TestCase
TestSync.settings = tried(12, the_same=True)


@pytest.mark.nightly
class TestSyncAnew(Sync.TestCase):  # type: ignore[misc, valid-type]
    settings = tried(int(os.environ.get("KB_TEST_FUZZ", "100")), the_same=False)
