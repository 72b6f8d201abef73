"""A page as a picture: where its words are, and what a process that draws may send."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from kb.documents.converters.pdf.picture import picture
from kb.documents.pool.checks import NotAllowed
from kb.documents.pool.pictures import Pictures, _accepted
from kb.errors import DamagedDocument
from kb.types import SourceFile
from tests.unit.documents.samples import pdf


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("The first page is about lifts.", "The rent is 1250 euros a month."))
    return str(path)


def source(path: str) -> SourceFile:
    status = Path(path).stat()
    return SourceFile("docs", Path(path).name, path, status.st_size, status.st_mtime_ns)


def test_the_boxes_lie_on_the_words_whatever_their_blanks_and_capitals(file: str) -> None:
    drawn = picture(file, 2, "rent is\n1250  EUROS")
    [(left, top, width, height)] = drawn.boxes
    assert (drawn.page, drawn.pages) == (2, 2)
    assert 0 < left < left + width < 1
    assert 0 < top < top + height < 0.5
    [(whole, _, all_of_it, _)] = picture(file, 2, "The rent is 1250 euros a month.").boxes
    assert whole < left < left + width < whole + all_of_it
    assert picture(file, 1, "lift").boxes != ()
    assert picture(file, 2, "lift").boxes == ()
    assert picture(file, 1, "the rent is").page == 2, "a passage is known by its first page"


def test_a_figure_is_not_marked_within_another_one(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(pdf("Pump: A7 Pressure: 160 16 Flow: 25"))
    alone = picture(str(path), 1, "Pressure: 16 | Flow: 25").boxes
    [whole] = picture(str(path), 1, "Pump: A7 Pressure: 160 16 Flow: 25").boxes
    assert alone[1][0] > whole[0] + 0.5 * whole[2], "behind 160, not its beginning"


@pytest.mark.process
def test_a_process_draws_it_and_says_what_it_could_not(file: str, tmp_path: Path) -> None:
    pictures = Pictures(megabytes=1024, sandboxed=True)
    drawn = pictures.draw(source(file), 1, "lifts")
    assert (drawn.pages, len(drawn.boxes)) == (2, 1)
    assert drawn.png == picture(file, 1, "lifts").png
    broken = tmp_path / "b.pdf"
    broken.write_bytes(b"%PDF-1.7 of nothing")
    for path, page in ((file, 3), (str(broken), 1)):
        with pytest.raises(DamagedDocument):
            pictures.draw(source(path), page, "")


@pytest.mark.process
def test_what_lies_in_an_archive_is_unpacked_and_drawn_there(file: str, tmp_path: Path) -> None:
    path = tmp_path / "papers.zip"
    with zipfile.ZipFile(path, "w") as papers:
        papers.write(file, "2024/a.pdf")
    pictures, size = Pictures(megabytes=1024, sandboxed=True), Path(file).stat().st_size
    packed = replace(source(str(path)), size=size, member=("2024/a.pdf",))
    assert pictures.draw(packed, 1, "lifts").png == picture(file, 1, "lifts").png
    with pytest.raises(DamagedDocument) as refused:
        pictures.draw(replace(packed, size=size + 1), 1, "")
    assert "has changed" in refused.value.why


@pytest.mark.parametrize(
    "wrong",
    [
        {"png": "AAAA"},
        {"page": 0},
        {"page": 5},
        {"width": 10**9},
        {"boxes": [[0, 0, 1]]},
        {"boxes": [[0, 0, 1, "1"]]},
        {"boxes": [[0, 0, 1, float("nan")]]},
        {"boxes": [[0, 0, 1, 1]] * 401},
    ],
)
def test_what_no_picture_is_is_not_let_in(wrong: dict[str, object]) -> None:
    good = {"page": 1, "pages": 1, "width": 9, "height": 9, "boxes": [], "png": "iVBORw0KGgo="}
    _accepted(1, json.dumps(good).encode())
    with pytest.raises(NotAllowed):
        _accepted(1, json.dumps({**good, **wrong}).encode())
