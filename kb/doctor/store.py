"""The collections in the home folder. Nothing is changed: see count_in_copy of
kb/index/qdrant_edge/."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from kb.doctor.context import DoctorContext, Live
from kb.doctor.findings import Finding, from_error, ok, skipped, warning
from kb.errors import KbError, StoreDamaged
from kb.index import disk, locks
from kb.index.cache import look_into
from kb.index.checks import catalog_problems
from kb.index.faults import REPAIR
from kb.index.generation import Collection, Snapshot
from kb.index.layout import Layout

_WHOLE_CATALOG = 64 << 20
"""Bytes up to which the catalog is read whole: a second's work."""
_LARGEST_SHARD = 2 << 30
_EMPTY = "nothing was ingested yet"


def lock(context: DoctorContext) -> list[Finding]:
    """Whether a process is writing, and whether it lives."""
    return [_lock(context, live) for live in context.collections]


def _lock(context: DoctorContext, live: Live) -> Finding:
    path = Layout(live.folder).lock
    if not path.exists():
        return ok(context.labelled(live, "free; nobody has written yet"))
    if not Path("/proc/locks").exists():
        return skipped(context.labelled(live, "this system does not tell who holds a lock"))
    holder = locks.lock_holder(path)
    if holder is None:
        return ok(context.labelled(live, "free"))
    command = _command(holder)
    return warning(
        context.labelled(
            live,
            f"process {holder} ({command or 'of another user or container'}) is writing; "
            "a second writer ends with exit code 6",
        ),
        f"wait until it is done: kb reindex --wait 600; if it hangs: kill {holder} "
        "(what it committed stays)",
    )


def _command(process: int) -> str:
    try:
        words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return ""
    return os.fsdecode(b" ".join(words).strip())[:80]


def store_format(context: DoctorContext) -> list[Finding]:
    """FORMAT names a layout that this kb knows."""
    findings = []
    for live in context.collections:
        try:
            known = Layout(live.folder).is_initialised()
        except KbError as error:
            findings.append(from_error(error))
        else:
            findings.append(ok(context.labelled(live, "known" if known else _EMPTY)))
    return findings


def generation(context: DoctorContext) -> list[Finding]:
    """CURRENT names a generation that is there and whole enough to be opened."""
    return [_generation(context, live) for live in context.collections]


def _generation(context: DoctorContext, live: Live) -> Finding:
    try:
        Layout(live.folder).is_initialised()
    except KbError:
        return skipped(context.labelled(live, "its format is not known, see above"))
    if live.error is not None:
        return from_error(live.error)
    if live.manifest is None:
        return ok(context.labelled(live, _EMPTY))
    made = live.manifest
    return ok(
        context.labelled(
            live,
            f"{made.generation} of {made.created}: {made.documents} documents, "
            f"{made.chunks} chunks, {made.failures} files failed",
        )
    )


def catalog(context: DoctorContext) -> list[Finding]:
    """The catalog is what was committed."""
    return [_opened(context, live, _catalog) for live in context.collections]


def _catalog(snapshot: Snapshot) -> Finding:
    size = (snapshot.folder / "catalog.sqlite").stat().st_size
    if size > _WHOLE_CATALOG:
        counted = snapshot.catalog.chunk_count()
        if counted == snapshot.manifest.chunks:
            return ok(f"{counted} chunks, as committed; kb check reads it whole ({size >> 20} MiB)")
        problems: tuple[str, ...] = (
            f"{counted} chunks, and {snapshot.manifest.chunks} were committed",
        )
    else:
        problems = catalog_problems(snapshot)
    if problems:
        return from_error(StoreDamaged("the catalog is damaged", why=problems[0], hint=REPAIR))
    return ok(f"{snapshot.manifest.chunks} chunks, read whole, as committed")


def vectors(context: DoctorContext) -> list[Finding]:
    """As many vectors as the catalog has chunks."""
    if context.settings.store.engine == "server":
        return [skipped("they are on the Qdrant server, see below; kb check compares them")]
    return [_opened(context, live, _vectors) for live in context.collections]


def _vectors(snapshot: Snapshot) -> Finding:
    made = snapshot.manifest.fingerprint
    if made is not None and made.engine != "edge":
        return skipped(f"they are in the store '{made.engine}', store.engine is 'edge'")
    folder = snapshot.folder / "vectors"
    chunks = snapshot.catalog.chunk_count()
    if chunks == 0:
        return ok("no chunk needs any")
    if not folder.is_dir():
        return _lacking("they are missing")
    if disk.tree_size(folder) > _LARGEST_SHARD:
        return skipped("too many to be looked at in passing: kb check compares every one")
    from kb.index.qdrant_edge.shard import count_in_copy

    counted = count_in_copy(folder)
    if counted != chunks:
        return _lacking(f"{counted} vectors for {chunks} chunks")
    return ok(f"{counted}, one a chunk; kb check compares every one")


def _lacking(why: str) -> Finding:
    return from_error(StoreDamaged("the vectors do not fit the catalog", why=why, hint=REPAIR))


def _opened(context: DoctorContext, live: Live, look: Callable[[Snapshot], Finding]) -> Finding:
    if live.error is not None:
        return skipped(context.labelled(live, "its generation cannot be opened, see above"))
    if live.manifest is None:
        return ok(context.labelled(live, _EMPTY))
    try:
        with Collection(context.home, live.name).reader() as snapshot:
            found = look(snapshot)
            return Finding(
                found.status, context.labelled(live, found.detail), found.fix, found.exit_code
            )
    except KbError as error:
        return from_error(error)


def embedding_cache(context: DoctorContext) -> list[Finding]:
    """The embedding cache can be read."""
    findings = []
    for live in context.collections:
        path = Layout(live.folder).embeddings
        if not path.exists():
            findings.append(ok(context.labelled(live, "none yet")))
            continue
        try:
            look_into(path)
        except StoreDamaged as error:
            # It holds nothing that cannot be computed again.
            findings.append(
                Finding(
                    from_error(error).status,
                    context.labelled(live, f"{error.what}: {error.why}"),
                    f'move it away, it is filled anew: mv "{path}" "{path}.damaged"',
                    error.exit_code,
                )
            )
        except KbError as error:
            findings.append(from_error(error))
        else:
            size = path.stat().st_size
            findings.append(ok(context.labelled(live, f"{size >> 20} MiB, can be read")))
    return findings
