"""Numbers as Chinese formats show them ([DBNum1]: 一千二百, [DBNum2]: 壹仟贰佰)."""

from __future__ import annotations

import re

_DIGITS = "〇一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "十", "百", "千"), ("", "拾", "佰", "仟")
_GROUPS = "", "万", "亿", "兆"
_MOST = 16
_NUMBER = re.compile(r"\d[\d,]*")


def in_han(text: str, *, formal: bool, spelled: bool) -> str:
    """A number's text with its digits in Han characters: 1205 is 一千二百〇五 where it is spelled,
    else 一二〇五. Behind a point it is digit by digit, as there are no other words for it."""
    whole, point, rest = text.partition(".")
    digits = _DIGITS[formal]

    def one(match: re.Match[str]) -> str:
        plain = match[0].replace(",", "")
        if spelled and len(plain) <= _MOST:
            return _spelled(int(plain), digits, _PLACES[formal])
        return "".join(digits[int(digit)] for digit in plain)

    return (
        _NUMBER.sub(one, whole)
        + point
        + "".join(digits[int(char)] if char.isdecimal() else char for char in rest)
    )


def _spelled(number: int, digits: str, places: tuple[str, ...]) -> str:
    if not number:
        return digits[0]
    text, gap = "", False
    for place in range(len(str(number)) - 1, -1, -1):
        digit = number // 10**place % 10
        if digit:
            text += (digits[0] if gap else "") + digits[digit] + places[place % 4]
            gap = False
        else:
            gap = bool(text)
        if place % 4 == 0 and number // 10**place % 10_000:
            text += _GROUPS[place // 4]
    return text
