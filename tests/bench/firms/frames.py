"""What an office's tables are made of: columns with the words for them, rows, documents."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random

from tests.bench.firms.laid import Value

Row = Mapping[str, Value]
Maker = Callable[[Random, int, Row], Value]
"""Makes a cell from the number of its row and from the cells at the left of it."""


class Kind(StrEnum):
    KEY = "key"
    """Unique, made of letters and digits."""
    PERSON = "person"
    NAME = "name"
    """What a row that is no person is called; unique."""
    DIGITS = "digits"
    """A telephone number, a serial number: unique, and nobody adds it up."""
    CHOICE = "choice"
    DATE = "date"
    NUMBER = "number"
    PERCENT = "percent"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class By:
    """A condition on a column in words, before the noun in Chinese, after it in English."""

    zh: str
    en: str
    zh_not: str
    en_not: str


@dataclass(frozen=True, slots=True)
class Verb:
    """What happened on a date: 入职; "did", "join", "joined", or "was", "bought", "bought"."""

    zh: str
    aux: str
    base: str
    past: str

    def past_of(self, *, many: bool) -> str:
        if self.aux == "did":
            return self.past
        return f"{'were' if many else self.aux} {self.past}"


@dataclass(frozen=True, slots=True)
class Column:
    """`zh` and `en` are the words by which questions ask for it. `most`: the words for the
    largest and the smallest, (zh, zh, en, en). A displayed number times `scale` is its worth in
    `unit`. `style` is how it is displayed."""

    head: str
    kind: Kind
    make: Maker
    zh: tuple[str, ...]
    en: tuple[str, ...]
    by: By | None = None
    verb: Verb | None = None
    most: tuple[str, str, str, str] | None = None
    unit: tuple[str, str] = ("", "")
    scale: int = 1
    style: str = ""
    group: str = ""
    mark: str = ""
    """What a row of units says below its head, where that is not the unit."""
    adds: bool = True
    """Whether its sum means something: amounts do, unit prices and rates do not."""


@dataclass(frozen=True, slots=True)
class Thing:
    """What a row is: 员工, 名, "employee", "employees"."""

    zh: str
    measure: str
    en: str
    many: str
    person: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """A table with what is true of it. `hidden` rows stand in the document, and are hidden."""

    name: str
    source: str
    thing: Thing
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    hidden: tuple[Row, ...] = ()

    def of(self, *kinds: Kind) -> list[Column]:
        return [column for column in self.columns if column.kind in kinds]

    def column(self, head: str) -> Column:
        return next(one for one in self.columns if one.head == head)

    @property
    def label(self) -> Column:
        """By what a row is told in an answer."""
        for kind in (Kind.PERSON, Kind.NAME, Kind.KEY):
            for column in self.of(kind):
                if kind is not Kind.PERSON or self.thing.person:
                    return column
        raise LookupError(f"{self.name}: no column tells its rows apart")

    @property
    def handles(self) -> list[Column]:
        """By what a row can be asked for."""
        found = self.of(Kind.KEY, Kind.NAME)
        return found + (self.of(Kind.PERSON)[:1] if self.thing.person else [])


@dataclass(frozen=True, slots=True)
class Matrix:
    """Dates or hours at the left, places above, names within: who is where on which day."""

    source: str
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    cells: Mapping[tuple[str, str], str]
    duty: tuple[str, str]
    """What those who stand in it do there: 值班, "on duty"."""
    place: tuple[str, str]
    """What its columns are: 病区, "ward"."""
    corner: str = ""
    days: bool = True


@dataclass(frozen=True, slots=True)
class Crosstab:
    """Amounts of lines by periods, with lines in groups that have subtotals."""

    source: str
    measure: tuple[str, str]
    line: tuple[str, str]
    """What its lines are: 科室, "department"."""
    periods: tuple[tuple[str, str, str], ...]
    """As they stand in the head, and in questions: (head, zh, en)."""
    groups: Mapping[str, tuple[str, ...]]
    cells: Mapping[tuple[str, str], int]
    unit: tuple[str, str]
    scale: int = 1
    marks: tuple[str, str] = ("小计", "合计")


@dataclass(frozen=True, slots=True)
class Versions:
    """The same list as it was issued several times, oldest first; `days` says from when on."""

    frames: tuple[Frame, ...]
    days: tuple[str, ...]
    value: str
    """The head of the column that changes."""


@dataclass(frozen=True, slots=True)
class Join:
    """A column of one frame whose values are the handles of another."""

    left: Frame
    head: str
    right: Frame
    key: str


@dataclass(frozen=True, slots=True)
class Block:
    """A table in a document. `beside`: at the right of the one before, else below it."""

    content: Frame | Matrix | Crosstab
    sheet: str = "Sheet1"
    title: str = ""
    beside: bool = False
    units: bool = False
    """A row below the head says the units."""
    total: str = ""
    lead: str = ""
    """A sentence above it where the format has text."""


@dataclass(frozen=True, slots=True)
class Document:
    path: str
    title: str
    blocks: tuple[Block, ...]
    encoding: str = "utf-8"


@dataclass(slots=True)
class Firm:
    """An office. `absent` names what no table has: properties in words, and subjects."""

    name: str
    lang: str
    documents: list[Document] = field(default_factory=list)
    frames: list[Frame] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)
    matrices: list[Matrix] = field(default_factory=list)
    crosstabs: list[Crosstab] = field(default_factory=list)
    versions: list[Versions] = field(default_factory=list)
    absent_properties: Sequence[tuple[str, str]] = ()
    absent_people: Sequence[str] = ()
    absent_choices: Sequence[str] = ()

    def add(self, document: Document, *, asked: bool = True) -> None:
        """A document; `asked`: its tables are among those that questions are drawn from."""
        self.documents.append(document)
        for block in document.blocks:
            if not asked:
                continue
            match block.content:
                case Frame() as frame:
                    self.frames.append(frame)
                case Matrix() as matrix:
                    self.matrices.append(matrix)
                case Crosstab() as crosstab:
                    self.crosstabs.append(crosstab)
