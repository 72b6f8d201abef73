"""What became of each question: one of seven ends, counted by language and by class."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.evaluation.judge import Result
from kb.evaluation.metrics import groups


class Outcome(StrEnum):
    """`WRONG` and `INVENTED` are the ends that nobody can see through: no mark, no refusal."""

    RIGHT = "right"
    WRONG = "wrong"
    WRONG_FLAGGED = "wrong, flagged"
    REFUSED = "refused"
    FLAGGED = "flagged"
    INVENTED = "invented"
    FAILED = "failed"


ANSWERABLE = (
    Outcome.RIGHT,
    Outcome.WRONG,
    Outcome.WRONG_FLAGGED,
    Outcome.REFUSED,
    Outcome.FAILED,
)
UNANSWERABLE = (Outcome.REFUSED, Outcome.FLAGGED, Outcome.INVENTED, Outcome.FAILED)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many questions ended how, of the answerable and of the unanswerable ones."""

    answerable: Mapping[Outcome, int]
    unanswerable: Mapping[Outcome, int]


def outcome(result: Result) -> Outcome:
    """The end of one question that was asked."""
    answered = result.answered
    if answered is None:
        return Outcome.FAILED
    if not answered.found:
        return Outcome.REFUSED
    flagged = bool(answered.unsupported)
    if not result.question.answerable:
        return Outcome.FLAGGED if flagged else Outcome.INVENTED
    if answered.contains:
        return Outcome.RIGHT
    return Outcome.WRONG_FLAGGED if flagged else Outcome.WRONG


def counted(results: Sequence[Result]) -> Counts:
    ends = {True: Counter[Outcome](), False: Counter[Outcome]()}
    for result in results:
        ends[result.question.answerable][outcome(result)] += 1
    return Counts(
        {end: ends[True][end] for end in ANSWERABLE},
        {end: ends[False][end] for end in UNANSWERABLE},
    )


def by_group(results: Sequence[Result]) -> dict[str, Counts]:
    """All of them, then each language and each class, where there is more than one."""
    found = {"all": counted(results)}
    for name, split in groups(results).items():
        found |= {f"{name} {key}": counted(some) for key, some in split.items()}
    return found


def known_mistakes(results: Sequence[Result]) -> int:
    """Answers that are wrong in a way that their question foresaw."""
    return sum(bool(result.answered and result.answered.mistake) for result in results)
