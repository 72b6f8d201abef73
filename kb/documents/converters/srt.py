"""Subtitles: SubRip, WebVTT and SubStation Alpha. A sentence goes over several cues, and is one
paragraph here."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from kb.documents.builder import Builder
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.text.han import HAN, MARKS
from kb.types import ElementKind, ParsedDocument, SourceFile

_TIMES = re.compile(r"(?:\d+:)?\d\d:\d\d[.,]\d{3}\s*-->\s*.*")
_MARKUP = re.compile(r"<[^>]*>|\{\\[^}]*\}")
_BREAK = re.compile(r"\\[Nnh]")
_DRAWN = re.compile(r"\{[^}]*\\p[1-9]")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_WIDE = re.compile(f"[{HAN}{MARKS}]")
_ENDS = ("。", "！", "？", ".", "!", "?", "…", "；")
_LONGEST = 500  # characters, where nobody ends a sentence


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    builder = Builder(source)
    held, began = "", 0
    content = decode(data)[0]
    start = content.lstrip("\ufeff \n")
    if start.startswith("[Script Info]"):
        cues = _events(content)
    else:
        cues = _cues(content, is_webvtt=start.startswith("WEBVTT"))
    for line, text in cues:
        glue = "" if not held or (_WIDE.match(held[-1]) and _WIDE.match(text)) else " "
        held, began = held + glue + text, began or line
        if held.endswith(_ENDS) or len(held) > _LONGEST:
            builder.add(ElementKind.PARAGRAPH, held, line=began)
            held, began = "", 0
    builder.add(ElementKind.PARAGRAPH, held, line=began or None)
    return builder.document()


def _cues(text: str, *, is_webvtt: bool) -> Iterator[tuple[int, str]]:
    """The lines of each cue in one, and the number of its first. In WebVTT a character may be
    written as an entity, and who speaks is named where that changes."""
    speaker = ""
    inside, parts, began = False, list[str](), 0
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if _TIMES.fullmatch(line.strip()):
            inside = True
        elif not line.strip():
            if parts:
                yield began, " ".join(parts)
            inside, parts = False, []
        elif inside:
            voice = _VOICE.search(line) if is_webvtt else None
            named = html.unescape(voice[1]).strip() if voice else speaker
            spoken = _MARKUP.sub("", line).strip()
            spoken = html.unescape(spoken).replace("\xa0", " ") if is_webvtt else spoken
            if spoken and named != speaker:
                spoken, speaker = f"{named}: {spoken}", named
            if spoken:
                began = began if parts else number
                parts.append(spoken)


def _events(text: str) -> Iterator[tuple[int, str]]:
    """SubStation Alpha: what a `Dialogue` says, by the fields that `Format` names above; the last
    one is the text and may hold commas. What is drawn (`{\\p1}m 0 0 l 9 9`) is no text."""
    fields: list[str] = []
    speaker = ""
    for number, line in enumerate(text.split("\n"), start=1):
        kind, _, rest = line.partition(":")
        if kind == "Format":
            fields = [one.strip().lower() for one in rest.split(",")]
        elif kind == "Dialogue" and fields and not _DRAWN.search(rest):
            values = [one.strip() for one in rest.split(",", len(fields) - 1)]
            told = dict(zip(fields, values, strict=False))
            spoken = " ".join(_BREAK.sub(" ", _MARKUP.sub("", told.get("text", ""))).split())
            named = told.get("name", "")
            if spoken and named != speaker:
                spoken, speaker = (f"{named}: {spoken}" if named else spoken), named
            if spoken:
                yield number, spoken


FORMAT = Format(
    name="srt",
    endings=("srt", "vtt", "ass", "ssa"),
    kept="what is said, a sentence over several cues in one; line numbers",
    lost="times, styles",
    convert=convert,
    by_ending=True,
    text=True,
)
