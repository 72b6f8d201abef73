"""The words of a question as cells and columns of one table.

Every word is taken once, by the longest reading. What is left over in the end, and says
something, makes the question none that the table alone can answer.
"""

from __future__ import annotations

import heapq
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate

from kb.table_types import ColumnType, StoredTable, ValueHit
from kb.tables import concepts
from kb.tables.cell_names import (
    MOST_PARTS,
    by_table,
    denials,
    drop_torn,
    is_alone,
    is_named,
    kinds_of,
    link_denied,
    may_be_part,
    says_value,
)
from kb.tables.column_names import (
    bare,
    borders_of,
    candidates,
    is_part,
    is_unsaid_share,
    phrases_of,
    says_to_add,
    with_number_word,
)
from kb.tables.document_words import link_kind, own_words, parts_of_documents
from kb.tables.generic import cover_rest, cover_units, cover_verbs
from kb.tables.joined import Joined, Readable, WithJoins, joined_hits
from kb.tables.leftovers import Cut, leftovers
from kb.tables.links import ColumnLink, Links, Strength, ValueLink, is_of_the_table
from kb.tables.literals import amounts, is_compared, periods
from kb.tables.loose import link_loose, link_people, link_work
from kb.tables.operations import wanted
from kb.tables.own_names import link_name, names_of, names_rows, spoken_names
from kb.tables.pairs import link_compared_columns, link_spending, link_words_of_pairs
from kb.tables.period_columns import apart, without_year
from kb.tables.places import link_places
from kb.tables.shape import Shape
from kb.tables.spans import overlaps
from kb.text.fold import fold
from kb.text.han import HAN
from kb.text.question import Question

_HAN = re.compile(f"[{HAN}]")


_Span = tuple[int, int, tuple[int, ...]]
"""From where to where a word stands in the question, and the columns that it may name."""


class Linker:
    """Links one question to every table that holds a word of it."""

    def __init__(
        self,
        question: Question,
        tables: Sequence[StoredTable],
        index: WithJoins,
        shape: Callable[[Readable], Shape],
        cut: Cut,
    ) -> None:
        self._cut = cut
        self._shape = shape
        self.text = question.folded
        self._index = index
        self._tables: list[Readable] = [one for one in tables if not one.hidden]
        self._words = [*candidates(self.text)]
        self._forms = {word: concepts.forms(word) for _, _, word in self._words}
        denied = ((end, *denials(self.text, start, word)) for start, end, word in self._words)
        self._denied = [(start, end, cells) for end, start, cells in denied if cells]
        self._hits: dict[int, Mapping[str, Sequence[ValueHit]]] = by_table(
            index.values_among(
                {one for forms in self._forms.values() for one in forms}
                | {one for _, _, cells in self._denied for one in cells}
            )
        )
        self._parts: defaultdict[int, list[ValueHit]] | None = None
        self.periods = periods(self.text)
        ends = accumulate(map(len, cut(self.text)), initial=0)
        self._borders = frozenset(ends) | borders_of(names_of(self._tables), self.text)
        self._people = [
            (start, end)
            for start, end, word in self._words
            if len(word) > 1 and word in concepts.PERSON_WORDS
        ]
        self._whole = [
            (start, end, word)
            for start, end, word in self._words
            if len(word) > 1
            and self._is_whole(start, end)
            and not says_to_add(self.text, start, end)
        ]
        self._spoken = [
            (at, end, groups)
            for at in range(len(self.text))
            for end, groups in concepts.words_of(self.text, at)
            if not says_to_add(self.text, at, end)
        ]

    def all(self) -> list[Links]:
        """The links to the tables that may hold the answer."""
        return [self.links(table) for table in self._likely()]

    def _likely(self) -> list[Readable]:
        """Of very many tables those that share the most with the question, by a rough look."""
        if len(self._tables) <= _MOST_LINKED:
            return self._tables
        spoken = concepts.all_groups(self.text)

        def rough(table: Readable) -> float:
            names = [fold(one.name) for one in table.columns]
            values = max(map(len, self._hits.get(table.id, ())), default=0)
            whole = sum(len(name) for name in {*names} if len(name) > 1 and name in self.text)
            alike = sum(bool(concepts.groups(name) & spoken) for name in names)
            own = concepts.all_groups(fold(f"{table.title} {table.name}")) & spoken
            return 2 * values + whole + alike + len(own)

        return heapq.nlargest(_MOST_LINKED, self._tables, key=rough)

    def _hits_of(self, table: Readable) -> Mapping[str, Sequence[ValueHit]]:
        if isinstance(table, Joined) and table.id not in self._hits:
            both = [
                hit
                for side in (table.left, table.right)
                for hits in self._hits.get(side.id, {}).values()
                for hit in hits
            ]
            self._hits[table.id] = by_table(joined_hits(table, both)).get(table.id, {})
        return self._hits.get(table.id, {})

    def _parts_of(self, table: Readable) -> Sequence[ValueHit]:
        if self._parts is None:
            short = all(one.of_documents for one in self._tables)
            words = {word for _, _, word in self._words if may_be_part(word, short=short)}
            words |= {concepts.singular(word) for word in words if short}
            # What holds a longer word holds the short one within it.
            words = {one for one in words if not any(it in one for it in words if it != one)}
            self._parts = defaultdict(list)
            for hit in self._index.values_holding(words) if words else ():
                self._parts[hit.table_id].append(hit)
        if isinstance(table, Joined):
            both = [*self._parts.get(table.left.id, ()), *self._parts.get(table.right.id, ())]
            return joined_hits(table, both)
        return self._parts.get(table.id, ())

    def links(self, table: Readable) -> Links:
        found = Links(table, text=self.text)
        taken: list[tuple[int, int]] = []
        self._link_values(found, taken)
        self._link_periods(found, taken)
        self._link_part_values(found, taken)
        if found.table.of_documents:
            link_kind(found, taken)
        link_words_of_pairs(found, taken, self._shape(table))
        names = [bare(fold(column.name)) for column in table.columns]
        _link_columns(found, taken, Strength.PART, self._name_spans(names))
        concept_spans = self._concept_spans(names, table)
        telling = [span for span in concept_spans if self._is_telling(*span[:2])]
        _link_columns(found, taken, Strength.CONCEPT, telling)
        link_compared_columns(found, taken)
        link_spending(found, taken, self._shape(table))
        link_work(found, taken)
        found.wants = wanted(self.text, taken)
        taken += [(one.start, one.end) for one in found.wants]
        cover_units(found, taken)
        link_people(found, taken, self._people, self._shape(table))
        _link_columns(found, taken, Strength.CONCEPT, concept_spans)
        link_name(found, taken, self._words)
        self._link_entities(found, taken)
        link_places(found, taken, self._shape(table))
        found.amounts += amounts(self.text, taken)
        taken += [(one.start, one.end) for one in found.amounts]
        cover_units(found, taken)
        cover_rest(found, taken, self._shape(table))
        link_loose(found, taken, self._shape(table))
        cover_verbs(found, taken, self._shape(table))
        found.left = [text for _, _, text in leftovers(self.text, taken, self._cut)]
        return found

    # --- values -----------------------------------------------------------------------

    def _link_values(self, found: Links, taken: list[tuple[int, int]]) -> None:
        hits = self._hits_of(found.table)
        names: dict[str, list[int]] = defaultdict(list)
        for column, one in enumerate(found.table.columns):
            own = bare(fold(one.name))
            for name in {fold(one.name), own, *with_number_word(own)}:
                names[name].append(column)
        titles = self._titles(found.table)
        link_denied(found, taken, self._denied, hits)
        for start, end, word in self._words:
            value = next((one for one in self._forms[word] if one in hits), "")
            if word.isdecimal() and any(one < start and end <= other for one, other in titles):
                continue  # the 3 of Fog (season 3) is no number of a row
            if not value and word not in names and concepts.singular(word) in names:
                word = concepts.singular(word)  # which makers are there: of the column Maker
            if overlaps(start, end, taken) or not (value or word in names):
                continue
            if word == "name" and not start:
                continue  # it asks for names
            if says_to_add(self.text, start, end):
                continue
            if value and self.text[start - 1 : start] in ("不", "未", "非") and start:
                continue  # 合格 of 不合格率 is the opposite
            if len(word) < 2 and not is_alone(self.text, start, end):
                continue
            if word.isdecimal() and is_compared(self.text, start, end):
                continue  # at least 5 is no number of a shirt
            if word in names and not (value and says_value(self.text, start)):
                said = Strength.WHOLE if word == self.text[start:end] else Strength.PART
                found.columns.append(ColumnLink(start, end, tuple(names[word]), said))
            else:
                columns = tuple(sorted(hit.column for hit in hits[value]))
                found.values.append(ValueLink(start, end, columns, (value,)))
            taken.append((start, end))
        self._link_short_values(found, taken)
        self._link_named_values(found, taken)

    def _link_short_values(self, found: Links, taken: list[tuple[int, int]]) -> None:
        """A级 is the value A of a column 等级, 2班 the value 2 of 班级."""
        hits = self._hits_of(found.table)
        for column, one in enumerate(found.table.columns):
            last = fold(one.name)[-1:]
            if not last or not _HAN.match(last):
                continue
            for match in re.finditer(rf"([a-z0-9]{{1,3}}|[{HAN}]){last}", self.text):
                word = match[1]
                if overlaps(*match.span(), taken) or word not in hits:
                    continue
                if any(hit.column == column for hit in hits[word]):
                    found.values.append(ValueLink(*match.span(), (column,), (word,)))
                    taken.append(match.span())

    def _link_named_values(self, found: Links, taken: list[tuple[int, int]]) -> None:
        """A value of one character, where its column is named before it: 评级为乙."""
        hits = self._hits_of(found.table)
        for link in [*found.columns]:
            match = _SAYS.match(self.text, link.end)
            word = match["value"] if match else ""
            columns = [hit.column for hit in hits.get(word, ()) if hit.column in link.columns]
            if match and columns and not overlaps(*match.span("value"), taken):
                found.values.append(ValueLink(*match.span("value"), tuple(columns), (word,)))
                taken.append(match.span("value"))

    def _link_part_values(self, found: Links, taken: list[tuple[int, int]]) -> None:
        """A word that is a part of cells: 华纳轴承 of 华纳轴承有限公司."""
        held = self._parts_of(found.table)
        if not held:
            return
        titles = self._titles(found.table)
        for start, end, word in self._words:
            documents = found.table.of_documents
            if overlaps(start, end, taken) or not may_be_part(word, short=documents):
                continue
            if not self._is_whole(start, end) or (documents and word in own_words(found.table)):
                continue
            if any(one <= start and end <= other for one, other in titles):
                continue  # Northfield of the Northfield Rovers is no part of Northfield Park
            if documents:
                matching = parts_of_documents(held, word, found.table)
            else:
                matching = [hit for hit in held if is_named(hit.folded, word)]
                if len({hit.folded for hit in matching}) > MOST_PARTS:
                    continue
            if not matching:
                continue
            columns = tuple(sorted({hit.column for hit in matching}))
            if any(word in fold(found.table.columns[c].name) for c in columns):
                continue
            if not documents and names_rows(word, found.table, self.text[end:]):
                continue
            shape = self._shape(found.table)
            kinds = () if documents else kinds_of(matching, shape.distinct, self.text[:start])
            if kinds:
                found.columns.append(ColumnLink(start, end, kinds, Strength.PART))
                taken.append((start, end))
                continue
            values = tuple(sorted({hit.folded for hit in matching}))
            found.values.append(ValueLink(start, end, columns, values, part=True))
            taken.append((start, end))
        drop_torn(found, taken)

    def _titles(self, table: Readable) -> list[tuple[int, int]]:
        """The stretches of the question, of several words, that a table is called."""
        if table.of_documents:
            return []
        own = spoken_names(fold(f"{table.name}\n{table.caption}\n{table.title}"))
        words = [(start, end, spoken_names(word)) for start, end, word in self._words]
        return phrases_of(own, words, self._borders)

    # --- columns ----------------------------------------------------------------------

    def _name_spans(self, names: Sequence[str]) -> list[_Span]:
        """Parts of columns' names, the longest first."""
        spans = []
        for start, end, word in self._whole:
            columns = tuple(
                c
                for c, name in enumerate(names)
                if name and is_part(word, name) and not is_unsaid_share(name, self.text)
            )
            if columns:
                spans.append((start, end, columns))
        return spans

    def _is_whole(self, start: int, end: int) -> bool:
        """Whether a stretch begins and ends where words do: 务组 of 税务组 is none."""
        return start in self._borders and end in self._borders

    def _concept_spans(self, names: Sequence[str], table: Readable) -> list[_Span]:
        """Other names of the columns, the longest first; the name of a property that no column has
        is that of the one column which answers it."""
        of_columns = [concepts.groups(name) for name in names]
        spans = []
        for at, end, groups in self._spoken:
            columns = tuple(c for c, own in enumerate(of_columns) if own & groups)
            if not columns and (others := concepts.answering(groups)):
                columns = tuple(c for c, own in enumerate(of_columns) if own & others)
                columns = columns if len(columns) == 1 else ()
            if not columns and groups & concepts.groups("手机"):
                phones = (c for c, own in enumerate(of_columns) if own & concepts.groups("电话"))
                columns = tuple(c for c in phones if self._shape(table).holds_mobiles(c))
            if columns:
                spans.append((at, end, columns))
        return sorted(spans, key=lambda one: one[0] - one[1])

    def _is_telling(self, start: int, end: int) -> bool:
        """Whether a name is surer than what else its words may want: serial number, 合同金额."""
        return " " in self.text[start:end] or (end - start > 2 and not self.text[start].isascii())

    def _link_entities(self, found: Links, taken: list[tuple[int, int]]) -> None:
        """What the rows are, in the other language or by another word: asset of 资产编号."""
        table = found.table
        names = [concepts.all_groups(fold(column.name)) for column in table.columns]
        own = concepts.all_groups(fold(f"{table.title} {table.name} {table.caption}"))
        for at, end, groups in self._spoken:
            if overlaps(at, end, taken):
                continue
            columns = tuple(c for c, of in enumerate(names) if of & groups)
            if columns:
                found.columns.append(ColumnLink(at, end, columns, Strength.ENTITY))
            elif own & groups:
                found.named.append((at, end))
            else:
                continue
            taken.append((at, end))

    # --- the rest ---------------------------------------------------------------------

    def _link_periods(self, found: Links, taken: list[tuple[int, int]]) -> None:
        """Days and periods; a quarter or a month that is a column's name is that column."""
        of_columns = [concepts.groups(bare(fold(column.name))) for column in found.table.columns]
        for one in apart(self.periods, self.text, of_columns):
            if overlaps(one.start, one.end, taken):
                continue
            groups = concepts.groups(without_year(self.text[one.start : one.end]))
            columns = tuple(c for c, own in enumerate(of_columns) if own & groups)
            dated = any(column.type is ColumnType.DATE for column in found.table.columns)
            if columns and not (one.first and dated):
                found.columns.append(ColumnLink(one.start, one.end, columns, Strength.WHOLE))
            else:
                found.periods.append(one)
                if is_of_the_table(one, found.table):
                    found.named.append((one.start, one.end))
            taken.append((one.start, one.end))


_SAYS = re.compile(rf"\s*不?(?:是|为|等于|=|:|：|of|is)\s*(?P<value>[{HAN}a-z0-9])(?![a-z0-9])")
_MOST_LINKED = 60


def _link_columns(
    found: Links, taken: list[tuple[int, int]], strength: Strength, spans: Iterable[_Span]
) -> None:
    for start, end, columns in spans:
        if not overlaps(start, end, taken):
            found.columns.append(ColumnLink(start, end, columns, strength))
            taken.append((start, end))
