"""Which version a question asks for."""

from __future__ import annotations

import pytest

from kb.version_types import Family, FamilyKind, Member
from kb.versions.asked import wanted

TODAY = 20250601
RULES = Family(
    FamilyKind.EDITION,
    (
        Member("a", "规则-2019版.md", "2019版", since=20190301, dated=20190000),
        Member("b", "规则-2022版.md", "2022版", since=20220901, dated=20220000),
        Member("c", "规则-2026版.md", "2026版", since=20260101, dated=20260000),
    ),
)
CONTRACT = Family(
    FamilyKind.EDITION,
    (
        Member("a", "合同-V1", "V1", (1,)),
        Member("b", "合同-V2", "V2", (2,)),
        Member("c", "V3", "V3", (3,)),
    ),
)
DRAFTS = Family(
    FamilyKind.EDITION,
    (
        Member("a", "Boat hire draft A (May 2023).docx", dated=20230500, valid=False),
        Member("b", "Boat hire draft-B (June 2023).docx", dated=20230600, valid=False),
        Member("c", "Boat hire signed (July 2023).docx", dated=20230700),
    ),
)
STAGES = Family(
    FamilyKind.EDITION,
    (
        Member("a", "租船合同-初稿.docx", valid=False),
        Member("b", "租船合同-二稿.docx", valid=False),
        Member("c", "租船合同-签署本.docx"),
    ),
)
PRICES = Family(
    FamilyKind.SERIES, (Member("a", "p-03", dated=20240300), Member("b", "p-09", dated=20240900))
)


def ids(question: str, family: Family) -> str:
    return "".join(one.doc_id for one in wanted(question, family, TODAY).members)


@pytest.mark.parametrize(
    ("question", "family", "expected"),
    [
        ("每人可以借几册？", RULES, "b"),
        ("现在每人可以借几册？", RULES, "b"),
        ("How many books may I borrow?", RULES, "b"),
        ("2019版里每人可以借几册？", RULES, "a"),
        ("How many books does the 2019 edition allow?", RULES, "a"),
        ("截至2020年每人可以借几册？", RULES, "a"),
        ("How many books could be borrowed as of 1 March 2020?", RULES, "a"),
        ("2026年时每人可以借几册？", RULES, "c"),
        ("2020年11月每人可以借几册？", RULES, "a"),
        ("在2021年5月，每人可以借几册？", RULES, "a"),
        ("2023年3月每人可以借几册？", RULES, "b"),
        ("2020年11月入职的员工每人可以借几册？", RULES, "b"),
        ("2020年11月买的书可以借几册？", RULES, "b"),
        ("2020年11月以后每人可以借几册？", RULES, "b"),
        ("How many books were lent during 2020?", RULES, "a"),
        ("修订前每人可以借几册？", RULES, "a"),
        ("How many were allowed before the revision?", RULES, "a"),
        ("合同总价是多少？", CONTRACT, "c"),
        ("V1的总价是多少？", CONTRACT, "a"),
        ("第二版合同的总价是多少？", CONTRACT, "b"),
        ("What does version 2 say?", CONTRACT, "b"),
        ("What deposit did draft B ask for?", DRAFTS, "b"),
        ("What is the deposit in the signed version?", DRAFTS, "c"),
        ("How much is the deposit in draft A and in the signed one?", DRAFTS, "ac"),
        ("What deposit did the drafts' hire ask for?", DRAFTS, "c"),
        ("第二稿的押金是多少？", STAGES, "b"),
        ("初稿和签署本的押金各为多少？", STAGES, "ac"),
        ("这份合同是什么时候签署的？", STAGES, "c"),
        ("In 2020, how many books could be borrowed?", RULES, "a"),
        ("How many books may I borrow for a course in 2020?", RULES, "b"),
        ("2024年3月的绿茶多少钱？", PRICES, "a"),
        ("绿茶多少钱？", PRICES, "b"),
    ],
)
def test_it_is_answered_from_one_version(question: str, family: Family, expected: str) -> None:
    assert ids(question, family) == expected
    assert wanted(question, family, TODAY).compares == ("各为" in question)


@pytest.mark.parametrize(
    ("question", "family", "expected"),
    [
        ("新版规则有什么变化？", RULES, "ab"),
        ("What changed in the rules?", RULES, "ab"),
        ("2019版和2022版的借期分别是几天？", RULES, "ab"),
        ("V1和V3的总价有什么不同？", CONTRACT, "ac"),
        ("绿茶的价格从2024年3月到2024年9月涨了多少？", PRICES, "ab"),
    ],
)
def test_a_comparison_is_answered_from_both(question: str, family: Family, expected: str) -> None:
    assert ids(question, family) == expected
    assert wanted(question, family, TODAY).compares


@pytest.mark.parametrize(
    "question", ["红茶和绿茶哪个更贵？", "What is the difference between green and black tea?"]
)
def test_a_comparison_of_things_is_none_of_versions(question: str) -> None:
    assert ids(question, PRICES) == "b"
