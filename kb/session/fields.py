"""The results' JSON, for every face: `kb … --json`, `kb serve`, and what programs build."""

from __future__ import annotations

import dataclasses
import json
from array import array
from collections.abc import Mapping
from dataclasses import asdict

from kb.errors import KbError
from kb.session.events import Event, Passages, Piece, Thought, Understood
from kb.session.results import (
    Document,
    Excerpt,
    Listing,
    SearchResult,
    Status,
    TableListing,
    TableRows,
)
from kb.table_types import NamedTable, Row, RowFlag, SqlResult
from kb.text.readable import shown_in_json
from kb.types import Answer, Chunk, DocumentRecord, Hit, Passage, Progress
from kb.version_types import Family
from kb.versions.dates import shown, today

Result = (
    Status
    | Listing
    | Document
    | Excerpt
    | SearchResult
    | TableListing
    | TableRows
    | SqlResult
    | Event
    | KbError
)
Fields = dict[str, object]


def to_json(value: object) -> str:
    """The one way to JSON, in one line: of a result, or of what has results in it.

    >>> to_json({"answers": [Piece("u987438274。")]})
    '{"answers": [{"piece": "u987438274。"}]}'
    """
    return shown_in_json(json.dumps(value, ensure_ascii=False, default=_plain))


def to_dict(result: Result) -> Fields:
    """The fields of a result. They keep their names; new ones may be added.

    >>> to_dict(session.search("张飞的电话号码", top_k=1))["hits"][0]["source"]
    'phones.txt'
    """
    match result:
        case Status():
            return _status(result)
        case Listing():
            return {
                "sources": [_source(one, result.members) for one in result.documents],
                "failed": [asdict(failure) for failure in result.failed],
                "families": [_family(one) for one in result.families],
            }
        case Document():
            shown: Fields = {"document": result.record, "chunks": result.chunks}
            return {**shown, "members": result.members} if result.record.is_archive else shown
        case Excerpt():
            return _excerpt(result)
        case SearchResult():
            return {"hits": [_hit(rank, hit) for rank, hit in enumerate(result.hits, 1)]}
        case TableListing():
            return {"tables": [_table(one) for one in result.tables]}
        case TableRows():
            shown_rows = [_row(one) for one in result.rows]
            return {"table": _table(result.table), "rows": shown_rows}
        case SqlResult():
            return {
                "columns": list(result.columns),
                "rows": [list(row) for row in result.rows],
                "tables": list(result.tables),
                "remarks": list(result.remarks),
            }
        case Understood():
            return {"question": result.question, "rewritten": result.rewritten or None}
        case Passages():
            return {
                "sources": [_passage(one) for one in result.passages],
                "likely": result.likely,
            }
        case Progress():
            return {
                "progress": {
                    "stage": result.stage,
                    "done": int(result.done),
                    "total": int(result.total) or None,
                }
            }
        case Thought():
            return {"thought": result.text}
        case Piece():
            return {"piece": result.text}
        case Answer():
            return _answer(result)
        case KbError():
            lines = {"what": result.what, "why": result.why, "hint": result.hint}
            return {"error": {"reference": result.reference, **lines}}


def _status(status: Status) -> Fields:
    named: Fields = {"collection": status.collection, "home": str(status.home)}
    if not status.generation:
        return {**named, "generation": 0, "documents": 0, "chunks": 0, "failed": []}
    return {
        **named,
        "generation": status.generation,
        "created": status.created,
        "documents": status.documents,
        "chunks": status.chunks,
        "characters": status.characters,
        "sources": [asdict(source) for source in status.sources],
        "fingerprint": asdict(status.fingerprint) if status.fingerprint else None,
        "models_engine": status.models_engine,
        "root_hash": status.root_hash,
        "failed": [asdict(failure) for failure in status.failed],
    }


def _source(record: DocumentRecord, members: Mapping[str, int]) -> Fields:
    fields = {**asdict(record), "labels": dict(record.labels), "archive": record.is_archive}
    return {**fields, "members": members[record.doc_id]} if record.is_archive else fields


def _family(family: Family) -> Fields:
    now = family.in_force(today())
    return {
        "kind": family.kind.value,
        "members": [
            {
                "source": one.source,
                "version": one.label or None,
                "since": shown(one.since) if one.since else None,
                "dated": shown(one.dated) if one.dated else None,
                "in_force": one is now,
            }
            for one in reversed(family.members)
        ],
    }


def _table(named: NamedTable) -> Fields:
    table = named.table
    return {
        "name": named.name,
        "source": table.path,
        "sheet": table.name,
        "caption": table.caption,
        "page": table.page,
        "columns": [
            {
                "name": name,
                "type": column.type.value,
                "unit": column.unit,
                "hidden": column.hidden,
            }
            for name, column in zip(named.columns, table.columns, strict=True)
        ],
        "rows": table.plain,
        "marked": table.rows - table.plain,
        "hidden": table.hidden,
        "remarks": list(table.remarks),
    }


def _row(row: Row) -> Fields:
    marks = [flag.name.lower() for flag in RowFlag(row.flags) if flag.name]
    return {
        "row": row.number,
        "marks": marks,
        "texts": list(row.texts),
        "values": list(row.values),
    }


def _excerpt(excerpt: Excerpt) -> Fields:
    first, last = excerpt.chunks[0], excerpt.chunks[-1]
    return {
        "source": excerpt.source,
        **_place(first),
        "start": first.start,
        "end": last.end,
        "text": excerpt.text,
        "chunk_ids": [chunk.id for chunk in excerpt.chunks],
    }


def _hit(rank: int, hit: Hit) -> Fields:
    chunk = hit.chunk
    return {
        "rank": rank,
        "score": round(hit.score, 4),
        "source": hit.source,
        **_place(chunk),
        "start": chunk.start,
        "end": chunk.end,
        "text": chunk.text,
        "chunk_id": chunk.id,
    }


def _passage(passage: Passage) -> Fields:
    return {"n": passage.n, "source": passage.source, **_place(passage)}


def _place(part: Chunk | Passage) -> Fields:
    return {"page": part.page, "line": part.line, "section": part.section}


def _answer(answer: Answer) -> Fields:
    times = asdict(answer.timings)
    return {
        "question": answer.question,
        "answer": answer.text,
        "found": answer.found,
        "refused_by": answer.refused_by or None,
        "grounded": answer.grounded,
        "unsupported": list(answer.unsupported),
        "citations": list(answer.citations),
        "verdict": None if answer.verdict is None else round(answer.verdict, 3),
        "version": answer.version,
        "computation": answer.computation,
        "conflicts": list(answer.conflicts),
        "model": answer.model or None,
        "prompt_tokens": answer.prompt_tokens,
        "answer_tokens": answer.answer_tokens,
        "cut": answer.cut,
        "num_ctx": answer.num_ctx,
        "truncated": answer.truncated,
        "timings": {
            part: round(times[part], 3)
            for part in ("load", "retrieve", "prompt", "generate", "total")
        },
    }


def _plain(value: object) -> object:
    if isinstance(value, Result):
        return to_dict(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, frozenset | set):
        return sorted(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, array):
        return value.tolist()
    return str(value)
