"""The report: one page, self-contained, and safe to open whatever the documents hold."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from kb.evaluation.gates import FailedGate, Gate
from kb.evaluation.report import html
from kb.evaluation.runs import Run, compare
from kb.evaluation.summary import shown, summarise
from tests.unit.evaluation.samples import answered, question, result, run

HOSTILE = '</td><script>alert(1)</script><img src=x onerror="alert(2)">&\x00\udcff'


def page(made: Run) -> str:
    gate = Gate("recall@5", 0.95)
    return html(
        made,
        summarise(made),
        gates=(gate, Gate("mrr", 0.1)),
        failed=(FailedGate(gate, 0.9),),
        comparison=compare(made, made),
    )


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(text: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(text)
    return parser.found


@pytest.fixture
def made() -> Run:
    no = question("u1", answerable=False)
    return run(
        result(answer=answered(contains=True)),
        result(question("q2", text="How heavy?", language="en", source=""), answer=answered()),
        result(no, answer=answered(refused_by="missing-term")),
        result(question("q3"), failure="too long"),
    )


def test_it_is_well_formed_and_shows_every_part(made: Run) -> None:
    text = page(made)
    ElementTree.fromstring(text)
    assert "张飞的电话号码是多少？" in text
    for part in ("Gates", "Metrics", "Figures", "Compared", "Questions", "missing-term"):
        assert part in text
    assert text.count("<svg") == 4
    assert "recall@5 is 0.9, wanted" in text


def test_nothing_is_loaded_from_anywhere(made: Run) -> None:
    text = page(made)
    assert not re.search(r"https?://|url\(|@import|src=", text)
    assert {"link", "iframe", "img", "base", "form"}.isdisjoint(tag for tag, _ in tags(text))


def test_the_policy_allows_the_pages_own_script_and_no_other(made: Run) -> None:
    text = page(made)
    [policy] = [
        attributes["content"]
        for tag, attributes in tags(text)
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy is not None
    assert "default-src 'none'" in policy
    for kind in ("style", "script"):
        [inside] = re.findall(rf"<{kind}>(.*?)</{kind}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inside.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}'" in policy


def test_hostile_text_stays_text() -> None:
    hostile = question(HOSTILE, text=HOSTILE, source=HOSTILE, kind=HOSTILE, collection=HOSTILE)
    hostile = replace(hostile, answers=(HOSTILE,))
    reply = replace(
        answered(unsupported=(HOSTILE,)), text=HOSTILE, unflagged=(HOSTILE,), refused_by=HOSTILE
    )
    found = result(hostile, answer=reply)
    hits = tuple(replace(hit, source=HOSTILE) for hit in found.retrieved.hits)
    found = replace(found, retrieved=replace(found.retrieved, hits=hits))
    made = run(found, result(question("q2"), failure=HOSTILE))
    info = replace(made.info, questions=HOSTILE, engine=HOSTILE, collections=(HOSTILE,))
    text = page(replace(made, info=info))
    ElementTree.fromstring(text)
    names = [tag for tag, _ in tags(text)]
    assert (names.count("script"), names.count("img")) == (1, 0)
    assert not any(name.startswith("on") for _, attributes in tags(text) for name in attributes)


def test_a_run_without_answers_has_no_figures_of_answers() -> None:
    text = page(run(result(), answers=False))
    ElementTree.fromstring(text)
    assert "Refused by" not in text
    assert "accuracy" not in text


def test_a_run_without_hits_still_makes_a_page() -> None:
    ElementTree.fromstring(page(run(result(at=None, of=0))))


@pytest.mark.parametrize(
    ("metric", "value", "text"),
    [
        ("p50_seconds", 2.5, "2.50 s"),
        ("p50_prompt_tokens", 446.0, "446"),
        ("accuracy", 1.0, "1.000"),
        ("accuracy", None, "–"),
    ],
    ids=["seconds", "tokens", "a share", "nothing"],
)
def test_a_value_is_shown_in_its_own_unit(metric: str, value: float | None, text: str) -> None:
    assert shown(metric, value) == text
