"""What is left of a name without version, date and copy marks, and what they say."""

from __future__ import annotations

import pytest

from kb.versions.names import name_parts, without_ending


@pytest.mark.parametrize(
    "names",
    [
        (
            "借阅规则-2019版",
            "借阅规则（2022年修订）",
            "借阅规则 终稿",
            "借阅规则(1)",
            "副本 借阅规则",
        ),
        (
            "Visitor policy v1.2",
            "visitor_policy_FINAL",
            "Copy of Visitor policy",
            "Visitor-Policy (2)",
        ),
        ("菜单-2024-03", "菜单-202405", "菜单_20240901", "菜单 2023年12月"),
        ("Handbook (2nd edition)", "Handbook rev B", "Handbook, draft"),
        ("Re: Re: 会议室停用", "回复：会议室停用", "会议室停用（改期）"),
    ],
)
def test_versions_of_one_document_have_one_stem(names: tuple[str, ...]) -> None:
    assert len({name_parts(name).stem for name in names}) == 1


@pytest.mark.parametrize(
    "names",
    [
        ("LB-2024-017-某某公司合同", "LB-2024-018-某某公司合同"),
        ("5月值班表", "6月值班表"),
        ("newton", "ton"),
        ("附件1", "附件2"),
    ],
)
def test_what_names_another_thing_stays_in_the_stem(names: tuple[str, ...]) -> None:
    assert len({name_parts(name).stem for name in names}) == len(names)


@pytest.mark.parametrize(
    ("name", "label", "number", "day"),
    [
        ("借阅规则（2022年修订）", "2022年修订", (), 20220000),
        ("采购合同-V3", "V3", (3,), 0),
        ("Handbook (2nd edition)", "2nd edition", (2,), 0),
        ("操作手册第三版", "第三版", (3,), 0),
        ("菜单-2024-03", "2024-03", (), 20240300),
        ("菜单-202403", "2024-03", (), 20240300),
        ("report_20240315_final_v2.1", "v2.1", (2, 1), 20240315),
        ("附件1", "", (), 0),
    ],
)
def test_the_version_is_read_as_it_is_written(
    name: str, label: str, number: tuple[int, ...], day: int
) -> None:
    parts = name_parts(name)
    assert (parts.label, parts.number, parts.day) == (label, number, day)


def test_a_draft_and_a_withdrawn_version_say_so() -> None:
    assert name_parts("章程（征求意见稿）").draft
    assert name_parts("Statutes - draft").draft
    assert name_parts("章程-已作废").old
    assert name_parts("章程-第二稿").draft


@pytest.mark.parametrize(
    "name", ["关于废止《阅览须知》的通知", "关于撤销《阅览须知》的决定", "Withdrawal of rules, old"]
)
def test_a_notice_that_ends_another_document_is_not_out_of_force(name: str) -> None:
    assert not name_parts(name).old


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("租船合同-初稿", ("初稿",)),
        ("租船合同（第二稿）2023-05-01", ("二稿",)),
        ("租船合同-签署版", ("签署",)),
        ("Boat hire draft-B (June 2023)", ("draft b",)),
        ("Boat hire, signed", ("signed",)),
        ("Drafting a boat hire", ()),
    ],
)
def test_a_name_says_how_far_its_document_had_come(name: str, expected: tuple[str, ...]) -> None:
    assert name_parts(name).stages == expected


def test_drafts_that_are_counted_have_the_stem_of_what_was_signed() -> None:
    names = ("租船合同-初稿", "租船合同-二稿", "租船合同-签署本")
    assert {name_parts(name).stem for name in names} == {"租船合同"}
    letters = ("Boat hire draft A", "Boat hire draft-B", "Boat hire signed")
    assert {name_parts(name).stem for name in letters} == {"boathire"}


def test_a_name_of_version_marks_alone_has_no_stem() -> None:
    assert name_parts("v2 final").stem == ""
    assert name_parts("2024-03").stem == ""


def test_the_ending_of_a_file_is_no_part_of_its_name() -> None:
    assert without_ending("a/b.zip!/规则.v2.docx") == "规则.v2"
