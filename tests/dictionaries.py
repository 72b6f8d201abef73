"""Imported for its side effect, before forks: the first text that a process splits into words, and
the first that it tags, cost 0.1 s each, in which a dictionary is read. Forks find it read."""

from __future__ import annotations

from kb.answering.tagger import tagged
from kb.index.sparse import document_vector

document_vector("今天 Müller sold 3 pumps.")
tagged("今天")
