"""`kb reindex --gate`: a new generation goes live only if it answers questions well enough.

ingest   all sources of the collection, pruned, into a new generation
judge    its answers to the gate's questions, before anybody else can see it
commit   where the gate is passed; else the generation is thrown away
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, replace

from kb.errors import GateFailed, Interrupted
from kb.evaluation import gates
from kb.evaluation.gates import FailedGate, Gate
from kb.evaluation.judge import Result
from kb.evaluation.metrics import METRICS, measure, wrong_ids
from kb.evaluation.questions import Question
from kb.index.snapshot import Snapshot
from kb.pipelines.evaluate import Asking, Bench, EvaluationJob, evaluate
from kb.pipelines.ingest import Tools
from kb.pipelines.reindex import Gated, reindex
from kb.types import Listener, SearchMode

WATCHED = "recall@5"
ALLOWED_LOSS = 0.02
"""Without gates of one's own, `recall@5` may fall by so much from one generation to the next."""


@dataclass(frozen=True, slots=True)
class GateJob:
    """The questions, and what must be reached; without gates the new generation must not be
    worse than the live one. `asking` is None where the model need not be asked."""

    questions: Sequence[Question]
    gates: Sequence[Gate]
    top_k: int
    mode: SearchMode
    asking: Asking | None
    opened: Callable[[Snapshot], AbstractContextManager[Bench]]


@dataclass(frozen=True, slots=True)
class GateReport:
    """What was measured of the gates' metrics, None where it could not be; `before` in the
    generation that was live, where that was compared. `wrong`: ids of the questions that the new
    one answers wrongly, or whose document it does not find; it is thrown away, and who wants to
    know must be told here."""

    questions: int
    metrics: Mapping[str, float | None]
    before: Mapping[str, float | None]
    gates: tuple[Gate, ...]
    failed: tuple[FailedGate, ...]
    wrong: tuple[str, ...]


def reindex_gated(tools: Tools, listen: Listener, gate: GateJob, *, wait: float) -> Gated:
    """As `reindex`, and the new generation goes live only if it passes the gate.

    Where it fails, the report is `ended_by` GateFailed, and the old generation has never ceased
    to be live. Where nothing has changed, gates of one's own are held against the live one.
    """
    judge = _Judge(gate, tools, listen)
    report = reindex(tools, listen, wait=wait, accept=judge)
    if judge.found is None and gate.gates and report.ended_by is None:
        with tools.collection.reader() as live:
            try:
                judge(live)
            except GateFailed as error:
                return Gated(replace(report, ended_by=error), judge.found, rolled_back=False)
    return Gated(report, judge.found, rolled_back=isinstance(report.ended_by, GateFailed))


class _Judge:
    """Measures a generation with the questions, and raises GateFailed where it does not do."""

    def __init__(self, gate: GateJob, tools: Tools, listen: Listener) -> None:
        self.found: GateReport | None = None
        self._gate = gate
        self._tools = tools
        self._listen = listen

    def __call__(self, candidate: Snapshot) -> None:
        wanted = tuple(self._gate.gates)
        before: Mapping[str, float | None] = {}
        if not wanted:
            with self._tools.collection.reader() as live:
                before = self._metrics(self._results(live), [WATCHED])
            if (reached := before[WATCHED]) is None:
                return  # nothing was found before: it cannot have become worse
            wanted = (Gate(WATCHED, round(reached - ALLOWED_LOSS, 4)),)
        results = self._results(candidate)
        metrics = self._metrics(results, [gate.metric for gate in wanted])
        failed = tuple(
            FailedGate(gate, metrics[gate.metric])
            for gate in wanted
            if not gates.met(gate, metrics[gate.metric])
        )
        wrong = tuple(wrong_ids(results))
        asked = len(self._gate.questions)
        self.found = GateReport(asked, metrics, before, wanted, failed, wrong)
        if failed:
            raise gates.failure(failed, len(wanted), wrong)

    def _results(self, snapshot: Snapshot) -> list[Result]:
        """One a question; none where there is nothing to ask."""
        if snapshot.manifest.chunks == 0:
            return []
        gate = self._gate
        job = EvaluationJob(gate.questions, gate.top_k, gate.mode, asking=gate.asking)

        @contextmanager
        def opened(name: str) -> Iterator[Bench]:
            with gate.opened(snapshot) as bench:
                yield bench

        results: list[Result] = []
        with closing(evaluate(job, opened, self._listen)) as going:
            for result in going:
                results.append(result)
                if self._tools.stop():
                    raise Interrupted(
                        "the run was stopped while its result was judged",
                        why="a signal or Ctrl-C asked for it; nothing was committed",
                        hint="run it again: finished embeddings are reused",
                    )
        return results

    def _metrics(self, results: Sequence[Result], names: Sequence[str]) -> dict[str, float | None]:
        if not results:
            return dict.fromkeys(names)
        values = measure(results, answers=self._gate.asking is not None, intervals=False)
        return {name: values[name].value for name in names}


def asks(wanted: Sequence[Gate]) -> bool:
    """Whether one of the gates can only be told by asking the model."""
    return any(METRICS[gate.metric].answers for gate in wanted)
