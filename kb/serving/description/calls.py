"""The calls, by path and method."""

from __future__ import annotations

from kb.serving.description.schema import (
    COLLECTION,
    NARROWED,
    QUESTION,
    TEXT,
    WHOLE,
    Json,
    call,
    gives,
    listed,
    object_of,
    parameter,
    ref,
    said,
)

PROTOCOLS = {
    "OpenAI": {
        "/v1/models": "get",
        "/v1/models/{name}": "get",
        "/v1/chat/completions": "post",
        "/v1/embeddings": "post",
    },
    "Ollama": {
        "/api/version": "get",
        "/api/tags": "get",
        "/api/ps": "get",
        "/api/show": "post",
        "/api/chat": "post",
        "/api/generate": "post",
    },
}
"""Described by their makers; here they are named."""


def own() -> Json:
    """What the API has of its own."""
    question = [parameter("q", QUESTION, required=True)]
    question += [parameter(name, schema) for name, schema in NARROWED.items()]
    return {
        "/api/status": {
            "get": call(
                "What is indexed, and which collections the caller may see",
                gives(ref("Served")),
                parameters=[parameter("collection", COLLECTION)],
            )
        },
        "/api/search": {
            "get": call(
                "The passages that answer a question best, without a language model",
                gives(ref("Hits")),
                parameters=question,
            )
        },
        "/api/ask": {
            "post": call(
                "The answer to a question, with its sources",
                gives(ref("Answer"), streamed="Line"),
                "Question",
            )
        },
        "/api/admin": {
            "get": call(
                "Runs, failures, sizes, models, walls: for the role admin",
                gives(ref("Overview")),
                parameters=[parameter("collection", COLLECTION)],
            )
        },
        "/api/openapi.json": {"get": call("This document", gives({"type": "object"}))},
        **_kept(),
        **_uploads(),
    }


def _kept() -> Json:
    """Conversations, each person's own, and the documents that they cite."""
    own_one = [{"name": "id", "in": "path", "required": True, "schema": TEXT}]

    one, begun = gives(ref("Conversation")), gives({"type": "object"})
    streamed = {"application/x-ndjson": {"schema": ref("Line")}}
    lines = {**begun, "200": {"description": "lines of an answer", "content": streamed}}
    searched = [parameter("q", said("string", "a text that they hold"))]
    named = [parameter("source", TEXT, required=True), parameter("collection", COLLECTION)]
    section, quote = parameter("section", TEXT), parameter("quote", TEXT)
    turn = parameter("turn", said("string", "the turn's id"), required=True)
    return {
        "/api/conversations": {
            "get": call(
                "The caller's conversations, the newest first",
                gives(ref("Conversations")),
                parameters=searched,
            ),
            "post": call("Ask in a conversation: the lines of an answer", lines, "Followup"),
        },
        "/api/conversations/{id}": {
            "get": call("One with its turns", one, parameters=own_one),
            "patch": call("Rename it", one, "Title", parameters=own_one),
            "delete": call("Delete it", begun, parameters=own_one),
        },
        "/api/conversations/{id}/export": {
            "get": call("It as Markdown", gives(ref("Markdown")), parameters=own_one)
        },
        "/api/conversations/{id}/feedback": {
            "post": call("Judge an answer of it", begun, "Feedback", parameters=own_one),
            "delete": call("Take the judgement back", begun, parameters=[*own_one, turn]),
        },
        "/api/document": {
            "get": call("A document's text", gives(ref("Document")), parameters=named)
        },
        "/api/document/sheet": {
            "get": call(
                "A table of it, with the rows that a quote holds",
                gives(ref("Sheet")),
                parameters=[*named, section, quote, parameter("row", WHOLE)],
            )
        },
        "/api/document/page": {
            "get": call(
                "A page of a PDF as a picture, with boxes over a quote",
                gives(ref("Page")),
                parameters=[*named, parameter("page", WHOLE), quote],
            )
        },
        "/api/examples": {
            "get": call("Questions to begin with", gives(object_of({"examples": listed(TEXT)})))
        },
    }


def _uploads() -> Json:
    """What editors add, each their own."""
    where = [parameter("collection", COLLECTION)]
    which = [*where, parameter("name", said("string", "the file's"), required=True)]
    done = gives(object_of({}))
    binary: Json = {"application/octet-stream": {"schema": {}}}
    return {
        "/api/me": {"get": call("Who the caller is, and what it may upload", gives(ref("Me")))},
        "/api/uploads": {
            "get": call(
                "The caller's uploads, and how far the run is that takes them in",
                gives(ref("Uploads")),
                parameters=where,
            ),
            "post": call(
                "Add a file: for the role editor; 409 where the caller has one of that name",
                done,
                parameters=which,
                requestBody={"required": True, "content": binary},
            ),
            "delete": call("Have it taken out of the index, and deleted", done, parameters=which),
        },
    }


def watching() -> Json:
    """What needs no token."""
    calls = {
        "/healthz": "Whether the process answers",
        "/readyz": "Whether the collections can be read; 503 if not",
        "/metrics": "Counters in Prometheus' text format",
    }
    text = {"200": {"description": "text", "content": {"text/plain": {"schema": TEXT}}}}
    return {
        path: {"get": {"summary": summary, "security": [], "responses": text}}
        for path, summary in calls.items()
    }


def foreign() -> Json:
    """What others have specified: by which specification, and no more."""
    found: Json = {"/mcp": {"post": _of_others("The Model Context Protocol", "post")}}
    for name, paths in PROTOCOLS.items():
        for path, method in paths.items():
            described = _of_others(f"{name}'s", method)
            if "{name}" in path:
                described["parameters"] = [
                    {"name": "name", "in": "path", "required": True, "schema": TEXT}
                ]
            found[path] = {method: described}
    return found


def _of_others(whose: str, method: str) -> Json:
    described: Json = {
        "summary": f"As {whose}; see docs/clients.md",
        "responses": {"200": {"description": f"as {whose}"}},
    }
    if method == "post":
        body = {"application/json": {"schema": {"type": "object"}}}
        described["requestBody"] = {"required": True, "content": body}
    return described
