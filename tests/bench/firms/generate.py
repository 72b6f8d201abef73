"""A firm of a trade, its documents on the disk, and its questions; all drawn by one seed."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from random import Random

from tests.bench.firms import across, over_rows, simple
from tests.bench.firms.asking import Asker, Record
from tests.bench.firms.frames import Firm
from tests.bench.firms.writers import written

TRADES = ("hospital", "school", "law", "logistics", "hotel")
_TRIES = 400

CLASSES: Mapping[Callable[[Asker], bool], int] = {
    simple.row_by_key: 5,
    simple.hidden_row: 1,
    simple.key_by_value: 4,
    simple.text_form: 4,
    across.join: 3,
    across.join_count: 2,
    over_rows.listing: 3,
    over_rows.count: 4,
    over_rows.count_two: 4,
    over_rows.group_by: 3,
    over_rows.date_range: 3,
    simple.extreme: 4,
    simple.top: 2,
    over_rows.ratio: 2,
    across.growth: 1,
    over_rows.total: 3,
    over_rows.average: 2,
    over_rows.negation: 2,
    over_rows.existence: 2,
    across.cross_tab: 2,
    across.matrix: 4,
    across.subtotal: 3,
    across.latest: 2,
    across.changed: 1,
    simple.comparison: 2,
    simple.follow_up: 1,
    across.near_miss: 4,
    across.absent_subject: 4,
    across.absent_property: 4,
}


def firm(trade: str, seed: int) -> Firm:
    made = import_module(f"tests.bench.firms.trades.{trade}").firm(Random(f"{trade} {seed}"))
    assert isinstance(made, Firm)
    return made


def questions(of: Firm, seed: int) -> list[Record]:
    """So many of each class. A class that this firm's tables do not allow is left out."""
    asker = Asker(of, Random(f"questions {of.name} {seed}"))
    for draw, wanted in CLASSES.items():
        taken = 0
        for _ in range(_TRIES):
            if taken == wanted:
                break
            asker.turn()
            taken += draw(asker)
    return asker.records


def generate(trade: str, seed: int, folder: Path) -> list[Record]:
    """Write `docs/` and `questions.jsonl` into a folder; the questions."""
    of = firm(trade, seed)
    for document in of.documents:
        file = folder / "docs" / document.path
        file.parent.mkdir(parents=True, exist_ok=True)
        rewrite(file, written(document))
    asked = questions(of, seed)
    write_questions(asked, folder)
    return asked


def write_questions(asked: list[Record], folder: Path) -> None:
    lines = [json.dumps(one, ensure_ascii=False) for one in asked]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "questions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def rewrite(file: Path, content: bytes) -> None:
    """A file that holds this already keeps its time, and need not be read again."""
    if not file.exists() or file.read_bytes() != content:
        file.write_bytes(content)
