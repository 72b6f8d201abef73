"""A sheet of 100,000 rows and 12 columns, as CSV and as XLSX: what it takes to go in, with and
without its rows' vectors, and whether a row is found by its name, its number, its identifier.

Without `chunk.table_rows` each row is embedded, which takes hours; so that run has an engine that
costs nothing, and the time that the real one would take is reckoned from its texts. The other runs
are `kb ingest`, `kb search` and `kb ask` as users start them, with the demo's models. Memory is the
proportional set size of all processes together, sampled ten times a second; processor time is that
of all of them.
"""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from tests.bench.memory import tree
from tests.bench.places import REPOSITORY
from tests.bench.table import Row, at_least, at_most

ROWS = 100_000
ASKED = 3
HEAD = (
    "设备编号", "设备名称", "规格型号", "所属部门", "保管人", "购置日期",
    "原值(元)", "净值(元)", "供应商", "存放地点", "联系电话", "状态",
)  # fmt: skip
_NAMES = (
    "水泵", "风机", "电机", "空压机", "配电柜", "变压器", "叉车", "打印机", "服务器", "交换机",
    "显微镜", "离心机",
)  # fmt: skip
_DEPARTMENTS = (
    "生产一部", "生产二部", "动力部", "质检部", "仓储部", "信息部", "研发部", "行政部",
)  # fmt: skip
_STATES = (
    "在用", "闲置", "维修", "报废",
)  # fmt: skip
_SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
_GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂文辉玲建国红志鹏"


def sheet(rows: int) -> list[tuple[str | int, ...]]:
    """Rows of an inventory, the same ones each time; an identifier, a serial number in the model
    and a telephone number are each row's own."""
    random = Random(17)
    made: list[tuple[str | int, ...]] = []
    for n in range(rows):
        price = random.randint(800, 900_000)
        person = random.choice(_SURNAMES) + "".join(random.choices(_GIVEN, k=2))
        made.append(
            (
                f"SB-{n + 200_001}",
                random.choice(_NAMES),
                f"{random.choice('ABCDEFGH')}{random.choice('XYZ')}{n + 31_007}",
                random.choice(_DEPARTMENTS),
                person,
                f"{random.randint(2009, 2025)}-{random.randint(1, 12):02}-{n % 28 + 1:02}",
                price,
                price * random.randint(5, 95) // 100,
                f"{random.choice('华东南北中')}{random.choice(_GIVEN)}机电有限公司",
                f"{random.randint(1, 9)}号楼{random.randint(101, 640)}室",
                str(13_000_000_000 + n * 7_919 % 999_999_999),
                random.choice(_STATES),
            )
        )
    return made


def write_csv(path: Path, rows: Sequence[Sequence[str | int]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HEAD, *rows])
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[str | int]]) -> Path:
    from openpyxl import Workbook

    path.parent.mkdir(parents=True, exist_ok=True)
    book = Workbook(write_only=True)
    page = book.create_sheet("台账")
    for row in (HEAD, *rows):
        page.append([*row])
    book.save(path)
    return path


@dataclass(frozen=True)
class Cost:
    """Seconds on the clock and of the processors, megabytes at the peak, what it printed."""

    seconds: float
    processor: float
    megabytes: float
    out: str


def measured(command: Sequence[str]) -> Cost:
    """Run a command and watch all of its processes."""
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=REPOSITORY, env={**os.environ}
    )
    peak, spent = 0.0, dict[int, float]()
    while process.poll() is None:
        megabytes, ids = tree(process.pid)
        peak = max(peak, megabytes)
        spent.update(_processor_seconds(ids))
        time.sleep(0.1)
    out, _ = process.communicate()
    return Cost(time.monotonic() - started, sum(spent.values()), peak, out)


def _processor_seconds(ids: Sequence[int]) -> dict[int, float]:
    found = {}
    for pid in ids:
        with suppress(OSError):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            found[pid] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return found


def rows() -> list[Row]:
    return rows_of(ROWS)


def rows_of(count: int) -> list[Row]:
    """The figures of a sheet of so many rows."""
    made = sheet(count)
    name = f"a sheet of {count:,} rows × {len(HEAD)} columns"
    with tempfile.TemporaryDirectory(prefix="kb-bench-") as scratch:
        folder = Path(scratch)
        write_csv(folder / "csv" / "台账.csv", made)
        write_xlsx(folder / "xlsx" / "台账.xlsx", made)
        stub = [sys.executable, "-m", "tests.bench.stub"]
        before = measured([*stub, str(folder / "before"), str(folder / "csv")])
        aside = [str(folder / "aside"), str(folder / "csv"), "--table-rows", "3000"]
        after = measured([*stub, *aside])
        whole = {
            kind: measured(_kb(folder / f"home-{kind}", "ingest", folder / kind)) for kind in KINDS
        }
        found = _found(folder / "home-csv", made)
        few = made[:FEW]
        write_csv(folder / "few" / "台账.csv", few)
        both = []
        for setting in ("0", "40"):
            home = folder / f"few-{setting}"
            measured(_kb(home, "ingest", folder / "few", table_rows=setting))
            both.append(_found(home, few))
    texts = [json.loads(one.out)["counts"]["embedded"] for one in (before, after)]
    return [
        Row(
            f"{name}, CSV: texts embedded row by row / with chunk.table_rows",
            f"{texts[0]:,} / {texts[1]}",
        ),
        Row("engine aside: processor", f"{before.processor:.0f} / {after.processor:.0f} s"),
        Row("engine aside: peak memory", f"{before.megabytes:.0f} / {after.megabytes:.0f} MB"),
        *(
            row
            for kind, one in whole.items()
            for row in (
                at_most(f"`kb ingest` of it as {kind.upper()}", one.seconds, 120, "s", places=0),
                Row("its processor time", f"{one.processor:.0f} s"),
                at_most("its peak memory, all processes", one.megabytes, 700, "MB", places=0),
            )
        ),
        at_least("rows asked for by identifier, model, telephone, name: found first", found, 1),
        Row(f"the same over {FEW} rows: row by row / described", f"{both[0]:.2f} / {both[1]:.2f}"),
    ]


KINDS = ("csv", "xlsx")
FEW = 60
"""Rows that are embedded one by one, too, to compare what is found."""


def _kb(home: Path, *words: str | Path, table_rows: str = "") -> list[str]:
    given = [f"KB_CHUNK__TABLE_ROWS={table_rows}"] if table_rows else []
    program = "import sys; from kb.cli.main import main; sys.exit(main())"
    options = ["--home", str(home), "--config", str(REPOSITORY / "configs" / "demo.toml")]
    return ["env", *given, sys.executable, "-c", program, *options, *map(str, words), "--json"]


def _found(home: Path, made: Sequence[Sequence[str | int]]) -> float:
    """The share of questions for one row whose first hit, or whose answer, is of that row."""
    right = asked = 0
    for row in Random(5).sample([*made], ASKED):
        for words in (row[0], row[2], row[10], f"{row[4]} {row[8]} {row[9]}"):
            [first, *_] = _printed(home, "search", str(words))["hits"] or [{"text": ""}]
            right += str(row[0]) in first["text"]
            asked += 1
        answer = _printed(home, "ask", f"设备编号{row[0]}的保管人是谁？")
        right += answer["answer"].startswith(row[4])
        asked += 1
    return right / asked


def _printed(home: Path, *words: str) -> dict[str, Any]:
    done = subprocess.run(
        _kb(home, *words), stdout=subprocess.PIPE, cwd=REPOSITORY, text=True, check=False
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found
