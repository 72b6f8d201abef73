"""The API in OpenAPI 3.1: what a request takes, what comes back. tests/serving/test_openapi.py
holds it against the routes and against what a server answers."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Any

Json = dict[str, Any]

MOST_HITS = 100
LONGEST_QUESTION = 8000
"""Characters: a page of text. A model that reads 512 tokens sees no more of a question."""

_ERRORS = {
    "400": "the request does not fit",
    "401": "no valid token",
    "403": "another site's page, a name that is not the server's, or a role that does not cover it",
    "404": "nothing was ingested, or there is no such collection for this caller",
    "503": "the model or the store cannot be used, or too many wait: Retry-After, in seconds",
}
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


def document(version: str) -> Json:
    """The whole of it. `version` is kb's."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kb serve",
            "version": version,
            "description": "Questions to documents, within the collections that the caller has "
            "been given. A question without an answer in them is no error.",
        },
        "security": [{"token": []}],
        "paths": {**_OWN, **_kept(), **_watching(), **_foreign()},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "from `kb users add`, or the one that kb serve printed",
                }
            },
            "schemas": _SCHEMAS,
        },
    }


def page(version: str) -> str:
    """The same to be read, in HTML without a script. Shows nothing of what is served."""
    rows = [
        f"<tr><td><code>{method.upper()} {escape(path)}</code></td>"
        f"<td>{escape(call['summary'])}</td><td>{_takes(call)}</td></tr>"
        for path, calls in document(version)["paths"].items()
        for method, call in calls.items()
    ]
    shapes = [
        f'<h3 id="{name}">{name}</h3><ul>'
        + "".join(f"<li><code>{escape(line)}</code></li>" for line in _lines(shape))
        + "</ul>"
        for name, shape in _SCHEMAS.items()
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<title>kb serve: the API</title><link rel="stylesheet" href="page.css"></head><body>'
        f"<main><h1>kb serve {escape(version)}: the API</h1><p>Every request below /api/ and /v1/ "
        "has the header <code>Authorization: Bearer TOKEN</code>. The same for programs: "
        "<code>GET /api/openapi.json</code>.</p><table><thead><tr><th>request</th><th>gives</th>"
        f"<th>takes</th></tr></thead><tbody>{''.join(rows)}</tbody></table>"
        f"<h2>Shapes</h2>{''.join(shapes)}</main></body></html>\n"
    )


def _takes(call: Json) -> str:
    names = [one["name"] for one in call.get("parameters", ())]
    if "requestBody" in call and (body := _body_schema(call)):
        names.append(body)
    return ", ".join(f"<code>{escape(name)}</code>" for name in names)


def _body_schema(call: Json) -> str:
    schema = call["requestBody"]["content"]["application/json"]["schema"]
    return str(schema.get("$ref", "")).rpartition("/")[2]


def _lines(shape: Json) -> Iterator[str]:
    for name, one in shape.get("properties", {}).items():
        kind = one.get("type", one.get("$ref", "").rpartition("/")[2] or "object")
        said = one.get("description", "")
        shown = " or ".join(kind) if isinstance(kind, list) else kind
        yield f"{name}: {shown}" + (f" ({said})" if said else "")


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _list(items: Json) -> Json:
    return {"type": "array", "items": items}


def _object(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": [*required],
        "additionalProperties": False,
    }


def _said(kind: str | list[str], description: str = "", **more: object) -> Json:
    return {"type": kind, **({"description": description} if description else {}), **more}


def _parameter(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def _gives(schema: Json, *, streamed: str = "") -> Json:
    content: Json = {"application/json": {"schema": schema}}
    if streamed:
        content["application/x-ndjson"] = {"schema": _ref(streamed)}
    good = {"200": {"description": "as the command of the same name", "content": content}}
    error = {"application/json": {"schema": _ref("Error")}}
    return good | {code: {"description": said, "content": error} for code, said in _ERRORS.items()}


_TEXT, _NUMBER = _said("string"), _said("number")
_WHOLE, _FLAG = _said("integer"), _said("boolean")
_MAYBE_TEXT, _MAYBE_WHOLE = _said(["string", "null"]), _said(["integer", "null"])
_PLACE = {
    "source": _said("string", "the document's path"),
    "page": _said(["integer", "null"], "from 1"),
    "line": _said(["integer", "null"], "from 1, of plain text and of rows"),
    "section": _said("string", "headings, outermost first"),
}
_QUESTION = _said("string", maxLength=LONGEST_QUESTION, minLength=1)
_TOP_K = _said("integer", "0: as configured", minimum=0, maximum=MOST_HITS)
_WHERE = _said("array", "conditions KEY=VALUE, all of which must hold", items=_TEXT)
_COLLECTION = _said("string", "one that the caller may see; empty: all of them")
_NARROWED = {"top_k": _TOP_K, "where": _WHERE, "collection": _COLLECTION}

_SCHEMAS: Json = {
    "Question": _object(
        {"question": _QUESTION},
        {
            **_NARROWED,
            "stream": _said("boolean", "the answer in lines, as it is made"),
            "progress": _said("boolean", "with `stream`: lines while it waits"),
        },
    ),
    "Hits": _object({"hits": _list(_ref("Hit"))}),
    "Hit": _object(
        {
            "rank": _said("integer", "from 1"),
            "score": _said("number", "the cosine with the question, or of the reranker"),
            **_PLACE,
            "start": _said("integer", "first character in the document's text"),
            "end": _said("integer", "the one behind the last"),
            "text": _TEXT,
            "chunk_id": _TEXT,
        }
    ),
    "Answer": _object(
        {
            "question": _TEXT,
            "answer": _said("string", "or the sentence that says that there is none"),
            "found": _said("boolean", "whether the documents hold an answer"),
            "refused_by": _said(["string", "null"], "the layer that refused"),
            "grounded": _said("boolean", "whether passages hold every figure and name of it"),
            "unsupported": _said("array", "what they do not hold", items=_TEXT),
            "citations": _list(_ref("Citation")),
            "verdict": _said(["number", "null"], "of the model, in nats"),
            "version": _said(["object", "null"], "which version of a document is cited"),
            "computation": _said(["object", "null"], "how it was computed over tables"),
            "conflicts": _said("array", "what other passages state for the same thing"),
            "model": _MAYBE_TEXT,
            "prompt_tokens": _WHOLE,
            "num_ctx": _WHOLE,
            "truncated": _FLAG,
            "timings": _object(
                {
                    part: _said("number", "seconds")
                    for part in ("load", "retrieve", "prompt", "generate", "total")
                }
            ),
        }
    ),
    "Citation": _object({"n": _WHOLE, **_PLACE, "quote": _said("string", "verbatim")}),
    "Line": {
        "description": "One line of a streamed answer; the last is an Answer or an Error.",
        "oneOf": [
            _object({"waiting": _object({"place": _WHOLE, "seconds": _WHOLE})}),
            _object({"answering": _FLAG}),
            _object({"conversation": _ref("Conversation")}),
            _object({"question": _TEXT, "rewritten": _MAYBE_TEXT}),
            _object(
                {
                    "sources": _list(_object({"n": _WHOLE, **_PLACE})),
                    "likely": {"oneOf": [_ref("Citation"), {"type": "null"}]},
                }
            ),
            _object({"piece": _TEXT}),
            _ref("Answer"),
            _ref("Error"),
        ],
    },
    "Served": _object({"status": _ref("Status"), "collections": _list(_TEXT)}),
    "Status": _object(
        {
            "collection": _TEXT,
            "generation": _said("integer", "the live one; 0 where it is empty"),
            "documents": _WHOLE,
            "chunks": _WHOLE,
        },
        {
            "created": _TEXT,
            "characters": _WHOLE,
            "fingerprint": _said(["object", "null"], "what the index was made with"),
            "models_engine": _TEXT,
            "root_hash": _TEXT,
            "home": _said("string", "for admins"),
            "sources": _said("array", "for admins"),
            "failed": _said("array", "for admins"),
        },
    ),
    "Conversations": _object({"conversations": _list(_ref("Conversation"))}),
    "Conversation": _object(
        {
            **{"id": _TEXT, "title": _TEXT, "created": _said("string", "UTC")},
            "updated": _said("string", "UTC; empty before its first turn"),
        },
        {"turns": _list(_ref("Turn"))},
    ),
    "Turn": _object(
        {
            "question": _TEXT,
            "rewritten": _said("string", "as the documents were asked; empty: as it came"),
            "answer": _ref("Answer"),
            "collections": _list(_TEXT),
        }
    ),
    "Followup": _object(
        {"question": _QUESTION},
        {
            "conversation": _said("string", "its id; empty: a new one begins"),
            **_NARROWED,
        },
    ),
    "Title": _object({"title": _TEXT}),
    "Markdown": _object({"markdown": _TEXT}),
    "Document": _object(
        {
            **{"source": _TEXT, "title": _TEXT, "labels": _said("object")},
            "text": _said("string", "as kb has read it"),
        }
    ),
    "Error": _object(
        {
            "error": _object(
                {
                    "reference": _said("string", "which error it is, for programs"),
                    "what": _TEXT,
                    "why": _TEXT,
                    "hint": _said("string", "what to do"),
                }
            )
        }
    ),
}

_OWN: Json = {
    "/api/status": {
        "get": {
            "summary": "What is indexed, and which collections the caller may see",
            "parameters": [_parameter("collection", _COLLECTION)],
            "responses": _gives(_ref("Served")),
        }
    },
    "/api/search": {
        "get": {
            "summary": "The passages that answer a question best, without a language model",
            "parameters": [
                _parameter("q", _QUESTION, required=True),
                _parameter("top_k", _TOP_K),
                _parameter("where", _WHERE),
                _parameter("collection", _COLLECTION),
            ],
            "responses": _gives(_ref("Hits")),
        }
    },
    "/api/ask": {
        "post": {
            "summary": "The answer to a question, with its sources",
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _ref("Question")}},
            },
            "responses": _gives(_ref("Answer"), streamed="Line"),
        }
    },
    "/api/openapi.json": {
        "get": {"summary": "This document", "responses": _gives({"type": "object"})}
    },
}


def _kept() -> Json:
    """Conversations, each person's own, and the documents that they cite."""
    own = [{"name": "id", "in": "path", "required": True, "schema": _TEXT}]

    def call(summary: str, gives: Json, takes: str = "", **more: object) -> Json:
        content = {"application/json": {"schema": _ref(takes)}}
        body = {"requestBody": {"required": True, "content": content}} if takes else {}
        return {"summary": summary, **more, **body, "responses": gives}

    one, begun = _gives(_ref("Conversation")), _gives({"type": "object"})
    streamed = {"application/x-ndjson": {"schema": _ref("Line")}}
    lines = {**begun, "200": {"description": "lines of an answer", "content": streamed}}
    searched = [_parameter("q", _said("string", "a text that they hold"))]
    named = [_parameter("source", _TEXT, required=True), _parameter("collection", _COLLECTION)]
    return {
        "/api/conversations": {
            "get": call(
                "The caller's conversations, the newest first",
                _gives(_ref("Conversations")),
                parameters=searched,
            ),
            "post": call("Ask in a conversation: the lines of an answer", lines, "Followup"),
        },
        "/api/conversations/{id}": {
            "get": call("One with its turns", one, parameters=own),
            "patch": call("Rename it", one, "Title", parameters=own),
            "delete": call("Delete it", begun, parameters=own),
        },
        "/api/conversations/{id}/export": {
            "get": call("It as Markdown", _gives(_ref("Markdown")), parameters=own)
        },
        "/api/document": {
            "get": call("A document's text", _gives(_ref("Document")), parameters=named)
        },
        "/api/examples": {
            "get": call("Questions to begin with", _gives(_object({"examples": _list(_TEXT)})))
        },
    }


def _watching() -> Json:
    """What needs no token."""
    calls = {
        "/healthz": "Whether the process answers",
        "/readyz": "Whether the collections can be read; 503 if not",
        "/metrics": "Counters in Prometheus' text format",
    }
    text = {"200": {"description": "text", "content": {"text/plain": {"schema": _TEXT}}}}
    return {
        path: {"get": {"summary": said, "security": [], "responses": text}}
        for path, said in calls.items()
    }


def _foreign() -> Json:
    found: Json = {}
    for name, paths in PROTOCOLS.items():
        for path, method in paths.items():
            call: Json = {
                "summary": f"As {name}'s; see docs/clients.md",
                "responses": {"200": {"description": f"as {name}'s"}},
            }
            if "{name}" in path:
                call["parameters"] = [
                    {"name": "name", "in": "path", "required": True, "schema": _TEXT}
                ]
            if method == "post":
                body = {"application/json": {"schema": {"type": "object"}}}
                call["requestBody"] = {"required": True, "content": body}
            found[path] = {method: call}
    return found
