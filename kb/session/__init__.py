"""kb for programs: a home that is open, to be searched and asked. docs/library.md shows how.

    with Session.open() as session:
        answer = session.ask("张飞的电话号码").answer()

What `__all__` names is public and stays; everything else in kb may change. Every face of kb (the
command line, `kb serve`, the LlamaIndex integration) stands on this. Importing it loads no engine.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kb.session.chat import Chat
    from kb.session.conditions import parse_where
    from kb.session.events import Answering, Event, Passages, Piece, Thought, Understood
    from kb.session.fields import to_dict, to_json
    from kb.session.results import (
        Document,
        Excerpt,
        Listing,
        SearchResult,
        Status,
        TableListing,
        TableRows,
    )
    from kb.session.session import Session, State
    from kb.table_types import SqlResult
    from kb.types import Answer, Citation, Hit, Progress, Turn

__all__ = [
    "Answer",
    "Answering",
    "Chat",
    "Citation",
    "Document",
    "Event",
    "Excerpt",
    "Hit",
    "Listing",
    "Passages",
    "Piece",
    "Progress",
    "SearchResult",
    "Session",
    "SqlResult",
    "State",
    "Status",
    "TableListing",
    "TableRows",
    "Thought",
    "Turn",
    "Understood",
    "parse_where",
    "to_dict",
    "to_json",
]

_MODULES = {
    "kb.session.chat": ("Chat",),
    "kb.session.conditions": ("parse_where",),
    "kb.session.events": ("Answering", "Event", "Passages", "Piece", "Thought", "Understood"),
    "kb.session.fields": ("to_dict", "to_json"),
    "kb.session.results": (
        *("Document", "Excerpt", "Listing", "SearchResult", "Status"),
        *("TableListing", "TableRows"),
    ),
    "kb.session.session": ("Session", "State"),
    "kb.table_types": ("SqlResult",),
    "kb.types": ("Answer", "Citation", "Hit", "Progress", "Turn"),
}
_MODULE_OF = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for, so that `kb status` imports nothing of what
    answers questions."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(importlib.import_module(_MODULE_OF[name]), name)
    globals()[name] = found
    return found
