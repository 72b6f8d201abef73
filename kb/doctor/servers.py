"""Ollama servers, one finding each, and what the models run on."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import TYPE_CHECKING

from kb.doctor.context import SECONDS, DoctorContext, Server, configured_models
from kb.doctor.findings import Finding, Status, failed, from_error, ok, skipped, warning
from kb.errors import EgressBlocked, KbError
from kb.models.engine.store import full_name
from kb.models.profiles import EMBEDDING_NUM_CTX

if TYPE_CHECKING:
    from kb.models.ollama.calls import Client, Loaded

_RESTART = "sudo systemctl edit ollama, write [Service] and Environment={}, then restart it"


def model_server(context: DoctorContext) -> list[Finding] | Finding:
    """Each model server answers; its version."""
    if context.settings.models.engine == "openai":
        with configured_models(context) as models:
            return ok(f"{models.where} lists {', '.join(models.names())}")
    if not context.servers:
        return skipped("models.engine is 'embedded': no server is asked")
    return [_answers(context, server) for server in context.servers]


def _answers(context: DoctorContext, server: Server) -> Finding:
    if server.error is not None:
        return from_error(server.error)
    if server.version:
        return ok(f"Ollama {server.version} at {server.host}")
    if context.embedded:
        return skipped(f"nobody answers at {server.host}: the embedded engine is taken")
    from kb.models.ollama.calls import unreachable

    error = unreachable(server.host, f"no answer within {SECONDS:g} s")
    if context.answering:
        return warning(f"{error.what}; the others are taken", error.hint)
    return from_error(error)


def cloud(context: DoctorContext) -> list[Finding] | Finding:
    """A model server passes nothing on to Ollama's cloud."""
    if not context.answering:
        return skipped("no Ollama server is used")
    from kb.models.ollama.wire import cloud_disabled

    named = {context.settings.models.embedding, context.settings.models.chat}
    remote = sorted(name for name in named if name.endswith((":cloud", "-cloud")))
    if remote:
        return failed(
            f"{' and '.join(remote)} would be run by Ollama's cloud, documents and all",
            "name a model that the server has itself: ollama list",
            EgressBlocked,
        )
    findings = []
    for server in context.answering:
        disabled = cloud_disabled(server.host, SECONDS)
        if disabled:
            findings.append(ok(f"turned off on the server at {server.host}"))
            continue
        state = "is on" if disabled is False else "may be on (the server does not say)"
        findings.append(
            warning(
                f"Ollama's cloud {state} at {server.host}; kb refuses its models, others may not",
                f"start the server with OLLAMA_NO_CLOUD=1: {_RESTART.format('OLLAMA_NO_CLOUD=1')}",
            )
        )
    return findings


def processor(context: DoctorContext) -> list[Finding] | Finding:
    """Whether the models run on a graphics card, and with how much context."""
    if context.embedded:
        return _own_processor()
    findings: list[Finding] = []
    for server in context.answering:
        findings += _loaded(context, server)
    return findings or skipped("no model server answers")


def _own_processor() -> Finding:
    try:
        from kb.models.engine.llama import devices
    except ImportError as error:
        return skipped(f"llama.cpp cannot be loaded, see above: {error}")
    return ok(f"llama.cpp in this process, on {', '.join(devices())}")


def _contexts(
    context: DoctorContext, client: Client, running: Mapping[str, Loaded]
) -> dict[str, int]:
    """The context that kb asks for, of the models that are loaded, in tokens."""
    models = context.settings.models
    asked = {models.chat: context.settings.answer.num_ctx}
    if full_name(models.embedding) in running and models.embedding != models.chat:
        own = client.show(models.embedding)[0].context_length
        asked[models.embedding] = min(own or EMBEDDING_NUM_CTX, EMBEDDING_NUM_CTX)
    return asked


def _loaded(context: DoctorContext, server: Server) -> list[Finding]:
    from kb.models.connect import server_client

    try:
        with closing(server_client([server.host], server.version, SECONDS)) as client:
            running = {full_name(one.name): one for one in client.running()}
            asked = _contexts(context, client, running)
    except KbError as error:
        return [from_error(error)]
    findings = []
    models = context.settings.models
    for name in dict.fromkeys((models.embedding, models.chat)):
        there = running.get(full_name(name))
        if there is None:
            findings.append(ok(f"{name} at {server.host}: unknown until it is loaded"))
            continue
        share = there.on_gpu / there.size if there.size else 0.0
        on = "the processor alone" if not share else f"a graphics card, {share:.0%} of it"
        detail = f"{name} at {server.host}: on {on}"
        wanted = asked.get(name, 0)
        if name == models.chat and 0 < there.context_length < wanted:
            findings.append(
                warning(
                    f"{detail}, with a context of {there.context_length} tokens; answer.num_ctx = "
                    f"{wanted} reloads it at each question that comes after another program's",
                    f"set OLLAMA_CONTEXT_LENGTH={wanted} on the server, or answer.num_ctx = "
                    f"{there.context_length}",
                )
            )
            continue
        if name != models.chat and wanted and 0 < there.context_length != wanted:
            findings.append(
                warning(
                    f"{detail}, with a context of {there.context_length} tokens, as another "
                    f"program asked; kb asks for {wanted}, and each change reloads it",
                    f"let the other program send num_ctx = {wanted}, or give it a model of its own",
                )
            )
            continue
        findings.append(Finding(Status.OK, f"{detail}, context {there.context_length}"))
    return findings
