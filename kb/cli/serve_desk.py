"""What `kb serve` answers with: the pipelines and the JSON of `kb status`, `search` and `ask`."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from kb.cli.app import as_json_text
from kb.cli.options import parse_where
from kb.cli.reports import answer_fields, search_fields, source_fields
from kb.cli.status import status_fields
from kb.errors import RequestRejected
from kb.session import wiring
from kb.types import Answer, Context, Query

if TYPE_CHECKING:
    from kb.config import Settings
    from kb.models.connect import Models
    from kb.serving.desk import Lines, Question


class CollectionsDesk:
    """Implements kb.serving.desk.Desk on the collections of the settings.

    The models stay open between questions. A generation is opened for each question and closed
    after it: so the next one sees what was committed meanwhile, and nothing old is held.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._opening = threading.Lock()
        self._engines: Models | None = None

    def status(self, collection: str) -> str:
        settings = self._of(collection)
        one, *_ = wiring.collections(settings)
        found = {
            "status": status_fields(one, settings.home),
            "collections": list(self._settings.collections),
        }
        return as_json_text(found)

    def search(self, question: Question) -> str:
        from kb.pipelines.ask import retrieve

        settings = self._of(question.collection)
        with wiring.ask_tools(settings, self._models()) as tools:
            return as_json_text(search_fields(retrieve(_query(question, settings), tools).hits))

    def ask(self, question: Question) -> Lines:
        from kb.pipelines.ask import ask

        settings = self._of(question.collection)
        query, limits, how = _query(question, settings), wiring.limits(settings), settings.answer
        with wiring.ask_tools(settings, self._models()) as tools:
            for event in ask(query, tools, limits, think=how.think, strict=how.strict):
                if isinstance(event, Context):
                    sources = [source_fields(passage) for passage in event.passages]
                    yield as_json_text({"sources": sources})
                elif isinstance(event, Answer):
                    yield as_json_text(answer_fields(event))
                elif event.content and not how.strict:
                    # A strict answer is checked before anybody sees it.
                    yield as_json_text({"piece": event.content})

    def halt(self) -> None:
        if engines := self._engines:
            engines.halt()

    def close(self) -> None:
        """Free the models. Nobody may be asking any more."""
        if self._engines:
            self._engines.close()

    def _models(self) -> Models:
        """Opened by the first who needs them; what fails is tried again by the next."""
        with self._opening:
            self._engines = self._engines or wiring.models(self._settings)
            return self._engines

    def _of(self, collection: str) -> Settings:
        """The settings with the one collection that is asked for, or all that are served."""
        if not collection:
            return self._settings
        if collection not in self._settings.collections:
            raise RequestRejected(
                f"the collection '{collection}' is not served",
                why=f"there are {', '.join(self._settings.collections)}",
                hint="name one of these, or start kb serve with --collection",
                status=404,
            )
        return replace(self._settings, collection=collection)


def _query(question: Question, settings: Settings) -> Query:
    return wiring.query(settings, question.text, parse_where(question.where), question.top_k)
