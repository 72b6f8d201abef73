"""Every format that is read, in one table.

A format says of itself, in its own file, what it is called, how it is recognised, which program it
needs and how it is converted; docs/formats.md and the doctor read the same. A new one is a file in
`converters/` (or `archives/`), a line of `_FILES`, a new `PARSER`, a test with a sample, and a
line of the changelog.

The files of the table import what they convert with when they convert, not before.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from kb.types import ParsedDocument, SourceFile

if TYPE_CHECKING:
    from kb.documents.archives.members import Container
    from kb.documents.detect import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program that formats need beside kb.

    Attributes:
        name: what people call it.
        find: its path; raises OSError, or ImportError, with the reason where it is missing.
        fix: what to do then, with the Debian package or the wheel that brings it.
        comes_with_kb: it is a dependency of kb, and where it is missing kb is not whole.
    """

    name: str
    find: Callable[[], str]
    fix: str
    comes_with_kb: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How files of one kind are recognised and read.

    Attributes:
        name: as docs and messages have it.
        endings: of file names, in lower case, without the dot.
        kept, lost: for docs/formats.md: what is kept beside the text, and what is not.
        convert: bytes to a document; raises DocumentError or anything at all. None for an
            archive, which has no text of its own.
        open: an archive, or a mail, as a container of other files; `path` is only shown. The
            container closes the file. Raises DocumentError or anything at all.
        recognised: whether the content is surely of this format.
        by_ending: the name decides, where the content of a text does not tell.
        guessed: whether a text looks like it, where its name does not tell either.
        text: the whole file is text, of which less is read than of others.
        hidden: endings with which a hidden file (`.notes.txt`) is a document.
        program: what converts it.
        preload: a module of kb whose `load()` imports what takes long. A run that has such a file
            does so once, before its parsing processes are forked.
    """

    name: str
    endings: tuple[str, ...]
    kept: str
    lost: str = ""
    convert: Callable[[SourceFile, bytes], ParsedDocument] | None = None
    open: Callable[[str, BinaryIO], Container] | None = None
    recognised: Callable[[Content], bool] | None = None
    by_ending: bool = False
    guessed: Callable[[Content], bool] | None = None
    text: bool = False
    hidden: tuple[str, ...] = ()
    program: Program | None = None
    preload: str = ""


# The order counts: of two formats that recognise a file, or guess it, the first has it. What is
# packed in a ZIP comes before the ZIP, and text after all that is none.
_FILES = (
    "converters.pdf",
    "converters.image",
    "converters.heic",
    "converters.djvu",
    "converters.docx",
    "converters.doc",
    "converters.odt",
    "converters.rtf",
    "converters.pptx",
    "converters.ppt",
    "converters.odp",
    "converters.xlsx",
    "converters.xlsb",
    "converters.xls",
    "converters.ods",
    "converters.ofd",
    "converters.xps",
    "converters.vsdx",
    "converters.iwork",
    "converters.epub",
    "converters.mobi",
    "converters.msg",
    "converters.tnef",
    "archives.p7m",
    "archives.zip",
    "archives.tar",
    "archives.tar_gz",
    "archives.seven_zip",
    "archives.rar",
    "archives.pst",
    "archives.chm",
    "converters.emlx",
    "converters.mht",
    "converters.html",
    "archives.mbox",
    "converters.xml_2003",
    "converters.drawio",
    "converters.svg",
    "converters.xml",
    "converters.eml",
    "converters.markdown",
    "converters.rst",
    "converters.org",
    "converters.vcf",
    "converters.ics",
    "converters.srt",
    "converters.ipynb",
    "converters.json",
    "converters.jsonl",
    "converters.csv",
    "converters.code",
    "converters.text",
)


@functools.cache
def formats() -> tuple[Format, ...]:
    """All formats, in the order of the table."""
    found: list[Format] = []
    for file in _FILES:
        one = importlib.import_module(f"kb.documents.{file}").FORMAT
        assert isinstance(one, Format)
        found.append(one)
    return tuple(found)


@functools.cache
def endings() -> frozenset[str]:
    """Every ending that a format claims."""
    return frozenset(ending for one in formats() for ending in one.endings)


@functools.cache
def hidden_endings() -> frozenset[str]:
    return frozenset(ending for one in formats() for ending in one.hidden)


def preloads(of: Iterable[str]) -> set[str]:
    """What files with these endings want to have imported."""
    by_ending = {ending: one.preload for one in formats() for ending in one.endings}
    return {by_ending[ending] for ending in {*of} if by_ending.get(ending)}


def needing(program: Program) -> tuple[Format, ...]:
    """The formats that a program converts."""
    return tuple(one for one in formats() if one.program is program)


def extension(name: str) -> str:
    """A file name's ending in lower case, "" where it has none."""
    stem, dot, ending = name.rsplit("/", 1)[-1].rpartition(".")
    return ending.lower() if dot and stem else ""
