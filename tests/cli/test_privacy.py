"""Privacy at rest and in logs: who may read what kb writes, and what its logs do not say.

The command line, parsing processes and store are real; a fake engine stands for the model.
"""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import commands
from tests.commands import Done
from tests.crash.stub_kb import StubKb, stub

QUESTION = "Wo wohnt der Zeuge Quastenflosser?"
DOCUMENT = "Der Zeuge Quastenflosser wohnt in der Gruenspechtgasse."
WORDS = ("Quastenflosser", "Gruenspechtgasse", "wohnt", "Zeuge", "Vernehmung")


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "a.md").write_text(f"# Vernehmung\n\n{DOCUMENT}", encoding="utf-8")
    (docs / "b.html").write_text(f"<h1>Vernehmung</h1><p>{DOCUMENT}</p>", encoding="utf-8")
    # Files that fail, each with a text that a careless message might quote.
    (docs / "broken.pdf").write_text(f"%PDF-1.7 {DOCUMENT}")
    (docs / "broken.docx").write_bytes(b"PK\x03\x04" + DOCUMENT.encode() * 9)
    (docs / "broken.eml").write_text(
        f"From: {DOCUMENT}\nContent-Type: {WORDS[1]}/\0\n\n\xff{DOCUMENT}"
    )
    return docs


def command_lines(docs: Path, questions: Path) -> Iterator[tuple[str, ...]]:
    yield "ingest", str(docs)
    yield "search", QUESTION
    yield "ask", QUESTION
    yield "ask", "Und wo wohnt Melchior Unbekannt 4711?"
    yield "eval", str(questions), "--retrieval-only", "--save", str(questions.with_name("run.json"))
    yield "reindex", "--gate", str(questions), "--min", "recall@5=1.0", "--max", "mrr=0.0"
    yield "remove", "b.html", "--purge"


def run(kb: StubKb, *arguments: str, umask: int = -1, text: str = "") -> Done:
    command, environment = kb.command(*arguments), kb.environment()
    return commands.run(command, environment, typed=text, umask=umask, seconds=120)


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    row = {"id": "q1", "question": QUESTION, "answers": ["Gruenspechtgasse"], "source": "a.md"}
    file.write_text(json.dumps(row) + "\n")
    return file


class Watch(threading.Thread):
    """Looks at the modes below a folder all the while."""

    def __init__(self, folder: Path) -> None:
        super().__init__(daemon=True)
        self.folder = folder
        self.wide: dict[str, str] = {}
        self.seen: set[str] = set()
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.02):
            self.look()

    def look(self) -> None:
        # os.walk passes over what vanishes.
        found = [Path(top, name) for top, _, files in os.walk(self.folder) for name in ("", *files)]
        for path in found:
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:
                continue
            self.seen.add(path.name)
            wanted = 0o700 if stat.S_ISDIR(mode) else 0o600
            if stat.S_IMODE(mode) & ~wanted:
                self.wide[str(path.relative_to(self.folder))] = oct(mode)


def test_what_kb_writes_is_its_owners_alone_at_every_moment(
    tmp_path: Path, docs: Path, questions: Path
) -> None:
    umask = 0o000  # whatever a narrower one hides, this one shows
    home = tmp_path / "home"
    kb = stub(home, KB_REPORT__SUMMARY_FILE=str(home / "SUMMARY"))
    watch = Watch(home)
    watch.start()
    for command in command_lines(docs, home / "questions.jsonl"):
        if command[0] == "eval":
            (home / "questions.jsonl").write_bytes(questions.read_bytes())
            (home / "questions.jsonl").chmod(0o600)
        run(kb, *command, umask=umask)
    run(kb, "chat", text=f"{QUESTION}\n", umask=umask)
    watch.over.set()
    watch.join()
    watch.look()
    assert watch.wide == {}
    files = {"catalog.sqlite", "embeddings.sqlite", "embeddings.sqlite-wal", "runs.jsonl", "chats"}
    assert watch.seen >= {*files, "SUMMARY", "run.json", "lock", "CURRENT", "edge_config.json"}


@pytest.mark.parametrize("style", [("-v",), ("-v", "--log-format", "json")], ids=["text", "json"])
def test_no_log_says_what_a_question_or_a_document_says(
    tmp_path: Path, docs: Path, questions: Path, style: tuple[str, ...]
) -> None:
    home = tmp_path / "home"
    kb = stub(home, KB_REPORT__SUMMARY_FILE=str(tmp_path / "summary.json"))
    printed = []
    codes = []
    for command in command_lines(docs, questions):
        # Passages that `ask` shows on standard error are an answer to whoever asked; with -q,
        # or in JSON, they are gone.
        quiet = ("-q",) if command[0] == "ask" and "json" not in style else ()
        done = run(kb, *style, *quiet, *command)
        printed.append(done.err)
        codes.append(done.code)
    chat = run(
        kb,
        *style,
        *(() if "json" in style else ("-q",)),
        "chat",
        text=f"{QUESTION}\nUnd die Tochter?\n",
    )
    printed.append(chat.err)
    assert {3, 10} <= set(codes)
    runs = (home / "collections" / "default" / "runs.jsonl").read_text(encoding="utf-8")
    summary = (tmp_path / "summary.json").read_text(encoding="utf-8")
    for text in (*printed, runs, summary):
        assert [word for word in (*WORDS, "Melchior", "4711") if word in text] == [], text
    assert "broken.pdf" in printed[0]  # a path is no secret from whoever reads the log
