"""What a worker's parent process imports before it forks: once, for all workers, guard first.

Imported for its side effects, by multiprocessing's fork server alone.
"""

from __future__ import annotations

import importlib
import os

from kb import egress

egress.install()
# A worker works on one file at a time; the other cores belong to its siblings and the engine.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
importlib.import_module("kb.documents.chunking.chunk")
importlib.import_module("kb.documents.parse")
