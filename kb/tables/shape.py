"""What a table is like, as far as a plan needs it: which columns tell its rows apart, which are
alike, which hold people, money, days, places."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from kb.table_types import Column, ColumnType, StoredTable
from kb.tables import concepts
from kb.tables.column_names import bare
from kb.tables.joined import Joined, Readable, WithJoins
from kb.text.fold import fold
from kb.text.months import MONTH_NAME

_PLACE = re.compile(
    r"地点|地址|城市|所在地|位置|库位|房间|教室|病房|楼|place|location|city|address|room|site|where|bin"
)
_TOTAL = re.compile(r"合计|总计|小计|全年|总和|total|sum|annual|full year")
_MONEY = re.compile(
    r"价|金额|费|款|预算|工资|薪|收入|销售额|成本|支出|利润|price|cost|amount|fee|budget|salary|revenue|paid|charge"
)
_PLAIN_TIME = re.compile(r"date|day|year|years?|season|time|when|日期|时间|年份|年度?|日|赛季|届次")
_PLACES = re.compile(r"pos\.?|position|rank(?:ing)?|place|no\.?|#|nr\.?|序号|名次|排名|位次|行次")
_NUMBERED = re.compile(r"[号证卡码]$|编号|\b(?:no|number|id|code|badge|card)\b")
_FIRST_YEAR, _LAST_YEAR = 1500, 2100
_UNIQUE = 0.95
_MOST_VALUES = 40
"""Of a column, the values that are looked at one by one."""
_SMALL = 40
"""Rows up to which no value may come twice in a column that tells rows apart."""
_LEAST_ALIKE = 3
_SHARED = 0.7
"""Columns share their values where all have fewer than so many of what each has by itself."""


def says_money(name: str) -> bool:
    """Whether a folded name, or word, is one of an amount of money."""
    return bool(_MONEY.search(name))


_PRICED = re.compile(r"(?:多少|几)(?:块钱|块|钱|元)|(?<![a-z])how much (?:does|do) ")


def asks_a_price(text: str) -> bool:
    """Whether a folded question asks for money by its words: how much does it sell for."""
    return _PRICED.search(text) is not None


class Shape:
    """A stored table, looked at."""

    def __init__(self, table: Readable, index: WithJoins) -> None:
        self.table = table
        self.columns: Sequence[Column] = table.columns
        self.names = [fold(column.name) for column in table.columns]
        self._index = index
        self._distinct: dict[int, int] = {}

    def distinct(self, column: int) -> int:
        """How many values a column has."""
        if column not in self._distinct:
            self._distinct[column] = self._counted(column)
        return self._distinct[column]

    def _counted(self, column: int) -> int:
        texts = (ColumnType.TEXT, ColumnType.CODE)
        if isinstance(self.table, StoredTable) and self.columns[column].type in texts:
            return self._index.distinct(self.table.id, column)
        view = self._index.view_sql(self.table)
        [[count]] = self._index.run(
            f"SELECT count(DISTINCT c{column}) FROM {view} WHERE flags = 0", ()
        )
        return int(str(count))

    def values(self, column: int) -> list[str]:
        """The folded texts of a column, each once; none where there are more than so many."""
        view = self._index.view_sql(self.table)
        found = self._index.run(
            f"SELECT DISTINCT c{column} FROM {view} WHERE flags = 0 AND c{column} IS NOT NULL"
            f" LIMIT {_MOST_VALUES + 1}",
            (),
        )
        return [] if len(found) > _MOST_VALUES else [str(one) for (one,) in found]

    def has_blanks(self, column: int) -> bool:
        """Whether some rows have nothing in a column, and some have."""
        view = self._index.view_sql(self.table)
        [[rows, filled]] = self._index.run(
            f"SELECT count(*), count(c{column}) FROM {view} WHERE flags = 0", ()
        )
        return 0 < int(str(filled)) < int(str(rows))

    def only_ticks(self, column: int) -> bool:
        """Whether a column says yes alone, and where it does not, nothing stands."""
        view = self._index.view_sql(self.table)
        [[least, others]] = self._index.run(
            f"SELECT min(c{column}), sum(c{column} IS NULL AND coalesce(x{column}, '') != '')"
            f" FROM {view} WHERE flags = 0",
            (),
        )
        return least == 1 and not others

    def holds_mobiles(self, column: int) -> bool:
        """Whether the telephone numbers of a column are those of Chinese mobiles."""
        view = self._index.view_sql(self.table)
        [[least]] = self._index.run(
            f"SELECT min(length(x{column}) = 11 AND x{column} GLOB '1[3-9]*') FROM {view}"
            f" WHERE flags = 0 AND x{column} != ''",
            (),
        )
        return bool(least)

    def tells_apart(self, column: int) -> bool:
        """Whether nearly every row has a value of its own in a column."""
        slack = 2 if self.table.plain > _SMALL else 0
        return self.distinct(column) >= max(1, self.table.plain * _UNIQUE - slack)

    def of_type(self, *types: ColumnType) -> list[int]:
        return [
            at
            for at, column in enumerate(self.columns)
            if column.type in types and not column.hidden
        ]

    @cached_property
    def numbers(self) -> list[int]:
        return self.of_type(*(one for one in ColumnType if one.is_number))

    @cached_property
    def dates(self) -> list[int]:
        return self.of_type(ColumnType.DATE)

    @cached_property
    def years(self) -> list[int]:
        """Columns of whole numbers that are years: four digits, without a unit."""
        return [at for at in self.of_type(ColumnType.INTEGER) if self._holds_years(at)]

    def _holds_years(self, column: int) -> bool:
        own, table = self.columns[column], self.table
        if own.unit or own.scale != 1:
            return False
        if isinstance(table, Joined):
            width = len(table.left.columns)
            table, column = (
                (table.left, column) if column < width else (table.right, column - width)
            )
        view = self._index.view_sql(table)
        [[low, high, shown]] = self._index.run(
            f"SELECT min(c{column}), max(c{column}), min(x{column} GLOB '[12][0-9][0-9][0-9]')"
            f" FROM {view} WHERE flags = 0 AND c{column} IS NOT NULL",
            (),
        )
        return bool(shown) and low >= _FIRST_YEAR and high <= _LAST_YEAR

    @cached_property
    def times(self) -> list[int]:
        """Columns of days, and of years."""
        return [*self.dates, *self.years]

    def is_plain_time(self, column: int) -> bool:
        """Whether a column of days or years is called so, and says of nothing else whose it is."""
        return bool(_PLAIN_TIME.fullmatch(bare(self.names[column])))

    @cached_property
    def texts(self) -> list[int]:
        return self.of_type(ColumnType.TEXT, ColumnType.CODE)

    @cached_property
    def people(self) -> list[int]:
        return [at for at in self.texts if concepts.names_people(self.names[at])]

    @cached_property
    def lists_people(self) -> bool:
        """Whether the rows are people: what names them is a person's name, and what else does is
        its number. Trips with a driver each are none."""
        table = self.table
        width = len(table.left.columns if isinstance(table, Joined) else self.columns)
        labels = [at for at in self.labels if at < width]
        texts = [at for at in labels if self.columns[at].type is ColumnType.TEXT]
        others = [at for at in labels if at not in texts]
        return (
            any(at in self.people for at in labels)
            and all(at in self.people for at in texts)
            and all(at in self.people or _NUMBERED.search(self.names[at]) for at in others)
        )

    @cached_property
    def places(self) -> list[int]:
        return [at for at in self.texts if _PLACE.search(self.names[at])]

    @cached_property
    def money(self) -> list[int]:
        typed = self.of_type(ColumnType.MONEY)
        return typed or [at for at in self.numbers if _MONEY.search(self.names[at])]

    @cached_property
    def main_money(self) -> list[int]:
        """Of documents, the one amount that is meant where none is named: the only one, or the only
        one that is called an amount."""
        if len(self.money) < 2 or not self.table.of_documents:
            return self.money if self.table.of_documents else []
        amount = concepts.groups("金额")
        called = [at for at in self.money if concepts.groups(self.names[at]) & amount]
        return called if len(called) == 1 else []

    def only_year(self, column: int) -> str:
        """The year that all dates of a column are of; empty where there are several."""
        view = self._index.view_sql(self.table)
        rows = self._index.run(
            f"SELECT DISTINCT substr(c{column}, 1, 4) FROM {view} WHERE flags = 0"
            f" AND c{column} IS NOT NULL LIMIT 2",
            (),
        )
        years = [str(year) for (year,) in rows]
        return years[0] if len(years) == 1 and years[0].isdecimal() else ""

    @cached_property
    def totals(self) -> list[int]:
        """Columns that add up others."""
        return [at for at in self.numbers if _TOTAL.search(self.names[at])]

    @cached_property
    def labels(self) -> tuple[int, ...]:
        """The columns that name a row: its code, and its name."""
        if self.table.of_documents:
            own = [at for at, name in enumerate(self.names[:3]) if name in ("title", "date")]
            return tuple(own[:1] if self.distinct(own[0]) == self.table.plain else own)
        apart = [at for at in self.texts if self.tells_apart(at) and not self._counts_rows(at)]
        codes = [
            at
            for at in apart
            if self.columns[at].type is ColumnType.CODE and not _is_contact(self.names[at])
        ]
        texts = [
            at
            for at in self.texts
            if self.columns[at].type is ColumnType.TEXT
            and not _is_contact(self.names[at])
            and not self._counts_rows(at)
        ]
        names = [at for at in texts if at in apart] or [at for at in texts if self._is_name(at)]
        found = (codes[:1] + names[:1]) or self.texts[:1] or self.dates[:1]
        if not codes[:1] and not names[:1] and self.dates and self.dates[0] == 0:
            found = self.dates[:1]
        return tuple(sorted(found))

    def _counts_rows(self, column: int) -> bool:
        """Whether a column counts the rows, or says which place each has, and other columns say
        what they are called."""
        return bool(_PLACES.fullmatch(self.names[column])) and len(self.texts) > 1

    def _is_name(self, column: int) -> bool:
        name = self.names[column]
        return bool(re.search(r"名$|名称|姓名|^name|title|名字", name)) or (
            column == min(self.texts, default=-1) and self.distinct(column) * 2 > self.table.plain
        )

    @cached_property
    def is_matrix(self) -> bool:
        return len(self.alike) >= 3

    @cached_property
    def alike(self) -> tuple[int, ...]:
        """Three or more columns that hold the same kind of thing under names of one form: quarters,
        lines, days. Totals are none of them."""
        best: tuple[int, ...] = ()
        for group in (self.numbers, self.texts):
            forms: dict[str, list[int]] = {}
            for at in group:
                if at not in self.totals and self.names[at]:
                    forms.setdefault(_form(self.names[at]), []).append(at)
            for columns in forms.values():
                if len(columns) > max(2, len(best)):
                    best = tuple(columns)
        return best or self._sharing()

    def _sharing(self) -> tuple[int, ...]:
        """All columns but the first, where they are three or more of texts that share their values:
        a plan of who is where."""
        rest = tuple(at for at in range(1, len(self.columns)) if not self.columns[at].hidden)
        if len(rest) < _LEAST_ALIKE or any(at not in self.texts for at in rest):
            return ()
        each = sum(self.distinct(at) for at in rest)
        view = self._index.view_sql(self.table)
        one_by_one = " UNION ".join(f"SELECT c{at} FROM {view} WHERE flags = 0" for at in rest)
        [[together]] = self._index.run(f"SELECT count(*) FROM ({one_by_one})", ())
        return rest if int(str(together)) < each * _SHARED else ()


def _form(name: str) -> str:
    """三号线 and 二号线, q1 and q2, 星期一 and 星期五 are of one form."""
    bare = re.sub(r"[(（\[].*", "", name)
    bare = re.sub(r"[0-9一二三四五六七八九十]+", "#", bare)
    bare = re.sub(r"\b(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?\b", "weekday", bare)
    bare = re.sub(rf"\b{MONTH_NAME}\b", "month", bare)
    return re.sub(r"[日天](?=$)", "#", bare) if re.search(r"星期|周", bare) else bare


def _is_contact(name: str) -> bool:
    return bool(
        re.search(r"电话|手机|分机|邮箱|邮件|phone|mobile|mail|extension|fax|传真|地址|序列", name)
    )
