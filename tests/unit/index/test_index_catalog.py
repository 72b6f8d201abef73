"""kb/index/catalog.py: what one generation knows."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import StoreDamaged, StoreError
from kb.index.catalog import Catalog
from kb.index.rows import Change
from kb.index.sparse import document_vector
from kb.text.language import Language
from kb.types import Chunk, Failure, SourceRoot
from tests.index_samples import contents, document


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    catalog = Catalog(tmp_path / "catalog.sqlite", writable=True)
    yield catalog
    catalog.close()


def add(
    catalog: Catalog, path: str, texts: Sequence[str], labels: tuple[tuple[str, str], ...] = ()
) -> Change:
    record, chunks = document(path, texts, labels)
    return catalog.put_document(record, chunks, [terms(chunk) for chunk in chunks])


def terms(chunk: Chunk) -> tuple[int, ...]:
    return document_vector(chunk.text).indices


def ids(path: str, texts: Sequence[str]) -> tuple[str, ...]:
    return tuple(chunk.id for chunk in document(path, texts)[1])


# --- documents and chunks -------------------------------------------------------------


def test_a_document_comes_back_as_it_was_put(catalog: Catalog) -> None:
    record, chunks = document("电话.md", ["张飞 u987438274", "曹操 123456"], (("lang", "zh"),))
    full = replace(chunks[0], page=3, line=7, section="名册 > 电话", context="电话")
    catalog.put_document(record, [full, chunks[1]], [(1, 2), (2, 3)])
    assert catalog.documents() == [record]
    assert catalog.document(record.doc_id) == record
    assert catalog.documents_named([record.doc_id, "another"]) == [record]
    assert catalog.document_chunks(record.doc_id) == [full, chunks[1]]


def test_a_new_document_upserts_all_its_chunks(catalog: Catalog) -> None:
    assert add(catalog, "a.md", ["one", "two"]) == Change(ids("a.md", ["one", "two"]), ())


def test_an_edited_document_upserts_and_deletes_only_what_differs(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two", "three"])
    change = add(catalog, "a.md", ["zero", "one", "three"])
    assert change == Change(ids("a.md", ["zero"]), ids("a.md", ["two"]))
    assert contents(catalog) == {"a.md": ["zero", "one", "three"]}


def test_other_labels_upsert_every_chunk_again(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two"])
    change = add(catalog, "a.md", ["one", "two"], (("author", "li"),))
    assert change == Change(ids("a.md", ["one", "two"]), ())


def test_a_removed_document_deletes_all_its_chunks(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two"])
    change = catalog.remove_document(document("a.md", [])[0].doc_id)
    assert change == Change((), tuple(sorted(ids("a.md", ["one", "two"]))))
    assert (catalog.documents(), catalog.chunk_count()) == ([], 0)


def test_removing_what_is_not_there_changes_nothing(catalog: Catalog) -> None:
    assert catalog.remove_document("00" * 16) == Change((), ())


def test_a_failed_change_leaves_the_document_as_it_was(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one"])
    record, chunks = document("a.md", ["two"])
    with pytest.raises(StoreError):
        catalog.put_document(record, [chunks[0], chunks[0]], [(1,), (1,)])
    assert contents(catalog) == {"a.md": ["one"]}
    assert catalog.df(document_vector("one").indices) == Counter(document_vector("one").indices)
    assert catalog.df(document_vector("two").indices) == {}


def test_chunks_come_in_the_order_asked_for_without_the_unknown(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two", "three"])
    first, second, third = ids("a.md", ["one", "two", "three"])
    found = catalog.chunks([third, "unknown", first])
    assert [chunk.text for chunk in found] == ["three", "one"]
    assert catalog.known_ids([second, "unknown"]) == {second}


def test_neighbours_stay_within_the_document(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two", "three", "four"])
    add(catalog, "b.md", ["other"])
    (second,) = catalog.chunks(ids("a.md", ["two"]))
    assert [c.text for c in catalog.neighbours(second, 1)] == ["one", "two", "three"]
    assert [c.text for c in catalog.neighbours(second, 9)] == ["one", "two", "three", "four"]


def test_a_glob_matches_the_path_with_or_without_its_root(catalog: Catalog) -> None:
    for path in ("people/电话.md", "people/old/list.md", "pump.md"):
        add(catalog, path, [path])

    def matching(glob: str) -> list[str]:
        return [record.path for record in catalog.documents_matching(glob)]

    assert matching("people/*") == ["people/old/list.md", "people/电话.md"]
    assert matching("docs/pump.md") == ["pump.md"]
    assert matching("Pump.md") == []
    assert catalog.document_ids_matching("pump.md") == [document("pump.md", [])[0].doc_id]


def test_ids_are_read_in_ascending_order(catalog: Catalog) -> None:
    texts = [f"text {n}" for n in range(50)]
    add(catalog, "a.md", texts)
    assert [*catalog.chunk_ids()] == sorted(ids("a.md", texts))


def test_the_sample_knows_its_languages_and_follows_every_change(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one text"])
    assert [*catalog.sample(10).values()] == [Language.EN]
    add(catalog, "b.md", ["第二份文件"])
    assert sorted(catalog.sample(10).values()) == [Language.EN, Language.ZH]
    catalog.remove_document(document("a.md", [])[0].doc_id)
    assert [*catalog.sample(10).values()] == [Language.ZH]


def test_the_sample_is_read_once(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one text"])
    assert catalog.sample(10) is catalog.sample(10)


def test_touching_changes_size_and_time_only(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one"])
    (before,) = catalog.documents()
    catalog.touch_document(before.doc_id, 10, 99)
    assert catalog.documents() == [replace(before, size=10, mtime_ns=99)]


# --- document frequencies -------------------------------------------------------------


def test_frequencies_stay_exact_through_every_change(catalog: Catalog) -> None:
    texts = {"a.md": ["red fox", "red dog"], "b.md": ["red fox", "蓝色的狐狸"]}
    for path, content in texts.items():
        add(catalog, path, content)
    texts["a.md"] = ["green fox", "red dog", "green fox"]
    add(catalog, "a.md", texts["a.md"])
    catalog.remove_document(document("b.md", [])[0].doc_id)
    expected = Counter(term for text in texts["a.md"] for term in document_vector(text).indices)
    everything = {
        term for text in ("red fox", "蓝色的狐狸") for term in document_vector(text).indices
    }
    assert catalog.df({*expected, *everything}) == dict(expected)


def test_a_finished_catalog_holds_no_term_without_a_chunk(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, "a.md", ["red fox"])
    catalog.remove_document(document("a.md", [])[0].doc_id)
    catalog.finish()
    with sqlite3.connect(tmp_path / "catalog.sqlite") as db:
        assert db.execute("SELECT count(*) FROM term").fetchone() == (0,)
    db.close()


# --- failures, sources, meta ----------------------------------------------------------


def test_failures_are_put_and_cleared_by_file(catalog: Catalog) -> None:
    one = Failure("docs", "a.pdf", "parse", "damaged-document", "cut off", "send it again", 3, 4)
    two = replace(one, path="b.pdf")
    for failure in (two, one, one):
        catalog.put_failure(failure)
    assert catalog.failures() == [one, one, two]
    catalog.clear_failures("docs", "a.pdf")
    assert catalog.failures() == [two]


def test_sources_are_kept_by_label(catalog: Catalog) -> None:
    catalog.put_source(SourceRoot("docs", "/data/docs"))
    catalog.put_source(SourceRoot("docs", "/data/docs", ("a.md", "文/b.md")))
    catalog.put_source(SourceRoot("mail", "/data/mail"))
    catalog.remove_source("mail")
    assert catalog.sources() == [SourceRoot("docs", "/data/docs", ("a.md", "文/b.md"))]


def test_meta_keeps_the_last_value(catalog: Catalog) -> None:
    assert catalog.meta("engine") is None
    catalog.set_meta("engine", "ollama")
    catalog.set_meta("engine", "embedded")
    assert catalog.meta("engine") == "embedded"


def test_counts_add_up_the_documents(catalog: Catalog) -> None:
    add(catalog, "a.md", ["one", "two"])
    add(catalog, "b.md", ["three"])
    counts = catalog.counts()
    assert (counts.documents, counts.chunks, counts.characters, counts.failures) == (2, 3, 11, 0)


# --- the whole ------------------------------------------------------------------------


def test_the_root_hash_depends_on_the_content_alone(tmp_path: Path) -> None:
    def hash_after(name: str, changes: Sequence[tuple[str, Sequence[str]]]) -> str:
        catalog = Catalog(tmp_path / name, writable=True)
        for path, texts in changes:
            add(catalog, path, texts)
        digest = catalog.root_hash()
        catalog.close()
        return digest

    straight = hash_after("1", [("a.md", ["one", "two"]), ("b.md", ["three"])])
    detour = hash_after(
        "2", [("b.md", ["x", "three"]), ("b.md", ["three"]), ("a.md", ["one", "two"])]
    )
    other = hash_after("3", [("a.md", ["two", "one"]), ("b.md", ["three"])])
    assert straight == detour
    assert straight != other


def test_a_reader_leaves_no_file_behind_and_cannot_write(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, "a.md", ["one"])
    catalog.finish()
    catalog.close()
    reader = Catalog(tmp_path / "catalog.sqlite")
    assert contents(reader) == {"a.md": ["one"]}
    with pytest.raises(StoreError, match="cannot be used"):
        reader.set_meta("a", "b")
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.sqlite"]
    reader.close()


@pytest.mark.parametrize("content", [None, b"", b"not a database, but long enough" * 99])
def test_what_is_no_catalog_is_damage(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "catalog.sqlite").write_bytes(content)
    with pytest.raises(StoreDamaged) as caught:
        Catalog(tmp_path / "catalog.sqlite")
    assert "kb rollback" in caught.value.hint


# --- archives -------------------------------------------------------------------------


def test_the_members_of_an_archive_are_found_at_any_depth(catalog: Catalog) -> None:
    """And not what only begins like it, nor what is in another source."""
    inside = ["a.zip!/b.md", "a.zip!/mail.eml!/offer.txt", "a.zip!/文/c.md"]
    for path in (*inside, "a.zip.md", "a.zip", "a.zip!", "a.zip!0", "b.zip!/b.md", "a.zip/x.md"):
        add(catalog, path, ["text"])
    assert [record.path for record in catalog.members("docs", "a.zip")] == sorted(inside)
    assert [r.path for r in catalog.members("docs", "a.zip!/mail.eml")] == [inside[1]]
    assert catalog.members("docs", "c.zip") == []
    assert catalog.members("other", "a.zip") == []


def test_an_archive_is_not_counted_among_the_documents(catalog: Catalog) -> None:
    add(catalog, "a.zip", [])
    add(catalog, "a.zip!/b.md", ["one", "two"])
    assert [record.is_archive for record in catalog.documents()] == [True, False]
    counts = catalog.counts()
    assert (counts.documents, counts.chunks) == (1, 2)


# --- what is deleted ------------------------------------------------------------------


def test_nothing_of_a_deleted_document_is_left_in_the_file(
    catalog: Catalog, tmp_path: Path
) -> None:
    secret = [f"secret number {n} " * 60 for n in range(40)]
    add(catalog, "kept.md", ["kept", secret[0]])
    add(catalog, "secret.md", secret)
    needles = [text.encode()[:48] for text in secret]
    assert catalog.bytes_left(needles) == 0  # a document holds them
    catalog.remove_document(document("secret.md", secret)[0].doc_id)
    catalog.finish()
    assert (
        catalog.bytes_left([*needles, *(name.encode() for name in ids("secret.md", secret))]) == 0
    )
    catalog.close()
    assert b"secret number 0 " in (tmp_path / "catalog.sqlite").read_bytes()  # the other one's
    assert b"secret number 1 " not in (tmp_path / "catalog.sqlite").read_bytes()


def test_bytes_that_a_deletion_left_behind_are_counted(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, "secret.md", ["a secret " * 60])
    catalog.close()
    path = tmp_path / "catalog.sqlite"
    with sqlite3.connect(path) as other:
        other.execute("PRAGMA secure_delete=OFF")
        other.execute("DELETE FROM chunk")
    other.close()
    reader = Catalog(path)
    assert reader.bytes_left([b"a secret a secret", b"never there"]) == 1
    reader.close()


def test_a_damaged_page_shows_in_the_integrity_check(catalog: Catalog, tmp_path: Path) -> None:
    add(catalog, "a.md", [f"text {n}" for n in range(500)])
    catalog.finish()
    assert catalog.integrity() == []
    catalog.close()
    path = tmp_path / "catalog.sqlite"
    content = bytearray(path.read_bytes())
    content[8192:12288] = bytes(4096)
    path.write_bytes(content)
    damaged = Catalog(path)
    assert damaged.integrity()
    damaged.close()


def test_terms_of_a_large_document_are_written_while_it_is_and_go_with_it_where_it_fails(
    catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are as many as half a million, and need not be held."""
    monkeypatch.setattr("kb.index.term_frequencies._HELD", 2)
    record, chunks = document("a.md", ["one", "two", "three"])
    with pytest.raises(OverflowError):  # no term
        catalog.put_document(record, chunks, iter([(1, 2), (2, 3), (2**40,)]))
    assert catalog.df((1, 2, 3)) == {}
    catalog.put_document(record, chunks, iter([(1, 2), (2, 3), (3, 4)]))
    assert catalog.df((1, 2, 3, 4)) == {1: 1, 2: 2, 3: 2, 4: 1}
