"""Words of a rule that a later notice changes, quoted."""

from __future__ import annotations

import pytest

from kb.answering.amendments import amended, amendments, changes, without_amended
from kb.types import Passage

RULE = "读者可借阅图书，借期为三十日，逾期每日收费一角。"
NOTICE = "《图书借阅规则》第三条中的“借期为三十日”修改为“借期为二十一日”，自10月1日起执行。"


def passage(n: int, source: str, text: str) -> Passage:
    return Passage(n, source, text, None, None, section="", title="", chunk_ids=(source,))


BOTH = (passage(1, "rule.md", RULE), passage(2, "notice.md", NOTICE))


def never(source: str, other: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (NOTICE, [("借期为三十日", "借期为二十一日")]),
        ("第二款的“前一日20时”改成“当日12时”。", [("前一日20时", "当日12时")]),
        (
            'In clause 4 "ten working days" is replaced by "five working days".',
            [("ten working days", "five working days")],
        ),
        ("门厅的牌子由“借书处”改为“服务台”。", []),
    ],
    ids=["修改为", "改成", "is replaced by", "three characters stand in many a text"],
)
def test_a_change_is_told_by_the_old_and_the_new_words_in_quotation_marks(
    text: str, found: list[tuple[str, str]]
) -> None:
    assert [*changes(text)] == found


def test_an_answer_with_the_old_words_has_the_new_ones_and_tells_what_was_before() -> None:
    known = amendments(BOTH, never)
    told = amended("借期为三十日。", [1], known)
    assert told == "借期为二十一日。[2]修改前为“借期为三十日”。[1]"


def test_what_is_cited_from_elsewhere_or_has_other_words_stays() -> None:
    known = amendments(BOTH, never)
    assert amended("借期为三十日。", [2], known) is None
    assert amended("逾期每日收费一角。", [1], known) is None


def test_a_rule_that_was_made_anew_since_is_left_alone() -> None:
    assert amendments(BOTH, lambda source, other: source == "rule.md") == ()


def test_a_sentence_whose_words_are_given_anew_is_not_left_out_as_changed() -> None:
    known = amendments(BOTH, never)
    whole = (0, len(RULE))
    assert without_amended({1: [whole]}, known) == {}
    assert without_amended({2: [whole]}, known) == {2: [whole]}
