"""The demo corpus: every question has its answer in its source, or in no document at all."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pypdfium2
import pytest

from kb.documents.parse import parse
from kb.types import ParsedDocument, SourceFile

DEMO = Path(__file__).resolve().parents[2] / "data" / "demo"
DOCS = DEMO / "docs"
FILES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*") if path.is_file())

NOWHERE = (
    *("刘备", "劉備", "Liu Bei", "X300", "HT-2025-0331", "srv-web-07", "SK-2099"),
    *("食堂星期三", "Shanghai", "上海", "班车", "internship", "新生儿", "探视"),
    *("decibel", "dB", "出生", "邮箱", "邮件地址", "开户"),
    *("吕布", "CK-19", "HT-2023-1102", "srv-erp", "孙权", "检查费", "football", "宿舍", "swimming"),
    *("护照", "visa", "图书馆", "楼层", "工号", "colour", "gigabyte", "产地", "生產", "藥廠"),
    *("法定代表人", "purchase price", "直径", "font"),
)
"""What the unanswerable questions ask about, as no document may mention it."""


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    question: str
    answers: tuple[str, ...]
    source: str
    answerable: bool
    lang: str
    kind: str = ""


def read_questions() -> list[Question]:
    lines = (DEMO / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    return [Question(**{**record, "answers": tuple(record["answers"])}) for record in records]


QUESTIONS = read_questions()
ANSWERABLE = [question for question in QUESTIONS if question.answerable]
UNANSWERABLE = [question for question in QUESTIONS if not question.answerable]


@cache
def parsed(path: str) -> ParsedDocument:
    location = DOCS / path
    stat = location.stat()
    return parse(SourceFile("docs", path, str(location), stat.st_size, stat.st_mtime_ns))


@pytest.mark.parametrize("question", ANSWERABLE, ids=lambda question: question.id)
def test_every_answer_stands_word_for_word_in_its_source(question: Question) -> None:
    text = parsed(question.source).text
    assert question.answers
    assert [answer for answer in question.answers if answer not in text] == []


@pytest.mark.parametrize("path", FILES)
def test_no_document_mentions_what_the_unanswerable_questions_ask_for(path: str) -> None:
    text = parsed(path).text
    assert [word for word in NOWHERE if word in text] == []


def test_the_phone_list_names_three_people_and_nobody_else() -> None:
    text = parsed("office/通讯录.docx").text
    assert text.count("的电话号码是") == 3
    for entry in (
        "张飞的电话号码是u987438274",
        "曹操的电话号码是123456",
        "关羽的电话号码是5352345",
    ):
        assert entry in text


def test_no_other_document_gives_away_a_number_of_the_phone_list() -> None:
    others = [path for path in FILES if path != "office/通讯录.docx"]
    numbers = ("u987438274", "123456", "5352345")
    assert [path for path in others if any(n in parsed(path).text for n in numbers)] == []


def test_the_questions_are_well_formed() -> None:
    assert len({question.id for question in QUESTIONS}) == len(QUESTIONS)
    assert {question.lang for question in QUESTIONS} == {"zh", "en"}
    assert {question.source for question in UNANSWERABLE} == {""}
    assert all(not question.answers for question in UNANSWERABLE)
    assert {question.kind for question in ANSWERABLE} == {""}
    assert {question.kind for question in UNANSWERABLE} == {
        *("missing-subject", "missing-document", "missing-property"),
    }


def test_every_document_is_asked_about() -> None:
    assert sorted({question.source for question in ANSWERABLE}) == FILES


def test_there_are_enough_questions_of_both_sorts_and_languages() -> None:
    assert len(ANSWERABLE) >= 36
    assert len(UNANSWERABLE) >= 36
    assert min(Counter(question.lang for question in QUESTIONS).values()) >= 20


@pytest.mark.parametrize("path", [path for path in FILES if path.endswith(".pdf")])
def test_a_scan_has_no_text_layer_and_a_text_pdf_has_one(path: str) -> None:
    pdf = pypdfium2.PdfDocument(DOCS / path)
    characters = sum(page.get_textpage().count_chars() for page in pdf)
    pdf.close()
    assert (characters == 0) == ("扫描件" in path)


def test_the_old_encodings_are_not_utf_8() -> None:
    for path, encoding in (
        ("hospital/值班与交接班制度.txt", "gb18030"),
        ("ministry/檔案調閱須知.txt", "big5"),
    ):
        data = (DOCS / path).read_bytes()
        with pytest.raises(UnicodeDecodeError):
            data.decode("utf-8")
        assert parsed(path).text.strip().startswith(data.decode(encoding)[:10])


def test_the_corpus_stays_small() -> None:
    sizes = [(DOCS / path).stat().st_size for path in FILES]
    assert max(sizes) < 150_000
    assert sum(sizes) < 1_000_000
