"""`kb mcp`, asked by the client of the protocol's official SDK over the process's pipes."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters

from tests.commands import REPOSITORY, Kb
from tests.session.conftest import DEMO

PHONE = "张飞的电话号码是多少？"
NOBODY = "刘备的电话号码是多少？"


def command(kb: Kb) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "kb.cli", "--home", str(kb.home), "--config", str(DEMO), "mcp"],
        env=dict(kb.environment()),
        cwd=str(REPOSITORY),
    )


def asked(kb: Kb, what: Callable[[Client], Awaitable[Any]]) -> Any:
    """What a client that is connected gets."""

    async def connected() -> Any:
        async with Client(command(kb)) as client:
            return await what(client)

    return asyncio.run(asyncio.wait_for(connected(), 240))


@pytest.fixture(scope="module")
def got(ingested: Kb) -> dict[str, Any]:
    """One conversation with one process, looked at by the tests."""

    async def conversation(client: Client) -> dict[str, Any]:
        progress: list[str | None] = []

        async def told(done: float, total: float | None, message: str | None) -> None:
            progress.append(message)

        hit = await client.call_tool("search", {"question": "X200", "top_k": 1})
        chunk = hit.structured_content["hits"][0]["chunk_id"]
        resources = (await client.list_resources()).resources
        return {
            "tools": (await client.list_tools()).tools,
            "search": hit,
            "around": await client.call_tool("document", {"chunk_id": chunk}),
            "document": await client.call_tool("document", {"source": "phones.txt"}),
            "answer": await client.call_tool("ask", {"question": PHONE}, progress_callback=told),
            "progress": progress,
            "refusal": await client.call_tool("ask", {"question": NOBODY}),
            "query": await client.call_tool("query", {"sql": "SELECT 6 * 7 AS n"}),
            "deletes": await client.call_tool("query", {"sql": "DELETE FROM chunk"}),
            "tables": await client.call_tool("tables", {}),
            "sources": await client.call_tool("sources", {}),
            "unfit": await client.call_tool("search", {"question": "X200", "top_k": 0}),
            "elsewhere": await client.call_tool("search", {"question": "?", "collection": "x"}),
            "resources": resources,
            "read": [(await client.read_resource(one.uri)).contents[0].text for one in resources],
        }

    found: dict[str, Any] = asked(ingested, conversation)
    return found


def test_every_tool_says_that_it_only_reads_and_what_it_gives(got: dict[str, Any]) -> None:
    assert {one.name for one in got["tools"]} == {
        *("search", "ask", "document", "tables", "query", "sources")
    }
    assert all(one.annotations.read_only_hint and one.output_schema for one in got["tools"])


def test_passages_come_with_their_places_and_can_be_read_around(got: dict[str, Any]) -> None:
    [hit] = got["search"].structured_content["hits"]
    assert hit["source"] == "pump.md"
    assert "187 kg" in got["around"].structured_content["text"]
    assert got["document"].structured_content["text"].startswith("张飞")


def test_an_answer_has_its_sources_and_tells_how_far_it_is(got: dict[str, Any]) -> None:
    answer = got["answer"].structured_content
    assert answer["found"]
    assert "u987438274" in answer["answer"]
    assert answer["citations"][0]["source"] == "phones.txt"
    assert "phones.txt" in got["answer"].content[0].text
    assert any("passages found" in str(one) for one in got["progress"])
    assert any(re.fullmatch(r"reading [\d,]+ of [\d,]+ tokens", one) for one in got["progress"])


def test_a_refusal_is_an_ordinary_result(got: dict[str, Any]) -> None:
    refusal = got["refusal"]
    assert not refusal.is_error
    assert (refusal.structured_content["found"], refusal.structured_content["citations"]) == (
        False,
        [],
    )


def test_tables_are_queried_and_never_changed(got: dict[str, Any]) -> None:
    assert got["query"].structured_content["rows"] == [[42]]
    assert got["tables"].structured_content == {"tables": []}
    assert got["deletes"].is_error


def test_what_goes_wrong_is_told_in_three_lines(got: dict[str, Any]) -> None:
    for name in ("unfit", "elsewhere", "deletes"):
        assert got[name].is_error
        what, why, to_do = got[name].content[0].text.split("\n")
        assert what
        assert why.startswith("why: ")
        assert to_do.startswith("to do: ")


def test_documents_are_resources_with_their_text(got: dict[str, Any]) -> None:
    names = {one.name: text for one, text in zip(got["resources"], got["read"], strict=True)}
    assert names.keys() == {"leave.md", "phones.txt", "pump.md"}
    assert "年假有十天" in names["leave.md"]
    listed = got["sources"].structured_content["sources"]
    assert [one["source"] for one in listed] == [*names]


def test_a_call_that_is_cancelled_frees_the_model_for_the_next(ingested: Kb) -> None:
    async def cancelled(client: Client) -> Any:
        begun = asyncio.Event()

        async def told(done: float, total: float | None, message: str | None) -> None:
            begun.set()

        first = asyncio.create_task(
            client.call_tool("ask", {"question": PHONE}, progress_callback=told)
        )
        await asyncio.wait_for(begun.wait(), 60)
        first.cancel()
        return await client.call_tool("ask", {"question": NOBODY})

    assert not asked(ingested, cancelled).structured_content["found"]


def test_an_unknown_tool_and_an_unknown_document_are_errors_of_the_protocol(ingested: Kb) -> None:
    async def unknown(client: Client) -> None:
        with pytest.raises(MCPError, match="there is no tool 'remove'"):
            await client.call_tool("remove", {})
        with pytest.raises(MCPError, match="names 0 documents"):
            await client.read_resource("kb://default/ffffff")

    asked(ingested, unknown)


def test_standard_output_has_nothing_but_the_protocol_and_the_process_ends_with_its_input(
    ingested: Kb,
) -> None:
    client = {"name": "t", "version": "1"}
    start = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client}
    messages: list[dict[str, Any]] = [
        {"id": 1, "method": "initialize", "params": start},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/list"},
        {"id": 3, "method": "tools/call", "params": {"name": "sources", "arguments": {}}},
    ]
    typed = "".join(json.dumps({"jsonrpc": "2.0", **one}) + "\n" for one in messages)
    given = command(ingested)
    with subprocess.Popen(
        [given.command, *given.args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=given.env,
        cwd=given.cwd,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(typed.encode())
        process.stdin.flush()
        replies = [json.loads(process.stdout.readline()) for _ in range(3)]
        process.stdin.close()
        assert process.wait(30) == 0
        assert process.stdout.read() == b""
    assert {one["id"] for one in replies} == {1, 2, 3}
