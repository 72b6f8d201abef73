"""From hits to passages: neighbours merge, what does not fit is left out whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from kb.errors import UsageError
from kb.retrieval.context import Haste, build, merge, overhead
from kb.types import Chunk, Context, Hit, Message, Passage

DOCUMENT = "第一句。第二句。第三句。第四句。\n\n第五句。"


def hit(
    start: int,
    end: int,
    *,
    ordinal: int,
    doc: str = "a",
    page: int | None = None,
    section: str = "",
    line: int | None = 1,
) -> Hit:
    chunk = Chunk(
        id=f"{doc}{ordinal}",
        doc_id=doc,
        ordinal=ordinal,
        text=DOCUMENT[start:end],
        context="",
        page=page,
        line=line,
        section=section,
        start=start,
        end=end,
    )
    return Hit(chunk=chunk, source=f"{doc}.md", score=0.5)


def merged(*hits: Hit) -> tuple[Passage, ...]:
    return merge(hits, title=lambda doc: doc.upper())


def fit(hits: list[Hit], *, room: int) -> Context:
    """One token a character, no instructions, ten tokens kept for the answer."""
    return build(
        hits,
        title=str.upper,
        tokens=len,
        render=lambda passage: passage.text,
        overhead=0,
        num_ctx=room + 10,
        max_tokens=10,
    )


def test_adjacent_chunks_become_one_passage_with_their_overlap_once() -> None:
    (passage,) = merged(hit(0, 8, ordinal=0), hit(4, 12, ordinal=1))

    assert passage.text == DOCUMENT[0:12]
    assert passage.chunk_ids == ("a0", "a1")


def test_chunks_merge_in_the_order_of_the_document_whatever_their_rank() -> None:
    (passage,) = merged(hit(8, 12, ordinal=2), hit(0, 4, ordinal=0), hit(4, 8, ordinal=1))

    assert passage.text == DOCUMENT[0:12]


def test_the_blank_between_two_paragraphs_is_kept_as_lines() -> None:
    (passage,) = merged(hit(12, 16, ordinal=0, line=1), hit(18, 22, ordinal=1, line=3))

    assert passage.text == DOCUMENT[12:22]


def chunk_of(text: str, *, ordinal: int, start: int, line: int | None) -> Hit:
    """One that need not be a piece of DOCUMENT."""
    base = hit(0, 4, ordinal=ordinal, line=line)
    chunk = replace(base.chunk, text=text, start=start, end=start + len(text))
    return replace(base, chunk=chunk)


@pytest.mark.parametrize(
    ("lines", "gap", "blank"),
    [
        ((1, 4), 5, 2),  # lines 1 and 2, then line 4: two line ends lie between
        ((1, 9), 3, 3),  # never more than there are characters
        ((None, None), 5, 1),  # a page has no lines: one, so that words stay apart
        ((1, 1), 5, 1),
    ],
)
def test_between_two_chunks_there_are_as_many_line_ends_as_lines(
    lines: tuple[int | None, int | None], gap: int, blank: int
) -> None:
    first = chunk_of("一\n二", ordinal=0, start=0, line=lines[0])
    (passage,) = merged(first, chunk_of("三", ordinal=1, start=3 + gap, line=lines[1]))

    assert passage.text == "一\n二" + "\n" * blank + "三"


def test_a_passage_is_named_by_the_place_of_its_first_chunk() -> None:
    (passage,) = merged(
        hit(4, 8, ordinal=1, page=2, section="二", line=None),
        hit(0, 4, ordinal=0, page=2, section="二", line=7),
    )

    assert (passage.page, passage.line, passage.section) == (2, 7, "二")


def test_chunks_with_a_chunk_between_them_stay_apart() -> None:
    assert len(merged(hit(0, 4, ordinal=0), hit(8, 12, ordinal=2))) == 2


def test_chunks_of_two_documents_two_pages_or_two_sections_stay_apart() -> None:
    first = hit(0, 4, ordinal=0, page=1, section="一")

    assert len(merged(first, hit(4, 8, ordinal=1, doc="b", page=1, section="一"))) == 2
    assert len(merged(first, hit(4, 8, ordinal=1, page=2, section="一"))) == 2
    assert len(merged(first, hit(4, 8, ordinal=1, page=1, section="二"))) == 2


def test_a_chunk_inside_another_adds_nothing() -> None:
    (passage,) = merged(hit(0, 12, ordinal=0), hit(4, 8, ordinal=1))

    assert passage.text == DOCUMENT[0:12]


def test_passages_are_numbered_from_one_by_their_best_hit() -> None:
    passages = merged(
        hit(8, 12, ordinal=5, doc="b"), hit(0, 4, ordinal=0), hit(12, 16, ordinal=6, doc="b")
    )

    assert [(p.n, p.source, p.title) for p in passages] == [(1, "b.md", "B"), (2, "a.md", "A")]


def test_a_passage_stands_where_its_best_hit_does_not_where_its_first_chunk_does() -> None:
    passages = merged(hit(4, 8, ordinal=1), hit(8, 12, ordinal=5, doc="b"), hit(0, 4, ordinal=0))

    assert [p.source for p in passages] == ["a.md", "b.md"]


def test_what_does_not_fit_is_left_out_whole_the_lowest_first() -> None:
    hits = [hit(0, 8, ordinal=0), hit(8, 12, ordinal=9, doc="b"), hit(12, 16, ordinal=4, doc="c")]

    context = fit(hits, room=13)

    assert [passage.text for passage in context.passages] == [DOCUMENT[0:8], DOCUMENT[8:12]]
    assert context.left_out == 1
    assert context.prompt_tokens == 12
    assert context.num_ctx == 23


def test_a_context_may_be_filled_to_the_last_token() -> None:
    assert len(fit([hit(0, 12, ordinal=0)], room=12).passages) == 1


def test_a_lower_hit_does_not_slip_in_where_a_better_one_was_left_out() -> None:
    hits = [hit(0, 4, ordinal=0), hit(4, 16, ordinal=9, doc="b"), hit(8, 9, ordinal=4, doc="c")]

    assert len(fit(hits, room=6).passages) == 1


def test_a_context_without_room_for_one_passage_is_a_named_failure() -> None:
    with pytest.raises(UsageError) as failure:
        fit([hit(0, 12, ordinal=0)], room=11)

    assert "21 tokens" in failure.value.what
    assert "needs 12 tokens" in failure.value.why
    assert "10 are kept" in failure.value.why
    assert failure.value.hint.startswith("raise answer.num_ctx")


def test_no_hits_are_no_passages() -> None:
    nothing = build(
        [],
        title=str.upper,
        tokens=len,
        render=lambda passage: passage.text,
        overhead=7,
        num_ctx=15,
        max_tokens=10,
    )

    assert nothing == Context(passages=(), prompt_tokens=7, num_ctx=15)


def test_a_conversation_costs_eight_tokens_a_message_more_than_its_texts_and_eight_at_its_end() -> (
    None
):
    messages = (Message("system", "规则"), Message("user", "问题"))

    assert overhead(messages, len) == 2 + 2 + 3 * 8


# --- where time is short --------------------------------------------------------------


def in_time(hits: list[Hit], *, tokens: int, overhead: int = 0, name: str = "") -> Context:
    """`shorten` is a stand-in that keeps a text's first characters; one token a character."""
    return build(
        hits,
        title=str.upper,
        tokens=len,
        render=lambda passage: name + passage.text,
        overhead=overhead,
        num_ctx=4096,
        max_tokens=10,
        haste=Haste(tokens, lambda one, room: replace(one, text=one.text[:room])),
    )


def long_hits(*lengths: int) -> list[Hit]:
    hits = [hit(0, 4, ordinal=0, doc=f"d{n}") for n in range(len(lengths))]
    return [
        replace(one, chunk=replace(one.chunk, text="字" * length))
        for one, length in zip(hits, lengths, strict=True)
    ]


def test_in_time_passages_share_the_room_and_a_short_one_leaves_its_rest_to_the_others() -> None:
    context = in_time(long_hits(500, 40, 500), tokens=400)

    assert [len(passage.text) for passage in context.passages] == [180, 40, 180]
    assert [passage.n for passage in context.passages] == [1, 2, 3]
    assert (context.prompt_tokens, context.left_out) == (400, 0)


def test_in_time_the_lowest_is_dropped_before_all_become_too_short() -> None:
    context = in_time(long_hits(500, 500, 500), tokens=200)

    assert [len(passage.text) for passage in context.passages] == [100, 100]
    assert context.left_out == 1


def test_what_can_be_read_in_time_is_left_as_it_is() -> None:
    assert [len(p.text) for p in in_time(long_hits(100, 100), tokens=200).passages] == [100, 100]


def test_what_fits_to_the_last_token_is_not_dropped_for_being_short() -> None:
    assert [len(p.text) for p in in_time(long_hits(80, 60, 60), tokens=200).passages] == [
        80,
        60,
        60,
    ]


def test_the_instructions_and_the_passages_names_take_of_the_same_time() -> None:
    context = in_time(long_hits(500, 500), tokens=300, overhead=50, name="#" * 5)

    assert [len(passage.text) for passage in context.passages] == [120, 120]
    assert context.prompt_tokens == 300


def test_however_short_the_time_the_best_passage_stays() -> None:
    assert [len(p.text) for p in in_time(long_hits(500, 500), tokens=1).passages] == [1]


def test_what_is_left_out_of_a_passage_is_not_counted_and_makes_room_for_others() -> None:
    hits = [
        hit(0, 8, ordinal=0, doc="a"),
        hit(0, 8, ordinal=0, doc="b"),
        hit(0, 8, ordinal=0, doc="c"),
    ]

    def first_sentence_but_of_the_last(passages: Sequence[Passage]) -> list[Passage]:
        return [replace(one, handed=((0, 4),) if one.n < 3 else ()) for one in passages]

    context = build(
        hits,
        title=str.upper,
        tokens=len,
        render=lambda one: "".join(one.text[slice(*span)] for span in one.handed or ()),
        overhead=0,
        num_ctx=18,
        max_tokens=10,
        abridge=first_sentence_but_of_the_last,
    )

    assert [len(one.text) for one in context.passages] == [8, 8, 8]
    assert (context.prompt_tokens, context.left_out) == (8, 0)
