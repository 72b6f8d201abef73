"""From hits to the passages that fit into the prompt.

Chunks that follow each other in one document become one passage, their overlap once. What
does not fit is left out whole, the lowest hit first: a passage that was cut could lose the
very "not" that its sentence turns on. Sentences that cannot matter may be left out, and where time
is short, passages are shortened to whole sentences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise

from kb.errors import UsageError
from kb.types import Chunk, Context, Hit, Message, Passage

_PER_MESSAGE = 8
_LEAST_PASSAGE = 90
"""Tokens below which a passage is not worth its place: its name in the prompt and a sentence."""

Shorten = Callable[[Passage, int], Passage]
"""A passage cut down to a number of tokens, in whole sentences (kb/answering/excerpt.py)."""

Abridge = Callable[[Sequence[Passage]], Sequence[Passage]]
"""Passages with the sentences of each that are handed over (kb/answering/abridging.py)."""


@dataclass(frozen=True, slots=True)
class Haste:
    """`tokens` of the whole prompt can be read in time; `shorten` makes passages fit."""

    tokens: int
    shorten: Shorten


def build(
    hits: Sequence[Hit],
    *,
    title: Callable[[str], str],
    tokens: Callable[[str], int],
    render: Callable[[Passage], str],
    overhead: int,
    num_ctx: int,
    max_tokens: int,
    haste: Haste | None = None,
    abridge: Abridge = tuple,
) -> Context:
    """The passages of the most hits, best first, that leave room for the answer.

    Args:
        hits: best first.
        title: a document's title by its id.
        tokens: a text's tokens, never fewer than the model will count.
        render: a passage as it will stand in the prompt.
        overhead: tokens of the prompt without any passage.
        num_ctx: tokens of the model's context, prompt and answer together.
        max_tokens: of it, tokens kept for the answer.
        haste: where time is short. The best passage then stays, though it take longer.
        abridge: leaves out what cannot matter, before anything is counted.

    Raises:
        UsageError: not even the first hit fits.
    """
    if not hits:
        return Context(passages=(), prompt_tokens=overhead, num_ctx=num_ctx)

    def cost_of(passage: Passage) -> int:
        return 0 if passage.handed == () else tokens(render(passage))

    for count in range(len(hits), 0, -1):
        passages = tuple(abridge(merge(hits[:count], title=title)))
        cost = overhead + sum(map(cost_of, passages))
        if cost <= num_ctx - max_tokens:
            if haste and cost > haste.tokens:
                passages = _in_time(passages, haste.tokens - overhead, cost_of, haste.shorten)
                cost = overhead + sum(map(cost_of, passages))
            kept = sum(len(passage.chunk_ids) for passage in passages)
            return Context(passages, cost, num_ctx, left_out=len(hits) - kept)
    raise UsageError(
        f"a context of {num_ctx} tokens has no room for a single passage",
        why=f"the best passage needs {cost} tokens with the instructions, "
        f"and {max_tokens} are kept for the answer",
        hint="raise answer.num_ctx or lower answer.max_tokens (`kb config show` names both)",
    )


def _in_time(
    passages: Sequence[Passage], room: int, cost: Callable[[Passage], int], shorten: Shorten
) -> tuple[Passage, ...]:
    """As many of the best as can have a fair share of the room, shortened to it.

    What a short one leaves goes to the others. Those of which nothing is handed over stay.
    """
    silent = [passage for passage in passages if passage.handed == ()]
    read = [passage for passage in passages if passage.handed != ()]
    count = max(1, min(len(read), room // _LEAST_PASSAGE))
    kept = sorted(read[:count], key=cost)
    found: list[Passage] = []
    left = room
    for place, passage in enumerate(kept):
        fair = left // (len(kept) - place)
        if cost(passage) > fair:
            name = cost(replace(passage, text=""))
            passage = shorten(passage, max(fair - name, 1))
        left -= cost(passage)
        found.append(passage)
    return tuple(sorted([*found, *silent], key=lambda passage: passage.n))


def merge(hits: Sequence[Hit], *, title: Callable[[str], str]) -> tuple[Passage, ...]:
    """Passages numbered from 1, in the order of the best hit that each one holds."""
    runs = sorted(_runs(hits), key=lambda run: min(rank for rank, _ in run))
    return tuple(
        _passage(n, [hit for _, hit in run], title(run[0][1].chunk.doc_id))
        for n, run in enumerate(runs, 1)
    )


def _runs(hits: Sequence[Hit]) -> list[list[tuple[int, Hit]]]:
    """(rank, hit) in runs of adjacent chunks, each in the order of its document."""
    ordered = sorted(enumerate(hits), key=lambda item: (item[1].chunk.doc_id, item[1].chunk.start))
    runs = [[item] for item in ordered[:1]]
    for before, item in pairwise(ordered):
        if _adjacent(before[1].chunk, item[1].chunk):
            runs[-1].append(item)
        else:
            runs.append([item])
    return runs


def _adjacent(left: Chunk, right: Chunk) -> bool:
    """Across pages and sections chunks stay apart, so that a citation can name its own."""
    return (
        left.doc_id == right.doc_id
        and left.page == right.page
        and left.section == right.section
        and (right.ordinal == left.ordinal + 1 or right.start < left.end)
    )


def _passage(n: int, run: Sequence[Hit], title: str) -> Passage:
    first = run[0].chunk
    return Passage(
        n=n,
        source=run[0].source,
        text=joined([hit.chunk for hit in run]).text,
        page=first.page,
        line=first.line,
        section=first.section,
        title=title,
        chunk_ids=tuple(hit.chunk.id for hit in run),
    )


def joined(chunks: Sequence[Chunk]) -> Chunk:
    """Chunks of one document, in its order, as one: what they overlap by stands in it once."""
    return reduce(_joined, chunks)


def _joined(left: Chunk, right: Chunk) -> Chunk:
    """What lies between two chunks is blank; its lines are kept so that lines can be counted."""
    if right.end <= left.end:
        return left
    gap = ""
    if right.start > left.end:
        lines = (right.line or 0) - (left.line or 0) - left.text.count("\n")
        gap = "\n" * min(max(lines, 1), right.start - left.end)
    text = left.text + gap + right.text[max(left.end - right.start, 0) :]
    return replace(left, text=text, end=right.end)


def overhead(messages: Iterable[Message], tokens: Callable[[str], int]) -> int:
    """Tokens of a conversation with what a chat template puts around each message."""
    return sum(tokens(message.content) + _PER_MESSAGE for message in messages) + _PER_MESSAGE
