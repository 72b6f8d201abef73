"""A run of questions on the disk, and two runs compared question by question."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kb.errors import UsageError
from kb.evaluation.judge import Answered, RankedHit, Result, Retrieved
from kb.evaluation.metrics import METRICS, Kind, Metric, is_right, measure
from kb.evaluation.questions import Question

FORMAT = "kb eval run 1"


@dataclass(frozen=True, slots=True)
class RunInfo:
    """What was run. `asked` questions were to be asked; fewer results mean an interruption.

    `within` and `across` are the refusal thresholds in force, None where there is none;
    `created` is UTC, ISO 8601. `wording` is how the chat model was asked (kb.wording), `rerank`
    the reranker; empty in runs that had none, or were saved before it was noted.
    """

    created: str
    version: str
    questions: str
    collections: tuple[str, ...]
    embedding: str
    chat: str
    engine: str
    mode: str
    top_k: int
    within: float | None
    across: float | None
    answers: bool
    asked: int
    wording: str = ""
    rerank: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    info: RunInfo
    results: tuple[Result, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A metric before and after, on the questions of both runs. `p`: see `paired_p`; None where
    a question tells the metric in one run only."""

    metric: str
    before: float | None
    after: float | None
    p: float | None

    @property
    def difference(self) -> float | None:
        if self.before is None or self.after is None:
            return None
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Comparison:
    """`better` and `worse` are ids of questions that went from wrong to right, and back."""

    common: int
    only_before: int
    only_after: int
    changes: tuple[Change, ...]
    better: tuple[str, ...]
    worse: tuple[str, ...]


def save(run: Run, path: Path) -> None:
    """Raises UsageError when the file cannot be written."""
    text = json.dumps({"format": FORMAT, **asdict(run)}, ensure_ascii=False, indent=1)
    write(path, text + "\n")


def write(path: Path, text: str) -> None:
    """Raises UsageError when the file cannot be written."""
    try:
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> UsageError:
    """Of a file that was named to be written."""
    return UsageError(
        f"{path} cannot be written",
        why=error.strerror or str(error),
        hint="name a file in a folder that you may write to",
    )


def load(path: Path) -> Run:
    """Raises UsageError when the file is not a saved run."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        if found["format"] != FORMAT:
            raise ValueError(f"its format is '{found['format']}', not '{FORMAT}'")
        info = found["info"]
        return Run(
            RunInfo(**{**info, "collections": tuple(info["collections"])}),
            tuple(_result(one) for one in found["results"]),
        )
    except OSError as error:
        raise _no_run(path, error.strerror or str(error)) from error
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise _no_run(path, f"it was not written by kb eval --save: {error}") from error


def compare(before: Run, after: Run) -> Comparison:
    """Paired by the questions' ids; a question that was reworded in between is another one."""
    earlier = {_key(one): one for one in before.results}
    later = {_key(one): one for one in after.results}
    common = [key for key in later if key in earlier]
    answers = before.info.answers and after.info.answers
    pairs = [(earlier[key], later[key]) for key in common]
    if not answers:
        # What one run did not ask for is left out of the other.
        pairs = [(replace(old, answered=None), replace(new, answered=None)) for old, new in pairs]
    old = measure([one for one, _ in pairs], answers=answers, intervals=False)
    new = measure([one for _, one in pairs], answers=answers, intervals=False)
    changes = tuple(
        Change(
            name,
            old[name].value,
            new[name].value,
            _p(metric, pairs) if answers or not metric.answers else None,
        )
        for name, metric in METRICS.items()
    )
    return Comparison(
        common=len(common),
        only_before=len(earlier) - len(common),
        only_after=len(later) - len(common),
        changes=changes,
        better=tuple(new.question.id for old, new in pairs if is_right(new) and not is_right(old)),
        worse=tuple(new.question.id for old, new in pairs if is_right(old) and not is_right(new)),
    )


def paired_p(differences: Sequence[float], *, seed: int = 0) -> float:
    """How often a difference at least this large arises when the two runs are equally good.

    McNemar's test in its exact form where each question went right or wrong (McNemar 1947);
    else a sign-flip permutation test with 2,000 draws (Fisher 1935). Two-sided.
    """
    moved = [one for one in differences if one]
    if not moved:
        return 1.0
    if all(abs(one) == 1 for one in moved):
        fewer = min(moved.count(1), moved.count(-1))
        tail: int = sum(math.comb(len(moved), count) for count in range(fewer + 1))
        return min(1.0, float(2 * tail / 2 ** len(moved)))
    generator = random.Random(seed)
    seen = abs(sum(moved))
    as_large = sum(
        abs(sum(one if generator.getrandbits(1) else -one for one in moved)) >= seen - 1e-12
        for _ in range(_FLIPS)
    )
    return (as_large + 1) / (_FLIPS + 1)


_FLIPS = 2000


def _p(metric: Metric, pairs: Sequence[tuple[Result, Result]]) -> float | None:
    if metric.kind is not Kind.RATIO:
        return None
    differences = []
    for before, after in pairs:
        old, new = metric.of(before), metric.of(after)
        if (old is None) is not (new is None):
            return None
        if old and new:
            differences.append(new[0] / new[1] - old[0] / old[1])
    return paired_p(differences) if differences else None


def _key(result: Result) -> tuple[str, str]:
    return result.question.id, result.question.text


def _result(row: dict[str, Any]) -> Result:
    answered, unranked = row["answered"], row.get("unranked")
    question = row["question"]
    return Result(
        Question(**{name: _tuples(value) for name, value in question.items()}),
        _retrieved(row["retrieved"]),
        None if answered is None else _answered(answered),
        row["failure"],
        None if unranked is None else _retrieved(unranked),
    )


def _tuples(value: Any) -> Any:
    """Lists as they were before JSON."""
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _retrieved(row: dict[str, Any]) -> Retrieved:
    hits = tuple(RankedHit(**hit) for hit in row["hits"])
    return Retrieved(hits, row["relevant"], row["seconds"])


def _answered(row: dict[str, Any]) -> Answered:
    lists = {name: tuple(row[name]) for name in ("unsupported", "unflagged")}
    return Answered(**{**row, **lists})


def _no_run(path: Path, why: str) -> UsageError:
    return UsageError(
        f"{path} is not a saved run",
        why=why,
        hint=f"make one with: kb eval QUESTIONS.jsonl --save {path.name}",
    )
