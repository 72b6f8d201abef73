"""Another protocol is a hundred lines on a session: here is one, run as a process."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.commands import REPOSITORY, Kb
from tests.session.conftest import DEMO

FACE = Path(__file__).with_name("json_rpc_face.py")
Messages = list[dict[str, Any]]


@pytest.fixture(scope="module")
def printed(ingested: Kb) -> Messages:
    """What the face prints to these requests, one process for all of them."""
    requests: Messages = [
        {"method": "status"},
        {"method": "search", "params": {"question": "X200", "top_k": 1, "where": ["type=md"]}},
        {"method": "document", "params": {"name": "phones.txt"}},
        {"method": "chat", "params": {"question": "张飞的电话号码是多少？"}},
        {"method": "chat", "params": {"question": "那刘备的呢？"}},
        {"method": "document", "params": {"name": "nothing"}},
        {"method": "search", "params": {"questions": []}},
        {"method": "delete"},
    ]
    lines = [json.dumps({"jsonrpc": "2.0", "id": n, **one}) for n, one in enumerate(requests)]
    done = subprocess.run(
        [sys.executable, "-m", "tests.session.json_rpc_face", str(ingested.home), str(DEMO)],
        input="\n".join([*lines, "no JSON"]),
        env=ingested.environment(),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def reply(printed: Messages, number: int) -> dict[str, Any]:
    [found] = [one for one in printed if one.get("id") == number]
    return found


def events(printed: Messages, number: int) -> Messages:
    """The notifications before the reply of this number, after the one before."""
    ends = [place for place, one in enumerate(printed) if "id" in one]
    return printed[ends[number - 1] + 1 : ends[number]]


def test_it_has_fewer_than_a_hundred_lines() -> None:
    assert len(FACE.read_text(encoding="utf-8").splitlines()) < 100


def test_it_knows_nothing_below_the_session() -> None:
    ours = [line for line in FACE.read_text(encoding="utf-8").splitlines() if "from kb" in line]
    assert [line.split()[1] for line in ours] == ["kb.errors", "kb.session"]


def test_it_says_what_the_commands_say(printed: Messages, ingested: Kb) -> None:
    assert reply(printed, 0)["result"] == ingested("status", "--json").json["status"]
    found = ingested("search", "X200", "--top-k", "1", "--where", "type=md", "--json").json
    assert reply(printed, 1)["result"] == found
    assert reply(printed, 2)["result"] == ingested("show", "phones.txt", "--json").json["show"]


def test_an_answer_comes_in_events_and_at_last_whole(printed: Messages) -> None:
    kinds = [one["method"] for one in events(printed, 3)]
    assert [*dict.fromkeys(kinds)] == ["understood", "passages", "progress", "piece"]
    pieces = [one["params"]["piece"] for one in events(printed, 3) if one["method"] == "piece"]
    assert "u987438274" in "".join(pieces)
    answer = reply(printed, 3)["result"]
    assert answer["citations"][0]["source"] == "phones.txt"


def test_a_follow_up_is_understood_and_refused(printed: Messages) -> None:
    understood, passages = events(printed, 4)
    assert understood["params"]["rewritten"] == "刘备的电话号码是多少？"
    assert passages["params"]["sources"]
    assert reply(printed, 4)["result"]["refused_by"] == "missing-term"


def test_what_goes_wrong_has_its_three_lines(printed: Messages) -> None:
    error = reply(printed, 5)["error"]
    assert error["data"].keys() == {"reference", "what", "why", "hint"}
    assert [reply(printed, n)["error"]["code"] for n in (6, 7)] == [-32602, -32601]
    assert printed[-1]["error"]["code"] == -32700
