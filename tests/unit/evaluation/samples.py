"""Questions and results made by hand."""

from __future__ import annotations

from dataclasses import replace

from kb.evaluation.judge import Answered, RankedHit, Result, Retrieved
from kb.evaluation.questions import Question
from kb.evaluation.runs import Run, RunInfo

__all__ = ["answered", "question", "result", "run"]


def question(name: str = "q1", *, answerable: bool = True, **changes: str) -> Question:
    made = Question(
        id=name,
        text="张飞的电话号码是多少？",
        answers=("u987438274",) if answerable else (),
        source="list.txt" if answerable else "",
        answerable=answerable,
        language="zh",
    )
    return replace(made, **changes)  # type: ignore[arg-type]  # texts alone are changed


def answered(
    *, contains: bool = False, refused_by: str = "", unsupported: tuple[str, ...] = ()
) -> Answered:
    return Answered(
        text="知识库中没有找到。" if refused_by else "张飞的电话号码是u987438274。[1]",
        found=not refused_by,
        refused_by=refused_by,
        unsupported=unsupported,
        contains=contains,
        exact=False,
        f1=0.5 if contains else 0.0,
        citations=0 if refused_by else 2,
        right=1 if contains else 0,
        of_source=1 if contains else 0,
        unflagged=(),
        first_word=1.0,
        total=2.0,
    )


def result(
    asked: Question | None = None,
    *,
    at: int | None = 1,
    of: int = 10,
    answer: Answered | None = None,
    failure: str = "",
) -> Result:
    """`at`: the rank, of `of` hits, of the one that holds the answer and is of the source."""
    hits = tuple(
        RankedHit(
            source="list.txt" if rank == at else "other.txt",
            score=0.5 - rank / 100,
            language="zh",
            holds=rank == at,
            of_source=rank == at,
        )
        for rank in range(1, of + 1)
    )
    return Result(asked or question(), Retrieved(hits, 1, 0.25), answer, failure)


def run(*results: Result, answers: bool = True) -> Run:
    info = RunInfo(
        created="2026-11-01T00:00:00+00:00",
        version="0",
        questions="questions.jsonl",
        collections=("default",),
        embedding="fake",
        chat="fake-chat",
        engine="fake",
        mode="hybrid",
        top_k=3,
        within=0.1,
        across=0.07,
        answers=answers,
        asked=len(results),
    )
    return Run(info, results)
