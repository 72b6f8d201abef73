"""Rows of a table that hold less of a question's cells than another row of it."""

from __future__ import annotations

from kb.answering.abridging import abridged
from kb.answering.prompt import fence
from kb.answering.rows import one_of_several, outdone
from kb.index.sparse import document_vector
from kb.text.question import Question
from kb.types import Passage

SHIFTS = (
    "班次表",
    "库区: 一号库 | 班次: 白班 | 值守: 乐山",
    "库区: 一号库 | 班次: 夜班 | 值守: 游川",
    "库区: 十一号库 | 班次: 夜班 | 值守: 罗湖",
    "库区: 二号库 | 班次: 白班 | 值守: 祁门",
    "库区: 二号库 | 班次: 夜班 | 值守: 丰台",
)


def left(question: str, texts: tuple[str, ...] = SHIFTS) -> list[str]:
    out = outdone(Question.of(question), texts)
    return [text for at, text in enumerate(texts) if at not in out]


def test_rows_with_one_of_two_cells_that_are_asked_for_give_way_to_the_row_with_both() -> None:
    kept = left("二号库夜班由谁值守？")

    assert SHIFTS[5] in kept
    assert not {SHIFTS[2], SHIFTS[4]} & {*kept}


def test_a_name_within_a_longer_one_is_not_named() -> None:
    assert SHIFTS[3] in left("十一号库夜班由谁值守？")
    assert SHIFTS[2] not in left("十一号库夜班由谁值守？")


def test_two_rows_that_are_both_asked_for_stay() -> None:
    kept = left("一号库和二号库的夜班由谁值守？")

    assert {SHIFTS[2], SHIFTS[5]} <= {*kept}
    assert not {SHIFTS[1], SHIFTS[4]} & {*kept}


def test_a_row_without_any_cell_of_the_question_gives_way_to_a_named_one_of_its_columns() -> None:
    assert left("二号库由谁值守？") == [SHIFTS[0], *SHIFTS[4:]]


def test_rows_of_other_columns_stay() -> None:
    other = "公司: 顺达 | 电话: 5550"
    assert other in left("二号库由谁值守？", (*SHIFTS, other))


def test_where_no_row_is_named_all_stay() -> None:
    assert left("三号库由谁值守？") == [*SHIFTS]


def test_questions_for_other_rows_than_the_one_they_name_leave_all_of_them() -> None:
    assert left("与二号库夜班相同的班次有谁值守？") == [*SHIFTS]
    assert left("Who else works nights in depot 2?") == [*SHIFTS]


def test_numbers_of_latin_cells_are_whole_ones() -> None:
    table = ("Bay: Bay 2 | Shift: night | Lead: Iris", "Bay: Bay 21 | Shift: night | Lead: Otto")

    assert left("Who leads the night shift of Bay 21?", table) == [table[1]]
    assert left("Who leads the night shift of Bay 2?", table) == [table[0]]


def test_such_rows_are_kept_from_the_model_also_where_there_is_room_for_them() -> None:
    text = "\n".join(SHIFTS)
    passage = Passage(1, "a.docx", text, None, 1, section="", title="", chunk_ids=("c",))

    [handed] = abridged(
        Question.of("二号库夜班由谁值守？"),
        [passage],
        lambda each: dict.fromkeys(document_vector(each).indices, 1.0),
    )

    assert "丰台" in fence(handed)
    assert "祁门" not in fence(handed)
    assert handed.text == text


STOCK = (
    "饲料: 苜蓿 | 批次: F-101 | 存量: 140",
    "饲料: 燕麦 | 批次: F-102 | 存量: 65",
    "饲料: 苜蓿 | 批次: F-103 | 存量: 60",
)


def test_the_number_of_one_row_is_not_what_several_have_in_all() -> None:
    asked = Question.of("苜蓿一共有多少袋？")

    assert one_of_several(asked, "苜蓿一共有140袋。", STOCK) == "一共"
    assert not one_of_several(asked, "苜蓿一共有200袋。", STOCK)


def test_the_only_row_of_a_name_has_what_there_is_in_all() -> None:
    assert not one_of_several(Question.of("燕麦一共有多少袋？"), "一共65袋。", STOCK)


def test_a_question_for_one_row_is_not_one_for_all() -> None:
    assert not one_of_several(Question.of("苜蓿F-101的存量是多少？"), "存量是140。", STOCK)
