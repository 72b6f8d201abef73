"""The API in OpenAPI 3.1: what a request takes, what comes back. tests/unit/serving/
test_description.py holds it against the routes.

schema.py   pieces: JSON Schema, a call
shapes.py   the shapes by name
calls.py    the calls by path
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from kb.serving.description.calls import PROTOCOLS, foreign, own, watching
from kb.serving.description.schema import LONGEST_QUESTION, MOST_HITS, Json
from kb.serving.description.shapes import SCHEMAS

__all__ = ["LONGEST_QUESTION", "MOST_HITS", "PROTOCOLS", "document", "page"]


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
        "paths": {**own(), **watching(), **foreign()},
        "components": {
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "from `kb users add`, or the one that kb serve printed",
                }
            },
            "schemas": SCHEMAS,
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
        for name, shape in SCHEMAS.items()
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
    content = call["requestBody"]["content"]
    if "application/json" not in content:
        return "the file"
    return str(content["application/json"]["schema"].get("$ref", "")).rpartition("/")[2]


def _lines(shape: Json) -> Iterator[str]:
    for name, one in shape.get("properties", {}).items():
        kind = one.get("type", one.get("$ref", "").rpartition("/")[2] or "object")
        said = one.get("description", "")
        shown = " or ".join(kind) if isinstance(kind, list) else kind
        yield f"{name}: {shown}" + (f" ({said})" if said else "")
