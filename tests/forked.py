"""Children that begin at once: forks of a server that has imported what they need.

A process has one such server. Parsing processes come from it, too, so it imports what these want;
who starts it first decides, which is why the tests of `crash` and `pipelines` do so here.
"""

from __future__ import annotations

import multiprocessing
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext

_PRELOADED = (
    "kb.documents.pool.preload",
    "pytest",
    "tests.crash.killed_run",
    "tests.index_samples",
    "tests.pipelines.bundles",
)


def context() -> ForkServerContext:
    """As multiprocessing's, with the server running."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([*_PRELOADED])
    forkserver.ensure_running()
    return made
