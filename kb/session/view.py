"""A part of a session: the collections that somebody may read, and no other."""

from __future__ import annotations

from collections.abc import Iterable

from kb.errors import UsageError
from kb.session.chat import Chat
from kb.session.events import Answering
from kb.session.results import Document, Excerpt, Listing, SearchResult, TableListing
from kb.session.session import Session
from kb.table_types import SqlResult
from kb.types import Turn, Where


class View:
    """Some collections of a session, to be read. A collection outside is answered as one that is
    not there, so that nobody learns of it.

    A method's `collection` "" is all of them for a question, and the only one for anything else.

    Raises, every method: UsageError, for a collection that is not in the view; and what the
    session's method of the same name raises.

    >>> from kb.session.view import View
    >>> view = View(session, ("default",))
    >>> [hit.source for hit in view.search("关羽的电话号码", top_k=1).hits]
    ['phones.txt']
    >>> view.search("关羽的电话号码", collection="secret")
    Traceback (most recent call last):
    kb.errors.UsageError: there is no collection 'secret'
    """

    def __init__(self, session: Session, collections: Iterable[str]) -> None:
        self._session = session
        self.collections = tuple(collections)

    def search(
        self, question: str, *, top_k: int | None = None, where: Where = (), collection: str = ""
    ) -> SearchResult:
        """As `Session.search`."""
        chosen = self._any(collection)
        return self._session.search(question, top_k=top_k, where=where, collection=chosen)

    def ask(
        self,
        question: str,
        *,
        top_k: int | None = None,
        where: Where = (),
        think: bool | None = None,
        turns: Iterable[Turn] | None = None,
        collection: str = "",
    ) -> Answering:
        """As `Session.ask`; with `turns`, as the next question of that conversation."""
        chosen = self._any(collection)
        asked: Session | Chat = self._session if turns is None else self._session.chat(turns)
        return asked.ask(question, top_k=top_k, where=where, think=think, collection=chosen)

    def around(self, chunk_id: str, *, distance: int = 1, collection: str = "") -> Excerpt:
        """As `Session.around`: of several collections, the id as a search over them tells it, or
        the id alone with its collection."""
        from kb.retrieval.multi_collection import SEPARATOR

        name, _, own = chunk_id.rpartition(SEPARATOR)
        chosen = self._one(name or collection)
        several = len(self._session.collections) > 1
        whole = f"{chosen}{SEPARATOR}{own}" if several else own
        return self._session.around(whole, distance=distance)

    def document(self, name: str, *, collection: str = "") -> Document:
        """As `Session.document`."""
        return self._session.document(name, collection=self._one(collection))

    def sources(self, *, collection: str = "") -> Listing:
        """As `Session.sources`."""
        return self._session.sources(collection=self._one(collection))

    def tables(self, *, collection: str = "") -> TableListing:
        """As `Session.tables`."""
        return self._session.tables(collection=self._one(collection))

    def sql(self, text: str, *, collection: str = "") -> SqlResult:
        """As `Session.sql`."""
        return self._session.sql(text, collection=self._one(collection))

    def _any(self, collection: str) -> str:
        names = collection.split(",") if collection else self.collections
        for name in names:
            self._check(name)
        if not names:
            self._check("")
        return ",".join(names)

    def _one(self, collection: str) -> str:
        if collection:
            self._check(collection)
            return collection
        if len(self.collections) != 1:
            raise UsageError(
                "several collections may be read, and none is named",
                why=f"they are {', '.join(self.collections) or '(none)'}",
                hint="name one of them as 'collection'",
            )
        return self.collections[0]

    def _check(self, name: str) -> None:
        if name not in self.collections:
            raise UsageError(
                f"there is no collection '{name}'",
                why=f"those that may be read: {', '.join(self.collections) or '(none)'}",
                hint="name one of these, or leave it out",
            )
