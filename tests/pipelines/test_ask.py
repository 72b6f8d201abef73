"""`kb ask`: what becomes of a model's words. The model is a fake that says what a test needs;
documents, chunks, catalog and store are real. The real model answers in tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from kb.answering.refusal import Threshold
from kb.index.sparse import query_vector
from kb.models.reading_speed import READING_SPEED, Measured
from kb.pipelines.ask import Limits, Tools, ask
from kb.types import Answer, ChatPiece, ChatResult, Context, Message, Query
from tests.fakes import FakeGenerator
from tests.pipelines.workspace import Workspace

LIMITS = Limits(num_ctx=2048, max_tokens=128)


@pytest.fixture
def library(workspace: Workspace) -> Workspace:
    workspace.write("通讯录.txt", "张飞的电话号码是u987438274。关羽的电话号码是5352345。")
    workspace.write("pump.txt", "The X200 pump weighs 187 kg. Its rated head is 38 m.")
    workspace.ingest()
    return workspace


@contextmanager
def opened(
    library: Workspace, generator: FakeGenerator, threshold: Threshold | None = None
) -> Iterator[Tools]:
    with library.tools.collection.reader() as live:
        catalog = live.catalog
        yield Tools(
            index=live.vectors,
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            embedder=library.embedder,
            generator=lambda: generator,
            engine="fake",
            temperature=0.0,
            threshold=threshold,
        )


def answer_to(
    library: Workspace,
    question: str,
    *says: str | ChatPiece,
    strict: bool = False,
    done_reason: str = "stop",
) -> tuple[Answer, list[object]]:
    """The answer, and everything that came before it."""
    pieces = [ChatPiece(one) if isinstance(one, str) else one for one in says]
    with opened(library, FakeGenerator(pieces, done_reason=done_reason)) as tools:
        *before, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=strict)
    assert isinstance(answer, Answer)
    return answer, [*before]


def place_of(events: list[object], text: str) -> int:
    """The number of the passage that holds a text."""
    [context] = [event for event in events if isinstance(event, Context)]
    return next(passage.n for passage in context.passages if text in passage.text)


def shown(events: list[object]) -> list[str]:
    return [event.content for event in events if isinstance(event, ChatPiece)]


@pytest.mark.parametrize(
    "words",
    [
        "张飞的电话号码是u987438274。[2]",
        "张飞的电话号码是u987438274 [9]。关羽的电话号码是5352345。[1]",
        "The number [2] of 张飞 is u987438274. It is in the list [1].",
        "No marker at all: u987438274",
        "One.\n\nTwo: u987438274. [1]\n",
    ],
)
def test_what_is_streamed_is_the_answer_with_its_markers_put_right(
    library: Workspace, words: str
) -> None:
    answer, before = answer_to(library, "张飞的电话号码", *words)
    assert "".join(shown(before)) == answer.text


def test_the_passages_come_first_then_the_pieces_then_the_answer(library: Workspace) -> None:
    answer, before = answer_to(library, "张飞的电话号码", "张飞的电话号码是", "u987438274。[1]")
    assert isinstance(before[0], Context)
    n = place_of(before, "u987438274")
    assert "".join(shown(before)) == answer.text == f"张飞的电话号码是u987438274。[{n}]"
    assert shown(before)[0] == "张飞的电话号码是"
    assert (answer.found, answer.grounded, answer.refused_by) == (True, True, "")
    [citation] = answer.citations
    assert (citation.source, citation.line) == ("通讯录.txt", 1)
    assert citation.quote == "张飞的电话号码是u987438274。"


def test_num_ctx_is_always_sent_and_the_prompt_fits_it(library: Workspace) -> None:
    generator = FakeGenerator([ChatPiece("187 kg. [1]")])
    with opened(library, generator) as tools:
        *_, answer = ask(Query("pump weight", 2), tools, LIMITS, think=True, strict=False)
    assert generator.options == {"num_ctx": 2048, "max_tokens": 128, "think": True}
    assert isinstance(answer, Answer)
    assert (answer.truncated, answer.prompt_tokens, answer.num_ctx) == (False, 100, 2048)


@pytest.mark.parametrize(
    "says",
    [
        (ChatPiece(thinking="The list says 535."), "u987438274"),
        ("<think>The list says 535.</think>\n\nu987438274",),
        ("<thi", "nk>The list says 535.</th", "ink>u987438274"),
        ("The list says 535.</think>u987438274",),
        ("u987438274<think>The list says 535.",),
        (ChatPiece(thinking="The list"), "<think> says 535.</think>u987438274"),
    ],
    ids=["apart", "tagged", "split", "not opened", "not closed", "both"],
)
def test_a_thought_is_never_part_of_the_answer(
    library: Workspace, says: tuple[str | ChatPiece, ...]
) -> None:
    answer, before = answer_to(library, "张飞的电话号码", *says)
    assert answer.text == f"u987438274 [{place_of(before, 'u987438274')}]"
    assert "535" in answer.thinking
    assert all("535" not in citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    "says", [ChatPiece(thinking="The list says"), "<think>The list says", "<think>"]
)
def test_a_stream_that_ends_within_a_thought_is_a_refusal_that_says_so(
    library: Workspace, says: str | ChatPiece
) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", says, done_reason="length")
    assert (answer.found, answer.refused_by, answer.citations) == (False, "model", ())
    assert (answer.cut, answer.answer_tokens) == (True, 1)
    assert says == "<think>" or "answer.max_tokens" in answer.text
    assert "The list" not in answer.text


def test_the_question_again_with_an_open_end_is_no_answer(library: Workspace) -> None:
    answer, _ = answer_to(library, "What is the weight of the X200 pump?", "The weight is [1].")
    assert (answer.found, answer.refused_by) == (False, "model")


def test_a_name_that_no_passage_holds_is_refused_and_no_model_runs(library: Workspace) -> None:
    generator = FakeGenerator()
    with opened(library, generator) as tools:
        context, answer = ask(Query("刘备的电话号码", 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(context, Context)
    assert isinstance(answer, Answer)
    assert context.passages, "the nearest passages are shown as a hint"
    assert (answer.found, answer.refused_by, answer.model) == (False, "missing-term", "")
    assert "刘备" in answer.text
    assert generator.asked == []


def test_a_score_below_the_threshold_is_refused_and_no_model_runs(library: Workspace) -> None:
    generator = FakeGenerator()
    threshold = Threshold(within=0.99, across=0.99)
    with opened(library, generator, threshold) as tools:
        *_, answer = ask(Query("午餐吃什么", 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert (answer.found, answer.refused_by) == (False, "retrieval")
    assert generator.asked == []


def test_a_number_that_no_cited_passage_holds_is_flagged(library: Workspace) -> None:
    answer, _ = answer_to(library, "How heavy is the X200 pump?", "It weighs 100 kg.")
    assert (answer.found, answer.grounded, answer.unsupported) == (True, False, ("100",))


def test_a_name_that_no_cited_passage_holds_is_flagged(library: Workspace) -> None:
    answer, _ = answer_to(library, "5352345是谁的电话？", "5352345是马超的电话。")
    assert answer.unsupported == ("马超",)


def test_an_answer_from_a_passage_on_another_thing_is_flagged(library: Workspace) -> None:
    question = "Who invented the noise insulation of the basement?"
    answer, _ = answer_to(library, question, "The rated head invented it. [1][2]")
    assert (answer.found, answer.grounded) == (True, False)
    assert "noise" in answer.unsupported


def test_another_things_number_is_withheld(library: Workspace) -> None:
    question = "What is the noise emission of the pump in the basement?"
    answer, _ = answer_to(library, question, "The noise emission is 38 m. [1][2]")
    assert (answer.found, answer.refused_by) == (False, "grounding")
    assert "38" not in answer.text
    assert "noise" in answer.unsupported


def test_a_prompt_of_which_little_was_read_is_reported_as_truncated(library: Workspace) -> None:
    with opened(library, FakeGenerator([ChatPiece("187 kg. [1]")], prompt_tokens=20)) as tools:
        *_, answer = ask(Query("pump weight", 2), tools, LIMITS, think=False, strict=False)
        assert isinstance(answer, Answer)
        assert answer.truncated
        assert tools.gauge.measured == Measured(), "what was cut teaches nothing"


def test_what_the_engine_counted_brings_the_next_estimate_down(library: Workspace) -> None:
    with opened(library, FakeGenerator([ChatPiece("187 kg. [1]")], prompt_tokens=120)) as tools:
        first, *_ = ask(Query("pump weight", 2), tools, LIMITS, think=False, strict=False)
        for _ in range(20):
            *_, answer = ask(Query("pump weight", 2), tools, LIMITS, think=False, strict=False)
        later, *_ = ask(Query("pump weight", 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(first, Context)
    assert isinstance(later, Context)
    assert isinstance(answer, Answer)
    assert answer.prompt_tokens <= later.prompt_tokens < first.prompt_tokens


def test_where_time_is_short_passages_are_cut_to_the_sentences_around_the_match(
    workspace: Workspace,
) -> None:
    filler = "泵房每天早晨检查一次，检查结果记入日志。" * 8
    workspace.write("泵房.txt", f"{filler}应急电话是5352345。{filler}")
    workspace.ingest()
    generator = FakeGenerator([ChatPiece("应急电话是5352345。")])
    hasty = Limits(num_ctx=2048, max_tokens=128, first_word_seconds=12)
    with opened(workspace, generator) as tools:
        whole, *_ = ask(Query("应急电话是多少？", 2), tools, LIMITS, think=False, strict=False)
        context, *_, answer = ask(
            Query("应急电话是多少？", 2), tools, hasty, think=False, strict=False
        )
    assert isinstance(whole, Context)
    assert isinstance(context, Context)
    assert isinstance(answer, Answer)
    [passage], [uncut] = context.passages, whole.passages
    assert passage.text in uncut.text
    assert "应急电话是5352345。" in passage.text
    assert passage.text.endswith("。")
    assert context.prompt_tokens <= 12 * READING_SPEED < whole.prompt_tokens
    assert answer.citations[0].quote == "应急电话是5352345。"


def test_a_strict_answer_with_such_a_number_is_withheld(library: Workspace) -> None:
    answer, _ = answer_to(library, "How heavy is the X200 pump?", "It weighs 100 kg.", strict=True)
    assert (answer.found, answer.refused_by) == (False, "grounding")
    assert "100" not in answer.text
    assert answer.unsupported == ("100",)


@pytest.mark.parametrize("words", ["资料里没有提到。", "The passages do not mention it."])
def test_the_models_own_no_is_a_refusal_in_the_questions_language(
    library: Workspace, words: str
) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", words)
    assert (answer.found, answer.refused_by, answer.citations) == (False, "model", ())
    assert answer.text == "知识库中没有找到这个问题的答案。"


def test_an_empty_answer_is_no_answer(library: Workspace) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", "  ")
    assert (answer.found, answer.refused_by) == (False, "model")


def test_a_marker_that_points_nowhere_is_removed(library: Workspace) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", "张飞的电话号码是u987438274。[9]")
    assert "[9]" not in answer.text
    assert {citation.n for citation in answer.citations} <= {1, 2}
    assert answer.citations


class FakeHesitantModel(FakeGenerator):
    """Declines as long as it is offered to; asked without a way out it says something else."""

    def __init__(self, insisted: str) -> None:
        super().__init__([ChatPiece("资料里没有提到"), ChatPiece("关羽的电话。")])
        self.insisted = insisted

    def chat(self, messages: Sequence[Message], **options: Any) -> Iterator[ChatPiece | ChatResult]:
        if "资料里没有提到" not in messages[-1].content:
            self.says = [ChatPiece(self.insisted)]
        return super().chat(messages, **options)


def asked_twice(library: Workspace, question: str, insisted: str) -> tuple[Answer, str, int]:
    """The answer, what was shown, and how often the model was asked."""
    model = FakeHesitantModel(insisted)
    with opened(library, model) as tools:
        *before, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    return answer, "".join(p.content for p in before if isinstance(p, ChatPiece)), len(model.asked)


def test_what_the_model_declines_though_a_sentence_speaks_of_it_is_asked_again(
    library: Workspace,
) -> None:
    reply = "关羽的电话号码是5352345。"
    answer, shown, times = asked_twice(library, "关羽的电话号码是多少？", reply)
    assert (answer.found, times) == (True, 2)
    assert answer.text.startswith(reply)
    assert shown == answer.text, "the way out that was taken first is not shown"


def test_so_is_what_the_entry_of_an_identifier_explains_in_the_other_language(
    workspace: Workspace,
) -> None:
    workspace.write("manual.md", "# Steriliser\n\n- E12: door not locked\n- E31: pump too hot\n")
    workspace.ingest()
    answer, _, times = asked_twice(workspace, "消毒柜显示E31是什么毛病？", "E31表示泵过热。[1]")
    assert (answer.found, times) == (True, 2)


def test_the_second_answer_counts_only_if_it_stands_up(library: Workspace) -> None:
    reply = "关羽的电话号码是7777777。[1]"
    answer, shown, times = asked_twice(library, "关羽的电话号码是多少？", reply)
    assert (answer.found, answer.refused_by, shown, times) == (False, "model", "", 2)


def test_where_no_sentence_speaks_of_it_the_model_is_believed(library: Workspace) -> None:
    question = "关羽的邮箱地址和出生日期是什么？"
    answer, _, times = asked_twice(library, question, "关羽的邮箱地址是5352345。[1]")
    assert (answer.refused_by, times) == ("model", 1)


def test_of_two_lists_the_one_that_holds_the_answer_is_cited(workspace: Workspace) -> None:
    workspace.write("东厂.txt", "东厂值班电话一览。值班员张飞，电话u987438274。")
    workspace.write("西厂.txt", "西厂值班电话一览。值班员赵云，电话u555123987。")
    workspace.ingest()
    with opened(workspace, FakeGenerator()) as tools:
        context, *_ = ask(Query("张飞的电话是多少？", 2), tools, LIMITS, think=False, strict=False)
    wrong = place_of([context], "赵云")
    answer, before = answer_to(
        workspace, "张飞的电话是多少？", f"值班员的电话是u987438274。[{wrong}]"
    )
    assert [citation.source for citation in answer.citations] == ["东厂.txt"]
    assert (answer.grounded, answer.unsupported) == (True, ())
    assert "".join(shown(before)) == answer.text


def test_an_answer_that_repeats_the_instructions_is_none(library: Workspace) -> None:
    model = FakeGenerator()
    with opened(library, model) as tools:
        [*_] = ask(Query("张飞的电话号码", 2), tools, LIMITS, think=False, strict=False)
    told = model.asked[0][-1].content.rpartition("\n\n")[2]
    answer, before = answer_to(library, "张飞的电话号码", told)
    assert (answer.found, answer.refused_by) == (False, "model")
    assert "".join(shown(before)) == ""
