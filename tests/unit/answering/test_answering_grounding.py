"""Every number, date, address and identifier of an answer must stand in the passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kb.answering.grounding import unsupported
from kb.text.question import Question
from kb.types import Passage


def flagged(passage: str, answer: str, *, question: str = "") -> tuple[str, ...]:
    held = Passage(1, "a.md", passage, None, None, section="", title="", chunk_ids=("c",))
    return unsupported(answer, [held], question=Question.of(question))


def not_held(answer: str, *cited: Passage, beside: Sequence[Passage] = ()) -> tuple[str, ...]:
    """What is flagged of an answer to a question that names nothing."""
    return unsupported(answer, cited, question=Question.of(""), beside=beside)


def test_an_invented_number_is_flagged() -> None:
    assert flagged("扬程32米，功率7.5千瓦。", "该泵重100公斤。") == ("100",)


def test_the_number_of_another_token_is_not_support() -> None:
    assert flagged("关羽的电话号码是5352345。", "他的号码是535。") == ("535",)
    assert flagged("型号X200。", "流量是200。") == ("200",)


@pytest.mark.parametrize(
    ("passage", "answer"),
    [
        ("合同金额为1,280,000元。", "合同金额为1280000元。"),
        ("合同金额为1,280,000元。", "合同金额为128万元。"),
        ("合同金额为128万元。", "The contract is worth 1,280,000 yuan."),
        ("A grant of 1.5 million dollars.", "资助一百五十万美元。"),
        ("质保期为二十四个月。", "质保期为24个月。"),
        ("质保期为24个月。", "质保期为二十四个月。"),
        ("共三万二千人。", "共32000人。"),
        ("建于一九九八年。", "建于1998年。"),
        ("完成百分之五十。", "完成50%。"),
        ("编号为５３５２３４５。", "编号为5352345。"),
        ("含量为3.50%。", "含量为3.5%。"),
        ("有三个出口。", "有3个出口。"),
        ("净重50kg。", "净重50公斤。"),
        ("共计三十六万元。", "共计360000元。"),
        ("共计36万元。", "共计三十六万元。"),
        ("见第三条。", "见第3条。"),
        ("见第3条。", "见第三条。"),
        ("二〇二四年建成。", "2024年建成。"),
        ("建于2024年。", "建于二〇二四年。"),
        ("The hose was seven years old.", "The hose was 7 years old."),
        ("in twenty-four months", "in 24 months"),
        ("温度为0.0度。", "温度为0度。"),
        ("合同金额为128万元。", "合同金额（万元）：128。"),
        ("电话：535-2345。", "电话是5352345。"),
        ("扬程 100 200 300", "扬程是200米。"),
        ("合同HT-2024-0917。", "合同是2024年的，编号0917。"),
    ],
)
def test_numbers_are_compared_by_value(passage: str, answer: str) -> None:
    assert flagged(passage, answer) == ()


@pytest.mark.parametrize(
    ("passage", "answer"),
    [
        ("于2024年9月17日签订。", "签于2024-09-17。"),
        ("signed 2024-09-17", "于2024年9月17日签订。"),
        ("signed 2024/9/17", "It was signed on September 17, 2024."),
        ("signed on 17 Sept 2024", "It was signed on September 17th, 2024."),
        ("2024年的大事：9月17日签约。", "2024年9月17日签约。"),
        ("于2024年9月17日签订。", "2024年9月签订，即9月17日。"),
        ("开放时间09:00至17:30。", "9点至17点30分开放。"),
        ("二〇二四年九月十七日签订。", "签于2024-09-17。"),
        ("Signed on Sept 17, 2024.", "于二〇二四年九月十七日签订。"),
        ("九月十七日签订。", "9月17日签订。"),
        ("会议在9月17日。", "17日开会。"),
        ("会议在9月17日。", "9月开会。"),
        ("8点开门。", "8:00开门。"),
    ],
)
def test_dates_and_times_are_compared_by_their_parts(passage: str, answer: str) -> None:
    assert flagged(passage, answer) == ()


def test_another_time_is_flagged() -> None:
    assert flagged("8:30开门。", "9:45开门。") == ("9:45",)
    assert flagged("8点开门。", "8:30开门。") == ("8:30",)


def test_another_day_of_the_same_month_is_flagged() -> None:
    assert flagged("于2024年9月17日签订。", "签于2024年9月18日。") == ("2024年9月18日",)
    assert flagged("signed 2024-09-17", "signed 2023-09-17") == ("2023-09-17",)


@pytest.mark.parametrize("written", ["138-0013-8000", "138 0013 8000", "13800138000"])
@pytest.mark.parametrize("answered", ["138-0013-8000", "138 0013 8000", "13800138000"])
def test_the_grouping_of_a_telephone_number_is_of_no_account(written: str, answered: str) -> None:
    assert flagged(f"电话：{written}。", f"电话是{answered}。") == ()


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ("+86 137-2580-1946", "13725801946"),
        ("13725801946", "+86 137 2580 1946"),
        ("(0571) 8877-6655", "057188776655"),
        ("0571-88776655", "区号0571，号码88776655"),
        ("+49 30 2345678", "49302345678"),
        ("137-2580-1946", "尾号1946"),
    ],
)
def test_a_telephone_number_is_held_in_another_spelling_and_by_its_groups(
    written: str, answered: str
) -> None:
    assert flagged(f"电话：{written}。", f"是{answered}。") == ()


def test_what_stands_behind_a_telephone_number_is_read_too() -> None:
    answer = "先打137-2580-1946，再打0571-88776655转X9-1，共77次。"

    assert flagged("无。", answer) == ("137-2580-1946", "0571-88776655", "X9-1", "77")


def test_a_telephone_number_with_one_other_digit_is_flagged() -> None:
    assert flagged("电话：138-0013-8000。", "电话是13800138001。") == ("13800138001",)


@pytest.mark.parametrize("answered", ["HT-2024-0917", "ht-2024-0917", "HT20240917", "HT_2024_0917"])
def test_an_identifier_is_compared_by_its_letters_and_digits(answered: str) -> None:
    assert flagged("合同编号HT-2024-0917。", f"编号是{answered}。") == ()


def test_an_identifier_that_no_passage_holds_is_flagged_as_it_was_written() -> None:
    assert flagged("X200的扬程是32米。", "X300的扬程是32米。") == ("X300",)


def test_an_address_must_stand_there_whole() -> None:
    assert flagged("联系 li@example.com", "请联系 li@example.com。") == ()
    assert flagged("联系 li@example.com", "请联系 wang@example.com。") == ("wang@example.com",)


def test_a_leading_zero_makes_a_code_another_one() -> None:
    assert flagged("房间号0917。", "房间号917。") == ("917",)
    assert flagged("房间号917。", "房间号0917。") == ("0917",)
    assert flagged("房间号7。", "房间号07。") == ("07",)


@pytest.mark.parametrize("code", ["0917", "07"])
def test_a_code_with_a_leading_zero_is_a_claim_though_the_question_brought_it_up(code: str) -> None:
    assert flagged("房间在二楼。", f"{code}房间在二楼。", question=f"{code}房间在哪？") == (code,)


def test_six_digits_with_a_hyphen_are_no_telephone_number_and_stay_apart() -> None:
    assert flagged("分机 123-456。", "分机是123456。") == ("123456",)


def test_a_number_in_chinese_numerals_is_a_claim_like_any_other() -> None:
    assert flagged("质保期为二十四个月。", "质保期为三十个月。") == ("三十",)
    assert flagged("一共七个。", "一共5个。") == ("5",)


def test_the_unit_at_the_head_of_a_table_is_no_number() -> None:
    assert flagged("单位：万元。", "共10000元。") == ("10000",)
    assert flagged("数百万人。", "共1000000人。") == ("1000000",)


def test_a_claim_is_shown_as_it_is_read_where_lower_case_is_longer() -> None:
    assert flagged("无。", "İ代码X9-1。") == ("x9-1",)


def test_a_number_of_the_question_is_no_claim_but_an_identifier_is() -> None:
    assert flagged("冠军是李娜。", "前3名中的冠军是李娜。", question="前3名是谁？") == ()
    assert flagged("扬程是32米。", "X300的扬程是32米。", question="X300的扬程？") == ("X300",)


def test_markers_and_numbering_are_no_claims() -> None:
    assert flagged("甲和乙。", "1. 甲 [1]\n2. 乙 [1][2]【3】") == ()
    assert flagged("扬程50米。", "1. 50米。\n2. 50米。") == ()


@pytest.mark.parametrize("word", ["一种", "万一", "百姓", "三者"])
def test_a_numeral_inside_a_word_is_no_number(word: str) -> None:
    assert flagged("没有数字。", f"这是{word}。") == ()


def test_each_unsupported_token_is_listed_once_in_the_order_of_the_answer() -> None:
    assert flagged("无。", "先是77，再是X9-1，又是77，最后a@b.cn。") == ("77", "X9-1", "a@b.cn")


def test_the_title_the_section_and_the_file_name_are_part_of_a_passage() -> None:
    passage = Passage(
        1, "2024年度.md", "无。", None, None, section="第12章", title="X200", chunk_ids=("c",)
    )

    assert not_held("2024年X200的第12章。", passage) == ()


def test_an_identifier_in_the_file_name_counts_as_held() -> None:
    passage = Passage(
        n=1,
        source="law/采购合同-HT-2024-0917.docx",
        text="合同总价为360,000元。",
        page=1,
        line=None,
        section="",
        title="采购合同",
        chunk_ids=("1",),
    )
    assert not_held("合同HT-2024-0917的总价是360,000元。", passage) == ()


def test_another_day_in_chinese_numerals_is_flagged() -> None:
    assert flagged("二〇二四年九月十七日签订。", "签于2024-09-18。") == ("2024-09-18",)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("manuals/X200-pump-manual.pdf", "X200泵。"),
        ("incident-report-IR-2024-031.txt", "Incident IR-2024-031."),
        ("采购合同_HT-2024-0917_终稿.docx", "合同HT-2024-0917。"),
        ("v2.d/HT-2024-0917", "合同HT-2024-0917。"),
        ("HT-2024-0917", "合同HT-2024-0917。"),
        ("2024.pdf", "2024年的报告。"),
    ],
)
def test_an_identifier_among_the_words_of_a_path_counts_as_held(name: str, answer: str) -> None:
    passage = Passage(1, name, "无。", None, None, section="", title="", chunk_ids=("c",))
    assert not_held(answer, passage) == ()


@pytest.mark.parametrize("answer", ["HT-2024", "X20", "T-2024-0917", "2024-0918"])
def test_a_piece_of_an_identifier_in_a_path_is_another_one(answer: str) -> None:
    passage = Passage(1, "X200-HT-2024-0917.pdf", "无。", None, None, "", "", ("c",))
    assert not_held(f"编号{answer}。", passage) == (answer,)


def test_a_unit_may_stand_in_the_neighbouring_chunk_of_the_same_table() -> None:
    rows = Passage(1, "m.pdf", "Impeller nut 240", None, None, "", "", ("c",))
    head = Passage(2, "m.pdf", "Bolt | Torque (Nm)", None, None, "", "", ("d",))
    assert not_held("The torque is 240 Nm.", rows) == ("240 Nm",)
    assert not_held("The torque is 240 Nm.", rows, beside=[head]) == ()
    assert not_held("The torque is 240 kg.", rows, beside=[head]) == ("240 kg",)
    bare, next_one = replace(head, text="Torque in Nm"), replace(head, n=3, text="Bolts")
    assert not_held("The torque is 240 Nm.", rows, beside=[bare, next_one]) == ()


def test_a_number_in_the_neighbouring_chunk_is_another_thing_s() -> None:
    cited = Passage(1, "m.pdf", "关羽的电话。", None, None, "", "", ("c",))
    beside = Passage(2, "m.pdf", "张飞 5352345", None, None, "", "", ("d",))
    assert not_held("关羽的电话是5352345。", cited, beside=[beside]) == ("5352345",)


# --- names ----------------------------------------------------------------------------


def test_a_person_whom_no_cited_passage_names_is_flagged() -> None:
    assert flagged("会议由诸葛亮主持。", "会议由周瑜主持。") == ("周瑜",)
    assert flagged("会议由诸葛亮主持。", "会议由诸葛亮主持。") == ()
    assert flagged("The inspector is Alice Porter.", "The inspector is Bob Miller.") == ("Miller",)
    assert flagged("The inspector is Alice Porter.", "The inspector is Ms Porter.") == ()


def test_a_name_of_the_question_is_no_claim() -> None:
    assert flagged("电话为5352345。", "关羽的电话是5352345。", question="关羽的电话？") == ()


def test_a_name_in_another_script_than_the_passage_is_not_looked_for() -> None:
    assert flagged("张飞的电话是5352345。", "It is the number of Mr Zhang Fei: 5352345.") == ()


def test_a_month_is_no_name() -> None:
    assert flagged("signed 2024-09-17", "It was signed in September 2024, on a Tuesday.") == ()


def test_an_address_on_the_web_must_stand_there_as_it_is() -> None:
    assert flagged("See https://a.example/x.", "见 https://a.example/x。") == ()
    assert flagged("See https://a.example/x.", "见 https://b.example/y。") == (
        "https://b.example/y",
    )


def test_a_length_of_time_needs_its_unit_in_the_passages() -> None:
    """Three days make no 3 years, though the passage has a three."""
    passage = Passage(1, "a.md", "Return it after three days.", None, None, "", "", ())
    question = Question.of("How long is it mine?")
    assert unsupported("It is yours for 3 years.", [passage], question=question) == ("3 years",)
    assert unsupported("It is yours for 3 days.", [passage], question=question) == ()
