"""Questions over two tables, over both heads of one, and over versions of a list."""

from __future__ import annotations

from collections import Counter
from datetime import date

from tests.bench.firms.asking import Asker, amounts, names_of, told, worth
from tests.bench.firms.frames import Crosstab, Kind, Matrix


def join(asker: Asker) -> bool:
    """A cell of the row that a cell of another row leads to."""
    link = asker.rnd.choice(asker.firm.joins)
    row, left = asker.rnd.choice(link.left.rows), link.left.column(link.head)
    found = [one for one in link.right.rows if one[link.key] == row[link.head]]
    columns = [one for one in link.right.columns if one.head != link.key and one.by is None]
    columns = [one for one in columns if one.kind is not Kind.DATE] or columns
    if len(found) != 1 or not columns:
        return False
    column = asker.rnd.choice(columns)
    others = [told(one, column)[0] for one in link.right.rows[:4] if one is not found[0]]
    text = asker.pick("JOIN").format(
        x=asker.subject(link.left, row), j=asker.word(left), c=asker.word(column)
    )
    source = [link.left.source, link.right.source]
    return asker.ask("join", text, [told(found[0], column)], source, wrong=others)


def join_count(asker: Asker) -> bool:
    """How many rows lead to the row of another table with this value."""
    link = asker.rnd.choice(asker.firm.joins)
    row, left = asker.rnd.choice(link.right.rows), link.left.column(link.head)
    columns = [one for one in link.right.of(Kind.PERSON, Kind.CHOICE) if one.head != link.key]
    if not columns:
        return False
    column = asker.rnd.choice(columns)
    value = row[column.head]
    keys = {one[link.key] for one in link.right.rows if one[column.head] == value}
    count = sum(one[link.head] in keys for one in link.left.rows)
    if not 0 < count < len(link.left.rows):
        return False
    text = asker.pick("JOIN_COUNT").format(
        v=value, c=asker.word(column), j=asker.word(left), **asker.noun(link.left)
    )
    return asker.ask("join", text, [[str(count)]], [link.left.source, link.right.source])


# --- a plan of who is where -----------------------------------------------------------


def matrix(asker: Asker) -> bool:
    table = asker.rnd.choice(asker.firm.matrices)
    way = asker.rnd.choice((_who, _who, _where, _how_often, _most_often))
    return way(asker, table)


def _said(asker: Asker, table: Matrix, name: str) -> str:
    return asker.day_of(date.fromisoformat(name)) if table.days else name


def _who(asker: Asker, table: Matrix) -> bool:
    row, column = asker.rnd.choice(table.rows), asker.rnd.choice(table.columns)
    text = asker.pick("MATRIX_WHO").format(
        a=_said(asker, table, row), x=column, z=table.duty[not asker.zh]
    )
    name = table.cells[row, column]
    others = [table.cells[row, one] for one in table.columns if table.cells[row, one] != name]
    return asker.ask("matrix", text, [[name]], [table.source], wrong=others)


def _where(asker: Asker, table: Matrix) -> bool:
    row = asker.rnd.choice(table.rows)
    column = asker.rnd.choice(table.columns)
    name = table.cells[row, column]
    if sum(table.cells[row, one] == name for one in table.columns) > 1:
        return False
    text = asker.pick("MATRIX_WHERE").format(
        a=_said(asker, table, row),
        v=name,
        z=table.duty[not asker.zh],
        c=table.place[not asker.zh],
    )
    others = [one for one in table.columns if one != column]
    return asker.ask("matrix", text, [[column]], [table.source], wrong=others)


def _how_often(asker: Asker, table: Matrix) -> bool:
    counts = Counter(table.cells.values())
    name = asker.rnd.choice(sorted(counts))
    text = asker.pick("MATRIX_COUNT").format(v=name, z=table.duty[not asker.zh])
    return asker.ask("matrix", text, [[str(counts[name])]], [table.source])


def _most_often(asker: Asker, table: Matrix) -> bool:
    (name, most), (_, next_most) = Counter(table.cells.values()).most_common(2)
    if most == next_most:
        return False
    text = asker.pick("MATRIX_MOST").format(z=table.duty[not asker.zh])
    return asker.ask("matrix", text, [[name]], [table.source])


# --- amounts by lines and periods -----------------------------------------------------


def _slots(asker: Asker, table: Crosstab) -> dict[str, str]:
    english = not asker.zh
    line = table.line[english]
    return {
        "c": table.measure[english],
        "u": table.unit[english],
        "n": line,
        "s": many(line) if english else line,
    }


def many(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def _ways(table: Crosstab, shown: int) -> list[str]:
    return list(dict.fromkeys((str(shown), str(shown * table.scale))))


def cross_tab(asker: Asker) -> bool:
    table = asker.rnd.choice(asker.firm.crosstabs)
    lines = [one for group in table.groups.values() for one in group]
    line = asker.rnd.choice(lines)
    head, zh, en = asker.rnd.choice(table.periods)
    text = asker.pick("CROSS").format(
        x=line, a=zh if asker.zh else f"in {en}", **_slots(asker, table)
    )
    beside = [str(table.cells[line, one]) for one, _, _ in table.periods if one != head]
    below = [str(table.cells[one, head]) for one in lines if one != line]
    need = _ways(table, table.cells[line, head])
    return asker.ask("cross-tab", text, [need], [table.source], wrong=beside[:3] + below[:3])


def growth(asker: Asker) -> bool:
    table = asker.rnd.choice(asker.firm.crosstabs)
    line = asker.rnd.choice([one for group in table.groups.values() for one in group])
    early, late = sorted(asker.rnd.sample(range(len(table.periods)), 2))
    before, after = (table.cells[line, table.periods[one][0]] for one in (early, late))
    if after <= before:
        return False
    a, b = (table.periods[one][1 if asker.zh else 2] for one in (early, late))
    text = asker.pick("GROWTH").format(x=line, a=a, b=b, **_slots(asker, table))
    share = (after - before) / before * 100
    return asker.ask("ratio", text, [[f"~{share:.4f}%"]], [table.source])


def subtotal(asker: Asker) -> bool:
    """A sum, a mean or the largest over the lines: subtotals and totals are no lines."""
    table = asker.rnd.choice(asker.firm.crosstabs)
    lines = [one for group in table.groups.values() for one in group]
    head, zh, en = asker.rnd.choice(table.periods)
    values = {one: table.cells[one, head] for one in lines}
    slots = _slots(asker, table) | {"a": zh if asker.zh else f"in {en}"}
    total = sum(values.values())
    way = asker.rnd.choice(("CROSS_TOTAL", "CROSS_AVERAGE", "CROSS_MOST", "CROSS_SUM"))
    wrong: list[str] = []
    if way == "CROSS_MOST":
        best = max(lines, key=values.__getitem__)
        need, wrong = [best], list(table.marks)
        if Counter(values.values())[values[best]] > 1:
            return False
    elif way == "CROSS_SUM":
        slots["x"] = asker.rnd.choice(lines)
        need = _ways(table, sum(table.cells[slots["x"], one] for one, _, _ in table.periods))
    elif way == "CROSS_TOTAL":
        need, wrong = _ways(table, total), [str(total * 2), str(total * 3)]
    else:
        mean = total / len(lines)
        need = [f"~{mean:.4f}", f"~{mean * table.scale:.4f}"]
        wrong = [f"~{total * 3 / (len(lines) + len(table.groups) + 1):.4f}"]
    text = asker.pick(way).format(**slots)
    return asker.ask("subtotal", text, [need], [table.source], wrong=wrong)


# --- versions -------------------------------------------------------------------------


def latest(asker: Asker) -> bool:
    versions = asker.rnd.choice(asker.firm.versions)
    newest = versions.frames[-1]
    row, column = asker.rnd.choice(newest.rows), newest.column(versions.value)
    handle = asker.rnd.choice(newest.handles)
    text = asker.pick("LATEST").format(
        x=row[handle.head], c=asker.word(column), u=asker.unit(column)
    )
    before = [
        str(one[versions.value])
        for frame in versions.frames[:-1]
        for one in frame.rows
        if one[handle.head] == row[handle.head]
    ]
    need = told(row, column)
    return asker.ask("latest version", text, [need], [newest.source], wrong=before)


def changed(asker: Asker) -> bool:
    versions = asker.rnd.choice(asker.firm.versions)
    old, new = versions.frames[0], versions.frames[-1]
    place = asker.rnd.randrange(len(new.rows))
    column, handle = new.column(versions.value), new.handles[-1]
    gap = worth(new.rows[place], column) - worth(old.rows[place], column)
    if not gap:
        return False
    a, b = (asker.month(date.fromisoformat(one)) for one in (versions.days[0], versions.days[-1]))
    text = asker.pick("CHANGED").format(
        x=new.rows[place][handle.head], c=asker.word(column), u=asker.unit(column), a=a, b=b
    )
    need = amounts(abs(gap) / column.scale, column)
    return asker.ask("comparison", text, [need], [old.source, new.source])


# --- what no table holds --------------------------------------------------------------


def near_miss(asker: Asker) -> bool:
    """An identifier that looks like the others, and is none of them."""
    frames = [one for one in asker.firm.frames if one.of(Kind.KEY)]
    frame = asker.rnd.choice(frames)
    key = frame.of(Kind.KEY)[0]
    value = str(asker.rnd.choice(frame.rows)[key.head])
    known = {str(row[key.head]) for row in (*frame.rows, *frame.hidden)}
    digits = [place for place, one in enumerate(value) if one.isdigit()]
    place = asker.rnd.choice(digits[:2])
    other = f"{value[:place]}{(int(value[place]) + 4) % 10}{value[place + 1 :]}"
    if asker.rnd.random() < 0.3:
        other = value + asker.rnd.choice("BX")
    columns = [one for one in frame.columns if one not in frame.handles]
    if other in known:
        return False
    form = asker.rnd.choice(asker.words.SUBJECT_BY_KEY)
    subject = form.format(v=other, k=asker.word(key), **asker.noun(frame))
    text = asker.pick("ABSENT").format(x=subject, c=asker.word(asker.rnd.choice(columns)))
    return asker.ask("unanswerable", text, [], [], kind="near-miss identifier")


def absent_subject(asker: Asker) -> bool:
    """A person, or a value of a column, that is nowhere."""
    if asker.rnd.random() < 0.5:
        frame = asker.rnd.choice([one for one in asker.firm.frames if one.thing.person])
        columns = [one for one in frame.columns if one not in frame.handles]
        text = asker.pick("ABSENT").format(
            x=asker.rnd.choice(asker.firm.absent_people), c=asker.word(asker.rnd.choice(columns))
        )
    else:
        frame = asker.firm.frames[0]
        column = frame.of(Kind.CHOICE)[0]
        condition = asker.equals(column, asker.rnd.choice(asker.firm.absent_choices))
        text = asker.pick("COUNT").format(f=condition.words, **asker.noun(frame))
    return asker.ask("unanswerable", text, [], [], kind="absent subject")


def absent_property(asker: Asker) -> bool:
    frame = asker.rnd.choice([one for one in asker.firm.frames if one.handles])
    row = asker.rnd.choice(frame.rows)
    word = asker.rnd.choice(asker.firm.absent_properties)[not asker.zh]
    text = asker.pick("ABSENT").format(x=names_of(frame, row)[-1], c=word)
    return asker.ask("unanswerable", text, [], [], kind="absent property")
