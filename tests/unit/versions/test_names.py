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


def test_a_name_of_version_marks_alone_has_no_stem() -> None:
    assert name_parts("v2 final").stem == ""
    assert name_parts("2024-03").stem == ""


def test_the_ending_of_a_file_is_no_part_of_its_name() -> None:
    assert without_ending("a/b.zip!/规则.v2.docx") == "规则.v2"
