"""The table of docs/formats.md, from what each format says of itself."""

from __future__ import annotations

from kb.documents.formats import Format, formats

_SHOWN = 10


def table() -> str:
    rows = [
        "| format | endings | kept | not kept | needs |",
        "| --- | --- | --- | --- | --- |",
        *(_row(one) for one in formats()),
    ]
    return "\n".join(rows) + "\n"


def _row(one: Format) -> str:
    needs = one.program.name if one.program else ""
    cells = (f"`{one.name}`", _endings(one), one.kept, one.lost, needs)
    return "".join(f"| {cell} " if cell else "| " for cell in cells) + "|"


def _endings(one: Format) -> str:
    if len(one.endings) <= _SHOWN:
        return ", ".join(one.endings)
    return f"{', '.join(one.endings[:_SHOWN])} and {len(one.endings) - _SHOWN} more"
