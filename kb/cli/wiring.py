"""Settings to parts: which adapter stands behind which port. Imported when a command runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kb.cli.signals import asked_to_stop
from kb.config import Settings, data_folder
from kb.index.generation import Collection

if TYPE_CHECKING:
    from kb.models.connect import Models
    from pipelines import ask, ingest


def collection(settings: Settings) -> Collection:
    """The collection in use, with the configured vector store behind it."""
    if settings.store.engine == "server":
        from kb.index.server import ServerStore

        store = ServerStore(settings.store.url, settings.store.api_key_file)
        return Collection(settings.home, settings.collection, store)
    return Collection(settings.home, settings.collection)


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
    )


@contextmanager
def ingest_tools(settings: Settings) -> Iterator[ingest.Tools]:
    """What the ingest pipeline works with. Neither a model nor a worker starts before its use.

    Within the block a first signal asks the run to stop, and a second one stops it.
    """
    from kb.documents import CHUNKER, PARSER
    from kb.documents.workers import ParsePool
    from kb.index.sparse import document_vector
    from pipelines.ingest import Tools

    with ExitStack() as stack, asked_to_stop() as stop:
        pool = stack.enter_context(
            ParsePool(
                settings.ingest.workers,
                seconds_per_file=settings.ingest.seconds_per_file,
                megabytes_per_file=settings.ingest.megabytes_per_file,
                chunk_tokens=settings.chunk.tokens,
                overlap_sentences=settings.chunk.overlap_sentences,
            )
        )
        yield Tools(
            collection=collection(settings),
            prepare=pool.prepare,
            parse=pool.results,
            embedder=lambda: stack.enter_context(models(settings)).embedder(),
            sparse=document_vector,
            parser=PARSER,
            chunker=f"{CHUNKER}:{settings.chunk.tokens}:{settings.chunk.overlap_sentences}",
            store=settings.store.engine,
            halt=pool.close,
            patience=settings.ingest.patience_seconds,
            stop=stop,
        )


@contextmanager
def ask_tools(settings: Settings) -> Iterator[ask.Tools]:
    """What searching and answering work with, on the live generation."""
    from kb.answering.refusal import threshold_for
    from kb.index.sparse import fold, query_vector
    from kb.models.profiles import profile_for
    from pipelines.ask import Tools
    from pipelines.calibrate import stored_threshold

    with collection(settings).reader() as live, ExitStack() as stack:
        engines = stack.enter_context(models(settings))
        catalog = live.catalog
        vectors = live.vectors
        embedder = engines.embedder()
        model = embedder.info()
        live.manifest.check_model(model)
        yield Tools(
            index=vectors,
            catalog=catalog,
            lexical=partial(query_vector, df=catalog.df, n=catalog.chunk_count()),
            fold=fold,
            embedder=embedder,
            generator=engines.generator,
            engine=engines.engine,
            temperature=profile_for(settings.models.chat).temperature,
            threshold=stored_threshold(catalog, model.digest)
            or threshold_for(settings.models.embedding),
        )
