"""Children that begin at once: forks of a server that has imported what they need.

A process has one such server, and who starts it first decides what it imports. Parsing processes
do not come from it: `kb/documents/pool/starter.py` forks them.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_PRELOADED = (
    "kb.documents.pool.preload",
    "pytest",
    "tests.crash.killed_run",
    "tests.dictionaries",
    "tests.index_samples",
    "tests.pipelines.bundles",
)


def context() -> ForkServerContext:
    """As multiprocessing's, with the server running."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([*_PRELOADED])
    forkserver.ensure_running()
    return made
