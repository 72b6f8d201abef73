"""Follow-ups, by rule: what leans on the turns before is written out, the rest left alone.

The questions are this project's own.
"""

from __future__ import annotations

import pytest

from kb.answering.followup import By, by_rule, from_reply, is_sound, messages
from kb.answering.names import terms
from kb.types import Turn

PHONE = "张飞的电话号码是多少？"
PUMP = "X200-65泵的额定扬程是多少？"
CONTRACT = "合同HT-2024-0917的总价是多少？"
EXTENSION = "What is Bob Miller's extension?"
HEAD = "What is the rated head of the X200-65 pump?"


def after(question: str, answer: str = "") -> list[Turn]:
    return [Turn(question, "", answer)]


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        (PHONE, "那曹操的呢？", "曹操的电话号码是多少？"),
        (PHONE, "曹操呢", "曹操的电话号码是多少？"),
        (PHONE, "關羽的呢？", "關羽的电话号码是多少？"),
        (PHONE, "那刘备和关羽的呢？", "刘备和关羽的电话号码是多少？"),
        (PHONE, "邮箱呢？", "张飞的邮箱？"),
        (PHONE, "还有他的邮箱？", "张飞的邮箱？"),
        (PHONE, "他住在哪里？", "张飞住在哪里？"),
        (PHONE, "我问的是关羽的", "关羽的电话号码是多少？"),
        (PHONE, "不是张飞，是关羽", "关羽的电话号码是多少？"),
        (PHONE, "它是手机吗？", "张飞的电话号码是手机吗？"),
        (PUMP, "它多重？", "X200-65泵多重？"),
        (PUMP, "多重？", "X200-65泵多重？"),
        (PUMP, "那X300-80的呢？", "X300-80泵的额定扬程是多少？"),
        (PUMP, "X300-80泵呢？", "X300-80泵的额定扬程是多少？"),
        (PUMP, "那保修期多久？", "X200-65泵的保修期多久？"),
        (PUMP, "这台泵多少钱？", "X200-65泵多少钱？"),
        (PUMP, "它和X300-80哪个重？", "X200-65泵和X300-80哪个重？"),
        (CONTRACT, "什么时候到期？", "合同HT-2024-0917什么时候到期？"),
        (CONTRACT, "这份合同什么时候到期？", "合同HT-2024-0917什么时候到期？"),
        (CONTRACT, "这个价格含税吗？", "合同HT-2024-0917的价格含税吗？"),
        (CONTRACT, "其付款方式是什么？", "合同HT-2024-0917付款方式是什么？"),
        ("年假有多少天？", "那病假呢？", "病假有多少天？"),
        ("2024年的销售额是多少？", "2023年呢？", "2023年的销售额是多少？"),
        ("张飞的工资是多少？", "那2023年呢？", "2023年张飞的工资是多少？"),
        ("上海办事处的地址在哪里？", "那北京呢？", "北京办事处的地址在哪里？"),
        ("上海办事处的地址在哪里？", "那里的电话是多少？", "上海办事处的电话是多少？"),
        ("人事部的电话是多少？", "那财务部的呢？", "财务部的电话是多少？"),
        (HEAD, "它多重？", "the X200-65 pump多重？"),
        ("What is Zhang Fei's phone number?", "那曹操的呢？", "What is 曹操's phone number?"),
        ("赵云在哪个部门？", "马超呢？", "马超在哪个部门？"),
        ("出差住宿的标准是多少？", "北京呢？", "北京出差住宿的标准是多少？"),
        ("一季度的利润是多少？", "二季度呢？", "二季度的利润是多少？"),
        ("病人张三的复诊日期是哪天？", "李四的呢", "病人李四的复诊日期是哪天？"),
    ],
)
def test_a_chinese_follow_up_stands_alone(before: str, question: str, standalone: str) -> None:
    reading = by_rule(question, after(before))
    assert (reading.text, reading.by) == (standalone, By.RULE)


@pytest.mark.parametrize(
    ("before", "question", "standalone"),
    [
        (EXTENSION, "And Alice Porter's?", "What is Alice Porter's extension?"),
        (EXTENSION, "What about Alice Porter?", "What is Alice Porter's extension?"),
        (EXTENSION, "And his email address?", "What is Bob Miller's email address?"),
        (EXTENSION, "Where does he work?", "Where does Bob Miller work?"),
        (EXTENSION, "And the room?", "What is the room of Bob Miller?"),
        (
            "How much does the X200-65 pump weigh with its motor?",
            "What about the X300-80?",
            "How much does the X300-80 pump weigh with its motor?",
        ),
        (HEAD, "And its weight?", "What is the X200-65 pump's weight?"),
        (HEAD, "How heavy is it?", "How heavy is the X200-65 pump?"),
        (HEAD, "How heavy?", "How heavy is the X200-65 pump?"),
        (HEAD, "And the weight?", "What is the weight of the X200-65 pump?"),
        (HEAD, "What does this pump cost?", "What does the X200-65 pump cost?"),
        ("What was the revenue in 2024?", "And in 2023?", "What was the revenue in 2023?"),
        (
            "Is the warehouse open on Saturday?",
            "And on Sunday?",
            "Is the warehouse open on Sunday?",
        ),
        (
            "How many days of annual leave are there?",
            "And sick leave?",
            "How many days of sick leave are there?",
        ),
        ("Where is the canteen?", "When is it open?", "When is the canteen open?"),
        ("Where is the canteen?", "And the library?", "Where is the library?"),
        (
            "When does the contract HT-2024-0917 expire?",
            "Who signed it?",
            "Who signed the contract HT-2024-0917?",
        ),
        (
            "How long is the warranty of the Z9 compressor?",
            "Can it be extended?",
            "Can the Z9 compressor be extended?",
        ),
        (
            "When did Ada Brown join the company?",
            "And Grace Kim's start date?",
            "What is Grace Kim's start date?",
        ),
    ],
)
def test_an_english_follow_up_stands_alone(before: str, question: str, standalone: str) -> None:
    reading = by_rule(question, after(before))
    assert (reading.text, reading.by) == (standalone, By.RULE)


@pytest.mark.parametrize(
    ("before", "answer", "question", "standalone"),
    [
        ("谁负责采购？", "采购由李晓红负责。[1]", "她的电话是多少？", "李晓红的电话是多少？"),
        ("哪台泵的扬程最大？", "X300-80的扬程最大。[1]", "它多重？", "X300-80多重？"),
        (
            "Who is responsible for purchasing?",
            "Alice Porter is responsible for purchasing. [1]",
            "What is her extension?",
            "What is Alice Porter's extension?",
        ),
    ],
)
def test_a_pronoun_means_what_the_last_answer_named_where_that_was_asked_for(
    before: str, answer: str, question: str, standalone: str
) -> None:
    assert by_rule(question, after(before, answer)).text == standalone


STANDING = [
    PHONE,
    "其他部门的电话是多少？",
    "吉他的价格是多少？",
    "应该找谁报销？",
    "这个月有几天假？",
    "如何申请年假？",
    "哪里可以停车？",
    "为什么不能报销出租车费呢？",
    "合同HT-2024-0917什么时候到期？",
    "这份合同HT-2024-0917的总价是多少？",
    "张飞和他的上级的电话是多少？",
    "那张飞的邮箱是多少？",
    "那关羽的邮箱呢？",
    "价格表在哪里？",
    "还有多少天年假？",
    "其中哪些部门要签字？",
    "利他林的剂量是多少？",
    "员工离职时他的电脑怎么处理？",
    "那报销流程是什么？",
    "How long does it take to get a refund?",
    "Is it possible to work from home?",
    "How do I open the valve when it is stuck?",
    "What is the capital of France?",
    "Which pump needs its oil changed every year?",
    "What is the phone number that customers call?",
    "If an employee is ill, who must they tell?",
    "How much does the X200-65 pump weigh with its motor?",
    "Where is the canteen?",
    "When is the building open this week?",
    "Does Alice Porter keep her old extension?",
    "For how long is the warranty valid?",
    "And what is the rated power of the X300-80?",
    "Which department is responsible for taxis?",
    "Who keeps their old extension?",
]


@pytest.mark.parametrize("question", STANDING)
@pytest.mark.parametrize("before", [PHONE, PUMP, HEAD, EXTENSION, "Where is the canteen?"])
def test_a_question_that_stands_alone_is_left_alone(question: str, before: str) -> None:
    reading = by_rule(question, after(before))
    assert (reading.text, reading.by) == (question, By.ITSELF)


def test_the_first_question_is_left_alone_whatever_it_says() -> None:
    assert by_rule("那曹操的呢？", []).by is By.ITSELF


def test_follow_ups_go_on_from_what_was_understood_before() -> None:
    turns = [
        Turn(PHONE, "", "u987438274"),
        Turn("那曹操的呢？", "曹操的电话号码是多少？", "123456"),
    ]
    assert by_rule("邮箱呢？", turns).text == "曹操的邮箱？"
    assert by_rule("关羽呢", turns).text == "关羽的电话号码是多少？"


@pytest.mark.parametrize(
    ("before", "question"),
    [
        (PHONE, "为什么？"),
        (PHONE, "还有吗？"),
        (PHONE, "她老公呢？"),
        ("张飞和关羽谁的年纪大？", "他住在哪里？"),
        ("出差住宿的标准是多少？", "那餐补呢？"),
        ("年假有多少天？", "她有多少天？"),
        (EXTENSION, "Why?"),
        ("What does the travel policy say about taxis?", "And trains?"),
        ("Do Bob Miller and Ada Brown share a room?", "What is her extension?"),
    ],
)
def test_where_the_rules_do_not_decide_they_say_so(before: str, question: str) -> None:
    reading = by_rule(question, after(before))
    assert (reading.text, reading.by) == (question, By.NOBODY)


# --- what a rewriting may and may not do ----------------------------------------------


@pytest.mark.parametrize(
    ("before", "answer", "question", "text", "sound"),
    [
        (PHONE, "", "那曹操的呢？", "曹操的电话号码是多少？", True),
        ("赵云在哪个部门？", "在销售部。", "那个部门有多少人？", "销售部有多少人？", True),
        # It loses what the user named, or asks for something else.
        (PHONE, "", "那曹操的呢？", "张飞的电话号码是多少？", False),
        (PUMP, "", "X300-80的呢？", "X300的额定扬程是多少？", False),
        (
            HEAD,
            "",
            "At 1450 rpm?",
            "What is the rated head of the X200-65 pump at 2900 rpm?",
            False,
        ),
        ("出差住宿的标准是多少？", "", "那餐补呢？", "那顿补呢？", False),
        # It adds what nobody said.
        (PUMP, "", "它多重？", "X200-65泵在2024年多重？", False),
        (PHONE, "", "他住在哪里？", "张飞和刘备住在哪里？", False),
        (EXTENSION, "", "Where does he work?", "Where does Bob Miller work in Berlin?", False),
        # It is no question but a speech, or nothing.
        (PHONE, "", "它是手机吗？", "张飞的电话号码是手机吗？\n是的。", False),
        (PHONE, "", "它是手机吗？", "", False),
    ],
)
def test_a_rewriting_keeps_what_was_named_and_adds_nothing(
    before: str, answer: str, question: str, text: str, sound: bool
) -> None:
    assert is_sound(text, question, after(before, answer)) is sound


def test_the_model_is_shown_three_turns_and_no_control_token() -> None:
    turns = [Turn(f"Question {n}?", "", f"Answer {n}.") for n in range(5)]
    system, user = messages("And <|im_end|> then?", turns)
    assert (system.role, user.role) == ("system", "user")
    assert "Question 1?" not in user.content
    assert all(f"Answer {n}." in user.content for n in (2, 3, 4))
    assert "<|im_end|>" not in user.content
    assert "不要回答" in messages("为什么？", after(PHONE))[0].content


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("曹操的电话号码是多少？", "曹操的电话号码是多少？"),
        ("改写后的问题：“曹操的电话号码是多少？”", "曹操的电话号码是多少？"),
        ("\n The rewritten question: Who signed it?\nBecause …", "Who signed it?"),
        ("", ""),
    ],
)
def test_a_reply_is_read_without_label_and_quotation_marks(reply: str, text: str) -> None:
    assert from_reply(reply) == text


def test_a_family_name_that_is_a_word_of_its_own_belongs_to_the_name() -> None:
    """The tagger has 林 and 淑珍 apart."""
    [name] = terms("林淑珍在哪个部门？")
    assert name.text == "林淑珍"
    [other] = terms("请问和王小红同组的是谁？")
    assert other.text == "王小红"
