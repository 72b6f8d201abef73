"""The tables that are looked up: notes of annual reports, forms, fact sheets, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import takewhile
from operator import itemgetter
from random import Random

from tests.bench.firms.columns import people
from tests.bench.lookups.shapes import Shape, flat, form, levelled, sections, sideways

COMPANIES_ZH = (
    "云岭水务",
    "海桐食品",
    "柏川电气",
    "启元纺织",
    "南屏制药",
    "明湖置业",
    "凌江航运",
    "丹霞建材",
    "瑞泉乳业",
    "松涛软件",
    "青禾农科",
    "远峰环保",
)
COMPANIES_EN = (
    "Alderton plc",
    "Brackwater Ltd",
    "Corvane Group",
    "Delmere Holdings",
    "Eskdale Foods",
    "Farrowby Mills",
    "Glenmoor Energy",
    "Harcastle Rail",
)

Rows = list[tuple[int, str, Sequence[str]]]


def money(rnd: Random, low: int = 1_000, high: int = 90_000_000) -> int:
    return rnd.randrange(low, high)


def _net(rnd: Random, periods: int) -> list[int]:
    """Gross, allowance and net, for each period."""
    values: list[int] = []
    for _ in range(periods):
        gross = money(rnd, 1_000_000)
        allowance = gross * rnd.randrange(2, 30) // 100 + 7
        values += [gross, allowance, gross - allowance]
    return values


def _whole(values: Sequence[int]) -> list[int]:
    """The same in thousandths, with the nets that they have then."""
    cut = [one // 1000 for one in values]
    return [*cut[:2], cut[0] - cut[1], *cut[3:5], cut[3] - cut[4]]


def _shown(values: Sequence[int], cents: bool) -> list[str]:
    return [f"{one / 100:,.2f}" if cents else f"{one:,}" for one in values]


def _tree(rnd: Random, names: Sequence[tuple[int, str]], total: str, *, cents: bool) -> Rows:
    """Rows with gross, allowance and net of two periods, and their total at the end. A row with
    parts below it is their sum."""
    leaves = {name: _net(rnd, 2) for _, name in names}
    if not cents:
        leaves = {name: _whole(values) for name, values in leaves.items()}
    for place, (depth, name) in enumerate(names):
        parts = [*takewhile(itemgetter(0), names[place + 1 :])]
        if parts and not depth:
            leaves[name] = _sums([leaves[part] for _, part in parts])
    found = [(depth, name, _shown(leaves[name], cents)) for depth, name in names]
    total_of = _sums([leaves[name] for depth, name in names if not depth])
    return [*found, (0, total, _shown(total_of, cents))]


def _sums(rows: Sequence[Sequence[int]]) -> list[int]:
    return [sum(one) for one in zip(*rows, strict=True)]


def receivables(rnd: Random, whose: str) -> Shape:
    names = (
        (0, "按单项计提坏账准备"),
        (0, "按组合计提坏账准备"),
        (1, "其中：账龄组合"),
        (1, "关联方组合"),
        (1, "政府客户组合"),
    )
    inner = ("账面余额", "坏账准备", "账面价值")
    table, cells = levelled(
        "类别", {"期末余额": inner, "期初余额": inner}, _tree(rnd, names, "合计", cents=True)
    )
    return Shape(whose, "应收账款", "zh", table, tuple(cells), "单位：元", "levels")


def stock(rnd: Random, whose: str) -> Shape:
    names = (
        (0, "原材料"),
        (0, "在产品"),
        (0, "库存商品"),
        (0, "周转材料"),
        (0, "发出商品"),
        (0, "委托加工物资"),
    )
    inner = ("账面余额", "跌价准备", "账面价值")
    table, cells = levelled(
        "项目", {"期末数": inner, "期初数": inner}, _tree(rnd, names, "合计", cents=False)
    )
    return Shape(whose, "存货", "zh", table, tuple(cells), "单位：万元", "levels")


def revenue(rnd: Random, whose: str) -> Shape:
    names = ("主营业务", "其他业务", "租赁业务", "技术服务")
    rows: Rows = [(0, one, _shown([money(rnd) for _ in range(4)], True)) for one in names]
    inner = ("收入", "成本")
    table, cells = levelled("项目", {"本期发生额": inner, "上期发生额": inner}, rows)
    return Shape(whose, "营业收入和营业成本", "zh", table, tuple(cells), "单位：元", "levels")


def trade_receivables(rnd: Random, whose: str) -> Shape:
    names = (
        (0, "Not yet due"),
        (0, "Past due"),
        (1, "up to 90 days"),
        (1, "91 to 180 days"),
        (1, "over 180 days"),
    )
    inner = ("Gross carrying amount", "Loss allowance", "Net carrying amount")
    table, cells = levelled(
        "",
        {"31 December 2024": inner, "31 December 2023": inner},
        _tree(rnd, names, "Total", cents=False),
    )
    return Shape(
        whose, "trade receivables", "en", table, tuple(cells), "In thousands of euros", "levels"
    )


def segments(rnd: Random, whose: str) -> Shape:
    names = ("Retail", "Wholesale", "Online", "Services", "Licensing")
    rows: Rows = [
        (0, one, _shown([money(rnd, 1_000, 90_000) for _ in range(6)], False)) for one in names
    ]
    inner = ("Revenue", "Operating profit", "Capital expenditure")
    table, cells = levelled("Segment", {"2024": inner, "2023": inner}, rows)
    return Shape(whose, "segments", "en", table, tuple(cells), "", "levels")


def balance(rnd: Random, whose: str) -> Shape:
    names = (
        "货币资金",
        "应收票据",
        "预付款项",
        "长期股权投资",
        "无形资产",
        "短期借款",
        "合同负债",
        "应付职工薪酬",
        "未分配利润",
    )
    rows = [(one, *_shown([money(rnd), money(rnd)], True)) for one in names]
    table, cells = flat(("项目", "期末余额", "期初余额"), rows)
    return Shape(whose, "资产负债表", "zh", table, tuple(cells), "单位：元", "top")


def assets(rnd: Random, whose: str) -> Shape:
    """What came and went in a year: the same lines in each part, which opens with its name."""
    things = ("房屋及建筑物", "机器设备", "运输设备")
    parts: dict[str, list[tuple[str, list[str]]]] = {}
    for part in ("账面原值", "累计折旧", "减值准备"):
        start = [money(rnd) for _ in things]
        more = [money(rnd, high=9_000_000) for _ in things]
        less = [one * rnd.randrange(1, 30) // 100 for one in start]
        end = [one + up - down for one, up, down in zip(start, more, less, strict=True)]
        names = ("期初余额", "本期增加金额", "本期减少金额", "期末余额")
        parts[part] = [
            (name, _shown(values, True))
            for name, values in zip(names, (start, more, less, end), strict=True)
        ]
    table, cells = sections("项目", things, parts)
    return Shape(whose, "固定资产", "zh", table, tuple(cells), "单位：元", "sections")


def specs_zh(rnd: Random, whose: str) -> Shape:
    models = [f"{letter}{rnd.randrange(20, 99)}" for letter in ("TX", "KR", "ML")]
    rows = [
        ("额定功率(kW)", [f"{rnd.randrange(15, 990) / 10}" for _ in models]),
        ("整机质量(kg)", [f"{rnd.randrange(180, 2900)}" for _ in models]),
        ("工作压力(MPa)", [f"{rnd.randrange(31, 99) / 100}" for _ in models]),
        ("噪声(dB)", [f"{one}" for one in rnd.sample(range(58, 88), 3)]),
        ("防护等级", [f"IP{one}" for one in rnd.sample((44, 54, 55, 65, 67), 3)]),
        ("质保期(月)", [f"{one}" for one in rnd.sample((12, 18, 24, 36, 48), 3)]),
    ]
    table, cells = sideways(models, rows)
    return Shape(whose, "产品参数对照表", "zh", table, tuple(cells), "", "left")


def specs_en(rnd: Random, whose: str) -> Shape:
    models = [f"{name} {rnd.randrange(100, 900)}" for name in ("Heron", "Kestrel", "Osprey")]
    rows = [
        ("Payload (kg)", [f"{one}" for one in rnd.sample(range(400, 2600), 3)]),
        ("Range (km)", [f"{one}" for one in rnd.sample(range(150, 780), 3)]),
        ("Battery capacity (kWh)", [f"{one / 10}" for one in rnd.sample(range(310, 990), 3)]),
        ("Charging time (min)", [f"{one}" for one in rnd.sample(range(25, 95), 3)]),
        ("Number of seats", [f"{one}" for one in rnd.sample(range(2, 9), 3)]),
    ]
    table, cells = sideways(models, rows)
    return Shape(whose, "model comparison", "en", table, tuple(cells), "", "left")


def acceptance(rnd: Random, whose: str) -> Shape:
    a, b, c = people(rnd, 3, "zh")
    table, cells = form(
        {
            "一、基本情况": [
                ("项目编号", f"YS-{rnd.randrange(1000, 9999)}"),
                ("申请人", a),
                ("验收地点", rnd.choice(("北楼二层", "三号库房", "东区泵站"))),
                ("验收日期", f"2025年{rnd.randrange(1, 9)}月{rnd.randrange(10, 28)}日"),
            ],
            "二、结果": [
                ("数量", f"{rnd.randrange(11, 97)}套"),
                ("合同价款", f"{rnd.randrange(110, 990)}万元"),
                ("验收组长", b),
                ("保管人", c),
                ("联系电话", f"138{rnd.randrange(10_000_000, 99_999_999)}"),
            ],
        }
    )
    return Shape(whose, "设备验收单", "zh", table, tuple(cells), "", "form")


def facts(rnd: Random, whose: str) -> Shape:
    manager, auditor = people(rnd, 2, "en")
    table, cells = form(
        {
            "": [
                ("Registered number", f"{rnd.randrange(1_000_000, 9_999_999)}"),
                ("Founded", f"{rnd.randrange(1890, 1999)}"),
                ("Managing director", manager),
                ("Employees", f"{rnd.randrange(210, 9800):,}"),
                ("Head office", rnd.choice(("Ludlow", "Stirling", "Whitby", "Truro"))),
                ("Share capital", f"{rnd.randrange(110, 990)},000 euros"),
                ("Lead auditor", auditor),
            ]
        }
    )
    return Shape(whose, "company fact sheet", "en", table, tuple(cells), "", "form")


PAGES: tuple[Callable[[Random, str], Shape], ...] = (
    receivables,
    stock,
    revenue,
    trade_receivables,
    segments,
    balance,
    specs_zh,
    specs_en,
    acceptance,
    facts,
)

AGAIN = tuple(assets if one is revenue else one for one in PAGES)
"""The second of each kind; once with levels at the left."""
