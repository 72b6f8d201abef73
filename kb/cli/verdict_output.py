"""How the calibration of a model's verdict is shown to people and to scripts."""

from __future__ import annotations

from kb.answering.verdict import Rule
from kb.cli.app import say
from kb.cli.eval_output import rounded
from kb.pipelines.verdicts import ChosenVerdict, Margins


def verdict_fields(found: ChosenVerdict, chat: str) -> dict[str, object]:
    """By language: each way of asking, and the rule that was chosen; None where there were too
    few questions."""
    return {
        "chat": chat,
        "not_in_passages": found.lost,
        "languages": {
            spoken.value: {
                "asked": {inquiry.value: _margins(one) for inquiry, one in ways.items()},
                "rule": _rule(found.rules.get(spoken)),
            }
            for spoken, ways in found.margins.items()
        },
    }


def show_verdict(found: ChosenVerdict, chat: str) -> None:
    """How well each way of asking tells the questions apart, and what the bounds give up."""
    say()
    say(f"{chat}, asked before it answers whether the answer is there")
    for spoken, ways in found.margins.items():
        chosen = found.rules.get(spoken)
        for inquiry, one in ways.items():
            counts = f"{len(one.answerable)} answerable, {len(one.unanswerable)} unanswerable"
            area = "" if one.auc is None else f", AUC {one.auc:.3f}"
            say(f"  {spoken} {inquiry}: {counts}{area}")
        if chosen is None:
            say(f"  {spoken}: too few questions to calibrate with, the rule stays as it is")
            continue
        say(f"  {spoken}: chosen {chosen.inquiry}; {_given_up(chosen, ways[chosen.inquiry])}")
    if found.lost:
        say(f"  not used, no passage that was found holds their answer: {found.lost} questions")


def _given_up(rule: Rule, margins: Margins) -> str:
    parts = []
    for name, bound in (("refuses", rule.bounds.refuse), ("refuses or marks", rule.bounds.flag)):
        wrong, right = margins.below(bound)
        parts.append(
            f"below {bound:.2f} it {name} {wrong} of {len(margins.answerable)} answerable and "
            f"{right} of {len(margins.unanswerable)} unanswerable ones"
        )
    return "; ".join(parts)


def _margins(one: Margins) -> dict[str, object]:
    return {
        "answerable": len(one.answerable),
        "unanswerable": len(one.unanswerable),
        "auc": rounded(one.auc),
    }


def _rule(rule: Rule | None) -> dict[str, object] | None:
    if rule is None:
        return None
    bounds = rule.bounds
    return {"inquiry": rule.inquiry.value, "refuse": bounds.refuse, "flag": bounds.flag}
