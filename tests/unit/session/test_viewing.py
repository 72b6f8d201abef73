"""What is shown of a cited document: the table and its rows, the file behind a page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from kb.errors import UsageError
from kb.index.generation import Collection
from kb.session.viewing import _is_quoted, _lines, _outermost, pdf_file, sheet
from kb.table_types import Row
from kb.types import SourceRoot
from tests.index_samples import FINGERPRINT, document, put, table_of

QUOTE = "part: SK-2040 | price: 145\npart: IM-65 | price: 315"


@pytest.mark.parametrize(
    ("texts", "cited"),
    [
        (("SK-2040", "145"), True),
        (("im-65", " 315", ""), True),
        (("SK-2040", "315"), False),  # cells of two rows
        (("20", "40"), False),  # parts of a cell
        (("SK-2040", "1450"), False),
        (("", ""), False),
    ],
)
def test_a_row_is_cited_where_one_line_has_all_of_its_cells(
    texts: tuple[str, ...], cited: bool
) -> None:
    assert _is_quoted(Row(2, texts, (None,) * len(texts)), _lines(QUOTE)) is cited


@pytest.fixture
def place(tmp_path: Path) -> Collection:
    """`prices.md` with two tables of two rows each, `plain.md` without any."""
    place = Collection(tmp_path / "home", "default")
    with place.writer() as draft:
        draft.begin(FINGERPRINT)
        first, second = table_of(["sk-2040", "im-65"]), table_of(["valve", "pump"])
        tables = [replace(first, name="Parts"), replace(second, name="Stock", place=1)]
        put(draft, "prices.md", ["SK-2040 | 7.0\nIM-65 | 5.0"], tables=tables)
        put(draft, "plain.md", ["no table"])
        draft.commit()
    return place


def test_the_table_is_shown_that_has_the_cited_row(place: Collection) -> None:
    found = sheet(place, "prices.md", "", "text: VALVE | length: 5.0", None)
    assert (found.name, found.columns, found.of) == ("Stock", ("text", "length"), 2)
    assert found.cited == {1}
    assert found.others == ("Parts",)


def test_a_citation_s_section_names_its_table(place: Collection) -> None:
    found = sheet(place, "prices.md", "Prices > Stock", "text: SK-2040 | length: 7.0", None)
    assert (found.name, found.cited) == ("Stock", frozenset())


def test_of_a_table_the_rows_around_a_row_are_shown(place: Collection) -> None:
    found = sheet(place, "prices.md", "Parts", "", 400)
    assert (found.rows, found.of) == ((), 2)  # from row 275 on
    assert [one.number for one in sheet(place, "prices.md", "Parts", "", 2).rows] == [1, 2]


def test_a_document_without_a_table_has_none_to_show(place: Collection) -> None:
    with pytest.raises(UsageError, match="has no table"):
        sheet(place, "plain.md", "", "", None)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Collection, Path]:
    """A collection over a folder with `a.pdf` and `a.md`, and the folder."""
    place, folder = Collection(tmp_path / "home", "default"), tmp_path / "docs"
    folder.mkdir()
    with place.writer() as draft:
        draft.begin(FINGERPRINT)
        draft.catalog.put_source(SourceRoot("docs", str(folder)))
        for name in ("a.pdf", "a.md"):
            (folder / name).write_text("text")
            put(draft, name, ["text"])
            status = (folder / name).stat()
            record, _ = document(name, ["text"])
            draft.catalog.touch_document(record.doc_id, status.st_size, status.st_mtime_ns)
        draft.commit()
    return place, folder


def test_a_pdf_is_drawn_from_its_own_file(files: tuple[Collection, Path]) -> None:
    place, folder = files
    found = pdf_file(place, "a.pdf")
    assert (found.location, found.member) == (str(folder / "a.pdf"), ())


def test_what_is_no_pdf_or_another_file_by_now_has_no_picture(
    files: tuple[Collection, Path],
) -> None:
    place, folder = files

    def why(source: str) -> str:
        with pytest.raises(UsageError, match=f"there is no picture of '{source}'") as caught:
            pdf_file(place, source)
        return caught.value.why

    assert why("a.md") == "it is no PDF"
    (folder / "a.pdf").write_text("other text")
    assert why("a.pdf") == "the file has changed since it was read"
    (folder / "a.pdf").unlink()
    assert why("a.pdf") == "No such file or directory"


def test_a_document_within_others_is_known_by_the_file_and_the_way_from_there(
    tmp_path: Path,
) -> None:
    (tmp_path / "odd!").mkdir()
    for name in ("a.zip", "odd!/b.zip"):
        (tmp_path / name).touch()
    assert _outermost(str(tmp_path), "a.zip!/in/offer.eml!/c.pdf") == (
        str(tmp_path / "a.zip"),
        ("in/offer.eml", "c.pdf"),
    )
    assert _outermost(str(tmp_path), "odd!/b.zip!/c.pdf") == (
        str(tmp_path / "odd!/b.zip"),
        ("c.pdf",),
    )
