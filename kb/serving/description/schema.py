"""Pieces of which the description is put together: JSON Schema and OpenAPI's calls."""

from __future__ import annotations

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


def ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def listed(items: Json) -> Json:
    return {"type": "array", "items": items}


def object_of(required: Json, optional: Json | None = None) -> Json:
    return {
        "type": "object",
        "properties": {**required, **(optional or {})},
        "required": [*required],
        "additionalProperties": False,
    }


def said(kind: str | list[str], description: str = "", **more: object) -> Json:
    return {"type": kind, **({"description": description} if description else {}), **more}


def parameter(name: str, schema: Json, *, required: bool = False) -> Json:
    return {"name": name, "in": "query", "required": required, "schema": schema}


def gives(schema: Json, *, streamed: str = "") -> Json:
    content: Json = {"application/json": {"schema": schema}}
    if streamed:
        content["application/x-ndjson"] = {"schema": ref(streamed)}
    good = {"200": {"description": "as the command of the same name", "content": content}}
    error = {"application/json": {"schema": ref("Error")}}
    return good | {code: {"description": why, "content": error} for code, why in _ERRORS.items()}


def call(summary: str, answers: Json, takes: str = "", **more: object) -> Json:
    """A call of OpenAPI. `answers` are its responses, `takes` is the shape of its body in JSON."""
    content = {"application/json": {"schema": ref(takes)}}
    body = {"requestBody": {"required": True, "content": content}} if takes else {}
    return {"summary": summary, **more, **body, "responses": answers}


TEXT, NUMBER = said("string"), said("number")
WHOLE, FLAG = said("integer"), said("boolean")
MAYBE_TEXT, MAYBE_WHOLE = said(["string", "null"]), said(["integer", "null"])
PLACE = {
    "source": said("string", "the document's path"),
    "page": said(["integer", "null"], "from 1"),
    "line": said(["integer", "null"], "from 1, of plain text and of rows"),
    "section": said("string", "headings, outermost first"),
}
QUESTION = said("string", maxLength=LONGEST_QUESTION, minLength=1)
TOP_K = said("integer", "0: as configured", minimum=0, maximum=MOST_HITS)
WHERE = said("array", "conditions KEY=VALUE, all of which must hold", items=TEXT)
COLLECTION = said("string", "one that the caller may see; empty: all of them")
MODEL = said("string", "a chat model that /api/me lists; empty: the configured one")
NARROWED = {"top_k": TOP_K, "where": WHERE, "collection": COLLECTION}
