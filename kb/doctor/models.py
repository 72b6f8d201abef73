"""The configured models: there, of the right kind, the ones that the index was made with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing

from kb.doctor.context import SECONDS, DoctorContext, Server, configured_models
from kb.doctor.findings import Finding, failed, from_error, ok, skipped, warning
from kb.errors import KbError, ModelError
from kb.model_types import ModelInfo
from kb.models.engine.gguf import Header, read_header
from kb.models.engine.store import ModelStore, StoredModel, known_digest
from kb.models.profiles import EMBEDDING_NUM_CTX

_PREFIX = 16
"""Tokens for what some models want in front of each text."""

_HASHED_IN_PASSING = 1 << 30
"""Bytes of weights up to which an unknown digest is computed, a second or two."""


def embedding_model(context: DoctorContext) -> list[Finding] | Finding:
    """The embedding model is there, and is the one that the index was made with."""
    name = context.settings.models.embedding
    return _on_each(
        context,
        lambda: _embedding_in_file(context, name),
        lambda server: _embedding(context, _shown(server, name), server.host),
        lambda: _embedding(context, _of_openai(context), "OpenAI's protocol"),
    )


def chat_model(context: DoctorContext) -> list[Finding] | Finding:
    """The model that answers is there, and has the context that it is asked for; so is each that
    people may choose (`serve.models`)."""
    first, *further = dict.fromkeys((context.settings.models.chat, *context.settings.serve.models))
    found = _answering(context, first)
    if not further:
        return found
    findings = found if isinstance(found, list) else [found]
    for name in further:
        try:
            more = _answering(context, name)
        except KbError as error:
            more = from_error(error)
        findings += more if isinstance(more, list) else [more]
    return findings


def _answering(context: DoctorContext, name: str) -> list[Finding] | Finding:
    return _on_each(
        context,
        lambda: _chat_in_file(context, name),
        lambda server: _chat(context, _shown(server, name), server.host),
        lambda: _chat(context, _of_openai(context, chat=name), "OpenAI's protocol"),
    )


def rerank_model(context: DoctorContext) -> Finding:
    """The reranker is there, where one is configured."""
    models = context.settings.models
    if not models.rerank:
        return skipped("models.rerank is empty: passages are not reranked")
    if models.rerank_host:
        return _reranks(models.rerank_host, models.rerank)
    stored, header = _file(context, models.rerank)
    if not header.ranks:
        return failed(
            f"{stored.weights} is not a reranker (pooling type RANK)",
            'name another one in models.rerank, for example bge-reranker-v2-m3, or ""',
            ModelError,
        )
    return ok(f"{models.rerank}: {stored.weights}")


def _reranks(host: str, name: str) -> Finding:
    from kb.models.rerank import ServerReranker

    ServerReranker(host, name, seconds=SECONDS).rerank("?", ["a"])
    return ok(f"{name} at {host}")


def _on_each(
    context: DoctorContext,
    here: Callable[[], Finding],
    there: Callable[[Server], Finding],
    of_openai: Callable[[], Finding],
) -> list[Finding] | Finding:
    """One finding for the embedded engine and for servers of OpenAI's protocol, or one for each
    Ollama server that answers."""
    if context.embedded:
        return here()
    if context.settings.models.engine == "openai":
        return of_openai()
    findings = []
    for server in context.answering:
        try:
            findings.append(there(server))
        except KbError as error:
            findings.append(from_error(error))
    return findings or skipped("no model server answers")


def _of_openai(context: DoctorContext, *, chat: str = "") -> ModelInfo:
    """Of a chat model; where none is named, of the embedding model."""
    with configured_models(context) as models:
        return models.generator(chat).info() if chat else models.embedder().info()


# --- in files -------------------------------------------------------------------------


def _file(context: DoctorContext, name: str) -> tuple[StoredModel, Header]:
    """Raises ModelError: it is not there, may not be read, or is no model."""
    stored = ModelStore(context.models_folder, context.stores).find(name)
    if stored is None:
        from kb.models.connect import how_to_get

        raise ModelError(
            f"the model {name} is not there",
            why=f"neither {context.models_folder} nor a store of Ollama's has it",
            hint=how_to_get([name]).format(name),
        )
    return stored, read_header(stored.weights)


def _embedding_in_file(context: DoctorContext, name: str) -> Finding:
    stored, header = _file(context, name)
    if not header.embeds:
        return failed(
            f"{name} ({stored.weights}) is not made for embedding",
            "name another one in models.embedding",
            ModelError,
        )
    digest = known_digest(stored)
    if not digest and context.fingerprint is not None and stored.size <= _HASHED_IN_PASSING:
        with stored.weights.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    info = ModelInfo(
        name=name,
        digest=digest,
        dimension=header.dimension,
        context_length=header.context_length,
        capabilities=frozenset({"embedding"}),
        engine="embedded llama.cpp",
    )
    return _embedding(context, info, str(stored.weights))


def _chat_in_file(context: DoctorContext, name: str) -> Finding:
    stored, header = _file(context, name)
    info = ModelInfo(
        name=name,
        digest="",
        dimension=header.dimension,
        context_length=header.context_length,
        capabilities=frozenset({"embedding"} if header.embeds else {"completion"}),
        engine="embedded llama.cpp",
    )
    return _chat(context, info, str(stored.weights))


# --- on a server ----------------------------------------------------------------------


def _shown(server: Server, name: str) -> ModelInfo:
    """Raises ModelMissing, EgressBlocked, EngineFailed."""
    from kb.models.connect import server_client

    with closing(server_client([server.host], server.version, SECONDS)) as client:
        info, _ = client.show(name)
        return info


# --- wherever -------------------------------------------------------------------------


def _embedding(context: DoctorContext, info: ModelInfo, where: str) -> Finding:
    if info.capabilities and "embedding" not in info.capabilities:
        return failed(
            f"{info.name} at {where} is made for {', '.join(sorted(info.capabilities))}, "
            "not for embedding",
            "name another one in models.embedding",
            ModelError,
        )
    made = context.fingerprint
    if made is not None and info.digest:
        try:
            made.check_model(info.name, info.digest, info.dimension)
        except KbError as error:
            return from_error(error)
    elif made is not None and made.dimension != info.dimension:
        return failed(
            f"{info.name} has {info.dimension} dimensions, the index {made.dimension}",
            f"set models.embedding = {made.embedding}, or start over: kb ingest PATH --rebuild",
            ModelError,
        )
    limit = min(info.context_length or EMBEDDING_NUM_CTX, EMBEDDING_NUM_CTX)
    wanted = context.settings.chunk.tokens
    if limit < wanted + _PREFIX:
        return warning(
            f"{info.name} reads {limit} tokens, and chunk.tokens = {wanted}: longer chunks fail",
            f"set chunk.tokens = {limit - _PREFIX}, then: kb reindex",
        )
    same = f", the index's own ({made.digest[:12]})" if made is not None and info.digest else ""
    return ok(
        f"{info.name}: {info.dimension} dimensions, {limit} tokens{same}; {where}"
        + ("" if info.digest or made is None else "; its digest is computed by the next run")
    )


def _chat(context: DoctorContext, info: ModelInfo, where: str) -> Finding:
    if info.capabilities and "completion" not in info.capabilities:
        return failed(
            f"{info.name} at {where} is made for {', '.join(sorted(info.capabilities))}, "
            "not for answering",
            "name another one in models.chat",
            ModelError,
        )
    limit, wanted = info.context_length, context.settings.answer.num_ctx
    if 0 < limit < wanted:
        return warning(
            f"{info.name} has a context of {limit} tokens, and answer.num_ctx = {wanted}",
            f"set answer.num_ctx = {limit}",
        )
    return ok(f"{info.name}: {limit} tokens at most, {wanted} asked for; {where}")
