"""A run as one HTML file: nothing is loaded from anywhere, and it can be read offline.

Questions, answers and file names come from strangers' documents. The template escapes all of it,
and a policy in the head lets the browser run the page's own script and nothing else.

    page.html.jinja   the page
    figures.py        where everything in the figures stands; figure.svg.jinja draws it
    style.css, script.js
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import jinja2

from kb.evaluation.gates import FailedGate, Gate
from kb.evaluation.judge import Answered, Result
from kb.evaluation.metrics import DEPTHS, first_rank, is_right, refusals
from kb.evaluation.report import figures
from kb.evaluation.runs import Comparison, Run
from kb.evaluation.summary import Summary, shown

_FOLDER = Path(__file__).parent


def html(
    run: Run,
    summary: Summary,
    *,
    gates: Sequence[Gate] = (),
    failed: Sequence[FailedGate] = (),
    comparison: Comparison | None = None,
) -> str:
    """The whole page."""
    style, script = ((_FOLDER / name).read_text("utf-8") for name in ("style.css", "script.js"))
    page = _environment().get_template("page.html.jinja")
    text = page.render(
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_digest(style)}'; "
        f"script-src '{_digest(script)}'; base-uri 'none'; form-action 'none'",
        run=run,
        facts=_facts(run),
        gates=gates,
        lost={one.gate: one for one in failed},
        summary=summary,
        columns=[(name, key) for name, split in summary.grouped.items() for key in split],
        figures=dict(_figures(run, summary)),
        comparison=comparison,
        found=[(result, is_right(result), first_rank(result)) for result in run.results],
    )
    return _printable(text)


def _environment() -> jinja2.Environment:
    """Everything is escaped, and a name that is not there is an error."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["shown"] = lambda value, name: shown(name, value)
    made.filters["states"] = _states
    made.filters["notes"] = _notes
    return made


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _printable(text: str) -> str:
    """Without the control characters and lone surrogates that no HTML or XML may hold."""
    return "".join(
        char if (char >= " " or char in "\n\t") and not "\ud800" <= char <= "\udfff" else "\ufffd"
        for char in text
    )


def _facts(run: Run) -> Mapping[str, str]:
    info = run.info
    models = (info.embedding, info.rerank, info.chat, info.engine)
    asked = len(run.results)
    return {
        "questions": f"{asked} of {info.asked}" + ("" if asked == info.asked else " (interrupted)"),
        "collection": ", ".join(info.collections),
        "models": " · ".join(part for part in models if part),
        "retrieval": f"{info.mode}, {info.top_k} passages"
        + ("" if info.answers else ", without the model"),
        "prompt's wording": info.wording or "–",
        "refusal threshold": "none"
        if info.within is None
        else f"{info.within:g} within a language, {info.across:g} across",
        "made": f"{info.created}, kb {info.version}",
    }


def _states(result: Result) -> str:
    """What the page's script filters a question by."""
    right, answered = is_right(result), result.answered
    states = [] if right is None else ["right" if right else "wrong"]
    states += ["refused"] if answered and not answered.found else []
    states += ["flagged"] if answered and answered.unsupported else []
    return " ".join(states)


def _notes(answered: Answered) -> list[str]:
    """What is to be said of an answer besides its text."""
    notes = [f"refused by {answered.refused_by}"] if answered.refused_by else []
    notes += [f"computed: {answered.computation}"] if answered.computation else []
    notes += [f"flagged: {', '.join(answered.unsupported)}"] if answered.unsupported else []
    notes += [f"not flagged: {', '.join(answered.unflagged)}"] if answered.unflagged else []
    return notes


def _figures(run: Run, summary: Summary) -> Iterator[tuple[str, figures.Figure]]:
    """Each with its title."""
    recall = {
        "a chunk that holds the answer": _by_depth(summary, "recall"),
        "the source document": _by_depth(summary, "source_recall"),
    }
    if any(recall.values()):
        known = {name: points for name, points in recall.items() if points}
        yield "Found among the first", figures.curve(known, label="recall by rank", x_label="rank")
    threshold = run.info.within if run.info.mode == "hybrid" else None
    yield (
        "Best score of each question",
        figures.histogram(
            _best_scores(run.results),
            label="best scores",
            x_label="score of the first hit",
            marks={} if threshold is None else {"refused below": threshold},
        ),
    )
    answered = [result.answered for result in run.results if result.answered]
    if answered:
        seconds = {
            "answered": [one.total for one in answered if one.found],
            "refused": [one.total for one in answered if not one.found],
        }
        yield (
            "Seconds to the whole answer",
            figures.histogram(seconds, label="latency", x_label="seconds"),
        )
        layers = {layer: (one.right, one.wrong) for layer, one in refusals(run.results).items()}
        yield (
            "Refused by",
            figures.bars(layers, ("rightly", "wrongly"), label="refusals by layer"),
        )


def _by_depth(summary: Summary, metric: str) -> list[tuple[int, float]]:
    found = ((depth, summary.values[f"{metric}@{depth}"].value) for depth in DEPTHS)
    return [(depth, value) for depth, value in found if value is not None]


def _best_scores(results: Sequence[Result]) -> dict[str, list[float]]:
    scores: dict[str, list[float]] = {}
    for kind, answerable in (("answerable", True), ("unanswerable", False)):
        asked = [one for one in results if one.question.answerable is answerable]
        if best := [one.retrieved.hits[0].score for one in asked if one.retrieved.hits]:
            scores[kind] = best
    return scores
