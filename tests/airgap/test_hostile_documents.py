"""Documents that would have something fetched from another machine, or a file of this one drawn
into the index: they are read for what they say, nothing is fetched, no other file is opened."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from kb.index.generation import Collection
from tests.airgap import hostile_documents
from tests.airgap.machine import STUB, AirgappedKb, Seen
from tests.airgap.tracing import opened

REFUSED = {"table.rst": "damaged-document", "entity.odt": "damaged-document"}
"""pandoc, in its sandbox, gives up a document whose table is another file, and one with an entity
that it will not resolve."""

SECRET = "the safe's code is 48-13-77"


@dataclass(frozen=True)
class Taken:
    """All of them in one ingest: what was seen, the texts and the failures by name."""

    names: list[str]
    seen: Seen
    home: Path
    secret: Path
    texts: dict[str, str]
    failures: dict[str, str]


@pytest.fixture(scope="module")
def taken(namespace: None, tmp_path_factory: pytest.TempPathFactory) -> Taken:
    place = tmp_path_factory.mktemp("hostile")
    docs, secret = place / "docs", place / "outside" / "secret.txt"
    docs.mkdir()
    secret.parent.mkdir()
    secret.write_text(SECRET, encoding="utf-8")
    names = hostile_documents.write(docs, secret)
    kb = AirgappedKb(place / "home", module=STUB)
    seen = kb.watched("ingest", str(docs), "--json")
    with Collection(kb.home, "default").reader() as live:
        texts = {
            record.path: "\n".join(
                chunk.text for chunk in live.catalog.document_chunks(record.doc_id)
            )
            for record in live.catalog.documents()
        }
        failures = {failure.path: failure.reference for failure in live.catalog.failures()}
    return Taken(names, seen, kb.home, secret, texts, failures)


def test_each_is_read_for_what_it_says(taken: Taken) -> None:
    unread = {
        name: taken.failures.get(name) or taken.texts.get(name)
        for name in taken.names
        if hostile_documents.sentence(name) not in taken.texts.get(name, "")
    }
    assert unread == REFUSED


def test_nothing_is_fetched(taken: Taken, tracer: None) -> None:
    assert taken.seen.leaks == []


def test_no_file_is_opened_that_a_document_names(taken: Taken, tracer: None) -> None:
    assert [path for path in opened(taken.seen.calls) if path.endswith(taken.secret.name)] == []


def test_no_byte_of_another_file_is_in_the_index(taken: Taken) -> None:
    files = [file for file in taken.home.rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in " ".join(taken.texts.values())
