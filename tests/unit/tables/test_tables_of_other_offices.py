"""Tables of offices that nobody foresaw: yes and no, two columns of one kind, codes that refer to
another table, years as columns. Each a kind that once gave another number, or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from kb.answering.tagger import cut
from kb.tables.answering import answer
from kb.tables.wording import value_text
from kb.text.question import Question
from tests.table_samples import searchable, sheets

BOOTHS = (
    ("摊位号", "摊主姓名", "品类", "合同签署", "电表", "进场日期", "撤场日期", "缴费"),
    ("T-301", "沈万三", "茶叶", "是", "否", "2024-03-05", "2024-09-01", "已缴纳"),
    ("T-302", "陶朱", "瓷器", "否", "是", "2024-03-18", "2024-08-01", "未缴纳"),
    ("T-303", "吕不韦", "茶叶", "否", "是", "2024-04-02", "2024-10-01", "未缴纳"),
    ("T-304", "子贡", "瓷器", "是", "是", "2024-05-20", "2024-10-01", "已缴纳"),
)
TRIPS = (
    ("班次", "出发站", "到达站", "人数"),
    ("K-1", "洛阳", "长安", "30"),
    ("K-2", "长安", "洛阳", "25"),
    ("K-3", "开封", "洛阳", "18"),
    ("K-4", "洛阳", "开封", "41"),
    ("K-5", "长安", "开封", "12"),
)
ROOMS = (
    ("Room ID", "Room", "Floor", "Gross area (m2)", "Net area (m2)", "Has projector", "Caretaker"),
    ("0107", "Oak Hall", "1", "120", "90", "Yes", "Hal Berg"),
    ("0208", "Elm Room", "2", "60", "55", "No", "Ida Moe"),
    ("0309", "Ash Room", "3", "80", "58", "No", "Jan Ruud"),
)
TUTORS = (
    ("Tutor no.", "Name", "Role", "Room ID", "Yearly wage ($k)"),
    ("N-11", "Nina Falk", "Coach", "0107", "41"),
    ("N-12", "Otto Gran", "Clerk", "0208", "52"),
    ("N-13", "Pia Hove", "Coach", "0208", "38"),
    ("N-14", "Rolf Ness", "Coach", "0309", "47"),
)
YEARS = (
    ("项目名称", "2021年", "2022年", "2023年"),
    ("门票收入", "310", "280", "295"),
    ("餐饮收入", "90", "120", "140"),
)
REGIONS = (
    ("大区", "门市", "1月", "2月", "3月", "合计"),
    ("东区", "甲店", "10", "20", "30", "60"),
    ("", "乙店", "11", "21", "31", "63"),
    ("东区小计", "", "21", "41", "61", "123"),
    ("西区", "丙店", "12", "22", "32", "66"),
    ("", "丁店", "13", "23", "33", "69"),
    ("西区小计", "", "25", "45", "65", "135"),
    ("总计", "", "46", "86", "126", "258"),
)
WARDS = (
    ("Ward", "Beds", "Nurses on shift"),
    ("North", "12", "5"),
    ("South", "20", "8"),
    ("West", "9", "4"),
    ("All wards", "41", "17"),
)
LESSONS = (("课目", "任教者", "场地"), ("马球", "高适", "东苑"), ("射箭", "岑参", "西苑"))
TABLES = {
    "课目": LESSONS,
    "摊位登记2024": BOOTHS,
    "班次": TRIPS,
    "rooms": ROOMS,
    "tutors": TUTORS,
    "历年收入": YEARS,
    "门市销量": REGIONS,
    "wards": WARDS,
}

Said = Callable[[str], str]


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Said]:
    with searchable(tmp_path_factory.mktemp("others"), sheets(TABLES)) as index:

        def first_line(text: str) -> str:
            found = answer(Question.of(text), index.tables(), index, lambda doc_id: 0, cut)
            return "" if found is None else value_text(found, not text.isascii(), text)

        yield first_line


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("合同签署的摊位有几个？", "2"),
        ("没有签署合同的摊位有几个？", "2"),
        ("没有电表的摊位是哪几个？", "T-301 沈万三"),
        ("T-302有电表吗？", "有，1 行：T-302 陶朱"),
        ("T-301有电表吗？", "没有（4 行中 0 行）"),
        ("How many rooms have no projector?", "2"),
        ("Which rooms have a projector?", "0107 Oak Hall"),
    ],
    ids=[
        "yes",
        "denied in two words",
        "no",
        "of one row",
        "not of one row",
        "no in English",
        "a noun",
    ],
)
def test_a_column_of_yes_and_no_is_a_condition(said: Said, question: str, told: str) -> None:
    assert said(question) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("还没有缴纳的摊位有哪些？", "T-302 陶朱\nT-303 吕不韦"),
        ("未缴纳的摊位有几个？", "2"),
        ("缴纳的摊位有几个？", "2"),
    ],
    ids=["in other words", "as the cell says it", "the opposite"],
)
def test_a_state_is_not_its_opposite(said: Said, question: str, told: str) -> None:
    assert said(question) == told


def test_a_part_of_the_tables_own_year_is_a_condition(said: Said) -> None:
    assert said("2024年3月10日到4月30日之间进场的摊位有几个？") == "2"


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("到洛阳的班次有几个？", "2"),
        ("从洛阳出发的班次有几个？", "2"),
        ("去开封的班次有哪些？", "K-4\nK-5"),
        ("洛阳的班次有几个？", ""),
    ],
    ids=["to", "from", "there", "open"],
)
def test_from_where_and_to_where(said: Said, question: str, told: str) -> None:
    assert said(question).replace("、", "\n") == told


@pytest.mark.parametrize(
    "question",
    [
        "Which room has the largest area?",
        "What is the average area of the rooms?",
        "Which rooms have an area above 58 m2?",
    ],
    ids=["the largest", "the average", "above"],
)
def test_of_two_columns_of_one_kind_none_is_guessed(said: Said, question: str) -> None:
    assert said(question) == ""


def test_a_word_more_says_which_of_them_is_meant(said: Said) -> None:
    assert said("Which room has the largest net area?").startswith("0107, Oak Hall")


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("What's the name of room 0107?", "Oak Hall"),
        ("Who is the caretaker of Otto Gran's room?", "Ida Moe"),
        ("What does Pia Hove do?", "Coach"),
        ("How much does Rolf Ness earn?", "47 k$"),
        ("Which role has the highest average wage?", "Clerk (52 k$)"),
    ],
    ids=["the key's own table", "of the other", "what somebody does", "earns", "by group"],
)
def test_a_code_refers_to_another_table(said: Said, question: str, told: str) -> None:
    assert told.split()[0] in said(question)


def test_no_label_is_told_for_what_somebody_does(said: Said) -> None:
    assert said("What does T-301 do?") == ""


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("哪一年门票收入最低？", "2022年（280）"),
        ("餐饮收入哪年最高？", "2023年（140）"),
        ("门票收入从2021到2022年少了多少？", "30"),
    ],
    ids=["lowest", "highest", "between two"],
)
def test_years_that_are_columns(said: Said, question: str, told: str) -> None:
    assert told in said(question)


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("东区2月合计是多少？", "41"),
        ("西区的门市有几家？", "2"),
        ("How many beds are there in total?", "41"),
    ],
    ids=["one month of a group", "rows of a group", "a total by another name"],
)
def test_groups_and_totals_are_known(said: Said, question: str, told: str) -> None:
    assert said(question) == told


@pytest.mark.parametrize(
    ("question", "told"),
    [("马球由谁教？", "高适"), ("射箭是谁教的？", "岑参"), ("射箭归谁管？", "")],
    ids=["who does", "who did", "no such column"],
)
def test_a_verb_beside_who_names_the_person(said: Said, question: str, told: str) -> None:
    assert said(question) == told


def test_people_are_not_counted_by_what_they_are_named_for(said: Said) -> None:
    assert said("How many people are there on floor 2?") == ""
