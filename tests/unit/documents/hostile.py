"""Parsers that behave badly on files called `bad…`, and well on every other."""

from __future__ import annotations

import os
import signal
import time

from kb import egress
from kb.documents.parse import parse
from kb.types import ParsedDocument, SourceFile


def hang(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        time.sleep(600)
    return parse(source)


def crash(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return parse(source)


def ended(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        os.kill(os.getpid(), signal.SIGTERM)
    return parse(source)


def exhaust(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        bytearray(1 << 30)
    return parse(source)


def bug(source: SourceFile) -> ParsedDocument:
    if source.path.startswith("bad"):
        raise ZeroDivisionError
    return parse(source)


def confess(source: SourceFile) -> ParsedDocument:
    """Not bad at all: the title tells what a worker is like."""
    guard = "guarded" if egress.is_installed() else "open"
    deaf = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    title = f"{guard} nice={os.nice(0)} {'deaf' if deaf else 'listening'} pid={os.getpid()}"
    return ParsedDocument(source, "", (), title)


def hang_in_archives(source: SourceFile) -> ParsedDocument:
    if source.path.endswith("!/bad.txt"):
        time.sleep(600)
    return parse(source)
