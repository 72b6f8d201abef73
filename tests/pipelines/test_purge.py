"""`kb remove --purge`: afterwards no byte below the home folder tells of the document.

Documents, parsing, catalog, vectors and cache are real; the embedding model is a fake.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from kb.cli.chat_history import History
from kb.errors import UsageError
from kb.index import cache, generation, layout
from kb.index.cache import text_hash
from kb.index.disk import data_of
from kb.index.generation import Collection
from kb.pipelines import purge as running
from kb.pipelines.purge import PurgeReport, purge
from kb.pipelines.remove import remove
from kb.pipelines.traces import Traces
from kb.types import Citation, SourceRoot, Turn
from tests import forked
from tests.meanwhile import ended
from tests.pipelines.workspace import Workspace

NAME = "kündigung-zeuge-47.md"
SECRET = "Zeuge Quastenflosser wohnt in der Grünspechtgasse 11."
NEWER = "Zeuge Quastenflosser ist in den Amselhof 3 gezogen."
STAYS = "Die Kantine hat von elf bis vierzehn Uhr geöffnet."


def traces(workspace: Workspace) -> list[bytes]:
    """What the file's text may be found by: words in both encodings, ids, hashes, vectors."""
    found: list[bytes] = []
    words = ["Quastenflosser", "Grünspechtgasse", "Amselhof", NAME]
    with workspace.tools.collection.reader() as live:
        for record in live.catalog.documents_matching(f"*{NAME}"):
            words.append(record.doc_id)
            for chunk in live.catalog.document_chunks(record.doc_id):
                number = uuid.UUID(chunk.id)
                vector = workspace.embedder.vector(chunk.embedding_text)
                words += [chunk.id, text_hash(chunk.embedding_text)]
                found += [number.bytes, number.bytes_le, vector.tobytes()]
    found += [word.encode(encoding) for word in words for encoding in ("utf-8", "utf-16-le")]
    return found


def files_with(home: Path, needles: list[bytes]) -> dict[str, list[bytes]]:
    found = {}
    for file in sorted(home.rglob("*")):
        if file.is_file():
            with file.open("rb") as stream:
                number = stream.fileno()
                data = b"".join(
                    os.pread(number, end - start, start) for start, end in data_of(number)
                )
            data = data.replace(bytes(1 << 14), bytes(1 << 7))  # no needle has so many zeros
            if held := [needle for needle in needles if needle in data]:
                found[str(file.relative_to(home))] = held
    return found


def home_of(workspace: Workspace) -> Path:
    return workspace.tools.collection.home


@pytest.fixture
def needles(workspace: Workspace) -> list[bytes]:
    """A home in which a document left its traces wherever one can: two versions of it in two
    generations, the cache, vectors that are marked as deleted, a conversation, an evaluation."""
    for number in range(12):
        workspace.write(f"other-{number}.md", f"# Notiz {number}\n\n{STAYS} Nummer {number}.")
    workspace.write(NAME, f"# Kündigung\n\n{SECRET}")
    workspace.ingest()
    first = traces(workspace)
    workspace.write(NAME, f"# Kündigung\n\n{NEWER}")
    workspace.ingest()
    cited = Citation(1, NAME, page=None, line=3, section="", quote="Quastenflosser")
    History(home_of(workspace)).append(Turn("Wer?", "", "Er.", (cited,)))
    History(home_of(workspace)).append(Turn("Wie bitte?", "", f"Es heißt: {NEWER}"))
    History(home_of(workspace)).append(Turn("Wann ist die Kantine offen?", "", STAYS))
    served = home_of(workspace) / "serve" / "conversations" / "anna"
    served.mkdir(parents=True)
    (served / "told.jsonl").write_text(f'{{"answer": "{NEWER}"}}', encoding="utf-8")
    (served / "other.jsonl").write_text(f'{{"answer": "{STAYS}"}}', encoding="utf-8")
    (home_of(workspace) / "before.json").write_text(
        json.dumps({"format": "kb eval run 1", "quote": NEWER}, ensure_ascii=False, indent=1)
    )
    return [*first, *traces(workspace)]


def purged(workspace: Workspace, *paths: Path, wait: float = 0.0) -> PurgeReport:
    return purge(workspace.tools.collection, paths, wait=wait)


def test_nothing_of_a_purged_document_is_below_the_home_folder(
    workspace: Workspace, needles: list[bytes]
) -> None:
    before = files_with(home_of(workspace), needles)
    assert {Path(name).name for name in before} >= {"catalog.sqlite", "embeddings.sqlite"}
    (workspace.docs / NAME).unlink()
    report = purged(workspace, workspace.docs / NAME)
    assert files_with(home_of(workspace), needles) == {}
    assert (report.removed, report.remaining, report.held, report.elsewhere) == (1, 0, (), ())
    assert report.generations == (1, 2)
    assert report.vectors == 2


def test_nothing_of_a_purged_table_is_below_the_home_folder(workspace: Workspace) -> None:
    words = ["Quastenflosser", "Grünspechtgasse 11", "gruenspechtgasse 11", "7711042", "Kopfspalte"]
    needles = [word.encode() for word in words]
    table = "Name,Kopfspalte,Straße\nQuastenflosser,7711042,Grünspechtgasse 11\n"
    workspace.write("zeugen.csv", table + "".join(f"Wal,{n},Am Ufer\n" for n in range(40)))
    workspace.write("kantine.csv", "Tag,Essen\nMontag,Suppe\nDienstag,Fisch\n")
    workspace.ingest()
    workspace.write("zeugen.csv", table.replace("11", "12"))
    workspace.ingest()
    found = files_with(home_of(workspace), needles)
    assert {needle for held in found.values() for needle in held} == {*needles}
    (workspace.docs / "zeugen.csv").unlink()
    report = purged(workspace, workspace.docs / "zeugen.csv")
    assert files_with(home_of(workspace), needles) == {}
    assert (report.removed, report.remaining) == (1, 0)
    with workspace.tools.collection.reader() as live:
        assert [one.path for one in live.catalog.table_store.tables()] == ["kantine.csv"]


def test_a_file_of_the_home_folder_that_has_a_cell_of_it_is_named(workspace: Workspace) -> None:
    workspace.write("zeugen.csv", "Name,Straße\nWal,Grünspechtgasse 11 im Hof\nHai,Am Ufer\n")
    workspace.ingest()
    notes = home_of(workspace) / "notes.txt"
    notes.write_text("gruenspechtgasse 11 im hof", encoding="utf-8")
    assert purged(workspace, workspace.docs / "zeugen.csv").elsewhere == (str(notes),)


def test_what_stays_is_found_as_before_and_nothing_is_embedded_again(
    workspace: Workspace, needles: list[bytes]
) -> None:
    (workspace.docs / NAME).unlink()
    with workspace.tools.collection.reader() as live:
        nearest = workspace.embedder.vector(f"Notiz 3\n{STAYS} Nummer 3.")
        hits = live.vectors.search_dense(nearest, 5, (("type", "md"),))
    purged(workspace, workspace.docs / NAME)
    with workspace.tools.collection.reader() as live:
        after = live.vectors.search_dense(nearest, 5, (("type", "md"),))
        kept = [hit.chunk_id for hit in hits if live.catalog.known_ids([hit.chunk_id])]
        assert [hit.chunk_id for hit in after][: len(kept)] == kept
    assert workspace.is_sound()
    seen = workspace.embedder.texts_seen
    assert workspace.ingest(rebuild=True).counts.embedded == 0
    assert workspace.embedder.texts_seen == seen


def test_only_what_tells_of_the_document_is_deleted(
    workspace: Workspace, needles: list[bytes]
) -> None:
    report = purged(workspace, workspace.docs / NAME)
    home = home_of(workspace)
    assert len(report.conversations) == 3
    assert [one.name for one in home.glob("serve/conversations/*/*")] == ["other.jsonl"]
    [kept] = (home / "chats").iterdir()
    assert "Kantine" in kept.read_text(encoding="utf-8")
    assert report.files == (str(home / "before.json"),)
    assert report.on_disk == (str(workspace.docs / NAME),)


def test_there_is_no_way_back(workspace: Workspace, needles: list[bytes]) -> None:
    purged(workspace, workspace.docs / NAME)
    with pytest.raises(UsageError, match="no earlier generation"):
        workspace.tools.collection.rollback()


def test_a_text_that_another_document_has_as_well_keeps_its_vector(workspace: Workspace) -> None:
    workspace.write("a/letter.md", f"# Brief\n\n{SECRET}")
    workspace.write("b/letter.md", f"# Brief\n\n{SECRET}")
    workspace.ingest()
    report = purged(workspace, workspace.docs / "a")
    assert (report.removed, report.remaining, report.vectors) == (1, 0, 0)
    assert SECRET in workspace.text_of("b/letter.md")


def test_what_was_removed_before_is_wiped_without_a_path(
    workspace: Workspace, needles: list[bytes]
) -> None:
    (workspace.docs / NAME).unlink()
    remove(workspace.tools.collection, [workspace.docs / NAME], wait=0)
    home = home_of(workspace)
    for chat in (*(home / "chats").iterdir(), *(home / "serve").rglob("*.jsonl")):
        chat.unlink()  # without a name to look for, conversations stay
    (home_of(workspace) / "before.json").unlink()
    assert files_with(home_of(workspace), needles)
    assert purged(workspace).remaining == 0
    assert files_with(home_of(workspace), needles) == {}


def test_what_only_an_earlier_generation_holds_is_purged_by_its_name(
    workspace: Workspace, needles: list[bytes]
) -> None:
    (workspace.docs / NAME).unlink()
    workspace.ingest(prune=True)
    report = purged(workspace, workspace.docs / NAME)
    assert (report.removed, report.remaining) == (0, 0)
    assert files_with(home_of(workspace), needles) == {}


def test_a_file_that_failed_leaves_no_name_either(workspace: Workspace) -> None:
    workspace.write("a.txt", "Alpha.")
    workspace.write("verdacht-4711.pdf", "%PDF-1.7 and no more")
    workspace.ingest()
    assert files_with(home_of(workspace), [b"verdacht-4711"])
    purged(workspace, workspace.docs / "verdacht-4711.pdf")
    assert files_with(home_of(workspace), [b"verdacht-4711"]) == {}


def test_a_document_that_was_ingested_by_itself_leaves_no_name_in_its_source(
    workspace: Workspace,
) -> None:
    workspace.ingest(workspace.write("a.txt", "Alpha."), workspace.write(NAME, SECRET))
    purged(workspace, workspace.docs / NAME)
    assert files_with(home_of(workspace), [NAME.encode()]) == {}
    assert [source.only for source in sources(workspace)] == [("a.txt",)]
    purged(workspace, workspace.docs / "a.txt")
    assert sources(workspace) == []


def sources(workspace: Workspace) -> list[SourceRoot]:
    with workspace.tools.collection.reader() as live:
        return [*live.catalog.sources()]


def test_a_reader_of_an_earlier_generation_is_named_and_waited_for(
    workspace: Workspace, needles: list[bytes]
) -> None:
    (workspace.docs / NAME).unlink()
    with workspace.tools.collection.reader():
        report = purged(workspace, workspace.docs / NAME, wait=0.3)
        assert [(one.generation, one.readers) for one in report.held] == [(2, (os.getpid(),))]
        assert report.remaining > 0
    report = purged(workspace, workspace.docs / NAME)
    assert (report.held, report.remaining) == ((), 0)
    assert files_with(home_of(workspace), needles) == {}


def test_a_file_that_is_not_kbs_is_told_and_left(
    workspace: Workspace, needles: list[bytes]
) -> None:
    mine = home_of(workspace) / "my-notes.txt"
    mine.write_text(NEWER, encoding="utf-8")
    report = purged(workspace, workspace.docs / NAME)
    assert report.elsewhere == (str(mine),)
    assert report.remaining == 1
    assert mine.is_file()


# --- a kill in the middle -----------------------------------------------------------------


def _killed_purge(home: Path, path: Path, where: str) -> None:
    """In a process of its own: nothing to put back."""

    def die(*arguments: object, **options: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def step(name: str) -> None:
        if name == where:
            die()

    functions: dict[str, tuple[object, str]] = {
        "rewritten": (Traces, "of"),
        "conversations": (running, "_evaluations"),
        "cache": (cache.EmbeddingCache, "count"),
        "sweep": (generation, "sweep"),
    }
    setattr(*functions.get(where, (layout, "step")), die if where in functions else step)
    purge(Collection(home, "default"), [path], wait=0)


@pytest.mark.parametrize(
    "where", ["rewritten", "conversations", "cache", "renamed", "committed", "sweep", "swept"]
)
def test_a_purge_that_is_killed_is_completed_by_the_next_one(
    workspace: Workspace, needles: list[bytes], where: str
) -> None:
    (workspace.docs / NAME).unlink()
    arguments = (home_of(workspace), workspace.docs / NAME, where)
    child = forked.context().Process(target=_killed_purge, args=arguments)
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert workspace.is_sound()
    try:
        report = purged(workspace, workspace.docs / NAME)
        assert report.remaining == 0
    except UsageError:
        # Everything that knew the name was gone by then; opening the store wiped the rest.
        assert where == "swept"
    assert files_with(home_of(workspace), needles) == {}
    assert len(workspace.documents()) == 12


def test_a_reader_that_reads_all_the_while_sees_one_generation_or_the_other(
    workspace: Workspace, needles: list[bytes]
) -> None:
    command = [sys.executable, "-c", READING, str(home_of(workspace))]
    with ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)) as reading:
        assert reading.stdout is not None
        assert reading.stdout.readline() == "reading\n"
        purged(workspace, workspace.docs / NAME, wait=30)
        time.sleep(0.2)
        reading.terminate()
        out, _ = reading.communicate()
    assert {int(line) for line in out.splitlines()} == {12, 13}


READING = """
import sys
from pathlib import Path
from kb.index.generation import Collection
collection = Collection(Path(sys.argv[1]), "default")
print("reading", flush=True)
while True:
    with collection.reader() as live:
        count = live.vectors.count()
        assert count == live.catalog.chunk_count()
        print(count, flush=True)
"""
