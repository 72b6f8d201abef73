"""What all parsing processes need, imported once before they are forked: the guard first.

Imported for its side effects, by the process of `starter.py`.
"""

from __future__ import annotations

import importlib
import os

from kb import egress

egress.install()
# A worker works on one file at a time; the other cores belong to its siblings and the engine.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")
importlib.import_module("kb.documents.pool.worker")
importlib.import_module("kb.documents.chunking.chunk")
importlib.import_module("kb.documents.parse")
importlib.import_module("kb.documents.formats").formats()
