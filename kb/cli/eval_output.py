"""How a run of questions is shown to people and to scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from kb.cli.app import say
from kb.evaluation.calibration import verdicts
from kb.evaluation.gates import FailedGate
from kb.evaluation.metrics import Value, refusals, wrong_ids
from kb.evaluation.outcomes import ANSWERABLE, UNANSWERABLE, by_group, known_mistakes
from kb.evaluation.questions import first_ids
from kb.evaluation.reranking import Gain
from kb.evaluation.runs import Comparison, Run
from kb.evaluation.summary import Summary, shown

_IDS_SHOWN = 20


def run_fields(
    run: Run, summary: Summary, failed: Sequence[FailedGate], comparison: Comparison | None
) -> dict[str, object]:
    fields: dict[str, object] = {
        "questions": len(run.results),
        "asked": run.info.asked,
        "metrics": _numbers(summary.values),
        "intervals": {
            name: [rounded(value.low), rounded(value.high)]
            for name, value in summary.values.items()
            if value.low is not None
        },
        "failed_gates": [
            {
                "metric": one.gate.metric,
                "value": rounded(one.value),
                "bound": one.gate.bound,
                "gate": str(one.gate),
            }
            for one in failed
        ],
        "groups": {
            name: {key: _numbers(values) for key, values in split.items()}
            for name, split in summary.grouped.items()
        },
        "outcomes": {
            name: {
                "answerable": {end.name.lower(): number for end, number in one.answerable.items()},
                "unanswerable": {
                    end.name.lower(): number for end, number in one.unanswerable.items()
                },
            }
            for name, one in (by_group(run.results) if run.info.answers else {}).items()
        },
        "refused_by": {layer: asdict(count) for layer, count in refusals(run.results).items()},
        "wrong": wrong_ids(run.results),
    }
    if judged := verdicts(run.results):
        fields["verdict"] = {**asdict(judged), "auc": rounded(judged.auc)}
    if summary.reranking:
        fields["rerank"] = _reranking(run.info.rerank, summary.reranking)
    if comparison:
        fields["comparison"] = {
            "questions": comparison.common,
            "metrics": {
                change.metric: {
                    "before": rounded(change.before),
                    "after": rounded(change.after),
                    "difference": rounded(change.difference),
                    "p": rounded(change.p),
                }
                for change in comparison.changes
            },
            "better": list(comparison.better),
            "worse": list(comparison.worse),
        }
    return fields


def show_run(run: Run, summary: Summary, comparison: Comparison | None) -> None:
    """The metrics that could be measured, by group where there is more than one."""
    columns = [(name, key) for name, split in summary.grouped.items() for key in split]
    wide = {column: max(len(column[1]), 7) + 2 for column in columns}
    head = "".join(f"{column[1]:>{wide[column]}}" for column in columns)
    say(f"{'metric':<28}{'value':>9}  {'95 % interval':<16}{'n':>5}{head}")
    for name, value in summary.values.items():
        if value.value is None:
            continue
        interval = "" if value.low is None else f"{value.low:.3f} to {value.high:.3f}"
        cells = "".join(
            f"{shown(name, summary.grouped[group][key][name].value):>{wide[group, key]}}"
            for group, key in columns
        )
        say(f"{name:<28}{shown(name, value.value):>9}  {interval:<16}{value.questions:>5}{cells}")
    if run.info.answers:
        _show_outcomes(run)
    for layer, count in refusals(run.results).items():
        say(f"refused by {layer}: {count.right} rightly, {count.wrong} wrongly")
    if judged := verdicts(run.results):
        area = "" if judged.auc is None else f", AUC {judged.auc:.3f}"
        say(f"verdicts: {judged.answerable} answerable, {judged.unanswerable} unanswerable{area}")
    say(f"wrong: {some(wrong_ids(run.results))}")
    if summary.reranking:
        _show_reranking(run.info.rerank, summary.reranking)
    if comparison:
        _show_comparison(comparison)


def _show_outcomes(run: Run) -> None:
    """How the questions ended: a row for all, each language and each class."""
    for kind, of in (("answerable", ANSWERABLE), ("unanswerable", UNANSWERABLE)):
        say()
        say(f"{kind:<28}{'n':>6}" + "".join(f"{end:>16}" for end in of))
        for name, one in by_group(run.results).items():
            counts = one.answerable if kind == "answerable" else one.unanswerable
            if total := sum(counts.values()):
                say(f"{name:<28}{total:>6}" + "".join(f"{counts[end]:>16}" for end in of))
    say()
    if mistakes := known_mistakes(run.results):
        say(f"foreseen mistakes: {mistakes}")


def _reranking(name: str, found: Sequence[Gain]) -> dict[str, object]:
    return {
        "model": name,
        "without": {gain.metric: rounded(gain.without) for gain in found},
        "with": {gain.metric: rounded(gain.with_it) for gain in found},
        "difference": {gain.metric: rounded(gain.difference) for gain in found},
        "intervals": {
            gain.metric: [rounded(gain.low), rounded(gain.high)]
            for gain in found
            if gain.low is not None
        },
    }


def _show_reranking(name: str, found: Sequence[Gain]) -> None:
    say()
    say(f"retrieval without and with the reranker {name}")
    say(f"{'metric':<28}{'without':>9}{'with':>9}{'change':>9}  95 % interval")
    for gain in found:
        if gain.difference is None:
            continue
        without, with_it = shown(gain.metric, gain.without), shown(gain.metric, gain.with_it)
        interval = "" if gain.low is None else f"  {gain.low:+.3f} to {gain.high:+.3f}"
        say(f"{gain.metric:<28}{without:>9}{with_it:>9}{gain.difference:>+9.3f}{interval}")


def _show_comparison(comparison: Comparison) -> None:
    say()
    say(
        f"compared on {comparison.common} questions "
        f"({comparison.only_before} only before, {comparison.only_after} only now)"
    )
    say(f"{'metric':<28}{'before':>9}{'after':>9}{'change':>9}{'p':>8}")
    for change in comparison.changes:
        if change.difference is None:
            continue
        before, after = shown(change.metric, change.before), shown(change.metric, change.after)
        p = "" if change.p is None else f"{change.p:.3f}"
        say(f"{change.metric:<28}{before:>9}{after:>9}{change.difference:>+9.3f}{p:>8}")
    say(f"right now, wrong before: {some(comparison.better)}")
    say(f"wrong now, right before: {some(comparison.worse)}")


def _numbers(values: Mapping[str, Value]) -> dict[str, float | None]:
    return {name: rounded(value.value) for name, value in values.items()}


def rounded(value: float | None) -> float | None:
    """As `--json` tells a figure."""
    return None if value is None else round(value, 4)


def some(ids: Sequence[str]) -> str:
    return first_ids(ids, _IDS_SHOWN) or "none"
