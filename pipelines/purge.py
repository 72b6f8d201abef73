"""`kb remove --purge`: documents out of everything that kb keeps, down to the bytes.

    find       the documents at the paths, in every generation that is kept
    take out   in a draft, whose catalog and vectors are then written anew
    forget     conversations and evaluations that tell of them; cached vectors of other texts
    commit     the draft becomes the live generation, without a way back
    sweep      every other generation
    search     the bytes of every file of the home folder

In this order, because a run that is killed is to be run again: until the sweep is done a
generation is there that still knows what the paths name.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from kb.errors import NothingFound, StoreDamaged
from kb.index.catalog import Catalog
from kb.index.faults import store_faults
from kb.index.generation import Collection, Held
from kb.pipelines import self_calibration
from kb.pipelines.remove import CELLS, Named, files_of, find, left_of, nothing_at, take_out
from kb.pipelines.traces import Traces, evaluations, files_of_home, holding, needles
from kb.pipelines.versions import note_versions
from kb.statefile import is_file
from kb.types import Chunk

log = logging.getLogger(__name__)

_READERS_SECONDS = 3.0
"""A session that is asked nothing lets go of an earlier generation within one (kb/session)."""


@dataclass(frozen=True, slots=True)
class PurgeReport:
    """As RemovalReport, and what else went: `generations` that were kept, `vectors` in the cache,
    `conversations` and `files` that told of the documents. `held` are generations that readers
    keep; `elsewhere` are files of the home folder that kb does not own and that hold them still.
    """

    removed: int
    remaining: int
    generation: int
    on_disk: tuple[str, ...]
    generations: tuple[int, ...]
    vectors: int
    conversations: tuple[str, ...]
    files: tuple[str, ...]
    held: tuple[Held, ...]
    elsewhere: tuple[str, ...]


def purge(
    collection: Collection, paths: Sequence[Path], *, wait: float, own: Sequence[Path] = ()
) -> PurgeReport:
    """Remove what lies at the paths, now or in an earlier generation, and rewrite what is kept.
    Without a path the traces of earlier removals go.

    Args:
        wait: seconds to wait for another writer, and for readers of earlier generations; for
            those never less than three.
        own: files that kb wrote elsewhere and that may go, such as a run's summary.

    Raises:
        NothingFound: the collection is empty.
        UsageError: a path names nothing that is indexed, or was in a generation that is kept.
        LockHeld: another run is writing.
        StoreDamaged: the live vectors cannot be read.
    """
    deadline = time.monotonic() + wait
    with collection.writer(wait) as draft:
        if draft.base is None:
            raise NothingFound(
                f"the collection '{collection.name}' is empty",
                why="nothing was ingested into it yet",
                hint="there is nothing to remove",
            )
        found = _Found(collection, paths)
        before = tuple(manifest.generation for manifest in collection.generations())
        draft.begin()
        live = Named() if not paths else _live(draft.base.catalog, paths)
        take_out(draft.catalog, live)
        _forget_parts(draft.catalog, live)
        note_versions(draft.catalog)
        if made := draft.base.manifest.fingerprint:
            self_calibration.forget_removed(draft.catalog, made.digest)
        draft.rewrite()
        traces = Traces.of(iter(found.paths), found.chunks, found.cells)
        conversations = _delete_telling(_conversations(collection.home), traces, draft.catalog)
        files = _delete_telling(_evaluations(collection.home, own), traces, draft.catalog)
        vectors = draft.cache.purge(_texts(draft.catalog))
        on_disk = files_of(live.records, draft.base.catalog)
        generation = draft.commit()
    held = collection.sweep_others(max(_READERS_SECONDS, deadline - time.monotonic()))
    left = _left(collection, found)
    inside = [file for file in left if file.is_relative_to(collection.folder)]
    return PurgeReport(
        removed=sum(not record.is_archive for record in live.records),
        remaining=left_of(collection, found.chunks, found.cells) + len(left),
        generation=generation,
        on_disk=on_disk,
        generations=tuple(n for n in before if n not in {one.generation for one in held}),
        vectors=vectors,
        conversations=conversations,
        files=files,
        held=held,
        elsewhere=tuple(str(file) for file in left if file not in inside),
    )


class _Found:
    """The documents at the paths with their chunks and texts of cells, in all generations that are
    kept."""

    def __init__(self, collection: Collection, paths: Sequence[Path]) -> None:
        chunks: dict[str, Chunk] = {}
        cells: dict[str, None] = {}
        places: set[str] = set()
        seen: set[Path] = set()
        for manifest in collection.generations():
            try:
                with collection.generation(manifest.generation) as one:
                    for path in paths:
                        if what := find(one.catalog, path):
                            seen.add(path)
                        for record in what.records:
                            places.add(record.path)
                            for chunk in one.catalog.document_chunks(record.doc_id):
                                chunks[chunk.id] = chunk
                            store = one.catalog.table_store
                            cells |= dict.fromkeys(store.samples(record.doc_id, CELLS))
                        places |= {failure.path for failure in what.failures}
            except StoreDamaged as error:
                log.warning("generation %d was not read: %s", manifest.generation, error.why)
        if lost := [path for path in paths if path not in seen]:
            raise nothing_at(lost[0])
        self.chunks = list(chunks.values())
        self.cells = list(cells)
        self.paths = sorted(places)


def _live(catalog: Catalog, paths: Sequence[Path]) -> Named:
    each = [find(catalog, path) for path in paths]
    return Named(
        records=tuple({r.doc_id: r for one in each for r in one.records}.values()),
        sources=tuple(source for one in each for source in one.sources),
        failures=tuple(failure for one in each for failure in one.failures),
    )


def _forget_parts(catalog: Catalog, what: Named) -> None:
    """A source that was ingested file by file lists its files' names."""
    gone = {(record.root, record.path) for record in what.records}
    gone |= {(failure.root, failure.path) for failure in what.failures}
    for source in catalog.sources():
        only = tuple(part for part in source.only if (source.label, part) not in gone)
        if only and only != source.only:
            catalog.put_source(replace(source, only=only))
        elif source.only and not only:
            take_out(catalog, Named(sources=(source,)))


def _texts(catalog: Catalog) -> Iterator[str]:
    for record in catalog.documents():
        for chunk in catalog.document_chunks(record.doc_id):
            yield chunk.embedding_text


# --- other files of the home folder -----------------------------------------------------


def _conversations(home: Path) -> Iterator[Path]:
    kept = [*(home / "chats").glob("*.jsonl"), *(home / "serve/conversations").glob("*/*.jsonl")]
    yield from (file for file in sorted(kept) if is_file(file))


def _evaluations(home: Path, own: Sequence[Path]) -> Iterator[Path]:
    yield from (file for file in own if file.is_file())
    yield from evaluations(home)


def _delete_telling(files: Iterator[Path], traces: Traces, staying: Catalog) -> tuple[str, ...]:
    """Delete the files that tell of what goes, whole: what follows on a secret repeats it. Where
    the sandbox lets a file only be written, it stays, empty."""
    gone = []
    for file in files:
        with store_faults(file):
            text = file.read_text(encoding="utf-8", errors="replace")
            if traces.are_in(text, lambda sentence: staying.holds(sentence.encode())):
                os.truncate(file, 0)
                with suppress(PermissionError):
                    file.unlink()
                gone.append(str(file))
    return tuple(gone)


def _left(collection: Collection, found: _Found) -> list[Path]:
    """The files that still hold what no document that stays holds as well."""
    with collection.reader() as live:
        wanted = [
            one
            for one in needles(found.chunks, found.paths, found.cells)
            if not live.catalog.holds(one)
        ]
        return [file for file in files_of_home(collection.home) if wanted and holding(file, wanted)]
