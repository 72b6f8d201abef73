"""`kb eval --calibrate --verdict N`: how this chat model's verdict is best asked, and its bounds.

draw      some questions of a language, half of them unanswerable where there are as many
ask       each in every way, one after the other: they differ behind the question, so that an
          engine that keeps what it has read reads the passages once
choose    the way that tells the two apart best; its bounds are percentiles of the margins of
          the questions whose answer stands in the passages

Nothing is answered, so a question costs what reading its passages costs.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.answering import prompt
from kb.answering.verdict import Bounds, Rule, Rules, margin
from kb.evaluation.calibration import auc
from kb.evaluation.judge import holds
from kb.evaluation.metrics import quantile
from kb.evaluation.questions import Question
from kb.index.catalog import Catalog
from kb.model_types import FirstToken
from kb.pipelines.ask import Limits, context_of, retrieve
from kb.pipelines.calibrate import stored
from kb.pipelines.evaluate import Bench
from kb.statefile import parsed_json, typed
from kb.text.language import Language
from kb.types import Listener, Progress, Query
from kb.wording import Inquiry

LEAST = 20
"""Answerable questions of a language without which its rule stays as it is."""
LEAST_OTHERS = 10
"""Unanswerable ones without which the way of asking stays as it is."""
REFUSED, FLAGGED = 0.03, 0.08
"""Shares of the answerable questions that the bounds give up: refused, and refused or marked."""


@dataclass(frozen=True, slots=True)
class Margins:
    """One way of asking in one language: the margins in nats, ascending."""

    answerable: tuple[float, ...]
    unanswerable: tuple[float, ...]

    @property
    def auc(self) -> float | None:
        """The chance that an answerable question has the larger margin."""
        return auc(self.answerable, self.unanswerable)

    def bounds(self) -> Bounds:
        """Rounded to a hundredth of a nat."""
        refuse = round(quantile(self.answerable, REFUSED), 2)
        return Bounds(refuse, max(refuse, round(quantile(self.answerable, FLAGGED), 2)))

    def below(self, bound: float) -> tuple[int, int]:
        """How many answerable and unanswerable questions a bound gives up."""
        return (
            sum(one < bound for one in self.answerable),
            sum(one < bound for one in self.unanswerable),
        )


@dataclass(frozen=True, slots=True)
class ChosenVerdict:
    """`rules` has the languages with enough questions. `lost` answerable questions were left
    out, since no passage that was handed over holds their answer."""

    rules: Rules
    margins: Mapping[Language, Mapping[Inquiry, Margins]]
    lost: int


def choose_verdict(
    questions: Sequence[Question],
    bench: Bench,
    limits: Limits,
    *,
    most: int,
    top_k: int,
    seed: int,
    listen: Listener,
) -> ChosenVerdict:
    """The rules that serve these questions best; at most `most` of a language are asked.

    Raises:
        ModelError: the chat model is missing, or broke off.
    """
    drawn = [
        question
        for spoken in Language
        for question in _draw([one for one in questions if one.language == spoken], most, seed)
    ]
    found: dict[Language, dict[Inquiry, dict[bool, list[float]]]] = {}
    lost = 0
    for done, question in enumerate(drawn, 1):
        query = Query(question.text, top_k)
        passages = context_of(query, retrieve(query, bench.tools), bench.tools, limits).passages
        listen(Progress("verdict", done, len(drawn), "questions"))
        if not passages:
            continue
        if question.answerable and not any(holds(one.text, question.answers) for one in passages):
            lost += 1
            continue
        generator = bench.tools.generator()
        for inquiry in Inquiry:
            asked = prompt.inquiry(query.question, passages, inquiry)
            *_, first = generator.first_token(asked, num_ctx=limits.num_ctx)
            assert isinstance(first, FirstToken)
            value = margin(first, inquiry, len(passages))
            if value is not None:
                sides = found.setdefault(query.question.language, {}).setdefault(inquiry, {})
                sides.setdefault(question.answerable, []).append(value)
    margins = {
        spoken: {
            inquiry: Margins(*(tuple(sorted(sides.get(kind, ()))) for kind in (True, False)))
            for inquiry, sides in ways.items()
        }
        for spoken, ways in found.items()
    }
    return ChosenVerdict(_chosen(margins, bench.tools.verdict or {}), margins, lost)


def _draw(questions: Sequence[Question], most: int, seed: int) -> list[Question]:
    """So many, half of them unanswerable where there are as many; drawn with the seed."""
    there = [one for one in questions if one.answerable]
    missing = [one for one in questions if not one.answerable]
    generator = random.Random(seed)
    some = generator.sample(missing, min(len(missing), most // 2))
    return generator.sample(there, min(len(there), most - len(some))) + some


def _chosen(
    margins: Mapping[Language, Mapping[Inquiry, Margins]], before: Rules
) -> dict[Language, Rule]:
    chosen = {}
    for spoken, ways in margins.items():
        known = before.get(spoken)
        enough = {way: one for way, one in ways.items() if len(one.answerable) >= LEAST}
        if not enough:
            continue
        way = known.inquiry if known and known.inquiry in enough else next(iter(enough))
        if all(len(one.unanswerable) >= LEAST_OTHERS for one in enough.values()):
            way = max(enough, key=lambda one: enough[one].auc or 0.0)
        quotes = known is not None and known.quotes
        chosen[spoken] = Rule(way, enough[way].bounds(), quotes)
    return chosen


# --- stored with the index ------------------------------------------------------------


def kept(chat: str, rules: Rules) -> dict[str, str]:
    """The rules as the catalog keeps them, by key."""
    each = {
        spoken.value: {
            "inquiry": rule.inquiry.value,
            "refuse": rule.bounds.refuse,
            "flag": rule.bounds.flag,
            "quotes": rule.quotes,
        }
        for spoken, rule in rules.items()
    }
    return {_key(chat): json.dumps(each)} if each else {}


def stored_rules(catalog: Catalog, chat: str) -> Rules | None:
    """What was calibrated for this chat model on this index, if anything was."""
    return stored(catalog, _key(chat), _rules)


def _rules(value: str) -> Rules:
    """Raises ValueError where they are none."""
    found = parsed_json(value)
    if not isinstance(found, dict):
        raise ValueError("it is no object")
    return {Language(spoken): _rule(one) for spoken, one in found.items()}


def _rule(one: object) -> Rule:
    """Raises ValueError where it is none."""
    if not isinstance(one, dict):
        raise ValueError("a rule is no object")
    bounds = typed(Bounds, {name: one.get(name) for name in ("refuse", "flag")})
    return Rule(Inquiry(str(one.get("inquiry"))), bounds, one.get("quotes") is True)


def _key(chat: str) -> str:
    return f"verdict:{chat}"
