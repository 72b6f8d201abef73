"""Ask kb the questions of a firm, in one process or each in a new one, and judge its answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from kb.config import Settings, load
from kb.evaluation.judge import Result, Retrieved
from kb.evaluation.needs import by_need
from kb.evaluation.outcomes import outcome
from kb.evaluation.questions import Question
from kb.index.table_search import TableSearch
from kb.models.connect import Models
from kb.pipelines import computing
from kb.pipelines.ingest import IngestJob, ingest
from kb.session import Session, to_dict, wiring
from kb.session.inspection import families_of
from kb.types import Query
from kb.versions.choosing import Versions
from tests.bench.judging import unjudged
from tests.fakes import FakeEmbedder

NEEDS_MODEL = "needs model"
_REFUSED = 4
_NO_SUCH_MODEL = "none:0b"

Asked = Callable[[Question], Mapping[str, Any] | None]
"""The answer's JSON; None where the chat model would have had to be started."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of a question. `computed` is how kb says that it computed the answer."""

    question: Question
    end: str
    answer: str
    computed: bool
    seconds: float


class NeedsModel(Exception):
    """The chat model was asked for in a run without it."""


def take_in(settings: Settings, docs: Path) -> None:
    """Everything is read anew, as how tables are read may have changed; vectors are kept."""
    with wiring.ingest_tools(settings) as tools:
        report = ingest(IngestJob(paths=(docs,), prune=True, rebuild=True), tools, _quiet)
    if report.failed:
        raise SystemExit(
            "\n".join(f"not taken in: {one.path}: {one.message}" for one in report.failed)
        )


def _quiet(progress: object) -> None:
    """Nobody watches the progress."""


@contextmanager
def in_this_process(settings: Settings, *, no_model: bool) -> Iterator[Asked]:
    """One session for all, so that each model is loaded once."""

    def refuse(models: Models, *how: object) -> object:
        raise NeedsModel

    with Session(settings) as session:
        session.search("?", top_k=1)  # loads the embedding model

        def asked(question: Question) -> Mapping[str, Any] | None:
            try:
                return to_dict(_answer(session, question))
            except NeedsModel:
                return None

        if no_model:
            with patch.object(Models, "generator", refuse):
                yield asked
        else:
            yield asked


def _answer(session: Session, question: Question) -> Any:
    if not question.history:
        return session.ask(question.text).answer()
    chat = session.chat()
    for earlier in question.history:
        chat.ask(earlier).answer()
    return chat.ask(question.text).answer()


class _FreeModels:
    def embedder(self) -> FakeEmbedder:
        return FakeEmbedder()


@contextmanager
def over_tables_alone(folder: Path) -> Iterator[Asked]:
    """What is computed over the tables of `docs/`, without any model: what they do not answer in
    full would go the way of passages."""
    home = folder / "tables-home"
    settings = load(file=None, home=home, collection="tables", flags={}, environ={})
    with wiring.ingest_tools(settings, lambda: cast(Models, _FreeModels())) as tools:
        job = IngestJob(paths=(folder / "docs",), prune=True, rebuild=True)
        for failure in ingest(job, tools, _quiet).failed:
            sys.stderr.write(f"not read, or not whole: {failure.path}: {failure.message}\n")
    with wiring.collection(settings).reader() as live:
        families = families_of(live.catalog, settings.retrieval)
        versions = Versions(families, live.catalog.document_chunks)
        tables = TableSearch(live.catalog)

        def asked(question: Question) -> Mapping[str, Any] | None:
            if question.history:
                return None
            done = computing.computed(Query(question.text, 5), tables, versions)
            if done is None:
                return None
            return {
                "answer": done.text,
                "found": True,
                "refused_by": "",
                "unsupported": done.unsupported,
                "computation": done.computation,
            }

        yield asked


@contextmanager
def in_new_processes(program: str, settings: Settings, *, no_model: bool) -> Iterator[Asked]:
    """`kb ask --json` for each question: what somebody waits for who types it."""
    environment = {**os.environ, "KB_HOME": str(settings.home), "KB_CONFIG": "configs/demo.toml"}
    environment["KB_COLLECTION"] = settings.collection
    environment["KB_MODELS__FOLDER"] = settings.models.folder
    if no_model:
        environment["KB_MODELS__CHAT"] = _NO_SUCH_MODEL

    def asked(question: Question) -> Mapping[str, Any] | None:
        if question.history:
            return None
        command = [program, "ask", question.text, "--json"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode in (0, _REFUSED):
            found: Mapping[str, Any] = json.loads(done.stdout)
            return found
        if no_model and _NO_SUCH_MODEL in done.stderr + done.stdout:
            return None
        raise SystemExit(f"exit code {done.returncode}: {done.stderr}")

    yield asked


def run(questions: Sequence[Question], asked: Asked) -> Iterator[Row]:
    for question in questions:
        started = time.monotonic()
        told = asked(question)
        seconds = time.monotonic() - started
        if told is None:
            yield Row(question, NEEDS_MODEL, "", False, seconds)
            continue
        computed = told.get("computation") is not None
        yield Row(question, _end(question, told), str(told["answer"]), computed, seconds)


def _end(question: Question, told: Mapping[str, Any]) -> str:
    judged = unjudged(
        str(told["answer"]),
        found=bool(told["found"]),
        refused_by=str(told["refused_by"] or ""),
        unsupported=tuple(map(str, told["unsupported"])),
    )
    result = Result(question, Retrieved((), 0, 0.0), by_need(question, judged))
    return outcome(result).value
