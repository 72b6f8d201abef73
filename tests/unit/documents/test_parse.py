"""What holds for every format: no network, no download, limits, one import of each package."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
from pathlib import Path

import pytest

import kb.documents.parse as parser
from kb.documents.converters.common import unstructured
from kb.errors import DamagedDocument, EmptyDocument, LimitExceeded, ProtectedDocument
from kb.ports import Parser
from tests.unit.documents.samples import (
    archive,
    locked_office,
    parsed,
    picture,
    saved_image,
    slides,
    word,
    workbook,
)

PORT: Parser = parser

OFFLINE = """
import sys
touched = []
def hook(event, args):
    if event.startswith(("socket.connect", "socket.get", "socket.send")):
        touched.append((event, str(args)[:100]))
        raise OSError("no network here")
sys.addaudithook(hook)
from pathlib import Path
from kb.documents.chunking.chunk import chunk
from tests.unit.documents.samples import parsed
for path in sorted(Path(sys.argv[1]).iterdir()):
    assert chunk(parsed(path), 256, 1), path
assert not touched, touched
print("offline", len(list(Path(sys.argv[1]).iterdir())))
"""


@pytest.mark.process
def test_no_format_asks_the_network_for_anything(tmp_path: Path) -> None:
    """In a process of its own, so that imports happen anew; look-ups and connections fail."""
    english = "This is the first sentence of the manual. The pump weighs 35 kg, doesn't it?"
    files = {
        "a.txt": english.encode(),
        "a.md": f"# Title\n\n{english}".encode(),
        "a.html": f"<html><h1>Title</h1><p>{english}</p></html>".encode(),
        "a.eml": f"From: a@kb.example\nTo: b@kb.example\nSubject: s\n\n{english}".encode(),
        "a.docx": word([("Normal", english)]),
        "a.pptx": slides(("Title", english, english)),
        "a.xlsx": workbook(s=[("a", "b"), (1, english)]),
        "a.rst": f"Title\n=====\n\n{english}\n".encode(),
        "a.rtf": rf"{{\rtf1\ansi {english}\par}}".encode(),
        "a.png": saved_image(picture("Serial X300")),
    }
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(tmp_path)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[3],
        env={"HOME": str(tmp_path.parent), "PYTHONPATH": ":".join(sys.path)},
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout == f"offline {len(files)}\n"


def test_upstream_still_loads_its_language_model_where_we_replace_it() -> None:
    """Should unstructured move the download, this fails before a user's machine does."""
    unstructured._partition()
    tokenize = importlib.import_module("unstructured.nlp.tokenize")
    assert tokenize._load_spacy_model is unstructured._sentence_finder
    assert tokenize._get_nlp().pipe_names == ["sentencizer"]


@pytest.mark.parametrize("data", [b"", b" \n\t\r\n", b"\0" * 100])
def test_a_file_without_content_is_empty(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(EmptyDocument, match="there is no text"):
        parsed(tmp_path / "a.txt", data)


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx"])
def test_office_files_with_a_password_are_protected(tmp_path: Path, name: str) -> None:
    plain = {
        "a.docx": word([("Normal", "x")]),
        "a.pptx": slides(("x", "y", "")),
        "a.xlsx": workbook(s=[("x",)]),
    }[name]
    with pytest.raises(ProtectedDocument, match="needs a password"):
        parsed(tmp_path / name, locked_office(plain, "secret"))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_truncated_office_file_is_damaged(tmp_path: Path, share: float) -> None:
    data = word([("Normal", "文本" * 5000)])
    with pytest.raises(DamagedDocument) as caught:
        parsed(tmp_path / "a.docx", data[: int(len(data) * share)])
    assert caught.value.hint


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    bomb = archive(**{"word__document.xml": b"\0" * (301 << 20)})
    assert len(bomb) < 1 << 20
    with pytest.raises(LimitExceeded, match="unpacks to too much"):
        parsed(tmp_path / "a.docx", bomb)


def test_text_beyond_the_limit_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parser, "MOST_TEXT_BYTES", 1000)
    with pytest.raises(LimitExceeded, match="too large"):
        parsed(tmp_path / "a.txt", "字" * 1000)


def test_no_document_text_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    parsed(tmp_path / "a.docx", word([("Normal", "a private sentence")]))
    parsed(tmp_path / "a.html", "<html><p>a private sentence</p></html>")
    assert "private" not in caplog.text
