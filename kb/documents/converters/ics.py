"""Appointments: iCalendar files, and the invitations in a mail."""

from __future__ import annotations

from collections.abc import Iterator

from kb.documents.builder import Builder
from kb.documents.converters.common.content_lines import components, row
from kb.documents.formats import Format
from kb.documents.text.encoding import decode
from kb.types import ElementKind, ParsedDocument, SourceFile

_NAMES = {
    "SUMMARY": ("subject", "主题"),
    "DTSTART": ("begins", "开始"),
    "DTEND": ("ends", "结束"),
    "DUE": ("due", "截止"),
    "RRULE": ("repeats", "重复"),
    "LOCATION": ("place", "地点"),
    "ORGANIZER": ("organiser", "组织者"),
    "ATTENDEE": ("attendee", "参加者"),
    "STATUS": ("status", "状态"),
    "DESCRIPTION": ("description", "说明"),
    "COMMENT": ("comment", "备注"),
}


def convert(source: SourceFile, data: bytes) -> ParsedDocument:
    """An appointment, or a task, a row."""
    builder = Builder(source)
    for line, text in appointments(decode(data)[0]):
        builder.add(ElementKind.TABLE_ROW, text, line=line)
    return builder.document()


def appointments(text: str) -> Iterator[tuple[int, str]]:
    """Each appointment of a calendar's text: its line, from 1, and its fields in one line."""
    for one in components(text, "VEVENT", "VTODO", "VJOURNAL"):
        yield one.line, row(one, _NAMES).replace("mailto:", "").replace("MAILTO:", "")


FORMAT = Format(
    name="ics",
    endings=("ics", "ical", "ifb"),
    kept="an appointment or task a row: subject, times, place, people, description; line numbers",
    lost="alarms, time zones' rules",
    convert=convert,
    by_ending=True,
    guessed=lambda content: content.head.lstrip().upper().startswith(b"BEGIN:VCALENDAR"),
    text=True,
    hidden=("ics",),
)
