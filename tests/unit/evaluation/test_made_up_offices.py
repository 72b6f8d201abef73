"""The made-up offices and look-ups: drawn by a seed, with answers that the files bear out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from kb.evaluation.needs import satisfied
from kb.evaluation.questions import read_questions
from tests.bench.firms import wording_en, wording_zh
from tests.bench.firms.generate import CLASSES, TRADES, generate
from tests.bench.lookups.generate import generate as generate_lookups

SEED = 5
Rows = Sequence[Sequence[str]]


@pytest.fixture(scope="module", params=TRADES)
def office(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp(request.param)
    generate(request.param, SEED, folder)
    return folder


def asked(folder: Path, *classes: str) -> list[dict[str, Any]]:
    lines = (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [one for one in map(json.loads, lines) if not classes or one["cls"] in classes]


def contents(folder: Path) -> dict[str, bytes]:
    files = (one for one in sorted(folder.rglob("*")) if one.is_file())
    return {str(one.relative_to(folder)): one.read_bytes() for one in files}


def csv_rows(file: Path) -> list[list[str]]:
    data = file.read_bytes()
    encoding = "gb18030" if b"\xef\xbb\xbf" not in data and not _is_utf8(data) else "utf-8"
    return list(csv.reader(io.StringIO(data.decode(encoding))))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_the_same_seed_is_the_same_bytes(office: Path, tmp_path: Path) -> None:
    generate(office.name.rstrip("0123456789"), SEED, tmp_path)
    assert contents(tmp_path) == contents(office)


def test_another_seed_is_another_office(tmp_path: Path) -> None:
    for seed in (1, 2):
        generate("law", seed, tmp_path / str(seed))
    one, other = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_kb_reads_the_questions_and_their_perfect_answers_are_right(office: Path) -> None:
    read = read_questions(office / "questions.jsonl")
    assert len(read) >= sum(CLASSES.values()) - 2
    said = {"@none": "没有。", "@yes": "有。", "@no": "没有。"}
    for question in read:
        first = [group[0] for group in question.need]
        answer = "；".join(said.get(one, one.removeprefix("~")) for one in first)
        right = satisfied(answer, question.need, question.forbid, question=question.text)
        assert right, (question.text, question.need)


def test_each_wording_can_be_told_from_the_others() -> None:
    """At least five ways to ask in each class, in both languages."""
    for words in (wording_zh, wording_en):
        for name, bank in vars(words).items():
            if name.startswith("_") or not isinstance(bank, tuple | dict) or name == "ORDER":
                continue
            if name.endswith("_PEOPLE") or name == "SPENT":
                continue
            for ways in bank.values() if isinstance(bank, dict) else (bank,):
                assert len(set(ways)) >= 5, name


# --- answers, from the files alone ------------------------------------------------------


def test_a_cell_by_its_key_stands_in_the_row_of_that_key(office: Path) -> None:
    checked = 0
    for question in asked(office, "row by key"):
        if not question["source"][0].endswith(".csv"):
            continue
        rows = csv_rows(office / "docs" / question["source"][0])
        [row] = [one for one in rows[1:] if any(_is_in(cell, question) for cell in one[:2])]
        assert any(
            satisfied(cell, question["need"], question=question["question"]) for cell in row
        ), question
        checked += 1
    assert checked or not _has_csv(office)


def test_a_count_is_the_number_of_rows_with_that_value(office: Path) -> None:
    for question in asked(office, "count"):
        source = office / "docs" / question["source"][0]
        if source.suffix != ".csv" or re.search(r"\d", question["question"]):
            continue
        rows = csv_rows(source)[1:]
        columns = list(zip(*rows, strict=True))
        counts = [
            column.count(value)
            for column in columns
            for value in set(column)
            if len(set(column)) < 12 and value in question["question"]
        ]
        assert question["need"] == [[str(counts[0])]], question


def test_an_amount_stands_where_its_line_meets_its_period(office: Path) -> None:
    for question in asked(office, "cross-tab"):
        book: Any = openpyxl.load_workbook(office / "docs" / question["source"][0])
        cells = list(book.worksheets[0].iter_rows(values_only=True))
        heads = next(row for row in cells if row[2] in ("Q1", "第一季度"))
        [line] = [row for row in cells if row[1] and row[1] in question["question"]]
        order = ("一季度", "二季度", "三季度", "四季度", "first", "second", "third", "fourth")
        [place] = {number % 4 for number, one in enumerate(order) if one in question["question"]}
        assert heads[2 + place] in ("Q1", "Q2", "Q3", "Q4") or "季度" in heads[2 + place]
        assert question["need"][0][0] == str(line[2 + place])


def test_a_name_in_a_plan_stands_as_often_as_is_said(office: Path) -> None:
    for question in asked(office, "matrix"):
        source = office / "docs" / question["source"][0]
        if source.suffix == ".xlsx" and question["need"][0][0].isdigit():
            book: Any = openpyxl.load_workbook(source)
            names = [str(cell) for row in book.worksheets[0].values for cell in row[1:] if cell]
            [name] = {one for one in names if one in question["question"]}
            assert question["need"] == [[str(names.count(name))]]


def _is_in(cell: str, question: dict[str, Any]) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(cell)}(?![\d-])", question["question"], re.ASCII))


def _has_csv(office: Path) -> bool:
    wanted = asked(office, "row by key")
    return any(question["source"][0].endswith(".csv") for question in wanted)


# --- look-ups ---------------------------------------------------------------------------


def test_there_are_sixty_look_ups_in_four_formats_and_the_same_each_time(tmp_path: Path) -> None:
    made = generate_lookups(SEED, tmp_path / "a")
    generate_lookups(SEED, tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")
    assert len(made) == 60
    assert {str(one["cls"]).split()[1] for one in made} == {"xlsx", "docx", "html", "pdf"}
    assert {str(one["cls"]).split()[0] for one in made} == {
        *("levels", "top", "left", "form", "sections")
    }


def test_what_a_look_up_needs_stands_in_its_page(tmp_path: Path) -> None:
    generate_lookups(SEED, tmp_path)
    for question in asked(tmp_path):
        source = tmp_path / "docs" / question["source"][0]
        if source.suffix != ".html":
            continue
        cells = list(_cells(source.read_text(encoding="utf-8")))
        for group in question["need"]:
            assert any(satisfied(cell, [group]) for cell in cells), question


def _cells(page: str) -> Iterator[str]:
    yield from re.findall(r"<t[dh][^>]*>([^<]*)</t[dh]>", page)
