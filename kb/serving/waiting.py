"""The times of an answer, of which whoever asked has waited for its turn as well."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from kb.serving.backend import Lines
from kb.session import to_json


class Waiting:
    """A question that is put now, and waits for its turn."""

    def __init__(self) -> None:
        self._at = time.monotonic()

    def begun(self) -> Begun:
        """When its turn has come."""
        return Begun(time.monotonic() - self._at)

    def answered(self, lines: Lines) -> Lines:
        """The lines of its answer, which begins now: its times are told with what it waited."""
        begun = self.begun()
        with closing(lines):
            for line in lines:
                if '"timings"' not in line:  # a text has its quotation marks escaped
                    yield line
                    continue
                answer = json.loads(line)
                begun.include(answer["timings"])
                yield to_json(answer)


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn that has come, after so many seconds."""

    waited: float

    def include(self, times: dict[str, Any]) -> None:
        """Put it into an answer's times, in seconds: `wait`, and as a part of `total`."""
        times["wait"] = round(self.waited, 3)
        times["total"] = round(times["total"] + self.waited, 3)
