"""A look-up of single cells by their heads: the row's and the column's, on each level.

Each word of a question that is a head narrows the cells: those are told that the most of its
words speak of. 期末 and 账面价值 leave one column of six; 账面价值 alone leaves two, and both are
told with their heads. A cell of which a word is not true is never told, and a word that nothing
explains makes the question none for this table.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise

from kb.table_types import ColumnType, StoredTable
from kb.tables import concepts
from kb.tables.addresses import Addresses, Head, addresses, days_of, head_of, titles_of, unclear
from kb.tables.cells import JOINING, Found, Link, cells_of, found
from kb.tables.column_names import candidates, is_part, is_unsaid_share
from kb.tables.concepts import singular
from kb.tables.index import TableIndex
from kb.tables.joined import Joined
from kb.tables.leftovers import Cut, is_function, leftovers
from kb.tables.moments import Moment, fits, moments, only_year
from kb.tables.operations import Want, wanted
from kb.tables.plan import Plan
from kb.tables.series import says_before
from kb.tables.shape import asks_a_price
from kb.tables.spans import overlaps
from kb.tables.verbs import is_irregular
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

_MOST_TABLES = 60
_ASKING = frozenset(
    {Want.WHICH, Want.MONEY, Want.NUMBER, Want.SIZE}
    | {Want.TIME, Want.PLACE, Want.PERSON, Want.LIST}
)
"""What the question for a cell may want."""
_WHERE_IT_STANDS = re.compile(
    r"截[至止]|(?:报[表告]|表格|年报|附注|文件|单据)(?:项下|上|里|中)?|项下|一[栏项行列]|披露|列示|填写?|写明?"
    r"|\b(?:look(?:ed)?|tables?|charts?|notes?|reports?|statements?|states?|stated|sheet|form"
    r"|document|figures?|row|column|line"
    r"|play(?:ed|s)?|complete[ds]?|appear(?:ed|s)?|scored?|reach(?:ed)?|receive[ds]?|achieved?)\b"
)
"""Words for where a cell stands, that it is written there, or that there is what a column's head
names: they tell no cells apart."""
_MEASURE = re.compile(r"余额|金额|数额|数值|\b(?:balance|amount|value|number)\b")
"""Words for what a cell holds, where no head has them: 货币资金余额 of the row 货币资金."""
_HAN_CHAR = re.compile(f"[{HAN}]")

_ROW, _COLUMN, _PART, _TITLE = 1.2, 1.1, 0.9, 0.9
"""What a character of a question is worth that is a head, a part of one, or the table's name."""


class LookUp:
    """One question, asked of the heads of tables."""

    def __init__(
        self, question: Question, tables: Sequence[StoredTable], index: TableIndex, cut: Cut
    ) -> None:
        self.text = question.folded
        self._index = index
        self.cut = cut
        self._words = [*candidates(self.text)]
        self._times = moments(self.text)
        self._tables = [one for one in tables if not one.hidden and not one.of_documents]

    def all(self) -> Iterator[Found]:
        """What the question names in each of the tables that may hold it."""
        for table in self._likely():
            known = addresses(table, self._index)
            if known is not None and (found := self._in(known)):
                yield found

    def _likely(self) -> Sequence[StoredTable]:
        """Of very many tables those whose names and heads share the most with the question."""
        if len(self._tables) <= _MOST_TABLES:
            return self._tables
        pairs = {self.text[at : at + 2] for at in range(len(self.text) - 1)}

        def rough(table: StoredTable) -> int:
            heads = " ".join(one.name for one in table.columns)
            own = fold(f"{table.title} {table.path} {table.name} {table.caption} {heads}")
            return sum(one in own for one in pairs)

        return heapq.nlargest(_MOST_TABLES, self._tables, key=rough)

    def _in(self, known: Addresses) -> Found | None:
        link = self._linked(known)
        if not link.words or (len(known.rows) > 1 and not any(link.rows.values())):
            return None  # no cell, or no row, is named
        wants = wanted(self.text, link.taken)
        if any(one.want not in _ASKING for one in wants):
            return None
        taken = [*link.taken, *((one.start, one.end) for one in wants)]
        taken += [match.span() for match in _WHERE_IT_STANDS.finditer(self.text)]
        measured = [one for one in _MEASURE.finditer(self.text) if one[0] not in known.text]
        taken += [one.span() for one in measured]
        if leftovers(_without_brackets(self.text), taken, self.cut):
            return None
        which = any(one.want in (Want.WHICH, Want.PERSON) for one in wants)
        cells = cells_of(known, link, self.text, asks_which=which)
        counts = any(one.want is Want.NUMBER for one in wants)
        if (measured or counts) and {column for _, column in cells} <= {*known.labels}:
            return None  # a number is asked for, and what the row is called is none
        if counts and all(known.table.columns[c].type is ColumnType.DATE for _, c in cells):
            return None  # and a day is none either
        shown = [known.rows[row][2][column] for row, column in cells]
        if asks_a_price(self.text) and not _are_priced(known, cells):
            return None
        if not cells or not _are_of_the_kind(shown, {one.want for one in wants}):
            return None
        return found(known, link, cells, self.text)

    # --- linking ----------------------------------------------------------------------

    def _linked(self, known: Addresses) -> Link:
        link = Link()
        times = self._asked_times(known.heads, known.times, known.own_times, known.year)
        pending = sorted(times, key=lambda one: one.start - one.end)
        for start, end, word in self._words:  # the longest first
            while pending and pending[0].end - pending[0].start >= end - start:
                self._put_time(link, known, pending.pop(0))
            if overlaps(start, end, link.taken):
                continue
            columns = known.headed.get(word, ())
            if rows := known.called.get(word, ()):
                link.put(start, end, rows, columns)
                link.score += (end - start) * _ROW
            elif columns:
                self._put_columns(link, known, (start, end), columns, _COLUMN)
            elif self._is_name(word, known) and not self._cuts_time(start, end, times):
                link.taken.append((start, end))
                link.score += (end - start) * _TITLE
            elif (start, end) in self._telling and len(word) >= _long(word):
                self._put_part(link, known, (start, end), word)
        for one in pending:
            self._put_time(link, known, one)
        # What is linked parts the words beside it: 期末 of 期末余额.
        ends = self._borders | {at for span in link.taken for at in span}
        for start, end, word in self._words:
            said = word in known.text or is_irregular(word)
            stands = start in ends and end in ends and said and _is_telling(word)
            if stands and not overlaps(start, end, link.taken):
                self._put_part(link, known, (start, end), word)
        self._put_concepts(link, known)
        self._put_own_times(link, known)
        return link

    def _put_columns(
        self,
        link: Link,
        known: Addresses,
        span: tuple[int, int],
        columns: Sequence[int],
        worth: float,
    ) -> None:
        link.score += (span[1] - span[0]) * worth
        if {*columns} <= {*known.labels}:
            link.taken.append(span)  # what the rows are called: it narrows nothing
            link.names_labels = True
        else:
            link.put(*span, (), columns)

    def _is_name(self, word: str, known: Addresses) -> bool:
        stem = singular(word) if word.isascii() else word
        if stem not in known.own or len(word) < _short(word):
            return False
        if not word.isascii():
            parts = self.cut(word)
            return not is_function(parts[0]) and not is_function(parts[-1])
        if is_function(word):
            return False
        return bool(re.search(rf"(?<![a-z0-9]){re.escape(stem)}(?:e?s)?(?![a-z0-9])", known.own))

    @staticmethod
    def _cuts_time(start: int, end: int, times: Sequence[Moment]) -> bool:
        return any(overlaps(start, end, [(one.start, one.end)]) for one in times)

    def _asked_times(
        self,
        heads: Sequence[Head],
        rows: Sequence[tuple[int, Moment]],
        said: Sequence[Moment],
        year: int | None,
    ) -> list[Moment]:
        """The times of the question that heads speak of. Beside another time the year of the report
        names the report: 2024年年报中上年的收入."""
        spoken = [*(one for head in heads for one in head.times), *(one for _, one in rows)]
        found = [one for one in self._times if any(fits(one, it, year) for it in spoken)]
        if len(found) < 2:
            return found
        joined = [
            bool(JOINING.fullmatch(self.text[one.end : other.start]))
            for one, other in pairwise(found)
        ]
        alone = [not (a or b) for a, b in zip([False, *joined], [*joined, False], strict=True)]
        named = [
            _is_of_year(one, year) and any(fits(one, it, year) for it in said) for one in found
        ]
        kept = [one for one, a, b in zip(found, alone, named, strict=True) if not (a and b)]
        return kept or found

    def contradicts(self, plan: Plan) -> bool:
        """Whether the columns that a plan tells are of another time than the question's, or it is
        open which head is theirs."""
        heads = [head_of(column) for column in plan.columns]
        if _unclear(plan, heads) & {*plan.targets, *plan.measures}:
            return True
        titles = titles_of(plan.table)
        year = only_year(titles)
        asked = self._asked_times(heads, (), days_of(titles), year)
        # The period before the one that is named is meant, and not named.
        measures = plan.measures[:1] if says_before(self.text) else plan.measures
        told = [heads[c].times for c in (*plan.targets, *measures) if heads[c].times]
        if not asked or not told:
            return False
        return not (
            all(any(fits(one, it, year) for one in asked for it in times) for times in told)
            and all(any(fits(one, it, year) for times in told for it in times) for one in asked)
        )

    def _put_time(self, link: Link, known: Addresses, asked: Moment) -> None:
        if overlaps(asked.start, asked.end, link.taken):
            return
        columns = []
        for c, head in enumerate(known.heads):
            fit = max((fits(asked, one, known.year) for one in head.times), default=0)
            if fit:
                columns.append(c)
                link.tight[c] += fit
        rows = [row for row, one in known.times if fits(asked, one, known.year)]
        link.put(asked.start, asked.end, rows, columns)
        link.score += (asked.end - asked.start) * _COLUMN

    def _put_own_times(self, link: Link, known: Addresses) -> None:
        """Times that are said of the whole report: in 2024, this year."""
        for asked in self._times:
            if overlaps(asked.start, asked.end, link.taken):
                continue
            if asked.is_calendar:
                said = any(fits(asked, one, known.year) for one in known.own_times)
            else:
                said = asked.year == 0 and not asked.is_end
            if said:
                link.taken.append((asked.start, asked.end))

    def _put_part(self, link: Link, known: Addresses, span: tuple[int, int], word: str) -> None:
        """A word that is a part of heads."""
        if word not in known.text and not is_irregular(word):
            return
        columns = [
            c
            for c, head in enumerate(known.heads)
            if is_part(word, head.text) and not is_unsaid_share(head.text, self.text)
        ]
        rows = [n for n, name in enumerate(known.naming) if word in name and is_part(word, name)]
        if columns and not rows:
            self._put_columns(link, known, span, columns, _PART)
        elif rows:
            link.put(*span, rows, columns)
            link.score += (span[1] - span[0]) * _PART

    def _put_concepts(self, link: Link, known: Addresses) -> None:
        """Other names of the columns."""
        for at in range(len(self.text)):
            for end, groups in concepts.words_of(self.text, at):
                if overlaps(at, end, link.taken):
                    continue
                columns = [c for c, head in enumerate(known.heads) if head.groups & groups]
                if columns:
                    self._put_columns(link, known, (at, end), columns, _PART)
                    break

    @cached_property
    def _borders(self) -> set[int]:
        """Where words of the question begin and end."""
        return {0, *accumulate(map(len, self.cut(self.text)))}

    @cached_property
    def _telling(self) -> set[tuple[int, int]]:
        """The stretches of the question that begin and end where words do, and say something."""
        return {
            (start, end)
            for start, end, word in self._words
            if {start, end} <= self._borders and _is_telling(word)
        }


def _unclear(plan: Plan, heads: Sequence[Head]) -> set[int]:
    """The columns that may bear another's head; a table's that is joined are no neighbours of the
    other's."""
    table = plan.table
    if not isinstance(table, Joined):
        return unclear(heads)
    width = len(table.left.columns)
    return unclear(heads[:width]) | {c + width for c in unclear(heads[width:])}


def _is_telling(word: str) -> bool:
    return len(word) >= _short(word) and (not is_function(word) or is_irregular(word))


def _short(word: str) -> int:
    """Characters from which on a word may name something."""
    return 2 if _HAN_CHAR.search(word) else 3


def _long(word: str) -> int:
    """Characters from which on a part of a head is surer than a whole one within it."""
    return 4 if _HAN_CHAR.search(word) else 8


def _is_of_year(one: Moment, year: int | None) -> bool:
    """Whether a time is all of the report's year, as a calendar has it."""
    return year is not None and (one.first, one.last) == (f"{year}-01-01", f"{year}-12-31")


def _are_priced(known: Addresses, cells: Sequence[tuple[int, int]]) -> bool:
    """Whether an amount of money is told, or the table has none."""
    money = {c for c, one in enumerate(known.table.columns) if one.type is ColumnType.MONEY}
    return not money or any(c in money for _, c in cells)


def _are_of_the_kind(shown: Sequence[str], wants: set[Want]) -> bool:
    """Whether the cells say a number where one is asked for, and who where it is asked."""
    numbers = [bool(re.search(r"\d", cell)) for cell in shown]
    if wants & {Want.NUMBER, Want.MONEY, Want.SIZE, Want.TIME}:
        return any(numbers)
    return Want.PERSON not in wants or not all(numbers)


def _without_brackets(text: str) -> str:
    """What stands before brackets, or has 's behind it, is not explained by what is beside it."""
    return re.sub(r"[()\[\]]|(?<=[a-z])'s?(?![a-z])", lambda found: " " * len(found[0]), text)
