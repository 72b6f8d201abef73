"""`make bench`, or `python -m tests.bench NAME…` for some of it.

Prints what it does on standard error and the table on standard output. Figures of one run stand
side by side; absolute times depend on the machine and on what else it is doing.
"""

from __future__ import annotations

import importlib
import os
import platform
import sys
import time

from tests.bench.table import Row, markdown

PARTS = (
    "startup",
    "ask",
    "repeat",
    "overlap",
    "overhead",
    "stock",
    "scale",
    "tables",
    "table_questions",
    "large_tables",
    "memory",
    "serve",
    "retrieval",
)


def main(names: list[str]) -> int:
    unknown = set(names) - set(PARTS)
    if unknown:
        print(f"unknown: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
        return 2
    rows: list[Row] = []
    for name in names or PARTS:
        print(f"== bench: {name}", file=sys.stderr, flush=True)
        started = time.monotonic()
        rows += importlib.import_module(f"tests.bench.{name}").rows()
        print(f"   {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    print(f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}\n")
    print(markdown(rows))
    missed = [row.name for row in rows if row.met is False]
    print(f"\nmissed: {', '.join(missed) or 'none'}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
