"""What is refused before the model runs, and what is not."""

from __future__ import annotations

import pytest

from kb.answering.refusal import (
    Layer,
    Refusal,
    Threshold,
    below_threshold,
    by_model,
    lowest,
    missing_term,
    own_threshold,
    sentence,
    threshold_for,
)
from kb.text.language import Language
from kb.text.question import Question
from kb.types import Chunk, Hit, Passage, SearchMode

PHONES = "张飞的电话号码是u987438274。\n曹操的电话号码是123456。\n关羽的电话号码是5352345。"
PUMP = "The X200 pump delivers 50 m3/h at a head of 32 m. Its inspector is Alice Porter."
THRESHOLD = Threshold(within=0.10, across=0.07)


def passages(*texts: str, source: str = "a.md") -> list[Passage]:
    return [
        Passage(n, source, text, page=None, line=None, section="", title="", chunk_ids=(str(n),))
        for n, text in enumerate(texts, 1)
    ]


def missing(question: str, *texts: str, source: str = "a.md") -> str:
    refusal = missing_term(Question.of(question), passages(*texts, source=source))
    return refusal.subject if refusal else ""


def hit(score: float, text: str) -> Hit:
    chunk = Chunk("c", "d", 0, text, "", None, None, "", 0, len(text))
    return Hit(chunk=chunk, source="a.md", score=score)


# --- names ----------------------------------------------------------------------------


def test_a_person_who_is_in_no_passage_is_refused() -> None:
    assert missing("刘备的电话号码是多少？", PHONES) == "刘备"


@pytest.mark.parametrize("person", ["张飞", "曹操", "关羽"])
def test_a_person_who_is_there_is_not_refused(person: str) -> None:
    assert missing(f"{person}的电话号码是多少？", PHONES) == ""


def test_one_passage_that_holds_the_name_is_enough() -> None:
    assert missing("刘备的电话号码", PHONES, "刘备，字玄德。") == ""


def test_a_name_may_stand_in_the_file_name_only() -> None:
    assert missing("刘备的出生地在哪里？", "生于涿郡涿县。", source="刘备.md") == ""


def test_traditional_and_simplified_characters_meet() -> None:
    assert missing("張飛的電話號碼", PHONES) == ""
    assert missing("张飞的电话号码", "張飛的電話號碼是u987438274。") == ""
    assert missing("劉備的電話號碼", PHONES) == "刘备"


def test_a_verb_that_the_tagger_glues_to_a_name_is_no_part_of_it() -> None:
    assert missing("李晓红住在哪里？", "李晓红的住址是长安路三号。") == ""
    assert missing("杨昊现在效力于哪支球队？", "杨昊（1983年－），中国足球运动员。") == ""


def test_a_name_is_not_found_in_the_name_of_another() -> None:
    assert missing("李晓红的电话是多少？", "李晓明的电话是123456。") == "李晓红"


def test_a_common_word_that_is_tagged_as_a_person_is_no_name() -> None:
    assert missing("本赛季赢了几场？", "球队今年赢了三场比赛。") == ""
    assert missing("冰淇淋多少钱一个？", "雪糕每支三元。") == ""


def test_a_place_may_stand_there_without_its_kind() -> None:
    assert missing("上海市的分公司有几个？", "上海有三家分公司。") == ""
    assert missing("南京的分公司有几个？", "上海有三家分公司。") == "南京"


def test_a_latin_name_that_no_passage_holds_is_refused() -> None:
    assert missing("What is Bob Miller's extension?", PUMP) == "Miller"
    assert missing("What is Alice Porter's extension?", PUMP) == ""


def test_a_latin_name_in_another_form_or_misspelt_counts() -> None:
    assert missing("When did the Indian company reply?", "The company from India replied.") == ""
    assert missing("When was Ghandi born?", "Gandhi was born in 1869.") == ""


def test_the_first_word_of_a_sentence_is_no_name() -> None:
    assert missing("Does it leak? Describe the seal.", PUMP) == ""


def test_a_name_is_not_looked_for_in_another_script() -> None:
    assert missing("刘备的水泵扬程是多少？", PUMP) == ""
    assert missing("What is the number of Mr Porter?", PHONES) == ""


# --- identifiers ----------------------------------------------------------------------


def test_an_identifier_that_no_passage_holds_is_refused() -> None:
    assert missing("X300的扬程是多少？", "X200离心泵的扬程是32米。") == "X300"
    assert (
        missing("合同HT-2024-0918的金额？", "合同HT-2024-0917的金额是128万元。") == "HT-2024-0918"
    )
    assert missing("13800138000是谁的电话？", PHONES) == "13800138000"


def test_an_identifier_counts_whatever_the_language_of_the_passages() -> None:
    assert missing("X300的扬程是多少？", PUMP) == "X300"
    assert missing("X200的扬程是多少？", PUMP) == ""


@pytest.mark.parametrize("written", ["x300", "X-300", "X 300", "Ｘ３００", "X300A"])
def test_the_spellings_of_an_identifier_meet(written: str) -> None:
    assert missing("X300的扬程是多少？", f"型号{written}的扬程是32米。") == ""


@pytest.mark.parametrize("other", ["X3000", "AX300", "X30"])
def test_an_identifier_is_not_found_in_a_longer_or_shorter_one(other: str) -> None:
    assert missing("X300的扬程是多少？", f"型号{other}的扬程是32米。") == "X300"


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("What was decided in file 25/0377?", "25/0377"),
        ("2023-014号订单是谁签的？", "2023-014"),
        ("(2023)某0105民初4417号案哪天开庭？", "4417"),
        ("4417号案哪天开庭？", "4417"),
    ],
)
def test_numbers_of_files_and_cases_are_identifiers(question: str, lacking: str) -> None:
    near = "(2023)某0105民初4411号案，订单2023-013，file 25/0337"
    assert missing(question, near) == lacking
    assert missing(question, f"{near}，{lacking}") == ""


@pytest.mark.parametrize(
    "question",
    [
        "前3名是谁？",
        "What costs 0.055 euros?",
        "What costs 4,000 euros?",
        "18号开会吗？",
        "2024-09-07和09/08签了什么？",
        "第一季度的销售额是多少？",
        "2024年的销售额是多少？",
        "2024-09-17签了什么？",
        "50kg的货运费多少？",
        "谁在19th century生活？",
        "Can a 16-year-old borrow books?",
        "Is there a 24-hour desk?",
        "比分23-16的比赛是哪场？",
        "预算1200000元给了谁？",
        "Q1的销售额是多少？",
    ],
)
def test_years_dates_counts_and_quantities_are_no_identifiers(question: str) -> None:
    assert missing(question, "全部内容与此无关。") == ""


def test_without_passages_there_is_nothing_to_look_in() -> None:
    assert missing_term(Question.of("刘备的电话号码"), []) is None


# --- retrieval's threshold ------------------------------------------------------------


def refused(question: str, *hits: Hit, mode: SearchMode = SearchMode.HYBRID) -> bool:
    return below_threshold(Question.of(question), hits, mode=mode, threshold=THRESHOLD) is not None


def test_a_best_hit_below_the_threshold_is_refused() -> None:
    assert refused("食堂几点开门？", hit(0.09, PHONES))
    assert not refused("张飞的电话", hit(0.11, PHONES), hit(0.02, PHONES))


def test_across_languages_the_threshold_is_lower() -> None:
    assert not refused("水泵的扬程是多少？", hit(0.08, PUMP))
    assert refused("水泵的扬程是多少？", hit(0.06, PUMP))


def test_a_language_may_have_a_threshold_of_its_own() -> None:
    threshold = own_threshold({Language.ZH: 0.05, Language.EN: 0.15})
    assert threshold
    asked = Question.of("水泵的扬程是多少？")
    mode = SearchMode.HYBRID
    assert below_threshold(asked, [hit(0.06, "水泵")], mode=mode, threshold=threshold) is None
    english = Question.of("What is the head of the pump?")
    assert below_threshold(english, [hit(0.06, "A pump.")], mode=mode, threshold=threshold)
    assert threshold.across == pytest.approx(0.7 * 0.05), "the lower one decides across"


def test_a_language_without_a_threshold_of_its_own_has_what_holds_across() -> None:
    threshold = own_threshold({Language.EN: 0.10})
    assert threshold is not None
    assert threshold.least(Language.ZH, Language.ZH) == pytest.approx(0.07)
    assert threshold.least(Language.EN, Language.EN) == 0.10


def test_a_collection_that_says_nothing_has_no_threshold() -> None:
    assert own_threshold({}) is None


def test_of_several_collections_the_lowest_counts() -> None:
    both = lowest([Threshold(0.10, 0.07), Threshold(0.05, 0.08, {Language.EN: 0.2})])
    assert (both.within, both.across) == (0.05, 0.07)
    assert both.least(Language.ZH, Language.ZH) == 0.05
    assert both.least(Language.EN, Language.EN) == 0.10


def test_one_hit_above_its_own_threshold_is_enough() -> None:
    assert not refused("水泵的扬程是多少？", hit(0.09, PHONES), hit(0.08, PUMP))
    assert refused("水泵的扬程是多少？", hit(0.09, PHONES), hit(0.06, PUMP))


def test_a_hit_that_holds_the_question_s_identifier_is_never_too_low() -> None:
    assert not refused("合同 ht-2024-0917 谁签的？", hit(0.02, "合同编号HT-2024-0917。"))
    assert refused("合同 ht-2024-0918 谁签的？", hit(0.02, "合同编号HT-2024-0917。"))


def test_a_hit_that_holds_the_article_that_is_asked_for_is_never_too_low() -> None:
    assert not refused("第17条说了什么？", hit(0.02, "第十七条 夜间不得装卸。"))
    assert refused("第18条说了什么？", hit(0.02, "第十七条 夜间不得装卸18吨。"))


def test_a_hit_with_the_number_in_another_spelling_is_never_too_low() -> None:
    assert not refused("137-2580-1946是谁的？", hit(0.02, "辛立群：+86 137 2580 1946"))
    assert refused("137-2580-1947是谁的？", hit(0.02, "辛立群：+86 137 2580 1946"))


def test_no_hit_at_all_is_refused_in_every_mode() -> None:
    assert refused("张飞的电话", mode=SearchMode.SPARSE)


def test_scores_that_are_not_calibrated_refuse_nothing() -> None:
    assert not refused("张飞的电话", hit(0.01, PHONES), mode=SearchMode.DENSE)
    asked, low = Question.of("张飞"), [hit(0.01, PHONES)]
    assert below_threshold(asked, low, mode=SearchMode.HYBRID, threshold=None) is None


def test_a_threshold_goes_with_the_embedding_model() -> None:
    assert threshold_for("multilingual-e5-small:latest", 33) == Threshold(0.10, 0.07)
    assert threshold_for("hub/multilingual-e5-small", 9_000) == Threshold(0.10, 0.07)
    assert threshold_for("bge-m3", 33) is None


def test_a_small_collection_refuses_less_by_score_and_one_of_five_chunks_nothing() -> None:
    assert [threshold_for("multilingual-e5-small", chunks) for chunks in (0, 1, 5)] == [None] * 3
    small = [threshold_for("multilingual-e5-small", chunks) for chunks in (6, 12, 20, 32, 33)]
    within = [one.within for one in small if one]
    assert within == sorted(within)
    assert within[1] == pytest.approx(0.10 * (12 / 33) ** 2)
    assert all(one and one.across == pytest.approx(0.7 * one.within) for one in small)


# --- the model's own word, and the sentence -------------------------------------------


def declined(answer: str, question: str = "", *, thought: str = "") -> Refusal | None:
    return by_model(answer, Question.of(question), thought=thought)


@pytest.mark.parametrize(
    "answer",
    [
        "资料里没有提到。",
        "资料中没有提到刘备的电话号码。[1]",
        "知识库中没有相关信息。",
        "提供的资料中未提及该泵的重量。",
        "The passages do not mention it.",
        "The passages do not contain information about Bob Miller.",
        "Bob Miller is not mentioned in the passages.",
    ],
)
def test_the_model_s_own_refusal_is_recognised(answer: str) -> None:
    assert declined(answer) == Refusal(Layer.MODEL)


@pytest.mark.parametrize(
    "answer",
    [
        "张飞的电话号码是u987438274。",
        "该泵没有重量限制。",
        "合同未约定违约金上限。",
        "Guests may not bring pets.",
        "The head is 32 m, which the passages do not explain further.",
    ],
)
def test_an_answer_with_a_not_in_it_is_no_refusal(answer: str) -> None:
    assert declined(answer) is None


def test_a_refusal_is_one_sentence_in_the_question_s_language() -> None:
    assert sentence(Refusal(Layer.MISSING_TERM, "刘备"), Language.ZH) == "知识库中没有提到“刘备”。"
    assert sentence(Refusal(Layer.RETRIEVAL), Language.EN) == (
        "The knowledge base does not hold an answer to this question."
    )


@pytest.mark.parametrize("answer", ["Not stated.", "not stated [2]", "The answer is not stated."])
def test_the_way_out_that_the_prompt_offers_is_recognised(answer: str) -> None:
    assert declined(answer) == Refusal(Layer.MODEL)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("What is the height of the tower?", "The height of the tower is [1]."),
        ("喇嘛同意投胎多少？", "喇嘛同意投胎[1]"),
        ("浮龙最初命名为什么？", "浮龙最初命名为什么？[1]"),
    ],
)
def test_the_question_s_own_words_again_are_no_answer(question: str, answer: str) -> None:
    assert declined(answer, question) == Refusal(Layer.MODEL)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Is the X200 or the X300 in the basement?", "The X300. [1]"),
        ("泵是铸铁还是钢的？", "铸铁。[1]"),
        ("这台泵是铸铁的吗？", "是铸铁的。[1]"),
        ("这台泵是铸铁的么？", "是铸铁的。[1]"),
        ("What is the height of the tower?", "38 m [1]"),
    ],
)
def test_a_choice_may_be_answered_in_the_question_s_own_words(question: str, answer: str) -> None:
    assert declined(answer, question) is None


def test_a_model_that_thought_and_ended_by_itself_did_not_run_out_of_tokens() -> None:
    refused = by_model("[1]", Question.of(""), thought="first, the list", cut=False)
    assert refused == Refusal(Layer.MODEL, unfinished=False)


def test_a_thought_without_an_answer_says_what_to_do() -> None:
    refused = by_model("", Question.of(""), thought="first, the list", cut=True)
    assert refused == Refusal(Layer.MODEL, unfinished=True)
    assert refused is not None
    assert "answer.max_tokens" in sentence(refused, Language.ZH)
    assert "answer.max_tokens" in sentence(refused, Language.EN)
