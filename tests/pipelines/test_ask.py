"""`kb ask`: what becomes of a model's words. The model is a fake that says what a test needs;
documents, chunks, catalog and store are real. The real model answers in tests/e2e."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import pytest

from kb.answering.refusal import Threshold
from kb.index.sparse import fold, query_vector
from kb.types import Answer, ChatPiece, Context, Query
from pipelines.ask import Limits, Tools, ask
from tests.fakes import FakeGenerator
from tests.pipelines.desk import Desk

LIMITS = Limits(num_ctx=2048, max_tokens=128)


@pytest.fixture
def library(desk: Desk) -> Desk:
    desk.write("通讯录.txt", "张飞的电话号码是u987438274。关羽的电话号码是5352345。")
    desk.write("pump.txt", "The X200 pump weighs 187 kg. Its rated head is 38 m.")
    desk.ingest()
    return desk


@contextmanager
def opened(
    library: Desk, generator: FakeGenerator, threshold: Threshold | None = None
) -> Iterator[Tools]:
    with library.tools.collection.reader() as live:
        catalog = live.catalog
        yield Tools(
            index=live.vectors,
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            fold=fold,
            embedder=library.embedder,
            generator=lambda: generator,
            engine="fake",
            temperature=0.0,
            threshold=threshold,
        )


def answer_to(
    library: Desk, question: str, *says: str | ChatPiece, strict: bool = False
) -> tuple[Answer, list[object]]:
    """The answer, and everything that came before it."""
    pieces = [ChatPiece(one) if isinstance(one, str) else one for one in says]
    with opened(library, FakeGenerator(pieces)) as tools:
        *before, answer = ask(Query(question, 2), tools, LIMITS, think=False, strict=strict)
    assert isinstance(answer, Answer)
    return answer, [*before]


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
    library: Desk, words: str
) -> None:
    answer, before = answer_to(library, "张飞的电话号码", *words)
    assert "".join(shown(before)) == answer.text


def test_the_passages_come_first_then_the_pieces_then_the_answer(library: Desk) -> None:
    answer, before = answer_to(library, "张飞的电话号码", "张飞的电话号码是", "u987438274。[1]")
    assert isinstance(before[0], Context)
    assert "".join(shown(before)) == answer.text == "张飞的电话号码是u987438274。[1]"
    assert shown(before)[0] == "张飞的电话号码是"
    assert (answer.found, answer.grounded, answer.refused_by) == (True, True, "")
    [citation] = answer.citations
    assert (citation.source, citation.line) == ("通讯录.txt", 1)
    assert citation.quote == "张飞的电话号码是u987438274。"


def test_num_ctx_is_always_sent_and_the_prompt_fits_it(library: Desk) -> None:
    generator = FakeGenerator([ChatPiece("187 kg. [1]")])
    with opened(library, generator) as tools:
        *_, answer = ask(Query("pump weight", 2), tools, LIMITS, think=True, strict=False)
    assert generator.options == {"num_ctx": 2048, "max_tokens": 128, "think": True}
    assert isinstance(answer, Answer)
    assert (answer.truncated, answer.prompt_tokens, answer.num_ctx) == (False, 100, 2048)


def test_a_thought_is_never_part_of_the_answer(library: Desk) -> None:
    thought = ChatPiece(thinking="The list says u987438274.")
    answer, _ = answer_to(library, "张飞的电话号码", thought, "u987438274 [1]")
    assert answer.text == "u987438274 [1]"
    assert answer.thinking == "The list says u987438274."


def test_a_name_that_no_passage_holds_is_refused_and_no_model_runs(library: Desk) -> None:
    generator = FakeGenerator()
    with opened(library, generator) as tools:
        context, answer = ask(Query("刘备的电话号码", 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(context, Context)
    assert isinstance(answer, Answer)
    assert context.passages, "the nearest passages are shown as a hint"
    assert (answer.found, answer.refused_by, answer.model) == (False, "missing-term", "")
    assert "刘备" in answer.text
    assert generator.asked == []


def test_a_score_below_the_threshold_is_refused_and_no_model_runs(library: Desk) -> None:
    generator = FakeGenerator()
    threshold = Threshold(within=0.99, across=0.99)
    with opened(library, generator, threshold) as tools:
        *_, answer = ask(Query("电话号码", 2), tools, LIMITS, think=False, strict=False)
    assert isinstance(answer, Answer)
    assert (answer.found, answer.refused_by) == (False, "retrieval")
    assert generator.asked == []


def test_a_number_that_no_cited_passage_holds_is_flagged(library: Desk) -> None:
    answer, _ = answer_to(library, "How heavy is the X200 pump?", "It weighs 100 kg.")
    assert (answer.found, answer.grounded, answer.unsupported) == (True, False, ("100",))


def test_a_strict_answer_with_such_a_number_is_withheld(library: Desk) -> None:
    answer, _ = answer_to(library, "How heavy is the X200 pump?", "It weighs 100 kg.", strict=True)
    assert (answer.found, answer.refused_by) == (False, "grounding")
    assert "100" not in answer.text
    assert answer.unsupported == ("100",)


@pytest.mark.parametrize("words", ["资料里没有提到。", "The passages do not mention it."])
def test_the_models_own_no_is_a_refusal_in_the_questions_language(
    library: Desk, words: str
) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", words)
    assert (answer.found, answer.refused_by, answer.citations) == (False, "model", ())
    assert answer.text == "知识库中没有找到这个问题的答案。"


def test_an_empty_answer_is_no_answer(library: Desk) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", "  ")
    assert (answer.found, answer.refused_by) == (False, "model")


def test_a_marker_that_points_nowhere_is_removed(library: Desk) -> None:
    answer, _ = answer_to(library, "张飞的电话号码", "张飞的电话号码是u987438274。[9]")
    assert "[9]" not in answer.text
    assert {citation.n for citation in answer.citations} <= {1, 2}
    assert answer.citations
