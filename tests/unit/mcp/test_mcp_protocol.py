"""`kb.mcp` over a session that is a fake, asked by the client of the official SDK in this process.

tests/session/test_mcp.py asks the real one.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, cast

import pytest
from mcp import Client, MCPError

from kb.errors import EngineFailed
from kb.mcp.protocol import server
from kb.mcp.running import ThreadRunner
from kb.session import (
    Answer,
    Answering,
    Document,
    Excerpt,
    Listing,
    Passages,
    Piece,
    Progress,
    SearchResult,
    Session,
    SqlResult,
    TableListing,
    Thought,
)
from kb.session.events import Event
from kb.session.view import View
from kb.types import Citation, Hit, Passage, Timings, Where
from tests.index_samples import document

SOON = 20.0
MANY = 130
LONG = "x" * 20_000


def answer(question: str) -> Answer:
    cited = (Citation(1, "a.md", 2, None, "Rent", "due on  1 May"),)
    return Answer(
        question=question,
        text="1 May [1]",
        thinking="",
        found=True,
        refused_by="",
        grounded=False,
        unsupported=("1 June",),
        citations=cited,
        model="m",
        prompt_tokens=1,
        num_ctx=1,
        truncated=False,
        timings=Timings(0, 0, 0, 0, 0),
    )


class FakeSession:
    """Many documents in `law`, one in `hr`; every answer is "1 May"."""

    collections = ("law", "hr")

    def __init__(self) -> None:
        self.asked: list[tuple[str, int | None, Where, str]] = []
        self.halts = threading.Event()
        self.waits = False

    def search(self, question: str, *, top_k: int | None, where: Where, collection: str) -> Any:
        self.asked.append((question, top_k, where, collection))
        record, [chunk] = document("a.md", ["due on 1 May"])
        return SearchResult((Hit(chunk, record.path, 0.5),))

    def ask(self, question: str, **how: Any) -> Answering:
        def events() -> Iterator[Event]:
            yield Passages((Passage(1, "a.md", "due", 2, None, "", "", ("1",)),))
            yield Progress("reading", 640, 1200, "tokens")
            yield Thought("hm")
            if self.waits:
                self.halts.wait(SOON)
                raise EngineFailed("it was broken off", why="halt", hint="ask again")
            yield Piece("1 May")
            yield answer(question)

        return Answering(cast(Any, events()))

    def halt(self) -> None:
        self.halts.set()

    def around(self, chunk_id: str, *, distance: int) -> Excerpt:
        record, chunks = document("a.md", [f"{chunk_id} and {distance} around"])
        return Excerpt(record.path, tuple(chunks))

    def document(self, name: str, *, collection: str) -> Document:
        record, chunks = document(name, [f"{LONG}end" if name == "long.md" else collection])
        return Document(record, tuple(chunks))

    def sources(self, *, collection: str) -> Listing:
        names = [f"{number:03}.md" for number in range(MANY)] if collection == "law" else ["b.md"]
        return Listing(tuple(document(name, ["text"])[0] for name in names), ())

    def tables(self, *, collection: str) -> TableListing:
        return TableListing(())

    def sql(self, text: str, *, collection: str) -> SqlResult:
        return SqlResult(("n",), ((42,),))


def asked(session: FakeSession, what: Callable[[Client], Awaitable[Any]], *names: str) -> Any:
    """What a client gets that may read the collections of these names."""
    view = View(cast(Session, session), names or ("law",))

    async def connected() -> Any:
        runner = ThreadRunner(session.halt)
        async with Client(server(lambda context: (view, runner))) as client:
            return await what(client)

    return asyncio.run(asyncio.wait_for(connected(), SOON))


def called(tool: str, given: dict[str, Any], *names: str, session: FakeSession) -> Any:
    return asked(session, lambda client: client.call_tool(tool, given), *names)


def failure(session: FakeSession, what: Callable[[Client], Awaitable[Any]]) -> str:
    """What the protocol's error says."""

    async def failed(client: Client) -> str:
        with pytest.raises(MCPError) as caught:
            await what(client)
        return str(caught.value)

    return str(asked(session, failed))


@pytest.fixture
def session() -> FakeSession:
    return FakeSession()


def test_a_search_passes_its_conditions_on(session: FakeSession) -> None:
    given = {"question": "When?", "top_k": 3, "where": ["type=pdf", "path=hr/*"]}
    found = called("search", given, session=session).structured_content
    assert found["hits"][0]["source"] == "a.md"
    assert session.asked == [("When?", 3, (("type", "pdf"), ("path", "hr/*")), "law")]


def test_an_answer_tells_its_steps_and_never_the_thought(session: FakeSession) -> None:
    told: list[str | None] = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        told.append(message)

    got = asked(
        session,
        lambda client: client.call_tool("ask", {"question": "When?"}, progress_callback=note),
    )
    assert told == ["1 passages found (a.md)", "reading 640 of 1,200 tokens", "the model writes"]
    assert got.structured_content["answer"] == "1 May [1]"
    assert got.content[0].text == (
        "1 May [1]\n\n⚠ no passage holds this: 1 June\n\n"
        "Sources:\n[1] a.md, page 2, Rent: due on 1 May"
    )


def test_a_client_that_cancels_breaks_the_answer_off(session: FakeSession) -> None:
    session.waits = True

    async def cancelled(client: Client) -> bool:
        begun = asyncio.Event()

        async def note(done: float, total: float | None, message: str | None) -> None:
            begun.set()

        given = {"question": "When?"}
        call = asyncio.create_task(client.call_tool("ask", given, progress_callback=note))
        await asyncio.wait_for(begun.wait(), SOON)
        call.cancel()
        return await asyncio.to_thread(session.halts.wait, SOON)

    assert asked(session, cancelled)


def test_a_long_document_is_read_a_part_at_a_time(session: FakeSession) -> None:
    def part(offset: int) -> Any:
        given = {"source": "long.md", "offset": offset}
        return called("document", given, session=session).structured_content

    first, second = part(0), part(16_000)
    assert (first["end"], first["characters"]) == (16_000, 20_003)
    assert (second["start"], second["end"]) == (16_000, 20_003)
    assert first["text"] + second["text"] == f"{LONG}end"


def test_a_passage_is_read_with_its_neighbours(session: FakeSession) -> None:
    given = {"chunk_id": "ab12", "distance": 2}
    text = called("document", given, session=session).structured_content["text"]
    assert text == "law:ab12 and 2 around"


@pytest.mark.parametrize(
    ("tool", "given", "what"),
    [
        ("search", {}, "'question' is missing or empty"),
        ("search", {"question": "  "}, "'question' is missing or empty"),
        ("search", {"question": 7}, "'question' has the wrong type or size"),
        ("search", {"question": "x", "top_k": 101}, "'top_k' has the wrong type or size"),
        ("search", {"question": "x", "top_k": True}, "'top_k' has the wrong type or size"),
        ("search", {"question": "x", "where": ["a=b", 1]}, "'where' has the wrong type or size"),
        ("search", {"question": "x", "limit": 1}, "'search' takes no 'limit'"),
        ("search", {"question": "x", "collection": "hr"}, "there is no collection 'hr'"),
        ("document", {}, "there is neither 'chunk_id' nor 'source'"),
    ],
)
def test_what_does_not_fit_is_told_in_three_lines(
    session: FakeSession, tool: str, given: dict[str, Any], what: str
) -> None:
    got = called(tool, given, session=session)
    assert got.is_error
    lines = got.content[0].text.split("\n")
    assert lines[0] == what
    assert [line.partition(":")[0] for line in lines[1:]] == ["why", "to do"]
    assert session.asked == []


def test_of_several_collections_a_question_takes_all_and_a_table_needs_one(
    session: FakeSession,
) -> None:
    called("search", {"question": "When?"}, "law", "hr", session=session)
    assert session.asked[0][-1] == "law,hr"
    got = called("query", {"sql": "SELECT 1"}, "law", "hr", session=session)
    assert got.content[0].text.startswith("several collections may be read, and none is named")
    named = {"sql": "SELECT 1", "collection": "hr"}
    assert called("query", named, "law", "hr", session=session).structured_content["rows"] == [[42]]


def test_documents_come_a_page_at_a_time_until_there_are_no_more(session: FakeSession) -> None:
    async def pages(client: Client) -> list[list[str]]:
        found, cursor = [], None
        while True:
            page = await client.list_resources(cursor=cursor)
            found.append([str(one.uri) for one in page.resources])
            if not (cursor := page.next_cursor):
                return found

    first, second = asked(session, pages, "law", "hr")
    assert (len(first), len(second)) == (100, MANY + 1 - 100)
    assert second[-1].startswith("kb://hr/")
    assert len({*first, *second}) == MANY + 1


def test_a_resource_is_read_by_its_collection_and_name(session: FakeSession) -> None:
    async def read(client: Client) -> str:
        [template] = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "kb://{collection}/{doc_id}"
        return str((await client.read_resource("kb://hr/b.md")).contents[0].text)

    assert asked(session, read, "law", "hr") == "hr"


@pytest.mark.parametrize(
    ("uri", "why"),
    [
        ("kb://law", "is not kb://COLLECTION/DOCUMENT"),
        ("file:///etc/passwd", "is not kb://COLLECTION/DOCUMENT"),
        ("kb://secret/a.md", "there is no collection 'secret'"),
    ],
)
def test_a_resource_that_is_none_is_an_error_of_the_protocol(
    session: FakeSession, uri: str, why: str
) -> None:
    assert why in failure(session, lambda client: client.read_resource(uri))


def test_a_cursor_of_somebody_else_is_an_error_of_the_protocol(session: FakeSession) -> None:
    why = failure(session, lambda client: client.list_resources(cursor="!"))
    assert "the cursor is none of this server's" in why


def test_an_unknown_tool_is_named_with_those_that_there_are(session: FakeSession) -> None:
    why = failure(session, lambda client: client.call_tool("remove", {}))
    assert "there is no tool 'remove': search, ask" in why
