"""Units: what stands behind a number, before it, or in a column's head."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from kb.text.fold import standard


@dataclass(frozen=True, slots=True)
class Unit:
    """A displayed number times `scale` is so many `name`: 万元 is 元 times 10000."""

    name: str = ""
    scale: Decimal = Decimal(1)
    is_money: bool = False
    is_percent: bool = False


NONE = Unit()

_HAN_SCALES = {
    "十": 10, "百": 100, "千": 10**3, "仟": 10**3, "万": 10**4, "萬": 10**4, "十万": 10**5,
    "百万": 10**6, "佰万": 10**6, "千万": 10**7, "亿": 10**8, "億": 10**8, "十亿": 10**9,
    "百亿": 10**10, "万亿": 10**12,
}  # fmt: skip
_SCALES = {
    "k": 10**3, "t": 10**3, "tsd": 10**3, "tsd.": 10**3, "'000": 10**3, "000": 10**3,
    "000s": 10**3, "'000s": 10**3, "thousand": 10**3, "thousands": 10**3,
    "m": 10**6, "mm": 10**6, "mn": 10**6, "mio": 10**6, "mio.": 10**6, "million": 10**6,
    "millions": 10**6, "b": 10**9, "bn": 10**9, "mrd": 10**9, "mrd.": 10**9, "billion": 10**9,
    "billions": 10**9,
}  # fmt: skip
_CURRENCIES = {
    name: unit
    for unit, names in {
        "元": "元 人民币 人民币元 rmb cny ¥ 圆 块 rmb¥ cny¥ 元人民币 yuan",
        "$": "$ 美元 美金 usd us$ usd$ dollar dollars us-dollar us-dollars",
        "€": "€ 欧元 eur euro euros",
        "£": "£ 英镑 gbp",
        "HK$": "hk$ 港元 港币 hkd",
        "JPY": "日元 日圆 jpy 円 jp¥",
        "KRW": "₩ 韩元 krw",
        "CHF": "chf 瑞士法郎 sfr",
        "TWD": "nt$ 新台币 twd",
        "SGD": "s$ 新加坡元 sgd",
        "AUD": "a$ 澳元 aud",
        "CAD": "c$ 加元 cad",
        "RUB": "₽ 卢布 rub",
        "INR": "₹ 卢比 inr",
    }.items()
    for name in names.split()
}
_PERCENT = {"%": 2, "percent": 2, "pct": 2, "per cent": 2, "百分比": 2, "prozent": 2, "‰": 3}
_HAN_WORDS = """
人 名 位 个 件 台 套 只 条 张 本 册 把 支 根 块 片 卷 箱 包 袋 瓶 桶 罐 盒 盘 辆 艘 架 间 栋 座
户 家 项 次 批 份 组 对 双 吨 克 斤 两 磅 米 里 亩 升 天 日 周 月 年 时 分 秒 岁 度 瓦 伏 安 倍
页 字 篇 节 门 股 票 单 笔 头 匹 棵 株 公斤 千克 毫克 公里 千米 毫米 厘米 微米 分米 平米 平方米
平方公里 立方米 公顷 毫升 小时 分钟 秒钟 个月 季度 工时 人天 人日 人月 人次 班次 工作日 千瓦
兆瓦 千瓦时 千伏 千帕 兆帕 千卡 摄氏度 百分点 车次 标准箱 件套 课时 学时 学分 立方 平方
"""
_LATIN_WORDS = """
g kg mg t lb lbs oz m km cm mm um µm μm nm ft in inch yd mi m2 m3 mm2 mm3 cm2 cm3 dm3 km2 ha acre
l ml cl s sec ms min h hr hrs hour hours day days d week weeks month months year years yr yrs pcs
pc ea each unit units set sets piece pieces w kw mw gw kwh mwh gwh wh v kv mv a ma ah mah hz khz
mhz ghz pa kpa mpa bar psi j kj mj kcal cal n kn nm n·m rpm r/min c °c °f k db dba pt px dpi kb mb
gb tb bit byte bytes mbps gbps ppm pp bp bps people persons heads fte nights pages tonnes tons ton
tonne litres liters stück st stk mol ph lux lm
"""
_MEASURES = frozenset(_HAN_WORDS.split())
_LATIN = frozenset(_LATIN_WORDS.split())
_KEPT = ("千克", "千瓦", "千米", "千伏", "千帕", "千卡", "百分", "分", "千赫", "千焦", "兆")
_BRACKETED = re.compile(r"[(\[【〔]([^()\[\]【】〔〕]{1,24})[)\]】〕]")
_BEHIND = re.compile(
    r"(?:[/|:,]|\bin\b|单位:?)\s*([^\s/|:,()]{1,12}(?: [^\s/|:,()]{1,12}){0,3})\s*$"
)
_SAID = re.compile(r"(?:单位|units?|einheit|currency|币种)\s*[:为]\s*([^\s,;，；)】]{1,16})", re.I)


@lru_cache(maxsize=4096)
def unit_of(text: str) -> Unit | None:
    """What a text says if it is a unit and nothing else; None where it is none."""
    text = re.sub(r" ?\^(?=[23]\b)", "", standard(text).strip().rstrip("."))
    text = re.sub(r"^(?:金额)?单位[:为]?|^in\b\s*", "", text).strip()
    low = text.lower().replace("人民币 ", "人民币")
    if not low or len(low) > 40:
        return None
    if low in _PERCENT:
        return Unit("‰" if low == "‰" else "%", Decimal(1).scaleb(-_PERCENT[low]), False, True)
    if low in _MEASURES or low in _LATIN:
        return Unit(text)
    return _money(low) or _scaled(text) or _ratio(text)


def unit_in_head(name: str) -> Unit | None:
    """The unit that a column's head gives: 单价(元), 金额/万元, Revenue (k€), Umsatz in T€."""
    even = standard(name)
    found = _SAID.search(even)
    for part in ([found[1]] if found else []) + _BRACKETED.findall(even)[::-1]:
        for piece in (part, *re.split(r"[,，;；、]", part)[::-1]):
            if unit := unit_of(piece):
                return unit
    behind = _BEHIND.search(even)
    if behind is not None and (unit := unit_of(behind[1])) is not None:
        # `and/or`, `Name/m`: a letter alone behind a slash is no unit of a column.
        return unit if unit.is_money or unit.is_percent or len(behind[1]) > 1 else None
    if even.rstrip().endswith(("%", "‰")):
        return unit_of(even.rstrip()[-1])
    return None


def unit_said(text: str) -> Unit | None:
    """The unit that a caption gives for a whole table: 单位：万元, (in thousands of EUR)."""
    even = standard(text)
    found = _SAID.search(even)
    parts = [found[1]] if found else []
    parts += re.findall(r"(?i)\bin ((?:thousands?|millions?|billions?) of [\w$€£ ]{2,20})", even)
    parts += re.findall(r"(?i)\bin ((?:T|k|M)?(?:€|EUR|USD|RMB|CNY))\b", even)
    for part in parts:
        if unit := unit_of(part):
            return unit
    return None


def _money(low: str) -> Unit | None:
    """A currency with its scale, in either order, and per what: 万元, k€, USD million, 元/件."""
    money, _, per = low.partition("/")
    if not per and " per " in money:
        money, _, per = money.partition(" per ")
    scale, currency = Decimal(1), ""
    for token in _tokens(money):
        if token in _CURRENCIES and not currency:
            currency = _CURRENCIES[token]
        elif token in _HAN_SCALES:
            scale *= _HAN_SCALES[token]
        elif token in _SCALES:
            scale *= _SCALES[token]
        else:
            return None
    if currency:
        return Unit(f"{currency}/{per.strip()}" if per else currency, scale, True)
    # A letter alone says no scale: m are metres.
    bare = money in _HAN_SCALES or (money in _SCALES and len(money) > 3)
    return Unit("", scale) if bare and not per else None


def _tokens(money: str) -> Iterator[str]:
    """The parts that a currency with its scale is written of, without blanks between them."""
    for word in money.replace(" of ", " ").split():
        if word in _CURRENCIES or word in _SCALES or word in _HAN_SCALES:
            yield word
            continue
        for cut in range(len(word) - 1, 0, -1):
            first, second = word[:cut], word[cut:]
            known = first in _SCALES or first in _HAN_SCALES or first in _CURRENCIES
            if known and (second in _CURRENCIES or second in _SCALES or second in _HAN_SCALES):
                yield from (first, second)
                break
        else:
            yield word


def _scaled(text: str) -> Unit | None:
    """万件, 亿吨: a measure with a scale."""
    if text.startswith(_KEPT):
        return None
    for size in (2, 1):
        scale, measure = _HAN_SCALES.get(text[:size]), text[size:]
        if scale and scale >= 1000 and measure in _MEASURES:
            return Unit(measure, Decimal(scale))
    return None


def _ratio(text: str) -> Unit | None:
    """件/天, km/h: one measure by another."""
    over, _, under = text.partition("/")
    known = over.lower() in _MEASURES | _LATIN and under.lower() in _MEASURES | _LATIN
    return Unit(text) if known else None
