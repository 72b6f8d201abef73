"""A questions file: JSON Lines, one question a line.

    {"id": "q1", "question": "…", "answers": ["…"], "source": "law/a.docx", "answerable": true}

`answerable: false` expects a refusal. `source` is relative to the ingested folder. Optional:
`lang` (zh or en; else told from the text), `kind` (a group of your own, reported by itself),
`collection` (the one to ask; else that of the command line), `draft` (not yet reviewed).

In place of `answers` a question may have `need`, which is compared by value (needs.py), with
`forbid`, `wrong` (mistakes that the question was made for), `hist` (what was asked before it),
`cls` (its class) and several sources. Other fields are left alone.
"""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kb.errors import UsageError
from kb.text.language import Language, language
from kb.unicode import is_unicode


@dataclass(frozen=True, slots=True)
class Question:
    """`answers` are equally good ones; none where `answerable` is False. Where there is a `need`,
    they are what of it can be looked for in a chunk. `source` is the first one."""

    id: str
    text: str
    answers: tuple[str, ...]
    source: str
    answerable: bool
    language: str
    kind: str = ""
    collection: str = ""
    draft: bool = False
    need: tuple[tuple[str, ...], ...] = ()
    forbid: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    other_sources: tuple[str, ...] = ()

    @property
    def sources(self) -> tuple[str, ...]:
        return tuple(filter(None, (self.source, *self.other_sources)))


def first_ids(ids: Sequence[str], most: int) -> str:
    """So many of them at most, and how many more there are."""
    more = f" and {len(ids) - most} more" if len(ids) > most else ""
    return ", ".join(ids[:most]) + more


def read_questions(path: Path) -> tuple[Question, ...]:
    """Every question of a file.

    Raises:
        UsageError: the file cannot be read, holds no question, or a line of it is no question.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"the questions in {path} cannot be read",
            why=str(error),
            hint='write one question a line: {"id": "q1", "question": "…", "answers": ["…"], '
            '"source": "file.docx", "answerable": true}',
        ) from error
    found: dict[str, Question] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            question = _question(json.loads(line))
        except (json.JSONDecodeError, ValueError) as error:
            raise _bad_line(path, number, str(error)) from error
        if question.id in found:
            raise _bad_line(path, number, f"the id '{question.id}' occurs twice")
        found[question.id] = question
    if not found:
        raise UsageError(
            f"there is no question in {path}",
            why="the file is empty",
            hint="draft some from your own documents with: kb eval --generate 20 OUT.jsonl",
        )
    return tuple(found.values())


def sample(questions: Sequence[Question], limit: int | None, seed: int) -> tuple[Question, ...]:
    """At most `limit` of them, drawn at random and in the order of the file."""
    if limit is None or limit >= len(questions):
        return tuple(questions)
    chosen = sorted(random.Random(seed).sample(range(len(questions)), limit))
    return tuple(questions[position] for position in chosen)


def _question(row: object) -> Question:
    """Raises ValueError, with the reason in words for the person who wrote the line."""
    if not isinstance(row, dict):
        raise ValueError("it is not a JSON object")
    if not is_unicode(json.dumps(row, ensure_ascii=False)):
        raise ValueError("it holds half of a surrogate pair, which is not Unicode text")
    text = _text(row, "question", required=True)
    answerable = row.get("answerable", True)
    if not isinstance(answerable, bool):
        raise ValueError("'answerable' must be true or false")
    need = _need(row)
    kept = _texts(row, "answers") or tuple(
        one.removeprefix("=") for group in need[:1] for one in group if one[0] not in "@~"
    )
    if answerable and not (kept or need):
        raise ValueError("an answerable question needs at least one answer")
    if (kept or need) and not answerable:
        raise ValueError("a question with answers cannot be 'answerable': false")
    lang = _text(row, "lang")
    if lang and lang not in {one.value for one in Language}:
        raise ValueError(f"'lang' is zh or en, not '{lang}'")
    draft = row.get("draft", False)
    if not isinstance(draft, bool):
        raise ValueError("'draft' must be true or false")
    source, others = _sources(row)
    return Question(
        id=_identity(row),
        text=text,
        answers=kept,
        source=source,
        answerable=answerable,
        language=lang or language(text).value,
        kind=(_text(row, "cls") if answerable else "") or _text(row, "kind") or _text(row, "cls"),
        collection=_text(row, "collection"),
        draft=draft,
        need=need,
        forbid=_texts(row, "forbid"),
        wrong=_texts(row, "wrong"),
        history=_texts(row, "hist"),
        other_sources=others,
    )


def _sources(row: dict[str, object]) -> tuple[str, tuple[str, ...]]:
    """The first source, empty where none is named, and the others."""
    if not isinstance(row.get("source"), list):
        return _text(row, "source").removeprefix("./"), ()
    first, *others = (one.removeprefix("./") for one in (*_texts(row, "source"), ""))
    return first, tuple(filter(None, others))


def _need(row: dict[str, object]) -> tuple[tuple[str, ...], ...]:
    groups = row.get("need") or []
    if not isinstance(groups, list) or not all(isinstance(group, list) for group in groups):
        raise ValueError("'need' must be a list of lists of texts")
    return tuple(_texts({"need": group}, "need") for group in groups)


def _texts(row: dict[str, object], field: str) -> tuple[str, ...]:
    found = row.get(field) or []
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError(f"'{field}' must be a list of texts")
    return tuple(one.strip() for one in found if one.strip())


def _identity(row: dict[str, object]) -> str:
    number = row.get("id")
    if isinstance(number, int) and not isinstance(number, bool):
        return str(number)
    return _text(row, "id", required=True)


def _text(row: dict[str, object], field: str, *, required: bool = False) -> str:
    value = row.get(field)
    if value is None:
        value = ""
    if not isinstance(value, str):
        raise ValueError(f"'{field}' must be a text")
    if required and not value.strip():
        raise ValueError(f"'{field}' is missing")
    return value.strip()


def _bad_line(path: Path, number: int, why: str) -> UsageError:
    return UsageError(
        f"line {number} of {path} is not a question",
        why=why,
        hint=f"correct line {number}; docs/evaluation.md describes the format",
    )
