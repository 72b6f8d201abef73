"""What a request asks of kb, and how it is answered: by a session, in JSON."""

from __future__ import annotations

import base64
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypedDict

from kb.access.callers import Caller, Role
from kb.documents.pool.pictures import Pictures
from kb.errors import DocumentError, RequestRejected
from kb.index.generation import Collection
from kb.retrieval.multi_collection import SEPARATOR
from kb.serving.chat_models import checked_model
from kb.serving.overview import overview
from kb.session import Session, Thought, parse_where, to_dict, to_json, viewing, wiring
from kb.text.language import Language, language
from kb.types import Progress, Turn, Where

_OF_THE_SERVER = ("home", "sources", "failed")
"""Of a status, what names paths of the server: for admins."""

_EXAMPLES = 4
_SHORTEST, _LONGEST = 2, 40  # characters of a title that makes a question
_ASKED = {Language.ZH: "《{}》主要讲了什么？", Language.EN: "What does “{}” say?"}

Lines = Generator[str, None, None]


@dataclass(frozen=True, slots=True)
class ApiQuestion:
    """`where` are conditions KEY=VALUE. `top_k` 0 and `collection` "" are what is configured.
    `wish`: see `Chat.ask`. `progress`: whether it is told how far the model is before its first
    word. `model`: the chat model that answers; "" is the configured one."""

    text: str
    top_k: int = 0
    where: tuple[str, ...] = ()
    collection: str = ""
    wish: str = ""
    progress: bool = False
    model: str = ""


class _How(TypedDict):
    top_k: int | None
    where: Where
    collection: str


class Backend(Protocol):
    """What answers, each caller within what it may see. Everything that comes back is the text of
    a JSON object, in one line. Called in threads, several at once. Raises KbError."""

    def status(self, caller: Caller, collection: str) -> str: ...

    def overview(self, caller: Caller, collection: str) -> str:
        """What an admin sees of it: status, runs, failures, sizes, models, walls."""

    def check(self, caller: Caller, question: ApiQuestion) -> None:
        """What can be said against a question before its turn. Raises RequestRejected,
        UsageError."""

    def search(self, caller: Caller, question: ApiQuestion) -> str: ...

    def ask(self, caller: Caller, question: ApiQuestion) -> Lines:
        """The sources, pieces of the answer, and last what `kb ask --json` prints. Closing it
        stops the model."""

    def chat(self, caller: Caller, turns: tuple[Turn, ...], question: ApiQuestion) -> Lines:
        """As `ask`, of a question that may lean on turns before it; with the model's thoughts."""

    def collections(self, caller: Caller) -> tuple[str, ...]:
        """Those that the caller may see."""

    def models(self) -> tuple[str, ...]:
        """The chat models that a question may name, the configured one first."""

    def collection(self, caller: Caller, named: str) -> str:
        """The one that is named, or the only one that the caller may see."""

    def document(self, caller: Caller, collection: str, source: str) -> str:
        """A document's title and text: `{"source", "title", "text", "labels"}`."""

    def sheet(
        self, caller: Caller, collection: str, source: str, section: str, quote: str, row: int
    ) -> str:
        """A table of it, with the rows that a quote holds. `row` 0 is none."""

    def page(self, caller: Caller, collection: str, source: str, page: int, quote: str) -> str:
        """A page of a PDF as a picture, drawn by another process, with boxes over a quote."""

    def examples(self, caller: Caller) -> str:
        """Questions to begin with, made of titles that the caller may see: `{"examples"}`."""

    def embed(self, texts: Sequence[str]) -> str:
        """The vectors of texts, as passages are embedded: `{"model", "vectors"}`."""

    def halt(self) -> None:
        """Break off the answer that is being written, if its model can be told; its iterator may
        raise whatever it likes then."""


class SessionBackend:
    """A Backend on the collections of a session, with the JSON of `kb status`, `search`, `ask`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        settings = session.settings
        self._pictures = Pictures(
            megabytes=settings.ingest.megabytes_per_file,
            sandboxed=settings.egress.sandbox != "off",
        )

    def status(self, caller: Caller, collection: str) -> str:
        """Of the first collection where none is named."""
        collections = self._readable(caller, collection)
        status = self._session.status(collection=collection or collections[0])
        fields = to_dict(status)
        if not caller.role.covers(Role.ADMIN):
            fields = {name: value for name, value in fields.items() if name not in _OF_THE_SERVER}
        return to_json({"status": fields, "collections": collections})

    def overview(self, caller: Caller, collection: str) -> str:
        readable = self._readable(caller, collection)
        return to_json(overview(self._session, collection or readable[0]))

    def check(self, caller: Caller, question: ApiQuestion) -> None:
        self._how(caller, question)
        checked_model(question.model, self.models())

    def search(self, caller: Caller, question: ApiQuestion) -> str:
        return to_json(self._session.search(question.text, **self._how(caller, question)))

    def ask(self, caller: Caller, question: ApiQuestion) -> Lines:
        how, model = self._how(caller, question), question.model or None
        with self._session.ask(question.text, **how, model=model) as events:
            for event in events:
                if isinstance(event, Progress) and not question.progress:
                    continue
                if not isinstance(event, Thought):
                    yield to_json(event)

    def chat(self, caller: Caller, turns: tuple[Turn, ...], question: ApiQuestion) -> Lines:
        how, chat = self._how(caller, question), self._session.chat(turns)
        wish, model = question.wish, question.model or None
        with chat.ask(question.text, **how, wish=wish, model=model) as events:
            for event in events:
                yield to_json(event)

    def collections(self, caller: Caller) -> tuple[str, ...]:
        return caller.sees(self._session.collections)

    def models(self) -> tuple[str, ...]:
        settings = self._session.settings
        return tuple(dict.fromkeys((settings.models.chat, *settings.serve.models)))

    def collection(self, caller: Caller, named: str) -> str:
        readable = self._readable(caller, named)
        if not named and len(readable) > 1:
            raise RequestRejected(
                "no collection is named",
                why=f"you may see {', '.join(readable)}",
                hint="name one of them as 'collection'",
            )
        return named or readable[0]

    def document(self, caller: Caller, collection: str, source: str) -> str:
        collection, source = self._where(caller, collection, source)
        found = self._session.document(source, collection=collection)
        fields = {"source": found.record.path, "title": found.record.title, "text": found.text}
        return to_json({**fields, "labels": dict(found.record.labels)})

    def sheet(
        self, caller: Caller, collection: str, source: str, section: str, quote: str, row: int
    ) -> str:
        collection, source = self._where(caller, collection, source)
        found = viewing.sheet(self._place(collection), source, section, quote, row or None)
        rows = [
            {"row": one.number, "texts": list(one.texts), "cited": one.number in found.cited}
            for one in found.rows
        ]
        named = {"name": found.name, "caption": found.caption, "columns": list(found.columns)}
        return to_json({**named, "rows": rows, "of": found.of, "others": list(found.others)})

    def page(self, caller: Caller, collection: str, source: str, page: int, quote: str) -> str:
        collection, source = self._where(caller, collection, source)
        file = viewing.pdf_file(self._place(collection), source)
        try:
            drawn = self._pictures.draw(file, page, quote)
        except DocumentError as error:
            what, why, hint = error.what, error.why, error.hint
            raise RequestRejected(what, why=why, hint=hint, status=404) from error
        png = base64.b64encode(drawn.png).decode()
        boxes = [list(one) for one in drawn.boxes]
        size = {"width": drawn.width, "height": drawn.height}
        return to_json(
            {"page": drawn.page, "pages": drawn.pages, **size, "boxes": boxes, "png": png}
        )

    def examples(self, caller: Caller) -> str:
        titles: dict[str, None] = {}
        for collection in caller.sees(self._session.collections):
            if self._session.status(collection=collection).generation:
                for one in self._session.sources(collection=collection).documents:
                    if not one.is_archive and _SHORTEST <= len(one.title) <= _LONGEST:
                        titles[one.title] = None
        chosen = [*titles][:: max(1, len(titles) // _EXAMPLES)][:_EXAMPLES]
        return to_json({"examples": [_ASKED[language(one)].format(one) for one in chosen]})

    def embed(self, texts: Sequence[str]) -> str:
        embedder = self._session.models.embedder()
        vectors = [[*vector] for vector in embedder.embed_passages(texts)]
        return to_json({"model": embedder.info().name, "vectors": vectors})

    def halt(self) -> None:
        self._session.halt()

    def _place(self, collection: str) -> Collection:
        return wiring.collection(self._session.settings, collection)

    def _where(self, caller: Caller, collection: str, source: str) -> tuple[str, str]:
        """Where several collections are asked at once, a source names its own: `law:a.pdf`.
        Raises RequestRejected as `_readable`."""
        readable = self._readable(caller, collection)
        if collection:
            return collection, source
        first, separator, rest = source.partition(SEPARATOR)
        named = bool(separator) and len(readable) > 1 and first in readable
        return (first, rest) if named else (readable[0], source)

    def _how(self, caller: Caller, question: ApiQuestion) -> _How:
        """What a session is told with a question. Raises RequestRejected as `_readable`."""
        readable = self._readable(caller, question.collection)
        return {
            "top_k": question.top_k or None,
            "where": parse_where(question.where),
            "collection": question.collection or ",".join(readable),
        }

    def _readable(self, caller: Caller, collection: str) -> tuple[str, ...]:
        """What the caller may see of what is served.

        Raises:
            RequestRejected: 404 for a collection that is not served, or not to this caller, who
                learns nothing of the difference; 403 for a caller who may see none.
        """
        readable = caller.sees(self._session.collections)
        if not readable:
            raise RequestRejected(
                "no collection may be read",
                why=f"'{caller.name}' has been given none",
                hint=f"whoever runs the server can change it: kb users grant {caller.name} NAME",
                status=403,
            )
        if collection and collection not in readable:
            raise RequestRejected(
                f"the collection '{collection}' is not served",
                why=f"the collections that are served: {', '.join(readable)}",
                hint="name one of these, or start kb serve with --collection",
                status=404,
            )
        return readable
