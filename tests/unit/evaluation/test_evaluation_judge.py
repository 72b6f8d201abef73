"""When an answer counts as found, right, quoted, and its numbers as held."""

from __future__ import annotations

import pytest

from kb.evaluation.judge import f1, holds, judge_answer, judge_hits
from kb.table_types import Computation, ComputedRows, ReferenceRow
from kb.types import Answer, Chunk, Citation, Hit, Passage, Timings
from tests.unit.evaluation.samples import question


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("电话号码是u987438274。", "U987438274"),
        ("合同总价 360,000 元", "360000元"),
        ("总价360000元", "360,000 元"),
        ("總價為一萬元", "总价为一万元"),
        ("保修 24 个月", "24个月"),
        ("ｗｅｉｇｈｓ １８７ kg", "187 kg"),
        ("weighs\n187  kg", "187 kg"),
        ("1\u202f280\u202f000 people", "1,280,000"),
        ("a total of 77,000 yuan.", "77,000 Yuan"),
    ],
)
def test_spelling_width_blanks_and_commas_do_not_hide_an_answer(text: str, answer: str) -> None:
    assert holds(text, ("something else", answer))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("in the year 2015", "15"),
        ("it weighs 15.5 kg", "15"),
        ("host 10.20.12.15", "12"),
        ("96 187 312", "96187"),
        ("the theory", "he"),
        ("1,280,000", "280"),
        ("anything", ""),
    ],
)
def test_a_part_of_a_number_or_word_is_not_the_answer(text: str, answer: str) -> None:
    assert not holds(text, (answer,))


def test_f1_is_by_character_in_chinese_and_by_word_in_english() -> None:
    # 3 of 4 characters said, 3 of 3 wanted.
    assert f1("是张飞飞", "张飞飞") == pytest.approx(6 / 7)
    # Articles and punctuation do not count: "red pump" against "red pump weighs".
    assert f1("The red pump!", "a red pump weighs") == pytest.approx(4 / 5)
    assert f1("编号 HT-2024-0917", "HT-2024-0917") == pytest.approx(2 / 4)
    assert f1("nothing of it", "红色") == 0.0


def hit(text: str, doc_id: str = "d1") -> Hit:
    chunk = Chunk("c", doc_id, 0, text, "", None, 1, "", 0, len(text))
    return Hit(chunk, "list.txt", 0.3)


def test_a_hit_is_judged_by_its_text_and_by_its_document() -> None:
    hits = [hit("张飞：u987438274"), hit("u987438274", "d2"), hit("没有")]
    judged = judge_hits(question(), hits, frozenset({"d1"}), languages=["zh", "en", "zh"])
    assert [(one.holds, one.of_source) for one in judged] == [
        (True, True),
        (True, False),
        (False, True),
    ]


def answer(text: str, *citations: Citation, **changes: object) -> Answer:
    values: dict[str, object] = {
        "question": "张飞的电话号码是多少？",
        "text": text,
        "thinking": "",
        "found": True,
        "refused_by": "",
        "grounded": True,
        "unsupported": (),
        "citations": citations,
        "model": "m",
        "prompt_tokens": 1,
        "num_ctx": 2048,
        "truncated": False,
        "timings": Timings(0, 0, 0, 0, 0),
    }
    return Answer(**{**values, **changes})  # type: ignore[arg-type]


def cited(n: int, source: str, quote: str) -> Citation:
    return Citation(n, source, None, 1, "", quote)


def passage(n: int, text: str) -> Passage:
    return Passage(n, "list.txt", text, None, 1, "", "", ("c",))


def test_a_citation_is_right_by_its_source_and_its_quote() -> None:
    citations = (
        cited(1, "list.txt", "张飞的电话号码是u987438274。"),
        cited(2, "list.txt", "关羽的电话号码是5352345。"),
        cited(3, "other.txt", "张飞的电话号码是u987438274。"),
    )
    judged = judge_answer(
        question(),
        answer("u987438274 [1][2][3]", *citations),
        (),
        frozenset({"list.txt"}),
        first_word=1.0,
        total=2.0,
    )
    assert (judged.citations, judged.right, judged.of_source) == (3, 1, 2)
    assert (judged.contains, judged.exact, judged.f1) == (True, True, 1.0)


def judged_numbers(reply: str, *texts: str, unsupported: tuple[str, ...] = ()) -> tuple[str, ...]:
    citations = [cited(n, "list.txt", text) for n, text in enumerate(texts, 1)]
    passages = [passage(n, text) for n, text in enumerate((*texts, "never cited: 42"), 1)]
    return judge_answer(
        question(),
        answer(reply, *citations, unsupported=unsupported),
        passages,
        frozenset(),
        first_word=0.0,
        total=0.0,
    ).unflagged


def test_a_number_that_no_cited_passage_holds_must_be_flagged() -> None:
    assert judged_numbers("It weighs 42 kg. [1]", "It weighs 187 kg.") == ("42",)
    assert judged_numbers("It weighs 42 kg. [1]", "It weighs 187.", unsupported=("42 kg",)) == ()
    assert judged_numbers("It weighs 187.0 kg. [1]", "It weighs 187 kg.") == ()
    assert judged_numbers("2024年9月17日，1,280元", "2024-09-17 1280") == ()


def test_a_computed_number_stands_in_no_passage_and_says_how_it_was_made() -> None:
    rows = ComputedRows(3, 20, (ReferenceRow("list.xlsx", "s", 2),))
    made = Computation(("list.xlsx",), ("部门 = 财务部",), "count", (), rows, "3")
    judged = judge_answer(
        question(),
        answer("3 [1]", cited(1, "list.xlsx", "部门: 财务部"), computation=made),
        (),
        frozenset(),
        first_word=0.0,
        total=0.0,
    )
    assert judged.unflagged == ()
    assert judged.computation == "count; 部门 = 财务部; 3 of 20 rows"


def test_the_words_of_a_refusal_are_no_answer() -> None:
    judged = judge_answer(
        question(),
        answer("知识库中没有提到“u987438274”。", found=False, refused_by="missing-term"),
        (),
        frozenset(),
        first_word=0.1,
        total=0.1,
    )
    assert (judged.found, judged.contains, judged.exact, judged.f1) == (False, False, False, 0.0)
    assert judged.unflagged == ()
