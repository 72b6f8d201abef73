"""What is handed out of a ranking: no text twice, no document alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from kb.retrieval.selection import select
from kb.types import Chunk

FILLER = "水泵每运行五百小时更换一次润滑油，由维修班长签字确认。"


@dataclass(frozen=True)
class Ranked:
    chunk: Chunk
    score: float


def ranked(*items: tuple[str, str, float]) -> list[Ranked]:
    """(document, text, score), best first."""
    return [
        Ranked(Chunk(f"{place}", document, place, text, "", None, None, "", 0, len(text)), score)
        for place, (document, text, score) in enumerate(items)
    ]


def texts(selected: Sequence[Ranked]) -> list[str]:
    return [item.chunk.text for item in selected]


def documents(selected: Sequence[Ranked]) -> str:
    return "".join(item.chunk.doc_id for item in selected)


# --- copies ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "copy",
    [
        FILLER,
        FILLER.replace("，", "，\n  "),
        FILLER.replace("五百小时", "五百 小时"),
        f"{FILLER}附页。",
        FILLER[2:],
        f"一{FILLER}",
        f"共12{FILLER}",
    ],
)
def test_a_copy_gives_its_place_to_the_next_text(copy: str) -> None:
    hits = ranked(("a", FILLER, 0.5), ("b", copy, 0.4), ("c", "员工请假须提前三天。", 0.3))

    assert documents(select(hits, 2)) == "ac"


def test_width_and_case_do_not_make_another_text() -> None:
    hits = ranked(("a", "Pump Ｘ３００ is oiled.", 0.5), ("b", "pump X300 is oiled.", 0.4))

    assert documents(select(hits, 2)) == "a"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (f"{FILLER}单价100元。", f"{FILLER}单价200元。"),
        (f"{FILLER}单价100", f"{FILLER}单价1000"),
        (f"{FILLER}单价1", f"{FILLER}单价1.5"),
        (f"15天。{FILLER}", f"5天。{FILLER}"),
        (f"特此证明张飞。{FILLER}", f"特此证明刘备。{FILLER}"),
    ],
)
def test_revisions_that_differ_in_a_figure_or_a_name_both_stay(one: str, other: str) -> None:
    assert documents(select(ranked(("a", one, 0.5), ("b", other, 0.4)), 2)) == "ab"


def test_a_text_of_four_fifths_of_a_longer_one_is_a_copy_of_it() -> None:
    long, four_fifths, less = "甲乙丙丁戊己庚辛壬癸", "甲乙丙丁戊己庚辛", "甲乙丙丁戊己庚"

    assert documents(select(ranked(("a", long, 0.5), ("b", four_fifths, 0.4)), 2)) == "a"
    assert documents(select(ranked(("a", long, 0.5), ("b", less, 0.4)), 2)) == "ab"


def test_a_short_text_within_a_long_one_is_no_copy_of_it() -> None:
    hits = ranked(("a", FILLER * 3 + "更多。", 0.5), ("b", FILLER, 0.4))

    assert documents(select(hits, 2)) == "ab"


# --- crowding -------------------------------------------------------------------------


def test_a_document_fills_three_of_five_while_others_bear_on_the_question() -> None:
    hits = ranked(
        *(("a", f"甲{n}", 0.5 - n / 100) for n in range(6)),
        ("b", "乙", 0.46),
        ("c", "丙", 0.45),
    )

    assert documents(select(hits, 5)) == "aaabc"


def test_a_document_has_its_whole_share_before_it_waits() -> None:
    others = [(name, f"乙{name}", 0.49) for name in "bcd"]
    hits = ranked(*(("a", f"甲{n}", 0.5) for n in range(6)), *others)

    assert documents(select(hits, 5)) == "aaabc"


def test_a_document_keeps_all_places_where_the_others_score_clearly_less() -> None:
    hits = ranked(*(("a", f"甲{n}", 0.5) for n in range(6)), ("b", "乙", 0.44))

    assert documents(select(hits, 5)) == "aaaaa"


def test_a_document_that_is_alone_keeps_all_places() -> None:
    assert documents(select(ranked(*(("a", f"甲{n}", 0.5) for n in range(6))), 5)) == "aaaaa"


def test_what_waited_comes_back_where_it_stood_when_others_run_out() -> None:
    hits = ranked(*(("a", f"甲{n}", 0.5) for n in range(5)), ("b", "乙", 0.46))

    assert texts(select(hits, 5)) == ["甲0", "甲1", "甲2", "甲3", "乙"]


def test_fewer_than_were_asked_for_are_all_that_there_are() -> None:
    assert select([], 5) == []
    assert documents(select(ranked(("a", "甲", -0.1)), 5)) == "a"
