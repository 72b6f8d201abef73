"""The tools: each reads, none changes anything."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from kb.errors import UsageError
from kb.session import Answer, Passages, Piece, Progress, parse_where, to_json
from kb.session.plain import progress_text, text_with_sources
from kb.session.view import View

Arguments = Mapping[str, Any]
Schema = dict[str, Any]

MOST_HITS = 100
_MOST_CHARACTERS = 16_000


@dataclass(frozen=True, slots=True)
class Step:
    """How far a tool is, in words."""

    message: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a tool gives: `fields` as its output schema says, `text` for a client that shows it."""

    fields: dict[str, Any]
    text: str


Steps = Generator[Step | Outcome, None, None]


@dataclass(frozen=True, slots=True)
class Tool:
    """`run` yields steps and last the Outcome, and raises KbError. `model`: whether a language
    model answers, which takes its time."""

    name: str
    title: str
    description: str
    takes: Schema
    gives: Schema
    run: Callable[[View, Arguments], Steps]
    model: bool = False


def checked(tool: Tool, given: Arguments) -> Arguments:
    """The arguments, if they fit the tool. Raises UsageError."""
    known: dict[str, Schema] = tool.takes["properties"]
    for name, value in given.items():
        if name not in known:
            raise _wrong(f"'{tool.name}' takes no '{name}'", f"it takes {', '.join(known)}")
        kind = known[name]["type"]
        if not _fits(value, known[name]):
            raise _wrong(f"'{name}' has the wrong type or size", f"it is of type {kind}")
    for name in tool.takes.get("required", ()):
        if not str(given.get(name, "")).strip():
            raise _wrong(f"'{name}' is missing or empty", f"'{tool.name}' needs it")
    return given


def _fits(value: object, schema: Schema) -> bool:
    if schema["type"] == "string":
        return isinstance(value, str)
    if schema["type"] == "array":
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    least, most = schema.get("minimum", 0), schema.get("maximum", 10**9)
    return type(value) is int and least <= value <= most


def _wrong(what: str, why: str) -> UsageError:
    return UsageError(what, why=why, hint="read the tool's input schema")


# --- what they do ---------------------------------------------------------------------


def _search(view: View, given: Arguments) -> Steps:
    found = view.search(
        given["question"],
        top_k=given.get("top_k"),
        where=parse_where(given.get("where", ())),
        collection=given.get("collection", ""),
    )
    yield _outcome(found)


def _ask(view: View, given: Arguments) -> Steps:
    with view.ask(
        given["question"],
        top_k=given.get("top_k"),
        where=parse_where(given.get("where", ())),
        collection=given.get("collection", ""),
    ) as events:
        for event in events:
            if isinstance(event, Passages):
                places = ", ".join(dict.fromkeys(one.source for one in event.passages))
                yield Step(f"{len(event.passages)} passages found ({places})")
            elif isinstance(event, Progress):
                yield Step(progress_text(event))
            elif isinstance(event, Piece):
                yield Step("the model writes")
            elif isinstance(event, Answer):
                yield Outcome(_fields(event), text_with_sources(event))


def _document(view: View, given: Arguments) -> Steps:
    collection = given.get("collection", "")
    if chunk := given.get("chunk_id"):
        found = view.around(chunk, distance=given.get("distance", 1), collection=collection)
        fields = _fields(found)
        yield Outcome(fields, f"{fields['source']}\n\n{fields['text']}")
        return
    if not (name := given.get("source")):
        raise _wrong("there is neither 'chunk_id' nor 'source'", "one of them says what to read")
    document = view.document(name, collection=collection)
    start = given.get("offset", 0)
    text = document.text
    part = text[start : start + _MOST_CHARACTERS]
    fields = {
        "source": document.record.path,
        "text": part,
        "start": start,
        "end": start + len(part),
        "characters": len(text),
        "members": [one.path for one in document.members],
    }
    yield Outcome(fields, f"{document.record.path}\n\n{part or chr(10).join(fields['members'])}")


def _tables(view: View, given: Arguments) -> Steps:
    yield _outcome(view.tables(collection=given.get("collection", "")))


def _query(view: View, given: Arguments) -> Steps:
    yield _outcome(view.sql(given["sql"], collection=given.get("collection", "")))


def _sources(view: View, given: Arguments) -> Steps:
    """Not what failed, nor where it lies: that is for whoever runs kb."""
    listing = view.sources(collection=given.get("collection", ""))
    fields = {
        "collections": list(view.collections),
        "sources": [
            {
                "source": one.path,
                "root": one.root,
                "title": one.title,
                "doc_id": one.doc_id,
                "characters": one.characters,
                "labels": dict(one.labels),
            }
            for one in listing.documents
        ],
    }
    yield Outcome(fields, to_json(fields))


def _outcome(result: object) -> Outcome:
    fields = _fields(result)
    return Outcome(fields, to_json(fields))


def _fields(result: object) -> dict[str, Any]:
    return cast(dict[str, Any], json.loads(to_json(result)))


# --- their schemas --------------------------------------------------------------------


def _object(properties: Schema, *required: str, more: bool = False) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": more,
    }


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "items": items}


_TEXT: Schema = {"type": "string"}
_NUMBER: Schema = {"type": "integer"}
_MAYBE_NUMBER: Schema = {"type": ["integer", "null"]}
_MAYBE_TEXT: Schema = {"type": ["string", "null"]}
_QUESTION = {"type": "string", "description": "in Chinese or English, as one would ask a person"}
_COLLECTION = {
    "type": "string",
    "description": "which collection; left out: all that may be read (tables, query, document and "
    "sources need it where there are several)",
}
_WHERE = {
    **_list_of(_TEXT),
    "description": "conditions on documents, which must all hold: type=pdf, path=hr/*",
}
_TOP_K = {"type": "integer", "minimum": 1, "maximum": MOST_HITS, "description": "how many passages"}
_PLACE: Schema = {
    "source": {"type": "string", "description": "the document's path"},
    "page": _MAYBE_NUMBER,
    "line": _MAYBE_NUMBER,
    "section": _MAYBE_TEXT,
}
_ASKS = _object(
    {"question": _QUESTION, "top_k": _TOP_K, "where": _WHERE, "collection": _COLLECTION}, "question"
)
_ONE = _object({"collection": _COLLECTION})
_HIT = _object(
    {
        "rank": _NUMBER,
        "score": {"type": "number"},
        **_PLACE,
        "start": _NUMBER,
        "end": _NUMBER,
        "text": _TEXT,
        "chunk_id": {"type": "string", "description": "for the tool 'document'"},
    },
    *("rank", "source", "text", "chunk_id"),
    more=True,
)
_CITATION = _object({"n": _NUMBER, **_PLACE, "quote": _TEXT}, "n", "source", "quote", more=True)

TOOLS = (
    Tool(
        "search",
        "Find passages",
        "Find the passages of the documents that answer a question best, word for word, with their "
        "places. No language model is asked.",
        _ASKS,
        _object({"hits": _list_of(_HIT)}, "hits"),
        _search,
    ),
    Tool(
        "ask",
        "Ask the documents",
        "Answer a question from the documents alone, with quoted sources; counts, sums and lists "
        "are computed over tables. Where the documents do not hold the answer, 'found' is false "
        "and the text says so: then tell the user that, and do not guess.",
        _ASKS,
        _object(
            {
                "question": _TEXT,
                "answer": _TEXT,
                "found": {"type": "boolean"},
                "refused_by": _MAYBE_TEXT,
                "grounded": {"type": "boolean"},
                "unsupported": _list_of(_TEXT),
                "citations": _list_of(_CITATION),
            },
            *("question", "answer", "found", "refused_by", "grounded", "citations"),
            more=True,
        ),
        _ask,
        model=True,
    ),
    Tool(
        "document",
        "Read a document",
        "The text around a passage (chunk_id of a hit, with so many neighbours on either side), or "
        f"a document's text from an offset, {_MOST_CHARACTERS} characters at most at once.",
        _object(
            {
                "chunk_id": _TEXT,
                "distance": {"type": "integer", "minimum": 0, "maximum": 20},
                "source": {"type": "string", "description": "a document's path, or its doc_id"},
                "offset": {"type": "integer", "minimum": 0},
                "collection": _COLLECTION,
            }
        ),
        _object({"source": _TEXT, "text": _TEXT}, "source", "text", more=True),
        _document,
    ),
    Tool(
        "tables",
        "List the tables",
        "The tables found in the documents, with the names of their columns, for 'query'.",
        _ONE,
        _object(
            {
                "tables": _list_of(
                    _object({"name": _TEXT, "source": _TEXT}, "name", "source", more=True)
                )
            },
            "tables",
        ),
        _tables,
    ),
    Tool(
        "query",
        "Query the tables",
        "Run one SELECT (SQLite) over the tables that 'tables' lists. Nothing can be changed.",
        _object({"sql": _TEXT, "collection": _COLLECTION}, "sql"),
        _object(
            {
                "columns": _list_of(_TEXT),
                "rows": _list_of({"type": "array"}),
                "tables": _list_of(_TEXT),
                "remarks": _list_of(_TEXT),
            },
            "columns",
            "rows",
            more=True,
        ),
        _query,
    ),
    Tool(
        "sources",
        "List the documents",
        "Every document that may be read, with its title and labels.",
        _ONE,
        _object(
            {
                "collections": _list_of(_TEXT),
                "sources": _list_of(_object({"source": _TEXT}, "source", more=True)),
            },
            "collections",
            "sources",
        ),
        _sources,
    ),
)
BY_NAME = {tool.name: tool for tool in TOOLS}
