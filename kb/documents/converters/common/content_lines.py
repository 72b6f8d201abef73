"""vCard and iCalendar: lines `NAME;PARAMETER=…:value` (RFC 6350, RFC 5545; quoted-printable: vCard
2.1), between BEGIN and END."""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from kb.text.han import HAN

_LINE = re.compile(r"(?:[\w-]+\.)?([\w-]+)((?:;(?:[^:\";]|\"[^\"]*\")*)*):(.*)", re.S)
_ESCAPED = re.compile(r"\\([nN,;\\])")
_PERSON = re.compile(r";CN=\"?([^\";:]+)", re.I)
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_HAN = re.compile(f"[{HAN}]")
_MOST_VALUE = 5000
"""Characters. A longer one is a photograph or a sound."""


@dataclass(frozen=True, slots=True)
class Field:
    """`kinds` are the words among the parameters: CELL, WORK, `TYPE=home`, upper case."""

    name: str
    kinds: frozenset[str]
    value: str


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END. `line` counts from 1."""

    kind: str
    line: int
    fields: list[Field] = field(default_factory=list)


def components(text: str, *kinds: str) -> Iterator[Component]:
    """The components of these kinds, in their order; the fields of others inside are left out."""
    stack: list[Component] = []
    for number, line in _unfolded(text):
        match = _LINE.fullmatch(line)
        if match is None:
            continue
        name, parameters, value = match.group(1).upper(), match.group(2), match.group(3)
        if name == "BEGIN":
            stack.append(Component(value.strip().upper(), number))
        elif name == "END" and stack:
            ended = stack.pop()
            if ended.kind in kinds:
                yield ended
        elif stack:
            stack[-1].fields.append(_field(name, parameters, value))
    if stack and stack[0].kind in kinds:  # cut off
        yield stack[0]


def row(component: Component, names: dict[str, tuple[str, str]]) -> str:
    """The fields that have a name, as one line; in Chinese where the component is in Chinese.

    Args:
        names: of a field, optionally with a kind (`TEL;CELL`), in English and Chinese.
    """
    chinese = any(_HAN.search(one.value) for one in component.fields)
    cells = []
    for one in component.fields:
        pairs = [names.get(f"{one.name};{kind}") for kind in sorted(one.kinds)]
        pair = next(filter(None, pairs), names.get(one.name))
        if pair and one.value and len(one.value) <= _MOST_VALUE:
            cells.append(f"{pair[chinese]}: {one.value}")
    return " | ".join(dict.fromkeys(cells))


def _unfolded(text: str) -> Iterator[tuple[int, str]]:
    """Logical lines: a line that begins with a blank goes on with the one before it, and so does
    the one behind a soft break of quoted-printable."""
    held, at, soft = "", 0, False
    for number, line in enumerate(text.split("\n"), start=1):
        if at and (soft or line[:1] in (" ", "\t")):
            held = held.removesuffix("=") + (line if soft else line[1:])
        else:
            if at:
                yield at, held
            held, at = line, number
        soft = held.endswith("=") and "QUOTED-PRINTABLE" in held.partition(":")[0].upper()
    if at:
        yield at, held


def _field(name: str, parameters: str, value: str) -> Field:
    words = [word.strip('"') for word in re.split(r"[;,]", parameters.upper()) if word]
    kinds = frozenset(word.rpartition("=")[2] for word in words)
    if "QUOTED-PRINTABLE" in kinds:
        charset = next((w.removeprefix("CHARSET=") for w in words if w.startswith("CHARSET=")), "")
        value = _decoded(value, charset)
    if name in ("ORGANIZER", "ATTENDEE") and (person := _PERSON.search(parameters)):
        value = f"{person[1]} {value}"
    value = _ESCAPED.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    value = _STAMP.sub(_iso, value) if name.startswith(("DT", "DUE", "BDAY")) else value
    parts = [part.strip() for part in value.split(";")] if name in ("N", "ADR", "ORG") else [value]
    return Field(name, kinds, " ".join(" ".join(filter(None, parts)).split()))


def _decoded(value: str, charset: str) -> str:
    data = quopri.decodestring(value.encode("utf-8", "replace"))
    for encoding in (charset or "utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
    return data.decode("utf-8", "replace")


def _iso(found: re.Match[str]) -> str:
    year, month, day, hour, minute, second, utc = found.groups()
    time = f" {hour}:{minute}" + (f":{second}" if second != "00" else "") if hour else ""
    return f"{year}-{month}-{day}{time}{' UTC' if utc else ''}"
