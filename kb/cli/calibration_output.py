"""How a calibration is shown to people and to scripts."""

from __future__ import annotations

from dataclasses import asdict, fields

from kb.answering.refusal import Threshold
from kb.cli.app import say
from kb.cli.eval_output import rounded, some
from kb.evaluation.calibration import PERCENTILE, SHOWN, Side, auc
from kb.evaluation.metrics import quantile
from kb.pipelines.calibrate import Calibrated, Refused
from kb.pipelines.wordings import ChosenWording, WordingCount


def calibration_fields(
    found: Calibrated, model: str, generation: int, wordings: ChosenWording | None, chat: str
) -> dict[str, object]:
    fields: dict[str, object] = {
        "model": model,
        "generation": generation,
        "threshold": _threshold_fields(found.threshold),
        "before": _threshold_fields(found.before) if found.before else None,
        "within": _side_fields(found.within),
        "across": _side_fields(found.across),
        "refused": asdict(found.refused),
        "refused_before": asdict(found.refused_before),
        "left_out": list(found.left_out),
    }
    if wordings:
        fields["wording"] = {"chat": chat, **asdict(wordings)}
    return fields


def _threshold_fields(threshold: Threshold) -> dict[str, object]:
    return {"within": threshold.within, "across": threshold.across}


def _side_fields(side: Side) -> dict[str, object]:
    return {
        "calibrated": side.threshold is not None,
        "answerable": len(side.answerable),
        "unanswerable": len(side.unanswerable),
        "auc": rounded(auc(side.answerable, side.unanswerable)),
        "auc_left_out": rounded(auc(side.answerable, side.left_out)),
        "percentiles": {
            name: {f"p{share * 100:.0f}": rounded(quantile(scores, share)) for share in SHOWN}
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
            say(f"  too few questions to calibrate with: {name} the threshold stays as it is")
    say()
    if found.left_out:
        say(f"not used, their source is not indexed: {some(found.left_out)}")
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


def show_wordings(wordings: ChosenWording, chat: str) -> None:
    """What became of the questions in each wording."""
    say()
    say(
        f"{chat}, {wordings.answerable} answerable and {wordings.unanswerable} unanswerable "
        "questions asked in each wording"
    )
    columns = [item.name for item in fields(WordingCount)]
    say(f"{'wording':<24}" + "".join(f"{name.replace('_', ' '):>17}" for name in columns))
    for wording, count in wordings.counts.items():
        name = f"{wording}, in force" if wording is wordings.before else wording.value
        say(f"{name:<24}" + "".join(f"{getattr(count, column):>17}" for column in columns))
    say(f"chosen: {wordings.chosen}")
