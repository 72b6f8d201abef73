"""Answers whose figure stands where the question's own words are contradicted."""

from __future__ import annotations

import pytest

from kb.answering.contrary import contrary
from kb.text.question import Question
from kb.types import Passage

STOCK = """\
零件: 导轨 | 库位: D13 | 账面数: 444 | 实盘数: 441
零件: 丝杠 | 库位: C13 | 账面数: 501 | 实盘数: 496"""
STAFF = (
    "Name: Nora Quist | Extension: 4021 | Room: 12\nName: Omar Reyes | Extension: 4077 | Room: 14"
)
PLAN = "里程碑: 试产 | 计划日期: 2024-05-06 | 实际日期: 2024-06-11"


def found(question: str, answer: str, text: str, source: str = "a.txt") -> list[str]:
    passage = Passage(1, source, text, None, None, "", "", ("c",))
    return [*contrary(Question.of(question), answer, [passage])]


def test_the_figure_of_another_row_is_marked_with_what_its_row_lacks() -> None:
    question = "What is the extension of Omar Reyes?"
    assert found(question, "It is 4021.", STAFF) == ["Reyes"]
    assert found(question, "It is 4077.", STAFF) == []


def test_a_figure_in_running_text_belongs_to_no_row() -> None:
    text = "Omar Reyes moved. Since May he has had the extension 4021."
    assert found("What is the extension of Omar Reyes?", "4021", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "text", "marked"),
    [
        ("试产的实际日期是几号？", "2024-05-06", PLAN, ["实际"]),
        ("试产的计划日期是几号？", "2024-06-11", PLAN, ["计划"]),
        ("试产的实际日期是几号？", "2024-06-11", PLAN, []),
        ("试产是几号？", "2024-05-06", PLAN, []),
        ("计划和实际各是几号？", "2024-05-06", PLAN, []),
        ("导轨的实盘数是多少？", "444", STOCK, ["实盘"]),
        ("不含税价是多少？", "1130元", "含税价: 1130元 | 数量: 3", ["不含税"]),
        ("含税价是多少？", "1130元", "含税价: 1130元 | 数量: 3", []),
        ("What was the actual cost?", "It was 5200.", "Planned cost: 5200; note: none", ["actual"]),
        ("What was the actual cost?", "It was 5200.", "Actual cost: 5200; planned: 5000", []),
        ("What is the maximum load?", "It is 450 kg.", "Minimum load: 450 kg.", ["maximum"]),
    ],
)
def test_what_is_said_of_the_other_side_is_marked_with_the_side_that_was_asked_for(
    question: str, answer: str, text: str, marked: list[str]
) -> None:
    assert found(question, answer, text) == marked


def test_an_edition_that_no_cited_passage_names_is_marked() -> None:
    text = "婚假为10天。"
    assert found("2021版考勤制度的婚假是几天？", "10天", text, "考勤制度-2024.md") == ["2021版"]
    assert found("2021版考勤制度的婚假是几天？", "10天", text, "考勤制度-2021.md") == []
    assert found("What does V1 of the contract cost?", "It costs 90.", "Price: 90", "c-v2.md")
    assert not found("What does V1 of the contract cost?", "It costs 90.", "Price: 90", "c-v1.md")


def test_a_date_of_the_question_that_no_cited_passage_has_is_marked() -> None:
    text = "2024-07-01: 二号线 王敏\n2024-07-02: 二号线 李立"
    assert found("2024年7月9日二号线是谁？", "王敏", text) == ["2024年7月9日"]
    assert found("2024年7月2日二号线是谁？", "李立", text) == []


@pytest.mark.parametrize(
    ("question", "answer", "text", "marked"),
    [
        ("池月的电话是多少？", "8840", "姓名: 池月 | 分机: 8840", ["电话"]),
        ("池月的分机是多少？", "8840", "姓名: 池月 | 分机: 8840", []),
        ("池月的联系方式？", "8840", "姓名: 池月 | 分机: 8840", []),
        ("What is the phone number of Quist?", "4021", STAFF.splitlines()[0], ["phone"]),
    ],
)
def test_an_extension_is_no_telephone(
    question: str, answer: str, text: str, marked: list[str]
) -> None:
    assert found(question, answer, text) == marked


def test_an_answer_without_a_figure_is_left_to_the_other_checks() -> None:
    assert found("试产的实际日期是几号？", "没有写明。", PLAN) == []


def test_the_row_of_another_cell_than_the_question_names() -> None:
    rows = "席位: 贵宾 | 票价(元): 680\n席位: 普通 | 票价(元): 120"
    assert found("普通席位的票价是多少元？", "票价是680元。", rows) == ["普通"]
    assert found("普通席位的票价是多少元？", "票价是120元。", rows) == []


def test_the_project_of_another_name() -> None:
    text = "海燕项目（检测）的预算为90万元，项目经理叶秋。"
    assert found("海豚项目的项目经理是谁？", "是叶秋。", text) == ["海豚项目"]
    assert found("海燕项目的项目经理是谁？", "是叶秋。", text) == []
    assert found("海豚项目的项目经理是谁？", "是叶秋。", "海豚（检测）由叶秋负责。") == []


@pytest.mark.parametrize(
    ("question", "source", "marked"),
    [
        ("Who chairs the committee in June?", "minutes/2024-05-06.md", ("june",)),
        ("6月的例会由谁主持？", "纪要-2024-05-06.md", ("6月",)),
        ("Who chairs the committee in June?", "minutes/2024-06-03.md", ()),
        ("Who may chair the committee?", "minutes/2024-06-03.md", ()),
        ("Who chairs the committee in June?", "rules.md", ()),
    ],
    ids=["English", "Chinese", "the month itself", "may is no month here", "an undated document"],
)
def test_a_document_of_another_month_is_marked(
    question: str, source: str, marked: tuple[str, ...]
) -> None:
    passage = Passage(
        1, source, "Chair: Bo Marsh.", None, None, section="", title="", chunk_ids=("c",)
    )
    assert contrary(Question.of(question), "Bo Marsh chairs it.", [passage]) == marked


POLICY = "Effective from 1 October 2023.\n\nLeave is asked for before noon of the day before."
RULES = "2026年3月1日起施行。\n\n2026年5月1日起执行的补贴为每班45元。病假应提前告知班组长。"


@pytest.mark.parametrize(
    ("question", "answer", "text", "marked"),
    [
        ("What is the deadline to ask for leave?", "It is 1 October 2023.", POLICY, ["deadline"]),
        ("From which date is the leave policy in force?", "From 1 October 2023.", POLICY, []),
        ("病假应提前多久告知？", "病假应于2026年3月1日告知。", RULES, ["病假"]),
        ("补贴每班多少元？", "每班45元。", RULES, []),
        ("这份规定什么时候施行？", "2026年3月1日。", RULES, []),
    ],
)
def test_the_day_on_which_a_text_takes_effect_answers_no_other_question(
    question: str, answer: str, text: str, marked: list[str]
) -> None:
    assert found(question, answer, text) == marked


@pytest.mark.parametrize(
    ("question", "text", "marked"),
    [
        ("外科团队今年的目标是多少？", "儿科团队今年的目标是620例。", ["外科团队"]),
        ("儿科团队今年的目标是多少？", "儿科团队今年的目标是620例。", []),
        ("How many beds has the sleep clinic?", "The pain clinic has 620 beds.", ["sleep clinic"]),
        ("How many beds has the pain clinic?", "The pain clinic has 620 beds.", []),
        ("How many beds has this clinic?", "The pain clinic has 620 beds.", []),
    ],
)
def test_a_team_or_a_clinic_of_another_name_is_marked(
    question: str, text: str, marked: list[str]
) -> None:
    assert found(question, "620", text) == marked


@pytest.mark.parametrize(
    ("answer", "marked"),
    [
        ("租了海棠大厦的9层。", ["海棠大厦"]),
        ("租了东湖中心的9层。", []),
        ("不租海棠大厦，改租东湖中心9层。", []),
    ],
)
def test_a_figure_behind_the_thing_of_another_sentence_is_marked(
    answer: str, marked: list[str]
) -> None:
    text = "海棠大厦的业主不肯降价。改租东湖中心9层，租期五年。"
    assert found("最后租了哪栋楼的哪一层？", answer, text) == marked


def test_a_landline_is_nobody_s_mobile() -> None:
    text = "Public relations: Ines Falk, room 12. Switchboard: 0571-5550 2100."
    assert found("Ines Falk的手机号是多少？", "0571-5550 2100", text) == ["手机号"]
    assert found("What is the mobile number of Ines Falk?", "It is 0571-55502100.", text)
    assert found("Ines Falk的电话是多少？", "0571-5550 2100", text) == []
    assert found("Ines Falk的手机号是多少？", "13812345678", "Ines Falk: 13812345678") == []
