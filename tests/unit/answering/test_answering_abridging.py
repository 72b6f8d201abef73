"""Which sentences of the passages the model is handed, and which one is shown before it starts."""

from __future__ import annotations

from kb.answering.abridging import ROOM, abridged, likely_sentence
from kb.answering.citations import Citer
from kb.answering.prompt import fence, messages
from kb.index.sparse import document_vector
from kb.text.question import Question
from kb.text.tokens import chat_tokens
from kb.types import Citation, Passage

ANSWER = "泵房的应急电话是5352345。"
FILLING = "".join(
    f"第{n}台阀门在春季由检修班拆下清洗并重新上漆，随后装回原处。\n" for n in range(30)
)
LONG = f"泵房巡检手册\n{FILLING}{ANSWER}\n夜间由值班长接听。\n{FILLING}"
OTHER = "".join(f"第{n}号仓库每年由仓管员清点一次，结果报财务。\n" for n in range(20))
QUESTION = Question.of("泵房的应急电话是多少？")


def terms(text: str) -> dict[int, float]:
    """Every term weighs the same."""
    return dict.fromkeys(document_vector(text).indices, 1.0)


def passage(text: str, n: int = 1, *, source: str = "a.md", title: str = "") -> Passage:
    return Passage(n, source, text, None, 1, section="", title=title, chunk_ids=(f"c{n}",))


def handed(*passages: Passage, question: Question = QUESTION) -> str:
    return messages(question, abridged(question, passages, terms))[1].content


def rows(*cells: str) -> str:
    return "\n".join(cells) + "\n"


def test_of_a_long_passage_the_sentences_far_from_the_question_are_left_out() -> None:
    [one] = abridged(QUESTION, [passage(LONG)], terms)

    assert ANSWER in fence(one)
    assert "…" in fence(one)
    assert chat_tokens(fence(one)) <= ROOM + 20
    assert chat_tokens(LONG) > 2 * ROOM


def test_the_sentence_behind_the_one_that_is_asked_about_is_kept_with_it() -> None:
    assert f"{ANSWER}\n夜间由值班长接听。" in handed(passage(LONG))


def test_a_passage_keeps_its_text_so_that_its_quote_and_line_stay_exact() -> None:
    kept = abridged(QUESTION, [passage(LONG)], terms)
    [citation] = Citer(kept, QUESTION).cite("应急电话是5352345。[1]").citations

    assert kept[0].text == LONG
    assert citation.quote == ANSWER
    assert citation.line == 32


def test_what_is_short_is_handed_over_whole() -> None:
    short = passage("泵房每天检查。应急电话是5352345。钥匙在门卫处。")

    assert abridged(QUESTION, [short], terms) == (short,)


def test_of_another_passage_there_is_what_there_is_room_for_or_nothing() -> None:
    first, second = abridged(QUESTION, [passage(LONG), passage(OTHER, 2)], terms)

    assert first.handed
    assert second.handed == ()
    assert '<passage n="2"' not in handed(passage(LONG), passage(OTHER, 2))


def test_all_is_handed_over_where_two_passages_hold_as_much_of_the_question() -> None:
    both = (passage(LONG), passage(LONG.replace("5352345", "123456"), 2, source="b.md"))

    assert abridged(QUESTION, both, terms) == both


def test_all_is_handed_over_where_no_sentence_holds_what_is_asked_for() -> None:
    other = Question.of("泵房外墙涂料属于哪种颜色标准？")
    all_of_it = (passage(LONG),)

    assert abridged(other, all_of_it, terms) == all_of_it


def test_all_is_handed_over_where_the_question_asks_for_reasons() -> None:
    why = Question.of("为什么泵房的应急电话是5352345？")
    all_of_it = (passage(LONG),)

    assert abridged(why, all_of_it, terms) == all_of_it


def test_passages_in_another_language_are_handed_over_whole() -> None:
    english = (passage("The pump room has a telephone. " * 80),)

    assert abridged(QUESTION, english, terms) == english


def test_an_english_answer_is_kept_and_what_is_far_from_it_is_not() -> None:
    far = " ".join(f"Valve {n} is taken down and painted in spring." for n in range(40))
    answer = "The emergency telephone of the pump house is 5352345."
    question = Question.of("What is the emergency telephone of the pump house?")

    text = handed(passage(f"{far} {answer} {far}"), question=question)

    assert answer in text
    assert chat_tokens(text) < 700


# --- tables ---------------------------------------------------------------------------

ROSTER = rows(
    *(f"工号: E10{n} | 姓名: 员工{n} | 部门: 车间 | 手机: 130386320{n}" for n in range(10, 50))
)


def test_of_a_table_the_row_that_the_question_names_is_handed_over() -> None:
    text = handed(passage(ROSTER), question=Question.of("工号E1029的员工手机是多少？"))

    assert "工号: E1029 | 姓名: 员工29 | 部门: 车间 | 手机: 13038632029" in text
    assert chat_tokens(text) < 700


def test_a_row_is_handed_over_with_the_head_of_its_table() -> None:
    head = "工号 | 姓名 | 手机"
    table = rows("花名册", head, *(f"E10{n} | 员工{n} | 130386320{n}" for n in range(10, 60)))

    text = handed(passage(table), question=Question.of("E1029的员工手机是多少？"))

    assert head in text
    assert "E1029 | 员工29 | 13038632029" in text
    assert chat_tokens(text) < 700


def test_of_several_tables_rows_that_match_the_question_stay_and_others_go() -> None:
    def assets(first: int) -> str:
        kinds = ("打印机", "笔记本电脑", "扫描枪")
        return rows(
            *(
                f"资产编号: AB-{n} | 类别: {kinds[n % 3]} | 状态: {'维修' if n % 2 else '在用'}"
                for n in range(first, first + 12)
            )
        )

    passages = [passage(assets(100), 1), passage(assets(200), 2), passage(assets(300), 3)]
    text = handed(*passages, question=Question.of("哪些打印机正在维修？"))

    assert text.count("打印机 | 状态: 维修") == 6
    assert "扫描枪 | 状态: 在用" not in text


# --- the sentence that likely answers -------------------------------------------------


def test_the_sentence_that_likely_holds_the_answer_is_a_citation() -> None:
    likely = likely_sentence(QUESTION, [passage(OTHER, 1), passage(LONG, 2)], terms)

    assert likely == Citation(2, "a.md", None, 32, "", ANSWER)


def test_where_a_figure_is_asked_for_the_sentence_with_one_comes_first() -> None:
    text = "仓库的面积由财务核定。仓库的面积为1200平方米。"

    likely = likely_sentence(Question.of("仓库的面积是多少？"), [passage(text)], terms)

    assert likely is not None
    assert likely.quote == "仓库的面积为1200平方米。"


def test_no_sentence_is_likely_where_none_has_a_word_of_the_question() -> None:
    assert likely_sentence(QUESTION, [passage("Nothing of the kind.")], terms) is None
    assert likely_sentence(QUESTION, [], terms) is None


def test_no_sentence_is_likely_where_its_figure_may_be_another_rows() -> None:
    rows = "Property: Motor power | X200-65: 11\nProperty: Motor weight | X200-65: 187"
    asked = Question.of("How heavy is the motor of the X200-65?")

    assert likely_sentence(asked, [passage(rows)], terms) is None


CALENDAR = "工会每年组织一次春游，报名在三月。\n"


def test_a_passage_that_has_no_word_of_the_question_is_left_out_beside_one_that_has() -> None:
    said = handed(passage(f"{ANSWER}\n"), passage(CALENDAR, 2))
    assert ANSWER in said
    assert "春游" not in said


def test_it_stays_where_no_passage_speaks_in_the_question_s_words() -> None:
    asked = Question.of("水站出了事找谁？")
    said = handed(passage(f"{ANSWER}\n"), passage(CALENDAR, 2), question=asked)
    assert "春游" in said


def test_it_stays_where_it_is_in_another_language() -> None:
    english = "The pump house answers at 5352345."
    assert english in handed(passage(f"{ANSWER}\n"), passage(english, 2))


def test_an_abbreviation_is_a_word_of_the_question() -> None:
    asked = Question.of("PMC会议由谁召集？")
    first = passage("会议由办公室召集，会议纪要三日内发出。\n")
    assert "周二" in handed(first, passage("PMC每周二开会。\n", 2), question=asked)


def test_a_passage_in_the_other_language_that_bears_a_defined_name_is_handed_over_whole() -> None:
    question = Question.of("Which sites will pilot Project Falcon?")
    charter = "Project Falcon is a new app. Sites that pilot Project Falcon: Easton.\n" + "".join(
        f"Release {n} is planned for the quarter after the one before.\n" for n in range(60)
    )
    report = "试点由东站改为西站。"
    both = [passage(charter), passage(report, 2, title="猎鹰项目周报")]

    defined = "Which sites will pilot Project Falcon（猎鹰项目）?"
    assert abridged(question, both, terms)[1].handed == ()
    assert abridged(question, both, terms, defined=defined)[1].handed is None
