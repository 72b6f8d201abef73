"""The table store: a million rows of 12 columns, stored, committed, asked; and a hundred thousand.

The store as it is, without parsing and without a model. Questions are told in seconds of the
processor, since one is answered by one thread; the rest on the clock, with the processor's seconds.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any, overload

from kb.index.catalog import Catalog
from kb.index.checks import compare
from kb.index.generation import Collection
from kb.index.table_names import named
from kb.index.table_schema import view_sql
from kb.index.table_sql import Limits, select
from kb.table_types import Column, ColumnType, Row, Table
from tests.bench.table import Row as Line
from tests.bench.table import at_most
from tests.index_samples import FINGERPRINT, put

ROWS = 1_000_000
SMALLER = 100_000

COLUMNS = (
    Column("工号", ColumnType.CODE),
    Column("姓名", ColumnType.TEXT),
    Column("部门", ColumnType.TEXT),
    Column("入职日期", ColumnType.DATE),
    Column("金额(元)", ColumnType.MONEY, unit="元"),
    Column("完成率", ColumnType.PERCENT),
    Column("天数", ColumnType.INTEGER),
    Column("状态", ColumnType.TEXT),
    Column("电话", ColumnType.CODE),
    Column("地址", ColumnType.TEXT),
    Column("重量", ColumnType.DECIMAL),
    Column("在职", ColumnType.BOOLEAN),
)
QUESTIONS = {
    "filter and sum": "SELECT count(*), sum(c4) FROM {} WHERE flags = 0 AND c2 = '研发部'",
    "range of dates, mean": "SELECT avg(c10) FROM {} WHERE flags = 0 AND c3 >= '2024-03-10'",
    "group by, mean": "SELECT c2, avg(c4) FROM {} WHERE flags = 0 GROUP BY c2",
    "the three highest, as displayed": "SELECT x0, x4 FROM {} ORDER BY c4 DESC LIMIT 3",
    "one by its number": "SELECT x1 FROM {} WHERE c0 = 'e1777777'",
}


class _Rows(Sequence[Row]):
    """Rows that are made when they are asked for, as the store takes them."""

    def __init__(self, count: int) -> None:
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        if isinstance(place, slice):
            return [row(one) for one in range(self._count)[place]]
        return row(place)

    def __iter__(self) -> Iterator[Row]:
        return map(row, range(self._count))


def row(place: int) -> Row:
    number, day, share = f"E{1_000_000 + place}", place % 28 + 1, place % 97
    amount, name = place * 7 % 100_000, f"员工{place % 50_000}"
    team = ("销售部", "研发部", "财务部", "IT部")[place % 4]
    state = "在职" if place % 5 else "离职"
    phone, street = f"138{place % 100_000_000:08d}", f"浦东新区第{place % 999}号"
    texts = (
        *(number, name, team, f"2024年3月{day}日", f"{amount:,}.50", f"{share}%", str(place % 60)),
        *(state, phone, street, str(place % 1009 / 8), "是"),
    )
    values = (
        *(number.lower(), name, team.lower(), f"2024-03-{day:02}", amount + 0.5, share / 100),
        *(place % 60, state, phone, street, place % 1009 / 8, 1),
    )
    return Row(place + 2, texts, values)


def table(count: int) -> Table:
    return Table(0, "", "", None, COLUMNS, _Rows(count))


def rows() -> list[Line]:
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        large = _part(ROWS, folder)
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as folder:
        small = _part(SMALLER, folder)
    name = f"{ROWS:,} rows × {len(COLUMNS)}"
    lines = [
        Line(f"{name}: stored, of it making the rows", f"{large['put']}, {large['made']}"),
        Line("the commit", f"{large['commit']}"),
        Line("commit of a one-file change beside it, median of 5", f"{large['change']}"),
        Line("the same without the table", f"{large['bare']}"),
        Line("the catalog, MB", f"{large['size']:.0f}"),
        Line("kb check reads it whole", f"{large['check']}"),
    ]
    asked = {what: large[what] for what in QUESTIONS}
    lines += [at_most("filter and sum", asked.pop("filter and sum"), 0.2, "s", places=3)]
    lines += [Line(what, f"{seconds:.3f} s") for what, seconds in asked.items()]
    lines += [
        Line("filter and sum by kb sql", f"{large['sql']:.3f} s"),
        Line("values among 8 words, values one character away", f"{large['values']}"),
        Line(f"{SMALLER:,} rows: stored; committed", f"{small['put']}; {small['commit']}"),
        Line("peak memory of that process, MB", f"{small['memory']:.0f}"),
    ]
    return lines


def _part(count: int, folder: str) -> dict[str, Any]:
    """In a process of its own, whose memory is its own."""
    command = [sys.executable, "-m", __name__, str(count), folder]
    return dict(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))


def _measure(count: int, home: Path) -> dict[str, Any]:
    found: dict[str, Any] = {}
    collection = Collection(home, "default")
    bare = Collection(home, "bare")
    found["made"] = _timed(lambda: [None for _ in table(count).rows])
    with collection.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "other.md", ["some text"])
        found["put"] = _timed(lambda: put(draft, "large.csv", ["a text"], tables=[table(count)]))
        found["commit"] = _timed(draft.commit)
    found["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with bare.writer() as draft:
        draft.begin(FINGERPRINT)
        put(draft, "other.md", ["some text"])
        draft.commit()
    found["change"], found["bare"] = _changes(collection), _changes(bare)
    with collection.reader() as live:
        found["size"] = live.catalog.database.path.stat().st_size / 1e6
        found["check"] = _timed(lambda: compare(live))
        found |= _questions(live.catalog)
    return found


def _changes(collection: Collection) -> str:
    seconds = []
    for number in range(5):
        started = time.monotonic()
        with collection.writer() as draft:
            draft.begin(FINGERPRINT)
            put(draft, "other.md", [f"some text {number}"])
            draft.commit()
        seconds.append(time.monotonic() - started)
    return f"{median(seconds):.2f} s"


def _questions(catalog: Catalog) -> dict[str, Any]:
    store = catalog.table_store
    [one] = store.tables()
    path = catalog.database.path
    view = view_sql(one)
    found: dict[str, Any] = {}
    for name, sql in QUESTIONS.items():
        found[name] = _best(lambda sql=sql: store.run(sql.format(view)))  # type: ignore[misc]
    asked = "SELECT count(*), sum(\"金额(元)\") FROM large WHERE 部门 = '研发部'"
    tables = named(store.tables())
    found["sql"] = _best(lambda: select(path, store, tables, asked, Limits(60, 100)))
    words = ["员工4711", "e1777777", "研发部", "在职", "北京", "多少", "平均", "金额"]
    among = _best(lambda: store.values_among(words))
    near = _best(lambda: store.values_like("e177777"))
    found["values"] = f"{among * 1000:.1f} ms, {near * 1000:.0f} ms"
    return found


def _best(call: Callable[[], object]) -> float:
    """Seconds of the processor, the best of 5: what else this machine does makes it no faster."""
    seconds = []
    for _ in range(5):
        started = time.process_time()
        call()
        seconds.append(time.process_time() - started)
    return min(seconds)


def _timed(call: Callable[[], object]) -> str:
    started, worked = time.monotonic(), time.process_time()
    call()
    clock, processor = time.monotonic() - started, time.process_time() - worked
    return f"{clock:.1f} s ({processor:.1f} of the processor)"


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]), Path(sys.argv[2]))))
