"""Text as its reader means it: without what no screen shows, with ordinary characters.

PDF and HTML files spell words with characters that look alike or cannot be seen: ⾦ (a radical) for
金, `war\\u00adranty`, 电\\u200b话. Nobody types these into a question, so they are replaced when a
document is read. Control and direction characters stay in the text; `shown` marks them on output.
"""

from __future__ import annotations

import re
import unicodedata

# Radicals to the characters they stand for, where Unicode's compatibility forms know none
# (EquivalentUnifiedIdeograph.txt of the Unicode Character Database).
_RADICALS = dict(
    zip(
        "⺁⺈⺌⺎⺒⺓⺖⺘⺙⺜⺝⺟⺠⺡⺣⺦⺧⺨⺩⺫⺬⺭⺮⺯⺰⺶⺹⺼⺽⺾⻀⻂⻃⻄⻅⻆⻈⻉⻊⻋⻌⻎⻐⻑⻓⻔⻕⻖⻗⻘⻙⻚⻛⻜⻝⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻬⻮⻯⻰⻲⻳",
        "厂刀小兀巳幺忄扌攵日月母民氵灬丬牛犭王目示礻竹糹纟羊耂月臼艹艹衤覀西见角讠贝足车辶辶钅長长门阜阝雨青韦页风飞食饣马骨鬼鱼鸟卤麦黄黾齐齿竜龙亀龟",
        strict=True,
    )
)
_ALIKE = re.compile("[\u2e80-\u2fd5\uf900-\ufaff\U0002f800-\U0002fa1f]")
_UNSEEN = re.compile("[\u00ad\u180e\u200b\u200c\u2060\ufeff]")
# ECMA-48: control sequences (colours), and the strings of an operating system command.
_TERMINAL = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")
_SUSPECT = re.compile(f"{_ALIKE.pattern}|{_UNSEEN.pattern}|[\x1b\x9b]")
# What could move the cursor, turn the direction of writing, or hide: all of it but line feeds and
# tabs; the directions (UAX 9), zero-width characters, tags (U+E0000), halves of pairs.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)


def readable(text: str) -> str:
    """The text without soft hyphens, zero-width characters and colour codes, and with ordinary
    characters in place of radicals and compatibility ideographs. Its length may change."""
    if _SUSPECT.search(text) is None:
        return text
    text = _UNSEEN.sub("", _TERMINAL.sub("", text))
    return _ALIKE.sub(_ordinary, text)


def shown(text: str) -> str:
    """The text as it may be written to a terminal or a page: a character that cannot be seen is
    a mark, `\\x1b` or `\\u202e`."""
    return _UNPRINTABLE.sub(_mark, text)


def shown_in_json(text: str) -> str:
    """The same for JSON that has been written: escapes, so that its values stay what they are."""
    return _UNPRINTABLE.sub(_escape, text)


def _ordinary(found: re.Match[str]) -> str:
    return _RADICALS.get(found[0]) or unicodedata.normalize("NFKC", found[0])


def _escape(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _mark(found: re.Match[str]) -> str:
    code = ord(found[0])
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
