"""`kb chat` as a user runs it. Most questions name somebody whom no document names, so that they
are answered (refused) without the language model; one test runs it."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import stat
import subprocess
import time
from pathlib import Path

import pytest

from kb.cli.chat_history import History
from kb.errors import StoreError
from kb.types import Citation, Turn
from tests.commands import Done, Kb
from tests.meanwhile import ended

ASK_FIELDS = {
    *("question", "answer", "found", "refused_by", "grounded", "unsupported", "citations"),
    *("version", "conflicts", "verdict", "computation"),
    *("model", "prompt_tokens", "answer_tokens", "cut", "num_ctx", "truncated", "timings"),
}


@pytest.fixture(scope="module")
def kb(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Kb:
    folder = tmp_path_factory.mktemp("docs")
    (folder / "phones.txt").write_text(
        "张飞的电话号码是u987438274。曹操的电话号码是123456。", encoding="utf-8"
    )
    kb = Kb(tmp_path_factory.mktemp("home"), models_folder, keeps_models=True)
    done = kb("ingest", str(folder))
    assert done.code == 0, done.err
    return kb


def chat(kb: Kb, *options: str, lines: tuple[str, ...]) -> Done:
    return kb("chat", *options, typed="\n".join(lines))


def files(kb: Kb) -> list[Path]:
    return sorted((kb.home / "chats").glob("*"))


# --- lines from a pipe ----------------------------------------------------------------


def test_every_line_is_a_turn_and_a_follow_up_is_understood_and_answered(kb: Kb) -> None:
    done = chat(kb, "--json", lines=("张飞的电话号码是多少？", "", "那曹操的呢？"))
    assert done.code == 0, done.err
    first, second = done.json["turns"]
    assert set(first) == ASK_FIELDS | {"rewritten"}
    assert (first["rewritten"], first["found"]) == (None, True)
    assert "u987438274" in first["answer"]
    assert second["question"] == "那曹操的呢？"
    assert second["rewritten"] == "曹操的电话号码是多少？"
    assert "123456" in second["answer"]
    assert second["citations"][0]["source"] == "phones.txt"
    assert "understood as: 曹操的电话号码是多少？" in done.err


def test_a_refusal_does_not_end_it_and_leaves_exit_0(kb: Kb) -> None:
    done = chat(kb, lines=("刘备的电话号码", "那孙权的呢？"))
    assert done.code == 0
    assert done.out.count("知识库中没有") == 2
    assert "understood as: 孙权的电话号码" in done.err


def test_conditions_hold_from_then_on_until_they_are_cleared(kb: Kb) -> None:
    lines = ("/where", "/where path=*.md", "/where type=txt", "/where path=*.txt", "刘备的电话")
    done = chat(kb, "--where", "type=md", lines=(*lines, "/where clear"))
    conditions = [line for line in done.out.splitlines() if line.startswith(("only", "all"))]
    assert conditions == [
        "only documents with type=md",
        "only documents with type=md, path=*.md",
        "only documents with path=*.md, type=txt",
        "only documents with type=txt, path=*.txt",
        "all documents",
    ]


def test_new_forgets_the_turns(kb: Kb) -> None:
    done = chat(kb, "--json", "--no-history", lines=("刘备的电话号码", "/new", "那孙权的呢？"))
    assert [turn["rewritten"] for turn in done.json["turns"]] == [None, None]


def test_quit_ends_it_and_help_lists_what_there_is(kb: Kb) -> None:
    done = chat(kb, lines=("/help", "/sources", "/quit", "刘备的电话号码"))
    assert done.code == 0
    for name in ("/sources", "/where", "/new", "/help", "/quit"):
        assert name in done.out
    assert "no answer with sources yet" in done.out
    assert "知识库" not in done.out, "what stands behind /quit is not asked"


@pytest.mark.parametrize("line", ["/nonsense", "/where type", "/new now"])
def test_in_a_script_a_wrong_line_is_exit_2(kb: Kb, line: str) -> None:
    done = chat(kb, lines=(line, "刘备的电话号码"))
    assert done.code == 2
    assert done.out == ""
    assert [text.split(":")[0] for text in done.err.splitlines()] == ["error", "why", "fix"]


def test_an_empty_collection_is_exit_4_before_the_first_question(tmp_path: Path, kb: Kb) -> None:
    done = chat(Kb(tmp_path, kb.models_folder), lines=("刘备的电话号码",))
    assert done.code == 4
    assert "kb ingest PATH" in done.err


# --- the history ----------------------------------------------------------------------


def test_what_was_said_is_kept_for_its_owner_alone_and_taken_up_again(kb: Kb) -> None:
    before = len(files(kb))
    chat(kb, lines=("刘备的电话号码", "那孙权的呢？"))
    *_, file = files(kb)
    assert len(files(kb)) == before + 1
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    assert [row["rewritten"] for row in rows] == ["", "孙权的电话号码？"]
    assert {*rows[0]} == {"question", "rewritten", "answer", "citations"}

    again = chat(kb, "--json", "--continue", lines=("刘表的呢？",))
    assert [turn["rewritten"] for turn in again.json["turns"]] == ["刘表的电话号码？"]
    assert len(files(kb)) == before + 1
    assert len(file.read_text(encoding="utf-8").splitlines()) == 3


def test_without_history_nothing_is_written(kb: Kb) -> None:
    before = files(kb)
    assert chat(kb, "--no-history", lines=("刘备的电话号码",)).code == 0
    assert files(kb) == before


TURN = Turn("Who?", "Who is it?", "Alice. [1]", (Citation(1, "a.txt", None, 3, "", "Alice."),))


def test_a_new_conversation_is_a_file_of_its_own(tmp_path: Path) -> None:
    history = History(tmp_path)
    assert history.resume_last() == []
    history.append(TURN)
    history.append(TURN)
    history.start_new()
    history.append(TURN)
    assert len(list((tmp_path / "chats").iterdir())) == 2
    assert History(tmp_path).resume_last() == [TURN]


def test_a_line_that_was_cut_off_is_left_out_and_swallows_no_other(tmp_path: Path) -> None:
    History(tmp_path).append(TURN)
    [file] = (tmp_path / "chats").iterdir()
    with file.open("a", encoding="utf-8") as cut:
        cut.write('{"question": "Wh')
    history = History(tmp_path)
    assert history.resume_last() == [TURN]
    history.append(TURN)
    assert History(tmp_path).resume_last() == [TURN, TURN]


def test_a_history_that_cannot_be_written_is_the_stores_error(tmp_path: Path) -> None:
    (tmp_path / "chats").write_text("in the way")
    with pytest.raises(StoreError):
        History(tmp_path).append(TURN)


# --- a terminal -----------------------------------------------------------------------


def test_on_a_terminal_a_wrong_line_is_reported_and_the_chat_goes_on(kb: Kb) -> None:
    shown = on_terminal(kb, b"/nonsense\n/where type=txt\n\x04")
    assert "'/nonsense' is not a command" in shown
    assert "only documents with type=txt" in shown
    assert shown.index("/help lists") < shown.index("> ")


def on_terminal(kb: Kb, typed: bytes) -> str:
    """What a terminal shows until the process ends, which must be with exit code 0."""
    master, slave = pty.openpty()
    try:
        started = subprocess.Popen(
            kb.command("chat", "--no-history"),
            env={**kb.environment(), "TERM": "dumb"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        with ended(started) as process:
            shown = b""
            sent = False
            deadline = time.monotonic() + 120
            while process.poll() is None and time.monotonic() < deadline:
                if select.select([master], [], [], 0.2)[0]:
                    shown += os.read(master, 4096)
                if b"> " in shown and not sent:
                    os.write(master, typed)
                    sent = True
            while select.select([master], [], [], 0)[0]:
                shown += os.read(master, 4096)
            assert process.poll() == 0, shown
    finally:
        os.close(master)
        os.close(slave)
    return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown.decode())
