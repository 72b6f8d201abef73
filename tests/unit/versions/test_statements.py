"""What a document says of itself: since when it holds, which version it is, what it replaces."""

from __future__ import annotations

import pytest

from kb.versions.statements import statements


@pytest.mark.parametrize(
    "text",
    [
        "本规则自2023年4月1日起施行。",
        "自2023年4月1日起正式执行，有效期三年。",
        "生效日期：2023-04-01",
        "2023年4月1日起实施",
        "This policy takes effect on 1 April 2023.",
        "Effective date: April 1, 2023",
        "Effective from 2023-04-01 for all sites.",
    ],
)
def test_since_when_it_holds(text: str) -> None:
    assert statements(text, "").effective == 20230401


def test_the_last_provision_counts_too() -> None:
    said = statements("第一条 总则。", "第九条 本规则自2023年4月1日起施行，原规则同时废止。")
    assert (said.effective, said.replaces) == (20230401, True)


@pytest.mark.parametrize(
    "text",
    [
        "2019版同时废止。",
        "原办法废止。",
        "此前的通知作废。",
        "本版本取代此前各版本。",
        "This edition supersedes all previous editions.",
        "It replaces the 2019 version.",
        "Earlier notices are void.",
    ],
)
def test_that_it_replaces_what_came_before(text: str) -> None:
    assert statements(text, "").replaces


def test_what_it_replaces_by_name() -> None:
    said = statements("自发布之日起施行，《图书借阅规则（2019版）》同时废止。", "")
    assert said.replaced == ("图书借阅规则",)
    assert statements('It supersedes the "Lending rules v1" of 2019.', "").replaced == (
        "lendingrules",
    )


def test_a_text_about_other_things_says_nothing() -> None:
    said = statements("叉车每三年复审一次。读者可借十册。Books are due in 30 days.", "")
    assert said == type(said)()


def test_number_and_day_at_the_head() -> None:
    said = statements("Version: 2.1\nDate: 3 May 2024", "")
    assert (said.number, said.dated) == ((2, 1), 20240503)
    assert statements("版本：B　签订日期：2024-05-03", "").number == (2,)
    assert statements("版次：3　签订日期：2024-05-03", "").number == (3,)


def test_a_text_that_is_out_of_force_says_so() -> None:
    assert statements("本规定已废止。", "").repealed
    assert statements("This policy has been withdrawn.", "").repealed


@pytest.mark.parametrize(
    ("text", "stem"),
    [
        ("各位：即日起废止《图书借阅规则》。", "图书借阅规则"),
        ("自本办法施行之日起，原图书借阅规则同时废止。", "图书借阅规则"),
        ("This policy supersedes the Library lending rules of 2019.", "librarylendingrules"),
        ("From May on the Library lending rules are withdrawn.", "librarylendingrules"),
        ('The "Library lending rules" of 3 May 2019 are withdrawn.', "librarylendingrules"),
        ("关于废止图书借阅规则的通知", "图书借阅规则"),
    ],
)
def test_what_a_sentence_of_another_document_puts_out_of_force(text: str, stem: str) -> None:
    assert any(one.endswith(stem) for one in statements(text, "").replaced)


@pytest.mark.parametrize(
    "text",
    [
        "2019年3月1日起施行的《图书借阅规则》自2024年5月6日起废止。",
        "自2024年5月6日起施行。2019年3月1日起施行的《图书借阅规则》同时废止。",
        'The "Lending rules" of 1 March 2019 are withdrawn with effect\nfrom 6 May 2024.',
        "The lending rules are withdrawn from 6 May 2024.",
    ],
)
def test_the_day_of_what_is_ended_is_not_the_day_from_which_the_notice_holds(text: str) -> None:
    assert statements(text, "").effective == 20240506


def test_a_version_with_its_name_for_it_is_read_wherever_it_stands() -> None:
    for text in ("文件版本：3.1", "版次: 3.1", "Version: 3.1", "Document rev: 3.1"):
        assert statements(text, "").number == (3, 1)
