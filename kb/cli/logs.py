"""What goes to standard error: lines for people, or with `--log-format json` one object a line.

In JSON every line has `time` (UTC, ISO 8601), `level` and `step`; nothing that a question or a
document says is in one (docs/privacy.md).
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TextIO

import click

from kb.text.readable import shown_in_json

FORMATS = ("text", "json")

_TEXT = "%(levelname)s %(name)s: %(message)s"
_state = {"json": False}
_before: list[Callable[[], None]] = []


def use(style: str) -> None:
    """Write in this format from now on."""
    _state["json"] = style == "json"
    formatter = _Json() if style == "json" else logging.Formatter(_TEXT)
    for handler in logging.getLogger().handlers:
        handler.setFormatter(formatter)


def set_up(level: int, style: str) -> None:
    logging.basicConfig(level=level, force=True, handlers=[_Handler()])
    use(style)


def before_each_line(call: Callable[[], None]) -> None:
    """What has to happen before a log line is written; of several the last one counts."""
    _before[:] = [call]


def as_json() -> bool:
    return _state["json"]


def is_quiet() -> bool:
    return logging.getLogger().level > logging.WARNING


def line(level: int, step: str, **fields: object) -> None:
    """Write a JSON line; with -q only of an error."""
    if level >= logging.ERROR or not is_quiet():
        click.echo(as_object(level, step, fields), err=True)


def as_object(level: int, step: str, fields: dict[str, object]) -> str:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    line = {"time": now, "level": logging.getLevelName(level).lower(), "step": step, **fields}
    return shown_in_json(json.dumps(line, ensure_ascii=False, default=str))


class _Handler(logging.StreamHandler[TextIO]):
    def emit(self, record: logging.LogRecord) -> None:
        for call in _before:
            call()
        super().emit(record)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, object] = {"logger": record.name, "message": record.getMessage()}
        if record.exc_info:
            fields["traceback"] = self.formatException(record.exc_info)
        return as_object(record.levelno, "log", fields)


def traceback_line(text: str) -> None:
    """A traceback, whole, as one line where lines are objects."""
    if as_json():
        line(logging.CRITICAL, "bug", traceback=text)
    else:
        sys.stderr.write(text)
