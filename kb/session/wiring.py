"""Settings to parts: which adapter stands behind which port. Imported when a command runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from kb.config import Settings, data_folder
from kb.errors import ModelMismatch, UsageError
from kb.index.generation import Collection, Snapshot

if TYPE_CHECKING:
    from kb.answering.refusal import Threshold
    from kb.answering.verdict import Rules
    from kb.index.catalog import Catalog
    from kb.models.connect import Models
    from kb.pipelines import ask, ingest
    from kb.pipelines.evaluate import Asking
    from kb.pipelines.retrieving import SearchTools
    from kb.ports import Embedder, Reranker
    from kb.tables.index import TableIndex
    from kb.version_types import Families
    from kb.wording import Wording


def collection(settings: Settings, name: str = "") -> Collection:
    """A collection, with the configured vector store behind it; without a name the one in use.

    Raises:
        UsageError: several are in use and none is named.
    """
    if name:
        return _collection(settings, name)
    if len(settings.collections) > 1:
        raise UsageError(
            f"this command works on one collection, not on '{settings.collection}'",
            why="only search, ask and chat read several at once",
            hint="run it once for each, with one name after --collection",
        )
    return _collection(settings, settings.collections[0])


def collections(settings: Settings) -> list[Collection]:
    """Every collection that is named."""
    return [_collection(settings, name) for name in settings.collections]


def _collection(settings: Settings, name: str) -> Collection:
    if settings.store.engine == "server":
        from kb.index.qdrant_server.store import ServerStore

        return Collection(settings.home, name, ServerStore(settings.store))
    return Collection(settings.home, name)


def models_folder(settings: Settings) -> Path:
    given = settings.models.folder
    return Path(given).expanduser() if given else data_folder() / "models"


def models(settings: Settings) -> Models:
    """The engine that `models.engine` asks for; with `auto` a server where one answers."""
    from kb.models.connect import open_models

    return open_models(
        settings.models.engine,
        hosts=settings.models.host,
        folder=models_folder(settings),
        embedding=settings.models.embedding,
        chat=settings.models.chat,
        busy_seconds=settings.models.busy_seconds,
        key=_key(settings),
    )


def _key(settings: Settings) -> str:
    """What servers of OpenAI's protocol are sent. Raises UsageError."""
    from kb.http import read_key

    if settings.models.engine != "openai":
        return ""
    return read_key(settings.models.api_key_file, "models.api_key_file")


@contextmanager
def ingest_tools(
    settings: Settings,
    engines: Callable[[], Models] | None = None,
    *,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[ingest.Tools]:
    """What the ingest pipeline works with. Neither a model nor a worker starts before its use.

    Args:
        engines: opens models that others use as well, and that they close.
        stop: whether the run is to end early, with what is whole by then.
    """
    from kb.documents import CHUNKER, PARSER
    from kb.documents.pool.workers import ParsePool
    from kb.index.sparse import LEXICAL, document_vector
    from kb.pipelines.ingest import Tools

    chunks = settings.chunk
    opened: list[Models] = []

    with ExitStack() as stack:

        def embedder() -> Embedder:
            found = engines() if engines else stack.enter_context(models(settings))
            opened.append(found)
            return found.embedder()

        def free() -> None:
            for one in opened if engines is None else ():  # others may be using theirs
                one.free()

        pool = stack.enter_context(
            ParsePool(
                settings.ingest.workers,
                seconds_per_file=settings.ingest.seconds_per_file,
                megabytes_per_file=settings.ingest.megabytes_per_file,
                chunk_tokens=chunks.tokens,
                overlap_sentences=chunks.overlap_sentences,
                table_rows=chunks.table_rows,
                sandboxed=settings.egress.sandbox != "off",
            )
        )
        yield Tools(
            collection=collection(settings),
            prepare=pool.prepare,
            parse=pool.results,
            embedder=embedder,
            sparse=document_vector,
            parser=PARSER,
            chunker=f"{CHUNKER}:{LEXICAL}:{chunks.tokens}:{chunks.overlap_sentences}"
            f":{chunks.table_rows}",
            store=settings.store.engine,
            halt=pool.close,
            free=free,
            patience=settings.ingest.patience_seconds,
            stop=stop,
        )


@contextmanager
def ask_tools(
    settings: Settings,
    engines: Callable[[], Models] | None = None,
    reading: Callable[[Collection], AbstractContextManager[Snapshot]] = Collection.reader,
) -> Iterator[ask.Tools]:
    """What searching and answering work with, on what is live now in each collection.

    Args:
        engines: opens models that others use as well, and that they close.
        reading: opens what is live in a collection.
    """
    with ExitStack() as stack:
        live = stack.enter_context(_live(settings, reading))
        opened = engines() if engines else stack.enter_context(models(settings))
        yield stack.enter_context(tools_on(live, settings, opened))


@contextmanager
def search_tools(
    settings: Settings,
    engines: Callable[[], Models],
    reading: Callable[[Collection], AbstractContextManager[Snapshot]],
) -> Iterator[SearchTools]:
    """What searching alone works with; as `ask_tools`."""
    with _live(settings, reading) as live, _searching(live, settings, engines()) as tools:
        yield tools


@contextmanager
def _live(
    settings: Settings, reading: Callable[[Collection], AbstractContextManager[Snapshot]]
) -> Iterator[Mapping[str, Snapshot]]:
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(reading(_collection(settings, name)))
            for name in settings.collections
        }


@contextmanager
def _searching(
    live: Mapping[str, Snapshot], settings: Settings, engines: Models
) -> Iterator[SearchTools]:
    from kb.index.sparse import query_vector
    from kb.pipelines.retrieving import SearchTools
    from kb.retrieval.multi_collection import MultiCatalog, MultiIndex, Part

    embedder = engines.embedder()
    model = embedder.info()
    _check_same_model(live)
    for snapshot in live.values():
        snapshot.manifest.check_model(model)
    parts = [Part(name, one.vectors, one.catalog) for name, one in live.items()]
    alone = len(parts) == 1
    catalog = parts[0].catalog if alone else MultiCatalog(parts)
    with _reranker(settings) as rerank:
        yield SearchTools(
            index=parts[0].index if alone else MultiIndex(parts),
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            embedder=embedder,
            rerank=rerank,
        )


@contextmanager
def tools_on(
    live: Mapping[str, Snapshot], settings: Settings, engines: Models
) -> Iterator[ask.Tools]:
    """What searching and answering work with, on generations that are open, by collection."""
    from kb.models.profiles import profile_for
    from kb.models.reading_speed import Gauge
    from kb.pipelines.ask import Tools
    from kb.versions.choosing import Versions

    with ExitStack() as stack:
        found = stack.enter_context(_searching(live, settings, engines))
        yield Tools(
            index=found.index,
            catalog=found.catalog,
            lexical=found.lexical,
            embedder=found.embedder,
            generator=partial(engines.generator, settings.models.chat),
            engine=engines.engine,
            temperature=profile_for(settings.models.chat).temperature,
            threshold=_threshold(settings, live, found.embedder.info().digest),
            gauge=Gauge(settings.models.chat, settings.state / "models.json"),
            rerank=found.rerank,
            wording=_wording(settings, live),
            verdict=_verdict(settings, live),
            tables=stack.enter_context(_tables(live)),
            chooses_plans=settings.tables.choose_plans,
            versions=Versions(_families(settings, live), found.catalog.document_chunks),
        )


@contextmanager
def _tables(live: Mapping[str, Snapshot]) -> Iterator[TableIndex | None]:
    """The tables that are computed with; None where there are too many collections."""
    from kb.index import multi_tables
    from kb.index.table_search import TableSearch

    catalogs = {name: one.catalog for name, one in live.items()}
    if len(catalogs) == 1:
        yield TableSearch(*catalogs.values())
        return
    with multi_tables.opened(catalogs) as tables:
        yield tables


def limits(settings: Settings) -> ask.Limits:
    """What a prompt and an answer may take."""
    from kb.pipelines.ask import Limits

    answer = settings.answer
    return Limits(answer.num_ctx, answer.max_tokens, answer.first_word_seconds)


def asking(settings: Settings) -> Asking:
    """How an evaluation asks the model."""
    from kb.pipelines.evaluate import Asking

    answer = settings.answer
    return Asking(limits(settings), think=answer.think, strict=answer.strict)


@contextmanager
def _reranker(settings: Settings) -> Iterator[Reranker | None]:
    from kb.models.rerank import open_reranker

    host, folder = settings.models.rerank_host, models_folder(settings)
    reranker = open_reranker(settings.models.rerank, host=host, folder=folder, key=_key(settings))
    if reranker is None:
        yield None
        return
    with closing(reranker):
        yield reranker


def _check_same_model(live: Mapping[str, Snapshot]) -> None:
    """Raises ModelMismatch where two collections were embedded with different models."""
    made = [(name, one.manifest.fingerprint) for name, one in live.items()]
    known = [(name, fingerprint) for name, fingerprint in made if fingerprint]
    for (name, ours), (other, theirs) in pairwise(known):
        if (ours.digest, ours.dimension) != (theirs.digest, theirs.dimension):
            raise ModelMismatch(
                f"the collections '{name}' and '{other}' were embedded with different models",
                why=f"'{name}' with {ours.embedding} ({ours.digest[:12]}), '{other}' with "
                f"{theirs.embedding} ({theirs.digest[:12]}); their vectors cannot be compared",
                hint=f"ask them one by one, or: kb --collection {other} ingest PATH --rebuild",
            )


def _threshold(settings: Settings, live: Mapping[str, Snapshot], digest: str) -> Threshold | None:
    """Of each collection what `kb eval --calibrate` has found with questions, else what it says by
    itself, else what is known of the model; None where one of them has none."""
    from kb.answering.refusal import lowest, threshold_for

    chunks = sum(one.catalog.chunk_count() for one in live.values())
    usual = threshold_for(settings.models.embedding, chunks)
    known = [found for one in live.values() if (found := _own(one.catalog, digest, usual))]
    return lowest(known) if len(known) == len(live) else None


def _own(catalog: Catalog, digest: str, usual: Threshold | None) -> Threshold | None:
    from kb.answering.refusal import own_threshold
    from kb.pipelines import calibrate, self_calibration

    if chosen := calibrate.stored_threshold(catalog, digest):
        return chosen
    found = self_calibration.stored(catalog, digest)
    if found is None:
        return usual
    return own_threshold({spoken: one.threshold for spoken, one in found.languages.items()})


def _families(settings: Settings, live: Mapping[str, Snapshot]) -> Families:
    """Which documents are versions of one another, with ids and paths as the catalog has them that
    is searched: of several collections with their names."""
    from kb.retrieval.multi_collection import SEPARATOR
    from kb.session.inspection import families_of
    from kb.version_types import Families

    each = {name: families_of(one.catalog, settings.retrieval) for name, one in live.items()}
    if len(each) == 1:
        return next(iter(each.values()))
    return Families.of(
        tuple(
            family.below(f"{name}{SEPARATOR}")
            for name, found in each.items()
            for family in found.all
        )
    )


def _wording(settings: Settings, live: Mapping[str, Snapshot]) -> Wording:
    """What was calibrated for the chat model, if the collections agree; else its profile's."""
    from kb.models.profiles import profile_for
    from kb.pipelines.calibrate import stored_wording

    chat = settings.models.chat
    stored = {stored_wording(one.catalog, chat) for one in live.values()} - {None}
    return (stored.pop() if len(stored) == 1 else None) or profile_for(chat).wording


def _verdict(settings: Settings, live: Mapping[str, Snapshot]) -> Rules | None:
    """How the verdict is taken: as calibrated for the chat model, if the collections agree."""
    from kb.answering.verdict import only_flagging, rules_for
    from kb.pipelines.verdicts import stored_rules

    if settings.answer.verdict == "off":
        return None
    chat = settings.models.chat
    stored = [stored_rules(one.catalog, chat) for one in live.values()]
    agreed = stored[0] if all(one == stored[0] for one in stored) else None
    rules = {**rules_for(chat), **(agreed or {})}
    return only_flagging(rules) if settings.answer.verdict == "flag" else rules
