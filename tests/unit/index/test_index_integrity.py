"""What was written comes back, or nothing does: bits are flipped in a committed generation, and no
reader hands out what nobody wrote, and `compare` finds each."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kb.errors import StoreDamaged
from kb.index import checksums
from kb.index.catalog import Catalog
from kb.index.checks import compare, look_over
from kb.index.generation import Collection
from kb.index.integrity import damaged_documents
from kb.table_types import Row
from tests.index_samples import FINGERPRINT, as_written, contents, document, put, table_of, take_out

TEXTS = {
    "电话.md": ["张飞的电话号码是 13912345678", "曹操的分机是 4711"],
    "pump.md": ["The pump takes 120 litres.", "The pump takes 120 litres."],
}
LABELS = (("author", "li"), ("language", "zh"))


@pytest.fixture
def collection(tmp_path: Path) -> Collection:
    collection = Collection(tmp_path, "default")
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        for path, texts in TEXTS.items():
            put(draft, path, texts, LABELS, [table_of(texts)])
        draft.commit()
    return collection


def live(collection: Collection) -> Path:
    return collection.folder / "generations" / f"{collection.generations()[-1].generation:08d}"


def change(collection: Collection, statement: str, *values: object) -> None:
    """In the file, behind kb's back; the file's own checksum is made to fit, so that the rows'
    are what is tried."""
    folder = live(collection)
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        assert database.execute(statement, values).rowcount > 0
    database.close()
    as_written(folder)


# --- rows -----------------------------------------------------------------------------

CHANGES = {
    "a digit": "UPDATE chunk SET text = replace(text, '13912345678', '13912345679')",
    "a byte of a character": "UPDATE chunk SET text = CAST(x'e5bca0e9a3' AS TEXT) WHERE 1",
    "the context": "UPDATE chunk SET context = 'other' WHERE text LIKE '%13912345678'",
    "the page": "UPDATE chunk SET page = 7 WHERE text LIKE '%13912345678'",
    "the section": "UPDATE chunk SET section = 'other' WHERE text LIKE '%13912345678'",
    "the place": "UPDATE chunk SET start_at = 3 WHERE text LIKE '%13912345678'",
    "the title": "UPDATE document SET title = 'other' WHERE path = '电话.md'",
    "the path": "UPDATE document SET path = 'other.md' WHERE path = '电话.md'",
    "the labels": "UPDATE document SET labels = 'null' WHERE path = '电话.md'",
    "the checksum": "UPDATE chunk SET checksum = checksum + 1",
    "a text of another type": "UPDATE chunk SET text = CAST(text AS BLOB)",
}


@pytest.mark.parametrize("statement", CHANGES.values(), ids=[*CHANGES])
def test_a_row_that_was_changed_is_not_handed_out_and_is_found(
    collection: Collection, statement: str
) -> None:
    change(collection, statement)
    with collection.reader() as snapshot:
        with pytest.raises(StoreDamaged) as caught:
            contents(snapshot.catalog)
        report = compare(snapshot)
    assert "kb check --repair" in caught.value.hint
    assert not report.sound
    assert report.damaged
    assert report.readable


TABLE_CHANGES = {
    "a cell's value": "UPDATE table_row_4 SET v2 = v2 + 1 WHERE number = 1",
    "what a cell displays": "UPDATE table_row_4 SET t2 = '7' WHERE number = 1",
    "a row of a table": "DELETE FROM table_row_4 WHERE number = 1",
    "a row more of a table": (
        "INSERT INTO table_row_4 (id, number, flags, v1) SELECT max(id) + 1, 9, 0, 'x'"
        " FROM table_row_4"
    ),
    "a column of a table": "UPDATE table_ SET columns = replace(columns, 'length', 'breadth')",
}


def cells(catalog: Catalog) -> list[Row]:
    store = catalog.table_store
    return [row for table in store.tables() for row in store.rows(table.id)]


@pytest.mark.parametrize("statement", TABLE_CHANGES.values(), ids=[*TABLE_CHANGES])
def test_a_table_that_was_changed_is_not_handed_out_and_is_found(
    collection: Collection, statement: str
) -> None:
    change(collection, statement)
    with collection.reader() as snapshot:
        with pytest.raises(StoreDamaged) as caught:
            cells(snapshot.catalog)
        report = compare(snapshot)
    assert "kb check --repair" in caught.value.hint
    assert report.damaged
    assert report.readable


def test_texts_of_two_chunks_that_changed_places_are_found(collection: Collection) -> None:
    change(
        collection,
        "UPDATE chunk SET text = (SELECT text FROM chunk AS other"
        " WHERE other.doc_id = chunk.doc_id AND other.ordinal = 1 - chunk.ordinal)",
    )
    with collection.reader() as snapshot:
        with pytest.raises(StoreDamaged):
            contents(snapshot.catalog)
        assert [one.name for one in compare(snapshot).damaged] == ["docs/电话.md"]


@pytest.mark.parametrize(
    ("statement", "sign"),
    [
        ("UPDATE chunk SET terms = zeroblob(8) WHERE ordinal = 1", "terms of chunk 1"),
        ("DELETE FROM table_value WHERE count = 2", "values of its table 0 are not"),
        ("UPDATE chunk SET terms = x'00' WHERE ordinal = 1", "terms of chunk 1"),
        ("UPDATE term SET chunks = chunks + 1", "another number of chunks"),
        ("DELETE FROM term WHERE id IN (SELECT id FROM term LIMIT 1)", "another number of chunks"),
        ("DELETE FROM chunk WHERE ordinal = 1 AND text LIKE '曹操%'", "1 chunks, and 2"),
        ("DELETE FROM document WHERE path = 'pump.md'", "no document"),
        ("UPDATE document SET sha256 = '' WHERE path = 'pump.md'", "docs/pump.md"),
    ],
)
def test_what_is_only_used_to_search_is_compared_too(
    collection: Collection, statement: str, sign: str
) -> None:
    change(collection, statement)
    with collection.reader() as snapshot:
        assert sign in " ".join(compare(snapshot).problems)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_whatever_bit_of_the_catalog_is_flipped(
    collection: Collection, place: float, bit: int
) -> None:
    path = live(collection) / "catalog.sqlite"
    before = path.read_bytes()
    flipped = bytearray(before)
    flipped[int(place * len(before))] ^= 1 << bit
    path.write_bytes(flipped)
    try:
        with collection.reader() as snapshot:
            assert not look_over(snapshot).sound
            assert not compare(snapshot).sound
            found = contents(snapshot.catalog)
            for path_, texts in found.items():
                assert [text for text in texts if text not in TEXTS.get(path_, ())] == []
            store = snapshot.catalog.table_store
            for table in store.tables():
                assert store.read(table.id) == table_of(TEXTS[table.path])
                assert store.rows(table.id) == [*table_of(TEXTS[table.path]).rows]
    except StoreDamaged:
        pass
    finally:
        path.write_bytes(before)


# --- files ----------------------------------------------------------------------------


def _flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _negate(path: Path) -> None:
    """The sign of every number of four bytes."""
    content = bytearray(path.read_bytes())
    for at in range(3, len(content), 4):
        content[at] ^= 0x80
    path.write_bytes(content)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


@pytest.mark.parametrize("damage", [_flip, _negate, _truncate, Path.unlink])
@pytest.mark.parametrize(
    "name",
    ["chunk_0.mmap", "status.dat", "flags_a.dat", "mutable_id_tracker.mappings", "page_0.dat"],
)
def test_a_file_of_the_vectors_that_was_changed_is_found(
    collection: Collection, name: str, damage: Callable[[Path], None]
) -> None:
    path = next((live(collection) / "vectors").rglob(name))
    damage(path)
    with collection.reader() as snapshot:
        report = look_over(snapshot)
    assert not report.sound
    assert not report.readable
    assert name in report.problems[0]


@pytest.mark.parametrize("name", ["manifest.json", checksums.NAME])
def test_the_small_files_of_a_generation_are_compared_too(
    collection: Collection, name: str
) -> None:
    path = live(collection) / name
    path.write_bytes(
        path.read_bytes().replace(b'"documents": 2', b'"documents": 3').replace(b" 1 ", b" 2 ")
    )
    with collection.reader() as snapshot:
        assert name in look_over(snapshot).problems[0]
        assert not compare(snapshot).sound


def test_damage_in_a_file_that_two_generations_share_is_found_in_both(tmp_path: Path) -> None:
    old, new = tmp_path / "00000001", tmp_path / "00000002"
    for folder in (old, new):
        folder.mkdir()
    (old / "matrix.dat").write_bytes(b"vectors" * 9999)
    as_written(old)
    _flip(old / "matrix.dat")
    (new / "matrix.dat").hardlink_to(old / "matrix.dat")
    (new / checksums.NAME).write_text(checksums.compute(new, 2, old).text())
    assert checksums.problems(old) == ["matrix.dat: it does not hold what was written"]
    assert checksums.problems(new) == ["matrix.dat: it does not hold what was written"]


def test_a_hole_and_zeros_are_the_same(tmp_path: Path) -> None:
    size = 3 << 20
    with (tmp_path / "holes").open("wb") as file:
        file.truncate(size)
        file.seek(size // 2)
        file.write(b"in the middle")
    (tmp_path / "zeros").write_bytes((tmp_path / "holes").read_bytes())
    (tmp_path / "moved").write_bytes(b"\0" * 300_000 + (tmp_path / "holes").read_bytes()[:-300_000])
    assert checksums.file_sum(tmp_path / "holes") == checksums.file_sum(tmp_path / "zeros")
    assert checksums.file_sum(tmp_path / "moved") != checksums.file_sum(tmp_path / "zeros")


def test_what_searching_changes_in_the_files_is_no_damage(collection: Collection) -> None:
    """The engine writes to a shard that it only reads: after new, changed, deleted and relabelled
    points, whoever opened it, in every generation that is kept."""
    for n in range(4):
        with collection.writer() as draft:
            draft.begin(FINGERPRINT)
            put(draft, f"{n}.md", [f"text {n} {k}" for k in range(40)], LABELS)
            put(draft, "pump.md", TEXTS["pump.md"], (("author", f"other {n}"),))
            if n:
                take_out(draft, f"{n - 1}.md")
            draft.commit()
        for _ in range(2):
            with collection.reader() as snapshot:
                vector = [*snapshot.catalog.chunk_ids()]
                assert snapshot.vectors.count() == len(vector)
                assert look_over(snapshot).problems == ()
            for manifest in collection.generations():
                with collection.generation(manifest.generation) as kept:
                    assert compare(kept).problems == ()


# --- written by an earlier version ----------------------------------------------------


def as_an_earlier_version_left_it(collection: Collection) -> None:
    folder = live(collection)
    with sqlite3.connect(folder / "catalog.sqlite") as database:
        database.execute("DROP INDEX chunk_lexical_only")
        for table, column in (
            ("chunk", "lexical_only"),
            ("document", "checksum"),
            ("chunk", "checksum"),
            ("chunk", "terms_checksum"),
        ):
            database.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    database.close()
    (folder / checksums.NAME).unlink()
    (collection.folder / "sources.json").unlink()


def test_a_collection_without_checksums_is_read_and_gets_them_with_the_next_change(
    collection: Collection,
) -> None:
    as_an_earlier_version_left_it(collection)
    with collection.reader() as snapshot:
        assert contents(snapshot.catalog) == TEXTS
        report = compare(snapshot)
        assert (report.sound, report.checksums) == (True, False)
        assert look_over(snapshot).sound
    with collection.writer() as draft:
        draft.begin()
        put(draft, "new.md", ["new"])
        draft.commit()
    with collection.reader() as snapshot:
        report = compare(snapshot)
        assert (report.sound, report.checksums) == (True, True)
    change(collection, CHANGES["a digit"])
    with collection.reader() as snapshot, pytest.raises(StoreDamaged):
        contents(snapshot.catalog)


def test_damage_that_was_there_before_there_were_checksums_gets_none_that_fits(
    collection: Collection,
) -> None:
    as_an_earlier_version_left_it(collection)
    with sqlite3.connect(live(collection) / "catalog.sqlite") as database:
        database.execute(CHANGES["a digit"])
    database.close()
    with collection.reader() as snapshot:
        assert [one.name for one in compare(snapshot).damaged] == ["docs/电话.md"]
    with collection.writer() as draft:
        draft.begin()
        draft.commit()
    with collection.reader() as snapshot:
        assert [one.name for one in compare(snapshot).damaged] == ["docs/电话.md"]
        with pytest.raises(StoreDamaged):
            contents(snapshot.catalog)


def test_what_an_earlier_version_committed_after_this_one_is_no_damage(
    collection: Collection,
) -> None:
    """It clones the file with the checksums of the generation before, and adds rows without any."""
    before = (live(collection) / checksums.NAME).read_bytes()
    with collection.writer() as draft:
        draft.begin()
        put(draft, "new.md", ["new"])
        draft.commit()
    change(collection, "UPDATE chunk SET checksum = NULL, terms_checksum = NULL")
    change(collection, "UPDATE document SET checksum = NULL")
    (live(collection) / checksums.NAME).write_bytes(before)
    with collection.reader() as snapshot:
        report = compare(snapshot)
        assert (report.problems, report.checksums) == ((), False)


def test_chunks_of_equal_text_are_told_apart_though_one_of_them_was_left_out(
    tmp_path: Path,
) -> None:
    """Their ids count them; one that the engine refused is not in the catalog."""
    catalog = Catalog(tmp_path / "catalog.sqlite", writable=True)
    _, chunks = document("a.md", ["same"] * 5)
    record, _ = document("a.md", ["same"] * 3)
    catalog.put_document(record, [chunks[0], *chunks[3:]], [(1,), (1,), (1,)])
    catalog.finish()

    assert damaged_documents(catalog.database) == ()
    catalog.close()


@pytest.mark.parametrize("gone", ["vectors", "vectors/segments/*"])
def test_what_lost_files_is_not_changed_but_repaired(collection: Collection, gone: str) -> None:
    """The engine makes a shard, or searches what is left of one, without a word: the chunks
    without vectors would be committed again and found by no search."""
    for folder in live(collection).glob(gone):
        shutil.rmtree(folder)

    with pytest.raises(StoreDamaged, match="damaged"), collection.writer() as draft:
        draft.begin(FINGERPRINT)

    with collection.writer() as draft:
        draft.begin(repairing=True)
        assert contents(draft.catalog).keys() == TEXTS.keys()
