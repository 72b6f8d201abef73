"""The session: what a program holds to search and ask a home's collections."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Self

from kb import config as configuration
from kb import egress
from kb.config import Settings
from kb.errors import UsageError
from kb.index.generation import Collection
from kb.session import inspection, wiring
from kb.session.open_snapshots import Readers
from kb.session.results import Document, Excerpt, Listing, SearchResult, Status
from kb.session.tabular import Tabular

# What a question needs is imported when one is asked: `kb status` asks none.
if TYPE_CHECKING:
    from kb.models.connect import Models
    from kb.pipelines.ask import Tools
    from kb.session.asking import Options
    from kb.session.chat import Chat
    from kb.session.events import Answering
    from kb.types import Turn, Where


class State(StrEnum):
    """A session's life: it goes this way once and never back."""

    UNOPENED = "unopened"
    OPEN = "open"
    CLOSED = "closed"


class Session(Tabular):
    """A home and its configuration, to be asked. Several threads may do so at once.

    Made on settings it is unopened: its first use, or its `with` block, opens it, which puts
    kb's network guard in force in this process. Nothing else happens before it is needed: models
    are loaded and the index is opened by the first question, and both are kept until the session
    is closed. What is taken in meanwhile is found by the next question.

    Where a method takes a `collection`, it is one of those that the session was opened on, by
    default all of them for a question, and the only one for anything else.

    >>> with Session.open(home, config=demo) as session:
    ...     session.status().documents
    3
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._state = State.UNOPENED
        self._held = ExitStack()
        self._opening = threading.RLock()
        self._readers = Readers()
        self._engines: Models | None = None

    @classmethod
    def open(
        cls,
        home: str | Path | None = None,
        *,
        config: str | Path | None = None,
        collection: str | None = None,
        options: Mapping[str, configuration.Value] | None = None,
    ) -> Self:
        """Read the configuration as the command line does, and open a session on it.

        Args:
            home, config, collection: as `--home`, `--config` and `--collection`; what is not
                given is taken from KB_HOME, KB_CONFIG and KB_COLLECTION, else the default.
            options: values by their configuration keys, which win over the file's.

        Raises:
            UsageError: the configuration cannot be read, or allows a public destination without
                `egress.allow_public`.

        >>> session = Session.open(home, config=demo, options={"retrieval.top_k": 1})
        >>> len(session.search("电话").hits)
        1
        >>> session.close()
        """
        settings = configuration.load(
            file=Path(config) if config else None,
            home=Path(home) if home else None,
            collection=collection,
            flags=options,
        )
        return cls(settings).__enter__()

    # --- its life ---------------------------------------------------------------------

    @property
    def state(self) -> State:
        """Unopened, open or closed.

        >>> session.state
        <State.OPEN: 'open'>
        """
        return self._state

    @property
    def settings(self) -> Settings:
        """The configuration in force.

        >>> session.settings.models.embedding
        'multilingual-e5-small'
        """
        return self._settings

    @property
    def collections(self) -> tuple[str, ...]:
        """The names of the collections that it was opened on.

        >>> session.collections
        ('default',)
        """
        return self._settings.collections

    @property
    def models(self) -> Models:
        """The engine that the configuration asks for, connected to now if it was not yet. What
        fails is tried again by the next use.

        Raises:
            ServerUnreachable: a server is configured, and none answers.

        >>> session.models.embedder().info().dimension
        384
        """
        with self._opening:
            self._use()
            if self._engines is None:
                self._engines = self._held.enter_context(wiring.models(self._settings))
            return self._engines

    @property
    def engine(self) -> str:
        """Which engine answers, in words. Raises ServerUnreachable.

        >>> session.engine
        'embedded llama.cpp'
        """
        return self.models.engine

    def prepare(self) -> None:
        """Do now what the first question would wait for, short of loading a model.

        Raises:
            NothingFound: nothing was ingested yet.
            ModelError: the engine or a model is missing, or is not the one of the index.

        >>> session.prepare()
        """
        with self._tools(""):
            pass

    def halt(self) -> None:
        """Break off the answer that is being written, from any thread: who reads its events gets
        Interrupted. That of a server goes on until its events are closed.

        >>> session.halt()
        """
        if engines := self._engines:
            engines.halt()

    def close(self) -> None:
        """Free the models and the index. Nobody may be reading an answer any more. Closing twice
        does no harm.

        >>> other = Session.open(home, config=demo)
        >>> other.close()
        >>> other.status()
        Traceback (most recent call last):
        kb.errors.UsageError: the session is closed
        """
        with self._opening:
            self._state = State.CLOSED
            self._engines = None
            self._readers.close()
            self._held.close()

    def __enter__(self) -> Self:
        self._use()
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    # --- what is there ----------------------------------------------------------------

    def status(self, *, collection: str = "") -> Status:
        """What is indexed, with which models, and what failed.

        Raises:
            UsageError: the session is on several collections and none is named.
            StoreError, StoreDamaged: the store cannot be read.

        >>> found = session.status()
        >>> found.generation, found.documents, found.failed
        (1, 3, ())
        """
        return inspection.status(self._one(collection), self._settings.home)

    def sources(self, *, failed_only: bool = False, collection: str = "") -> Listing:
        """Every document, and every file that failed with its reason.

        Raises:
            NothingFound: nothing was ingested yet.
            UsageError, StoreError, StoreDamaged: as `status`.

        >>> [record.path for record in session.sources().documents]
        ['leave.md', 'phones.txt', 'pump.md']
        """
        how = self._settings.retrieval
        return inspection.listing(self._one(collection), how, failed_only=failed_only)

    def document(self, name: str, *, collection: str = "") -> Document:
        """One document with its chunks, or an archive with its members.

        Args:
            name: a path as `sources` tells it, with or without the source's name in front, a glob
                that fits one, or the first six or more digits of a document's id.

        Raises:
            UsageError: the name fits none or several.
            NothingFound, StoreError, StoreDamaged: as `sources`.

        >>> session.document("phones.txt").text
        '张飞的电话号码是u987438274。关羽的电话号码是5352345。'
        """
        return inspection.document(self._one(collection), name)

    def around(self, chunk_id: str, *, distance: int = 1) -> Excerpt:
        """The text around a passage: its chunk, and up to `distance` chunks before and after it.

        Args:
            chunk_id: of a hit's chunk, or one of a passage's.

        Raises:
            UsageError: there is no such chunk (any more).
            NothingFound, StoreError, StoreDamaged: as `sources`.

        >>> [hit] = session.search("X200", top_k=1).hits
        >>> session.around(hit.chunk.id).source
        'pump.md'
        """
        from kb.retrieval.multi_collection import SEPARATOR

        name, _, own = chunk_id.rpartition(SEPARATOR)
        prefix = name + SEPARATOR if name else ""
        return inspection.excerpt(self._one(name), own, distance, prefix)

    # --- questions --------------------------------------------------------------------

    def search(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Where = (),
        mode: str | None = None,
        collection: str = "",
    ) -> SearchResult:
        """The passages that answer a question best, best first, without a language model.

        Args:
            top_k: how many, at least 1.
            where: conditions that must all hold, see `parse_where`.
            mode: `hybrid`, `dense` or `sparse`. What is not given is configured.

        Raises:
            NothingFound: nothing was ingested yet.
            ModelError: the engine or the embedding model is missing, or is not the index's.
            UsageError, StoreError, StoreDamaged: as `status`.

        >>> [hit.source for hit in session.search("关羽的电话号码", top_k=1).hits]
        ['phones.txt']
        """
        from kb.pipelines.retrieving import retrieve
        from kb.session import asking

        options = asking.Options(top_k, where, mode, collection=collection)
        query = asking.query(self._settings, question, options)
        chosen = self._chosen(collection)
        with wiring.search_tools(chosen, lambda: self.models, self._readers.reader) as tools:
            return SearchResult(tuple(retrieve(query, tools).hits))

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Where = (),
        mode: str | None = None,
        think: bool | None = None,
        strict: bool | None = None,
        collection: str = "",
        model: str | None = None,
    ) -> Answering:
        """Answer a question from the documents: the events as they happen, the Answer last.

        Nothing is done before the first event is asked for. The answer is refused, `found` being
        False, where the documents do not hold it.

        Args:
            top_k, where, mode, collection: as for `search`.
            think: whether a reasoning model thinks first.
            strict: whether what no passage supports is withheld.
            model: the chat model that answers, by its name. What is not given is configured.

        Raises, also while the events are read:
            NothingFound, ModelError, UsageError, StoreError, StoreDamaged: as `search`.
            Interrupted: `halt` broke it off.

        >>> answer = session.ask("张飞的电话号码", top_k=1).answer()
        >>> answer.found, "u987438274" in answer.text
        (True, True)
        """
        from kb.session import asking

        options = asking.Options(top_k, where, mode, think, strict, collection, model=model)
        return self._begin(question, options)

    def chat(self, turns: Iterable[Turn] = ()) -> Chat:
        """A conversation, in which a question may lean on those before it.

        Args:
            turns: what was said before, the last of them last.

        >>> session.chat([Turn("张飞的电话号码", "", "u987438274。")]).turns[-1].answer
        'u987438274。'
        """
        from kb.session.chat import Chat

        self._use()
        return Chat(self._begin, turns)

    # --- within -----------------------------------------------------------------------

    def _use(self) -> None:
        """Open it if need be. Raises UsageError once it is closed."""
        if self._state is State.OPEN:  # without the lock, which is held while models are sought
            return
        with self._opening:
            if self._state is State.CLOSED:
                raise UsageError(
                    "the session is closed",
                    why="close() was called, or its with block has ended",
                    hint="open another one, and use it before it is closed",
                )
            if self._state is State.UNOPENED:
                allowed = self._settings.egress
                egress.install(allowed.allow, public=allowed.allow_public)
                self._state = State.OPEN

    def _names(self, collection: str) -> tuple[str, ...]:
        if not collection:
            return self.collections
        if {*(names := tuple(collection.split(",")))} <= {*self.collections}:
            return names
        raise UsageError(
            f"the session has no collection '{collection}'",
            why=f"it was opened on {', '.join(self.collections)}",
            hint="name one of these, or open another session",
        )

    def _one(self, collection: str) -> Collection:
        self._use()
        name = self._names(collection)[0] if collection else ""
        return wiring.collection(self._settings, name)

    @contextmanager
    def _tools(self, collection: str, model: str | None = None) -> Iterator[Tools]:
        """What a question is answered with, on what is live now."""
        chosen = self._chosen(collection, model)
        with wiring.ask_tools(chosen, lambda: self.models, self._readers.reader) as tools:
            yield tools

    def _chosen(self, collection: str, model: str | None = None) -> Settings:
        self._use()
        models = replace(self._settings.models, chat=model or self._settings.models.chat)
        named = ",".join(self._names(collection))
        return replace(self._settings, collection=named, models=models)

    def _begin(self, question: str, options: Options, turns: list[Turn] | None = None) -> Answering:
        from kb.session import asking

        self._use()
        self._names(options.collection)
        opening = self._tools(options.collection, options.model)
        return asking.begun(self._settings, question, options, opening, turns)
