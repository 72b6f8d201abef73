"""What kb.session makes public is written down, has an example, and is documented."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import kb.session
from kb.session import (
    Answering,
    Chat,
    Document,
    Excerpt,
    Listing,
    Passages,
    SearchResult,
    Session,
    Status,
    TableListing,
    Understood,
    parse_where,
    to_dict,
    to_json,
)

PAGE = (Path(__file__).parents[3] / "docs" / "library.md").read_text(encoding="utf-8")
WITH_METHODS = (Session, Chat, Answering, Document, Excerpt)


def methods(kind: type) -> Iterator[tuple[str, str]]:
    """A class's own public methods and properties, with their docstrings."""
    for name, member in vars(kind).items():
        if not name.startswith("_") and isinstance(member, property | classmethod | type(methods)):
            yield name, inspect.getdoc(getattr(kind, name)) or ""


MEMBERS = [(kind, name, text) for kind in WITH_METHODS for name, text in methods(kind)]


def test_the_public_names_are_these() -> None:
    """To add one is a decision; to take one away breaks who builds on kb."""
    assert kb.session.__all__ == [
        *("Answer", "Answering", "Chat", "Citation", "Document", "Event", "Excerpt", "Hit"),
        *(
            "Listing",
            "Passages",
            "Piece",
            "Progress",
            "SearchResult",
            "Session",
            "SqlResult",
            "State",
        ),
        *(
            "Status",
            "TableListing",
            "TableRows",
            "Thought",
            "Turn",
            "Understood",
            "parse_where",
            "to_dict",
            "to_json",
        ),
    ]
    assert [*dict(methods(Session))] == [
        *("open", "state", "settings", "collections", "models", "engine", "prepare", "halt"),
        *("close", "status", "sources", "document", "around", "search", "ask", "chat"),
    ]
    assert [*dict(methods(Chat))] == ["turns", "ask", "forget"]
    assert [*dict(methods(Answering))] == ["answer", "close"]


@pytest.mark.parametrize("one", [Session, Chat, Answering, parse_where, to_dict, to_json])
def test_what_is_called_has_an_example(one: object) -> None:
    assert ">>> " in (inspect.getdoc(one) or "")


@pytest.mark.parametrize(
    "one", [Status, Listing, Excerpt, SearchResult, TableListing, Understood, Passages]
)
def test_what_is_given_back_has_one_that_shows_how_it_is_got(one: object) -> None:
    assert ">>> " in (inspect.getdoc(one) or "")


@pytest.mark.parametrize(
    ("kind", "name", "text"), MEMBERS, ids=[f"{kind.__name__}.{name}" for kind, name, _ in MEMBERS]
)
def test_every_method_has_an_example(kind: type, name: str, text: str) -> None:
    assert ">>> " in text, f"{kind.__name__}.{name}"


def test_everything_public_is_in_the_page() -> None:
    names = [*kb.session.__all__, *(name for _, name, _ in MEMBERS)]
    assert [name for name in names if f"`{name}" not in PAGE and f".{name}" not in PAGE] == []
