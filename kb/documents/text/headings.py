"""What is a heading in plain text, and what is its title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from kb.text.han import HAN

_NUMERALS = "零〇一二三四五六七八九十百千两0-9０-９"
_HEADINGS: tuple[tuple[re.Pattern[str], int], ...] = (
    (re.compile(rf"第[{_NUMERALS}]{{1,7}}[卷部编篇](?![分门])"), 1),
    (re.compile(rf"第[{_NUMERALS}]{{1,7}}[章回](?!程)"), 2),
    (re.compile(rf"第[{_NUMERALS}]{{1,7}}节"), 3),
    (re.compile(r"(?:PART|BOOK|Part|Book)\s+(?:[0-9]+|[IVXLC]+)\b"), 1),
    (re.compile(r"(?:CHAPTER|Chapter|APPENDIX|Appendix)\s+(?:[0-9]+|[IVXLC]+|[A-Z])\b"), 2),
    (re.compile(r"(?:SECTION|Section|ARTICLE|Article)\s+(?:[0-9]+|[IVXLC]+|[A-Z])\b"), 3),
    (re.compile(r"(?:附录|附件|附表)[一二三四五六七八九十A-Z0-9]{0,3}(?=[\s：:]|$)"), 2),
    (re.compile(r"[一二三四五六七八九十]{1,3}、\s*\S"), 3),
    (re.compile(r"[（(][一二三四五六七八九十]{1,3}[)）]\s*\S"), 4),
)
_NUMBERED = re.compile(rf"(\d{{1,2}}(?:\.\d{{1,2}}){{0,4}})[.．、]?(?:\s+|(?=[{HAN}]))\S")
_BELOW_HAN = 5
_SENTENCE_END = tuple("。！？；，、：!?;,:.…”」")
_STATEMENT = re.compile(r"[:：=]|\d{5}")
_LONGEST = 40


def title_line(lines: Sequence[str]) -> str:
    """The first line of a plain text, when it stands alone above more text and reads like a title.

    Not when it ends like a sentence, has a colon, or holds a number of five digits and more: it
    stands in front of every chunk, where one person's number must not be.
    """
    first = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if first + 2 >= len(lines) or lines[first + 1].strip() or not any(lines[first + 2 :]):
        return ""
    title = " ".join(lines[first].split())
    longest = _LONGEST * 2 if title.isascii() else _LONGEST
    stated = title.endswith(_SENTENCE_END) or _STATEMENT.search(title)
    section = heading_level(title, blank_before=True, blank_after=True)
    named = any(character.isalpha() for character in title)
    return title if named and len(title) <= longest and not (stated or section) else ""


def heading_level(line: str, *, blank_before: bool, blank_after: bool) -> int:
    """The depth of a heading in plain text, 1 to 9, or 0 when the line is none.

    Recognised: 第一章 and its kin, 一、 and （一）, Chapter 3, SECTION IV, 1.2 and 1、 with blank
    lines around, and a short line of capitals with blank lines around. Never a line that ends
    like a sentence or is longer than 40 characters (80 in Latin letters): a heading that is
    missed costs a little context, a sentence taken for a heading cuts a section in two.
    """
    line = line.strip()
    longest = _LONGEST * 2 if line.isascii() else _LONGEST
    if not line or len(line) > longest or line.endswith(_SENTENCE_END):
        return 0
    if not any(character.isalpha() for character in line):
        return 0
    for pattern, level in _HEADINGS:
        if pattern.match(line):
            if level >= 3 and pattern.pattern.startswith(("[", "(")) and not blank_before:
                return 0
            return level
    numbered = _NUMBERED.match(line)
    if numbered and blank_before and blank_after:
        if line[numbered.end(1)] == "、":
            return _BELOW_HAN  # 1、 stands below 一、 and （一）
        return min(9, 2 + numbered.group(1).count("."))
    capitals = line.isupper() and line.isascii() and len(line.split()) <= 8
    return 2 if capitals and blank_before and blank_after and len(line) > 3 else 0
