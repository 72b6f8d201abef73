"""What documents and requests put on screens: nothing in a name, a text or an error acts on the
terminal, turns the direction of writing or hides; JSON holds it as it is (around a fake engine)."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.crash.stub_kb import StubKb, stub
from tests.serving import serving

ACTS = "\x1b]0;owned\x07\x1b[2J\x9b31m\r\x08\u202e\u2066\u200b\u2028\x7f"
"""Sets a window's title, clears the screen, overwrites the line, turns the direction, hides."""
NAME = f"in{chr(27)}[2Jvoice{chr(0x202E)}fdp.txt"
QUESTION = "pump"


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory) -> StubKb:
    docs = tmp_path_factory.mktemp("docs")
    (docs / NAME).write_text(f"# {ACTS}title\n\nThe pump {ACTS} costs \u202e0021\u202c euros.\n")
    (docs / f"bad{NAME}.pdf").write_bytes(b"no pdf at all")
    rows = f"Part {ACTS},Price\n" + "".join(f"pump {ACTS}{n},{n}\n" for n in range(5))
    (docs / f"{ACTS.replace(chr(13), '')}parts.csv").write_text(rows)
    kb = stub(tmp_path_factory.mktemp("home"))
    done = kb("ingest", str(docs))
    assert done.code in (0, 3), done.err
    assert harmless(done.out + done.err)
    assert "[2J" in done.out + done.err, "it does tell the name"
    return kb


def acting(text: str) -> Iterator[str]:
    """The characters of a text that a screen would not show as they are."""
    for one in text:
        if one not in "\n\t" and unicodedata.category(one) in ("Cc", "Cf", "Zl", "Zp", "Cs"):
            yield f"U+{ord(one):04X}"


def harmless(text: str) -> bool:
    found = sorted({*acting(text)})
    assert found == [], f"{found} in {text!r}"
    return True


@pytest.mark.parametrize(
    "command",
    [
        ("search", QUESTION),
        ("search", f"{QUESTION}{ACTS}"),
        ("ask", QUESTION),
        ("ask", f"{ACTS}?"),
        ("sources",),
        ("sources", "--failed"),
        ("status",),
        ("tables",),
        ("sql", "SELECT * FROM nothing" + ACTS),
        ("sql", f"SELECT '{ACTS}'"),
        ("show", NAME),
        ("show", "none" + ACTS),
        ("search", QUESTION, "--where", f"type={ACTS}"),
        ("search", QUESTION, "--where", ACTS),
        ("ingest", f"/none{ACTS}"),
        ("ingest", "/none", "--label", ACTS),
        ("remove", f"/none{ACTS}"),
        ("eval", f"/none{ACTS}"),
        ("users", "add", ACTS),
        ("users", "remove", ACTS),
        ("config", "show", ACTS),
        ("--collection", ACTS, "status"),
        ("--config", f"/none{ACTS}", "status"),
        (f"no{ACTS}", "command"),
        ("egress-report",),
        ("check",),
    ],
    ids=lambda command: command[0].replace("\x1b", "").strip()[:10] or "option",
)
def test_no_command_shows_what_acts_on_a_terminal(kb: StubKb, command: tuple[str, ...]) -> None:
    for before in ((), ("-v", "--log-format", "json")):
        done = kb(*before, *command)
        assert harmless(done.out)
        assert harmless(done.err)
        assert done.out or done.err
        assert "Traceback" not in done.err


def test_a_conversation_shows_nothing_of_it_either(kb: StubKb) -> None:
    done = kb("chat", typed=f"{QUESTION}\n{ACTS.replace(chr(13), '')}\n/where type={NAME}\n")
    assert harmless(done.out)
    assert harmless(done.err)


def test_json_holds_it_as_it_is_and_no_character_of_it_acts(kb: StubKb) -> None:
    done = kb("sources", "--json")
    assert harmless(done.out)
    # A control character in a file's name is spelled when it is found; the others stay.
    named = NAME.replace("\x1b", "\\x1b")
    assert named in [one["path"] for one in json.loads(done.out)["sources"]]


def test_the_api_and_its_log_are_harmless_to_whoever_prints_them(
    kb: StubKb, tmp_path: Path
) -> None:
    with serving(kb, tmp_path / "log", before=("-vv",)) as server:
        for path in (
            "search?q=pump",
            f"search?q={quote(ACTS)}",
            f"status?collection={quote(ACTS)}",
        ):
            assert harmless(server.client(f"/api/{path}").text)
        found = server.client("/api/search?q=pump").json["hits"]
        assert any("\u202e0021\u202c" in hit["text"] for hit in found), "it is JSON: verbatim"
        asked = {"question": f"{ACTS}pump", "stream": True, "progress": True, ACTS: 1}
        assert harmless(server.client("/api/ask", asked).text)
        del asked[ACTS]
        assert harmless(server.client("/api/ask", asked).text)
        assert harmless(server.client(f"/{quote(ACTS)}").text)
        assert harmless(server.client("/", Authorization=f"Bearer {quote(ACTS)}").text)
    assert harmless((tmp_path / "log").read_text(encoding="utf-8"))
