"""The lines behind an answer: which version it rests on, and what other passages state."""

from __future__ import annotations

from collections.abc import Sequence

from kb.text.language import Language
from kb.version_types import Conflict, Version


def told(version: Version | None, conflicts: Sequence[Conflict], spoken: Language) -> str:
    """A line each, in the question's language; empty where there is nothing to tell."""
    lines = [_version(version, spoken)] if version else []
    lines += [_conflict(one, spoken) for one in conflicts]
    return "\n".join(lines)


def _version(one: Version, spoken: Language) -> str:
    if spoken is Language.ZH:
        day = f"，{one.since} 起施行" if one.since else f"，{one.dated}" if one.dated else ""
        state = f"现行{day}" if one.in_force else _replaced_zh(one, day)
        return f"依据：{one.source}（{state}）"
    day = f" since {one.since}" if one.since else f", dated {one.dated}" if one.dated else ""
    if one.in_force:
        return f"Based on: {one.source} (in force{day})"
    by = f"replaced by {one.replaced_by}" if one.replaced_by else "not in force"
    return f"Based on: {one.source} ({by})"


def _replaced_zh(one: Version, day: str) -> str:
    return f"已由 {one.replaced_by} 取代{day}" if one.replaced_by else f"非现行{day}"


def _conflict(one: Conflict, spoken: Language) -> str:
    if spoken is Language.ZH:
        state = f"{one.dated or '无日期'}{'，已被取代' if one.replaced else ''}"
        return f"另有说法：{one.source}（{state}）：{one.value}"
    state = f"{one.dated or 'undated'}{', replaced' if one.replaced else ''}"
    return f"Another passage says: {one.source} ({state}): {one.value}"
