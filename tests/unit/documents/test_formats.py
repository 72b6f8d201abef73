"""The table of formats: complete, cheap to read, and without two answers to one question."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from kb.doctor import CHECKS, documents
from kb.documents.formats import _FILES, formats, preloads
from kb.documents.pool.starter import modules_of

ROOM = Path(__file__).parents[3] / "kb" / "documents"


def test_every_file_that_declares_a_format_is_in_the_table() -> None:
    declaring = {
        ".".join(file.relative_to(ROOM).with_suffix("").parts).removesuffix(".__init__")
        for folder in ("converters", "archives")
        for file in (ROOM / folder).rglob("*.py")
        if "\nFORMAT = Format(" in file.read_text(encoding="utf-8")
    }
    assert set(_FILES) == declaring
    assert len(_FILES) == len(declaring)


def test_a_name_and_an_ending_belong_to_one_format() -> None:
    names = Counter(one.name for one in formats())
    endings = Counter(ending for one in formats() for ending in one.endings)
    assert [name for name, times in (names + endings).items() if times > 2] == []
    assert max(names.values()) == max(endings.values()) == 1


def test_every_format_can_be_recognised_and_read() -> None:
    for one in formats():
        assert one.recognised or one.by_ending or one.guessed, one.name
        assert one.convert or one.open, one.name
        assert set(one.hidden) <= set(one.endings), one.name


def test_the_doctor_looks_for_every_program_that_a_format_needs() -> None:
    needed = {one.program.name.lower() for one in formats() if one.program}
    assert {"libreoffice", "pandoc", "bsdtar", "readpst", "djvulibre"} < needed
    checked = {check.name for check in CHECKS}
    assert needed <= checked
    assert all(callable(getattr(documents, name)) for name in needed)


@pytest.mark.process
def test_reading_the_table_imports_nothing_that_converts() -> None:
    code = (
        "import sys; before = set(sys.modules); from kb.documents.formats import formats\n"
        "assert len(formats()) > 20\n"
        "print(*{name.partition('.')[0] for name in set(sys.modules) - before})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    own = {*sys.stdlib_module_names, "kb"}
    assert loaded - own == set()


def test_the_process_that_forks_finds_what_endings_want_to_have_imported() -> None:
    wanted = modules_of({".rtf", ".txt", ".", "kb.documents.chunking.chunk"})
    assert wanted == {"kb.documents.chunking.chunk", *preloads(["rtf"])}
    assert len(wanted) == 2
