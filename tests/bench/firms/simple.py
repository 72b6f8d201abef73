"""Questions about single rows: by their key, by a value, in another spelling, the largest."""

from __future__ import annotations

from datetime import date

from tests.bench.firms.asking import Asker, amounts, names_of, told, worth
from tests.bench.firms.frames import Column, Frame, Kind, Row

_ASKED_AS = {
    Kind.PERSON: "who",
    Kind.DIGITS: "digits",
    Kind.NUMBER: "number",
    Kind.PERCENT: "number",
    Kind.DATE: "when",
}
_FULL_WIDTH = str.maketrans(
    "0123456789-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "０１２３４５６７８９－ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺ",
)


def row_question(asker: Asker, frame: Frame, column: Column, subject: str) -> str:
    """The wording that asks for one cell."""
    form = asker.pick("ROW", _ASKED_AS.get(column.kind, "what"))
    verb = column.verb
    return form.format(
        x=subject,
        c=asker.word(column),
        u=asker.unit(column),
        z=verb.zh if verb else "",
        aux=verb.aux if verb else "",
        base=verb.base if verb else "",
    )


def a_cell(asker: Asker, rows: str = "rows") -> tuple[Frame, Row, Column] | None:
    """A frame, one of its rows, and a column that may be asked for."""
    frames = [one for one in asker.firm.frames if getattr(one, rows) and one.handles]
    if not frames:
        return None
    frame = asker.rnd.choice(frames)
    open_to = [one for one in frame.columns if one not in frame.handles]
    return frame, asker.rnd.choice(getattr(frame, rows)), asker.rnd.choice(open_to)


def row_by_key(asker: Asker) -> bool:
    return _by_key(asker, "row by key", "rows")


def hidden_row(asker: Asker) -> bool:
    """What is hidden is found when it is asked for by its key."""
    return _by_key(asker, "hidden row", "hidden")


def _by_key(asker: Asker, cls: str, rows: str) -> bool:
    found = a_cell(asker, rows)
    if found is None:
        return False
    frame, row, column = found
    text = row_question(asker, frame, column, asker.subject(frame, row))
    others = [told(one, column)[0] for one in _beside(frame, row)]
    return asker.ask(cls, text, [told(row, column)], [frame.source], wrong=others)


def _beside(frame: Frame, row: Row) -> list[Row]:
    """The rows above and below it."""
    if row not in frame.rows:
        return []
    place = frame.rows.index(row)
    return [frame.rows[one] for one in (place - 1, place + 1) if 0 <= one < len(frame.rows)]


def key_by_value(asker: Asker) -> bool:
    return _key_by_value(asker, "key by value", lambda value: value)


def _key_by_value(asker: Asker, cls: str, spelled: object) -> bool:
    frames = [one for one in asker.firm.frames if one.of(Kind.DIGITS)]
    if not frames:
        return False
    frame = asker.rnd.choice(frames)
    row, column = asker.rnd.choice(frame.rows), asker.rnd.choice(frame.of(Kind.DIGITS))
    assert callable(spelled)
    value = spelled(str(row[column.head]))
    text = asker.pick("KEY", frame.thing.person).format(
        v=value, c=asker.word(column), **asker.noun(frame)
    )
    others = [names_of(frame, one)[-1] for one in _beside(frame, row)]
    return asker.ask(cls, text, [names_of(frame, row)], [frame.source], wrong=others)


def text_form(asker: Asker) -> bool:
    """A key, a number or a day that is written otherwise than in the table."""
    way = asker.rnd.choice(("digits", "key", "day", "amount"))
    if way == "digits":
        return _key_by_value(asker, "text form", lambda value: respelled(asker, value))
    if way == "key":
        return _key_respelled(asker)
    return _day_respelled(asker) if way == "day" else _amount_respelled(asker)


def respelled(asker: Asker, value: str) -> str:
    """In full width, with blanks, or with dashes."""
    if len(value) == 11 and value.isdigit():
        mark = asker.rnd.choice((" ", "-", ""))
        value = mark.join((value[:3], value[3:7], value[7:]))
        return value if mark else value.translate(_FULL_WIDTH)
    lower = value.lower()
    return lower if lower != value and asker.rnd.random() < 0.5 else value.translate(_FULL_WIDTH)


def _key_respelled(asker: Asker) -> bool:
    frames = [one for one in asker.firm.frames if one.of(Kind.KEY)]
    frame = asker.rnd.choice(frames)
    row, key = asker.rnd.choice(frame.rows), frame.of(Kind.KEY)[0]
    columns = [one for one in frame.columns if one not in frame.handles]
    column, value = asker.rnd.choice(columns), str(row[key.head])
    ways = (value.lower(), value.translate(_FULL_WIDTH), value.replace("-", " "))
    other = asker.rnd.choice([one for one in ways if one != value])
    text = row_question(asker, frame, column, other)
    return asker.ask("text form", text, [told(row, column)], [frame.source])


def _day_respelled(asker: Asker) -> bool:
    """Who joined on this day: a day that one row alone has."""
    frames = [one for one in asker.firm.frames if one.of(Kind.DATE)]
    frame = asker.rnd.choice(frames)
    row, column = asker.rnd.choice(frame.rows), asker.rnd.choice(frame.of(Kind.DATE))
    day, verb = row[column.head], column.verb
    assert isinstance(day, date)
    assert verb is not None
    if sum(one[column.head] == day for one in frame.rows) > 1:
        return False
    noun = asker.noun(frame)
    said = asker.on(day)
    if asker.zh and asker.rnd.random() < 0.3:
        said = said.translate(_FULL_WIDTH)
    text = (
        f"{said}{verb.zh}的是哪{noun['m']}{noun['n']}？"
        if asker.zh
        else f"Which {noun['n']} {verb.past_of(many=False)} on {said}?"
    )
    return asker.ask("text form", text, [names_of(frame, row)], [frame.source])


def _amount_respelled(asker: Asker) -> bool:
    """An amount of ten thousands, as 万 or with commas, that one row alone has."""
    found = [(frame, column) for frame in asker.firm.frames for column in frame.of(Kind.NUMBER)]
    frame, column = asker.rnd.choice(found)
    row = asker.rnd.choice(frame.rows)
    value = worth(row, column)
    if value < 10_000 or sum(worth(one, column) == value for one in frame.rows) > 1:
        return False
    noun, word = asker.noun(frame), asker.word(column)
    if asker.zh:
        said = f"{value / 10_000:.4f}".rstrip("0").rstrip(".")
        text = f"{word}为{said}万{asker.unit(column)}的是哪{noun['m']}{noun['n']}？"
    else:
        text = f"Which {noun['n']} has a {word} of {value:,.0f} {asker.unit(column)}?"
    return asker.ask("text form", text, [names_of(frame, row)], [frame.source])


# --- the largest and the smallest -----------------------------------------------------


def extreme(asker: Asker) -> bool:
    """The row with the largest or smallest value, which is one alone."""
    frame = asker.rnd.choice(asker.firm.frames)
    kinds = (Kind.NUMBER, Kind.PERCENT, Kind.DATE)
    columns = frame.of(*kinds)
    if not columns:
        return False
    column = asker.rnd.choice(columns)
    some = list(frame.rows)
    words = ""
    if asker.rnd.random() < 0.5:
        condition = asker.condition(frame, but=(column,), kinds=(Kind.CHOICE,))
        if condition:
            some, words = [row for row in some if condition.holds(row)], condition.words
    if len(some) < 3:
        return False
    high = asker.rnd.random() < 0.5
    ordered = sorted(some, key=lambda row: _sortable(row, column), reverse=high)
    if ordered[0][column.head] == ordered[1][column.head]:
        return False
    form, need = _extreme_form(asker, frame, column, ordered[0], high=high)
    verb = column.verb
    text = form.format(
        f=words,
        c=asker.word(column),
        u=asker.unit(column),
        w=_superlative(asker, column, high=high),
        z=verb.zh if verb else "",
        was=verb.past_of(many=False) if verb else "",
        **asker.noun(frame),
    )
    return asker.ask("max/min", text, [need], [frame.source])


def _sortable(row: Row, column: Column) -> float:
    value = row[column.head]
    return value.toordinal() if isinstance(value, date) else worth(row, column)


def _superlative(asker: Asker, column: Column, *, high: bool) -> str:
    return column.most[(0 if asker.zh else 2) + (not high)] if column.most else ""


def _extreme_form(
    asker: Asker, frame: Frame, column: Column, row: Row, *, high: bool
) -> tuple[str, list[str]]:
    if column.kind is Kind.DATE:
        return asker.pick("EXTREME", "last" if high else "first"), names_of(frame, row)
    if column.most and asker.rnd.random() < 0.6:
        if asker.rnd.random() < 0.4:
            return asker.pick("EXTREME", "value"), told(row, column)
        return asker.pick("EXTREME", "word"), names_of(frame, row)
    return asker.pick("EXTREME", "high" if high else "low"), names_of(frame, row)


def top(asker: Asker) -> bool:
    frame = asker.rnd.choice(asker.firm.frames)
    columns = frame.of(Kind.NUMBER, Kind.PERCENT)
    if not columns:
        return False
    column, count = asker.rnd.choice(columns), asker.rnd.choice((2, 3, 4, 5))
    condition = asker.condition(frame, but=(column,), kinds=(Kind.CHOICE,))
    some = list(frame.rows)
    words = ""
    if condition and asker.rnd.random() < 0.5:
        some, words = [row for row in some if condition.holds(row)], condition.words
    high = asker.rnd.random() < 0.7
    ordered = sorted(some, key=lambda row: worth(row, column), reverse=high)
    if len(some) < count + 2 or worth(ordered[count - 1], column) == worth(ordered[count], column):
        return False
    text = asker.pick("TOP", "high" if high else "low").format(
        f=words, c=asker.word(column), t=asker.words.ORDER[count], **asker.noun(frame)
    )
    need = [names_of(frame, row) for row in ordered[:count]]
    forbid = [names_of(frame, row)[0] for row in ordered[count : count + 2]]
    return asker.ask("top n", text, need, [frame.source], forbid=_apart(forbid, need))


def _apart(forbid: list[str], need: list[list[str]]) -> list[str]:
    """What is forbidden stands in nothing that is needed."""
    return [one for one in forbid if not any(one in said for group in need for said in group)]


def comparison(asker: Asker) -> bool:
    frame = asker.rnd.choice([one for one in asker.firm.frames if one.of(Kind.NUMBER)])
    column = asker.rnd.choice(frame.of(Kind.NUMBER))
    first, second = asker.rnd.sample(frame.rows, 2)
    gap = worth(first, column) - worth(second, column)
    if not gap:
        return False
    handle = frame.handles[-1]
    text = asker.pick("COMPARE").format(
        x=first[handle.head],
        y=second[handle.head],
        c=asker.word(column),
        u=asker.unit(column),
        **asker.noun(frame),
    )
    winner = first if gap > 0 else second
    gap_shown = amounts(abs(gap) / column.scale, column)
    return asker.ask("comparison", text, [[str(winner[handle.head])], gap_shown], [frame.source])


def follow_up(asker: Asker) -> bool:
    found = a_cell(asker)
    if found is None:
        return False
    frame, row, column = found
    other, handle = asker.rnd.choice(frame.rows), frame.handles[-1]
    if other[column.head] == row[column.head]:
        return False
    before = row_question(asker, frame, column, str(row[handle.head]))
    text = asker.pick("FOLLOW").format(y=other[handle.head])
    need = [told(other, column)]
    return asker.ask(
        "follow-up", text, need, [frame.source], hist=[before], wrong=told(row, column)
    )
