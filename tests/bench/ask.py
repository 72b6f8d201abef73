"""`kb ask` on the demo corpus: when the sources stand there, the first word, the whole answer."""

from __future__ import annotations

import os
import pty
import subprocess
import time

from tests.bench.places import DEMO, new_kb
from tests.bench.table import Row, at_most
from tests.commands import Kb

_QUESTION = "张飞的电话号码"


def rows() -> list[Row]:
    with new_kb() as kb:
        if kb("ingest", str(DEMO)).code:
            raise SystemExit("the demo corpus could not be ingested")
        kb("ask", _QUESTION)  # the models are in the page cache from here on
        sources, first_word, whole = _on_a_terminal(kb)
        times = kb("ask", _QUESTION, "--json").json["timings"]
    parts = ", ".join(f"{name} {times[name]:.1f}" for name in times if name != "total")
    return [
        at_most("`kb ask`: sources on the screen", sources, 2.0, "s"),
        Row("`kb ask`: first word", f"{first_word:.1f} s"),
        Row("`kb ask`: whole process", f"{whole:.1f} s"),
        Row("`kb ask`: parts", f"{parts} s"),
    ]


def _on_a_terminal(kb: Kb) -> tuple[float, float, float]:
    """Seconds until the sources, the answer's first word, and the end, as on a screen."""
    ours, theirs = pty.openpty()
    started = time.perf_counter()
    process = subprocess.Popen(
        kb.command("ask", _QUESTION), env=kb.environment(), stdout=theirs, stderr=subprocess.PIPE
    )
    os.close(theirs)
    assert process.stderr is not None
    while b"[1]" not in process.stderr.readline():
        pass
    sources = time.perf_counter() - started
    os.read(ours, 1)
    first_word = time.perf_counter() - started
    try:
        while os.read(ours, 4096):
            pass
    except OSError:
        pass  # how a terminal says that the other end was closed
    process.stderr.read()
    process.wait()
    os.close(ours)
    return sources, first_word, time.perf_counter() - started
