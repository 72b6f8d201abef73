"""A run as one HTML file: nothing is loaded from anywhere, and it can be read offline.

Questions, answers and file names come from strangers' documents, so all of it is escaped; a
policy in the head lets the browser run the page's own script and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from kb.evaluation import page, plots
from kb.evaluation.gates import FailedGate, Gate
from kb.evaluation.judge import Result
from kb.evaluation.metrics import (
    DEPTHS,
    METRICS,
    Kind,
    Value,
    first_rank,
    groups,
    is_right,
    measure,
    refusals,
)
from kb.evaluation.reranking import Gain, gains
from kb.evaluation.runs import Comparison, Run


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in numbers: overall, by grouping and group, and what its reranker was worth."""

    values: Mapping[str, Value]
    grouped: Mapping[str, Mapping[str, Mapping[str, Value]]]
    reranking: tuple[Gain, ...] = ()


def summarise(run: Run, *, seed: int = 0) -> Summary:
    """Every metric, with intervals for the whole."""
    answers = run.info.answers
    return Summary(
        measure(run.results, answers=answers, seed=seed),
        {
            name: {
                key: measure(results, answers=answers, intervals=False)
                for key, results in split.items()
            }
            for name, split in groups(run.results).items()
        },
        gains(run.results, seed=seed),
    )


def shown(name: str, value: float | None) -> str:
    """A metric's value as people read it."""
    if value is None:
        return "–"
    kind = METRICS[name].kind
    if kind is Kind.COUNT:
        return f"{value:.0f}"
    return f"{value:.3f}" if kind is Kind.RATIO else f"{value:.2f} s"


def html(
    run: Run,
    summary: Summary,
    *,
    gates: Sequence[Gate] = (),
    failed: Sequence[FailedGate] = (),
    comparison: Comparison | None = None,
) -> str:
    """The whole page."""
    sections = [
        _head(run),
        _gates(gates, failed),
        _metrics(summary),
        _plots(run, summary),
        _reranking(run.info.rerank, summary.reranking) if summary.reranking else "",
        _comparison(comparison) if comparison else "",
        _questions(run.results),
    ]
    body = "\n".join(section for section in sections if section)
    policy = (
        f"default-src 'none'; style-src '{_digest(page.STYLE)}'; "
        f"script-src '{_digest(page.SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )
    return _printable(
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8"/>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}"/>\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1"/>\n'
        '<meta name="color-scheme" content="light dark"/>\n'
        f"<title>kb eval: {escape(run.info.questions)}</title>\n"
        f"<style>{page.STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n"
        f"<script>{page.SCRIPT}</script>\n</body>\n</html>\n"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _printable(text: str) -> str:
    """Without the control characters and lone surrogates that no HTML or XML may hold."""
    return "".join(
        char if (char >= " " or char in "\n\t") and not "\ud800" <= char <= "\udfff" else "\ufffd"
        for char in text
    )


# --- sections -------------------------------------------------------------------------


def _head(run: Run) -> str:
    info = run.info
    names = (info.embedding, info.rerank, info.chat, info.engine)
    models = " · ".join(part for part in names if part)
    facts = {
        "questions": f"{len(run.results)} of {info.asked}"
        + ("" if len(run.results) == info.asked else " (interrupted)"),
        "collection": ", ".join(info.collections),
        "models": models,
        "retrieval": f"{info.mode}, {info.top_k} passages"
        + ("" if info.answers else ", without the model"),
        "prompt's wording": info.wording or "–",
        "refusal threshold": "none"
        if info.within is None
        else f"{info.within:g} within a language, {info.across:g} across",
        "made": f"{info.created}, kb {info.version}",
    }
    rows = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in facts.items())
    return f"<h1>{escape(info.questions)}</h1>\n<dl>{rows}</dl>"


def _gates(gates: Sequence[Gate], failed: Sequence[FailedGate]) -> str:
    if not gates:
        return ""
    lost = {one.gate: one for one in failed}
    items = "".join(
        f'<li class="{"bad" if gate in lost else "good"}">'
        f"{escape(str(lost[gate]) if gate in lost else f'{gate}: met')}</li>"
        for gate in gates
    )
    return f"<h2>Gates</h2>\n<ul>{items}</ul>"


def _metrics(summary: Summary) -> str:
    columns = [(name, key) for name, split in summary.grouped.items() for key in split]
    head = "".join(f"<th>{escape(key)}</th>" for _, key in columns)
    rows = []
    for name, value in summary.values.items():
        if value.value is None:
            continue
        interval = "" if value.low is None else f"{value.low:.3f} to {value.high:.3f}"
        cells = "".join(
            f"<td>{shown(name, summary.grouped[group][key][name].value)}</td>"
            for group, key in columns
        )
        rows.append(
            f"<tr><th>{escape(name)}</th><td><b>{shown(name, value.value)}</b></td>"
            f"<td>{interval}</td><td>{value.questions}</td>{cells}</tr>"
        )
    return (
        '<h2>Metrics</h2>\n<div class="wide"><table class="numbers"><thead><tr><th>metric</th>'
        f"<th>value</th><th>95 % interval</th><th>questions</th>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _plots(run: Run, summary: Summary) -> str:
    recall = {
        title: [
            (k, value)
            for k in DEPTHS
            if (value := summary.values[f"{name}@{k}"].value) is not None
        ]
        for title, name in (("a chunk that holds the answer", "recall"),
                            ("the source document", "source_recall"))
    }  # fmt: skip
    scores: dict[str, list[float]] = {"answerable": [], "unanswerable": []}
    for result in run.results:
        if result.retrieved.hits:
            name = "answerable" if result.question.answerable else "unanswerable"
            scores[name].append(result.retrieved.hits[0].score)
    threshold = run.info.within if run.info.mode == "hybrid" else None
    figures = {
        "Found among the first": plots.curve(
            {name: points for name, points in recall.items() if points},
            label="recall by rank",
            x_label="rank",
        )
        if any(recall.values())
        else "",
        "Best score of each question": plots.histogram(
            {name: values for name, values in scores.items() if values},
            label="best scores",
            x_label="score of the first hit",
            marks={} if threshold is None else {"refused below": threshold},
        ),
    }
    answered = [result.answered for result in run.results if result.answered]
    if answered:
        layers = refusals(run.results)
        figures["Seconds to the whole answer"] = plots.histogram(
            {"answered": [a.total for a in answered if a.found],
             "refused": [a.total for a in answered if not a.found]},
            label="latency",
            x_label="seconds",
        )  # fmt: skip
        figures["Refused by"] = plots.bars(
            {layer: (count.right, count.wrong) for layer, count in layers.items()},
            ("rightly", "wrongly"),
            label="refusals by layer",
        )
    boxes = "".join(
        f"<figure><figcaption>{escape(title)}</figcaption>{figure}</figure>"
        for title, figure in figures.items()
        if figure
    )
    return f'<h2>Figures</h2>\n<div class="figures">{boxes}</div>'


def _reranking(name: str, found: Sequence[Gain]) -> str:
    rows = "".join(
        f"<tr><th>{escape(gain.metric)}</th><td>{shown(gain.metric, gain.without)}</td>"
        f"<td>{shown(gain.metric, gain.with_it)}</td><td>{gain.difference:+.3f}</td>"
        f"<td>{'' if gain.low is None else f'{gain.low:+.3f} to {gain.high:+.3f}'}</td></tr>"
        for gain in found
        if gain.difference is not None
    )
    return (
        f"<h2>Reranking</h2>\n<p>Retrieval without and with {escape(name)}, in this run.</p>"
        '<div class="wide"><table class="numbers"><thead><tr><th>metric</th><th>without</th>'
        "<th>with</th><th>difference</th><th>95 % interval</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _comparison(comparison: Comparison) -> str:
    rows = "".join(
        f"<tr><th>{escape(change.metric)}</th><td>{shown(change.metric, change.before)}</td>"
        f"<td>{shown(change.metric, change.after)}</td><td>{change.difference:+.3f}</td>"
        f"<td>{'' if change.p is None else f'{change.p:.3f}'}</td></tr>"
        for change in comparison.changes
        if change.difference is not None
    )
    lists = "".join(
        f"<p>{words} ({len(ids)}): {escape(', '.join(ids)) or 'none'}</p>"
        for words, ids in (
            ("Right now, wrong before", comparison.better),
            ("Wrong now, right before", comparison.worse),
        )
    )
    return (
        f"<h2>Compared with the earlier run</h2>\n<p>{comparison.common} questions of both.</p>"
        '<div class="wide"><table class="numbers"><thead><tr><th>metric</th><th>before</th>'
        "<th>after</th><th>difference</th><th>p</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{lists}"
    )


def _questions(results: Sequence[Result]) -> str:
    rows = "".join(_row(result) for result in results)
    return (
        '<h2>Questions</h2>\n<p class="filter"><label>Show <select id="verdict">'
        '<option value="">all</option><option value="right">right</option>'
        '<option value="wrong">wrong</option><option value="refused">refused</option>'
        '<option value="flagged">flagged</option></select></label> '
        '<label>that hold <input id="words" type="search"/></label> <span id="count"></span></p>\n'
        '<div class="wide"><table id="questions"><thead><tr><th>id</th><th>question</th>'
        "<th>expected</th><th>found</th><th>answer</th><th>seconds</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


_MARKS = {
    True: '<span class="good">✓</span>',
    False: '<span class="bad">✗</span>',
    None: "",
}


def _row(result: Result) -> str:
    question, answered = result.question, result.answered
    right = is_right(result)
    states = [] if right is None else ["right" if right else "wrong"]
    states += ["refused"] if answered and not answered.found else []
    states += ["flagged"] if answered and answered.unsupported else []
    expected = " | ".join(question.answers) if question.answerable else "no answer"
    hits = "".join(
        f'<li class="{"hit" if hit.holds else ""}">{escape(hit.source)} <i>{hit.score:.3f}</i></li>'
        for hit in result.retrieved.hits[:3]
    )
    rank = first_rank(result)
    where = f"answer at rank {rank}" if rank else "answer not found"
    found = f"<ol>{hits}</ol>" + (f"<small>{where}</small>" if question.answerable else "")
    said = escape(result.failure)
    seconds = result.retrieved.seconds
    if answered:
        seconds = answered.total
        notes = [f"refused by {answered.refused_by}"] if answered.refused_by else []
        notes += [f"flagged: {', '.join(answered.unsupported)}"] if answered.unsupported else []
        notes += [f"not flagged: {', '.join(answered.unflagged)}"] if answered.unflagged else []
        said = f"{escape(answered.text)}<br/><small>{escape('; '.join(notes))}</small>"
    mark = _MARKS[right]
    return (
        f'<tr data-states="{" ".join(states)}"><td>{mark} {escape(question.id)}</td>'
        f'<td lang="{escape(question.language)}">{escape(question.text)}'
        f"<br/><small>{escape(question.source)}</small></td>"
        f"<td>{escape(expected)}</td><td>{found}</td><td>{said}</td><td>{seconds:.2f}</td></tr>\n"
    )
