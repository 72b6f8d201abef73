"""How a run of questions, and a calibration, are shown to people and to scripts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from kb.answering.refusal import Threshold
from kb.cli.app import say
from kb.evaluation.calibration import PERCENTILE, SHOWN, Side, auc
from kb.evaluation.gates import FailedGate
from kb.evaluation.metrics import Value, is_right, quantile, refusals
from kb.evaluation.report import Summary, shown
from kb.evaluation.runs import Comparison, Run
from pipelines.calibrate import Calibrated, Refused

_IDS_SHOWN = 20


def run_fields(
    run: Run, summary: Summary, failed: Sequence[FailedGate], comparison: Comparison | None
) -> dict[str, object]:
    fields: dict[str, object] = {
        "questions": len(run.results),
        "asked": run.info.asked,
        "metrics": _numbers(summary.values),
        "intervals": {
            name: [_rounded(value.low), _rounded(value.high)]
            for name, value in summary.values.items()
            if value.low is not None
        },
        "failed_gates": [
            {
                "metric": one.gate.metric,
                "value": _rounded(one.value),
                "bound": one.gate.bound,
                "gate": str(one.gate),
            }
            for one in failed
        ],
        "groups": {
            name: {key: _numbers(values) for key, values in split.items()}
            for name, split in summary.grouped.items()
        },
        "refused_by": {layer: asdict(count) for layer, count in refusals(run.results).items()},
        "wrong": [one.question.id for one in run.results if is_right(one) is False],
    }
    if comparison:
        fields["comparison"] = {
            "questions": comparison.common,
            "metrics": {
                change.metric: {
                    "before": _rounded(change.before),
                    "after": _rounded(change.after),
                    "difference": _rounded(change.difference),
                    "p": _rounded(change.p),
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
    for layer, count in refusals(run.results).items():
        say(f"refused by {layer}: {count.right} rightly, {count.wrong} wrongly")
    wrong = [one.question.id for one in run.results if is_right(one) is False]
    say(f"wrong: {_some(wrong)}")
    if comparison:
        _show_comparison(comparison)


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
    say(f"right now, wrong before: {_some(comparison.better)}")
    say(f"wrong now, right before: {_some(comparison.worse)}")


def calibration_fields(found: Calibrated, model: str, generation: int) -> dict[str, object]:
    return {
        "model": model,
        "generation": generation,
        "threshold": asdict(found.threshold),
        "before": asdict(found.before) if found.before else None,
        "within": _side_fields(found.within),
        "across": _side_fields(found.across),
        "refused": asdict(found.refused),
        "refused_before": asdict(found.refused_before),
        "left_out": list(found.left_out),
    }


def _side_fields(side: Side) -> dict[str, object]:
    return {
        "calibrated": side.threshold is not None,
        "answerable": len(side.answerable),
        "unanswerable": len(side.unanswerable),
        "auc": _rounded(auc(side.answerable, side.unanswerable)),
        "auc_left_out": _rounded(auc(side.answerable, side.left_out)),
        "percentiles": {
            name: {f"p{share * 100:.0f}": _rounded(quantile(scores, share)) for share in SHOWN}
            for name, scores in _distributions(side).items()
        },
    }


def show_calibration(found: Calibrated) -> None:
    """The scores' distributions, what they tell apart, and what the threshold would refuse."""
    for name, side in (("within a language", found.within), ("across languages", found.across)):
        if not side.answerable:
            say(f"{name}: no answerable question")
            continue
        percentiles = "".join(f"{f'p{share * 100:.0f}':>8}" for share in SHOWN)
        say(f"{name + ': best scores':<32}{'n':>5}{percentiles}")
        for kind, scores in _distributions(side).items():
            cells = "".join(f"{quantile(scores, share):>8.3f}" for share in SHOWN)
            say(f"  {kind:<30}{len(scores):>5}{cells}")
        for kind, scores in (("unanswerable", side.unanswerable), ("left out", side.left_out)):
            area = auc(side.answerable, scores)
            if area is not None:
                say(f"  AUC of answerable against {kind}: {area:.3f}")
        if side.threshold is None:
            say(f"  too few questions to calibrate by: {name} the threshold stays as it is")
    say()
    if found.left_out:
        say(f"not used, their source is not indexed: {_some(found.left_out)}")
    if found.before:
        say(f"before: {_threshold(found.before)}; refuses {_refused(found.refused_before)}")
    say(f"now:    {_threshold(found.threshold)}; refuses {_refused(found.refused)}")


def _distributions(side: Side) -> dict[str, tuple[float, ...]]:
    found = {
        "answerable": side.answerable,
        "unanswerable": side.unanswerable,
        "left out (own source missing)": side.left_out,
    }
    return {name: scores for name, scores in found.items() if scores}


def _threshold(threshold: Threshold) -> str:
    return f"{threshold.within:.3f} within a language, {threshold.across:.3f} across"


def _refused(count: Refused) -> str:
    return (
        f"{count.wrong} of {count.answerable} answerable questions "
        f"(aimed at {PERCENTILE:.0%}), {count.right} of {count.unanswerable} unanswerable ones"
    )


def _numbers(values: Mapping[str, Value]) -> dict[str, float | None]:
    return {name: _rounded(value.value) for name, value in values.items()}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _some(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _IDS_SHOWN} more" if len(ids) > _IDS_SHOWN else ""
    return (", ".join(ids[:_IDS_SHOWN]) or "none") + more
