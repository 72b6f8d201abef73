"""The tables of an annual report, drawn: each with the cells that may be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from random import Random

from tests.bench.firms.laid import Laid, Spot

NEW, OLD = "new", "old"
"""The end of the report's year and of the year before; or the two years."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: the words for its row, for what it is, and which time it is of. `level` is the part
    of the table that the row stands in, where rows of another part are called alike."""

    row: str
    what: str
    time: str
    shown: str
    level: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A table below its headings. `scope`: 合并 or 母公司, where both have such a table."""

    headings: tuple[str, ...]
    name: str
    note: str
    table: Laid
    cells: tuple[Cell, ...]
    scope: str = ""


def amount(rnd: Random, low: int = 10_000_000, high: int = 90_000_000_000) -> str:
    return f"{rnd.randrange(low, high) / 100:,.2f}"


def percent(rnd: Random) -> str:
    return f"{rnd.randrange(101, 9899) / 100:.2f}"


def laid(rows: Sequence[Sequence[str]], head: int) -> Laid:
    """Rows of texts; in the head the same text side by side, or below itself, is one cell."""
    out = Laid(head=head)
    for r, row in enumerate(rows):
        for c, text in enumerate(row):
            if r >= head:
                out.spots[r, c] = Spot(_worth(text), text, _style(text))
            elif not (c and row[c - 1] == text) and not (r and rows[r - 1][c] == text):
                wide = 1
                while c + wide < len(row) and row[c + wide] == text:
                    wide += 1
                deep = 1
                while r + deep < head and rows[r + deep][c] == text and wide == 1:
                    deep += 1
                out.put(r, c, text, rows=deep, cols=wide)
    return out


def _worth(text: str) -> str | float:
    bare = text.replace(",", "")
    return float(bare) if bare.replace(".", "", 1).isdigit() else text


def _style(text: str) -> str:
    return "#,##0.00" if "," in text else "0.00" if isinstance(_worth(text), float) else ""


_ENDS = (
    ("期末余额", "期初余额"),
    ("2024年12月31日", "2023年12月31日"),
    ("期末余额", "上年年末余额"),
)
_YEARS = (("2024年度", "2023年度"), ("本期发生额", "上期发生额"), ("2024年", "2023年"))


def balance_sheet(rnd: Random, scope: str) -> Part:
    groups = {
        "流动资产：": ("货币资金", "交易性金融资产", "应收账款", "预付款项", "其他应收款", "存货"),
        "非流动资产：": ("长期股权投资", "固定资产", "在建工程", "无形资产", "其他非流动资产"),
        "流动负债：": ("短期借款", "应付账款", "合同负债", "应付职工薪酬", "其他应付款"),
    }
    heads = _ENDS[0] if scope == "母公司" else rnd.choice(_ENDS)
    rows, cells = [("项目", *heads)], []
    for group, names in groups.items():
        rows.append((group, "", ""))
        for name in names:
            new, old = amount(rnd), amount(rnd)
            rows.append((name, new, old))
            cells += [Cell(name, "余额", NEW, new), Cell(name, "余额", OLD, old)]
    return _part(
        ("二、财务报表", f"{scope}资产负债表"),
        f"{scope}资产负债表",
        "单位：元",
        rows,
        1,
        cells,
        scope,
    )


def income(rnd: Random, scope: str) -> Part:
    names = ("一、营业收入", "减：营业成本", "税金及附加", "销售费用", "管理费用", "研发费用",
             "二、营业利润", "三、利润总额", "减：所得税费用", "四、净利润")  # fmt: skip
    rows, cells = [("项目", *rnd.choice(_YEARS))], []
    for name in names:
        new, old = amount(rnd), amount(rnd)
        rows.append((name, new, old))
        bare = name.rpartition("、")[2].rpartition("：")[2]
        cells += [Cell(bare, "", NEW, new), Cell(bare, "", OLD, old)]
    return _part(
        ("二、财务报表", f"{scope}利润表"), f"{scope}利润表", "单位：元", rows, 1, cells, scope
    )


def receivables(rnd: Random, scope: str, what: str = "应收账款") -> Part:
    """By how the allowance is made: heads of three levels."""
    inner = (("账面余额", "金额"), ("账面余额", "比例(%)"), ("坏账准备", "金额"),
             ("坏账准备", "计提比例(%)"), ("账面价值", "账面价值"))  # fmt: skip
    outer = ("期末余额", "期初余额")
    heads = [(time, *both) for time in outer for both in inner]
    rows = [tuple([("类别")] + [one[level] for one in heads]) for level in range(3)]
    cells = []
    for name in (
        "按单项计提坏账准备",
        "按组合计提坏账准备",
        "其中：账龄组合",
        "低风险组合",
        "合计",
    ):
        values = [percent(rnd) if "比例" in last else amount(rnd) for _, _, last in heads]
        rows.append((name, *values))
        for (time, first, last), value in zip(heads, values, strict=True):
            said = first if last in ("金额", first) else last.partition("(")[0]
            if said != "比例":
                when = NEW if time == outer[0] else OLD
                cells.append(Cell(name.rpartition("：")[2], said, when, value))
    note = _notes(scope, what, "（2）按坏账计提方法分类披露")
    return _part(note, what, "单位：元", rows, 3, cells, scope)


def by_age(rnd: Random, scope: str, what: str = "应收账款") -> Part:
    rows, cells = [("账龄", "期末账面余额", "期初账面余额")], []
    for name in ("1年以内（含1年）", "1至2年", "2至3年", "3年以上", "合计"):
        new, old = amount(rnd), amount(rnd)
        rows.append((name, new, old))
        bare = name.partition("（")[0]
        if name != "合计":  # there is one by the allowance as well
            cells += [Cell(bare, "账面余额", NEW, new), Cell(bare, "账面余额", OLD, old)]
    return _part(_notes(scope, what, "（1）按账龄披露"), what, "单位：元", rows, 1, cells, scope)


def by_kind(rnd: Random, scope: str) -> Part:
    rows, cells = [("款项性质", "期末账面余额", "期初账面余额")], []
    for name in ("押金及保证金", "备用金", "往来款", "代垫社保款"):
        new, old = amount(rnd), amount(rnd)
        rows.append((name, new, old))
        cells += [Cell(name, "账面余额", NEW, new), Cell(name, "账面余额", OLD, old)]
    note = _notes(scope, "其他应收款", "（3）按款项性质分类")
    return _part(note, "其他应收款", "单位：元", rows, 1, cells, scope)


def stock(rnd: Random, scope: str) -> Part:
    heads = [
        (time, one)
        for time in ("期末余额", "期初余额")
        for one in ("账面余额", "跌价准备", "账面价值")
    ]
    rows = [("项目", *(one[level] for one in heads)) for level in range(2)]
    cells = []
    for name in ("原材料", "在产品", "库存商品", "发出商品", "合计"):
        values = [amount(rnd, 1_000_000, 900_000_000) for _ in heads]
        rows.append((name, *values))
        for (time, what), value in zip(heads, values, strict=True):
            cells.append(Cell(name, what, NEW if time == "期末余额" else OLD, value))
    return _part(_notes(scope, "存货", "（1）存货分类"), "存货", "单位：万元", rows, 2, cells, "")


def movements(rnd: Random, things: Sequence[str], what: str, spent: str) -> Part:
    """What came and went in the year: levels at the left, rows called alike in each."""
    rows, cells = [("项目", *things, "合计")], []
    lines = (
        "1.期初余额",
        "2.本期增加金额",
        "（1）购置",
        "3.本期减少金额",
        "（1）处置或报废",
        "4.期末余额",
    )
    for number, part in zip("一二三", ("账面原值", spent, "减值准备"), strict=True):
        rows.append((f"{number}、{part}", *[""] * (len(things) + 1)))
        for line in lines:
            values = [amount(rnd, 1_000_000, 900_000_000) for _ in (*things, "")]
            rows.append((line, *values))
            said = line.rpartition(".")[2].rpartition("）")[2]
            if line[0].isdigit():
                cells += [Cell(thing, said, "", value, part)
                          for thing, value in zip(things, values, strict=False)]  # fmt: skip
    rows.append(("四、账面价值", *[""] * (len(things) + 1)))
    for line, time in (("1.期末账面价值", NEW), ("2.期初账面价值", OLD)):
        values = [amount(rnd, 1_000_000, 900_000_000) for _ in (*things, "")]
        rows.append((line, *values))
        cells += [Cell(thing, "账面价值", time, value)
                  for thing, value in zip(things, values, strict=False)]  # fmt: skip
    return _part(_notes("合并", what, f"（1）{what}情况"), what, "单位：元", rows, 1, cells, "")


def fixed(rnd: Random, scope: str) -> Part:
    return movements(
        rnd, ("房屋及建筑物", "机器设备", "运输工具", "电子设备"), "固定资产", "累计折旧"
    )


def intangible(rnd: Random, scope: str) -> Part:
    return movements(rnd, ("土地使用权", "专利权", "软件"), "无形资产", "累计摊销")


def segments(rnd: Random, scope: str) -> Part:
    heads = ("营业收入", "营业成本", "毛利率(%)", "营业收入比上年增减(%)", "毛利率比上年增减(%)")
    rows: list[tuple[str, ...]] = [("分类", *heads)]
    cells = []
    for group, names in {
        "分产品": ("水泵", "阀门", "管件"),
        "分地区": ("华东", "华南", "境外"),
    }.items():
        rows.append((group, *[""] * len(heads)))
        for name in names:
            values = (amount(rnd), amount(rnd), percent(rnd), percent(rnd), percent(rnd))
            rows.append((name, *values))
            cells += [Cell(name, head.partition("(")[0], "", value)
                      for head, value in zip(heads, values, strict=True)]  # fmt: skip
    heading = ("一、经营情况讨论与分析", "主营业务分产品、分地区情况")
    return _part(heading, "主营业务情况", "单位：元", rows, 1, cells, "")


def customers(rnd: Random, scope: str) -> Part:
    heads = ("期末余额", "占应收账款期末余额合计数的比例(%)", "坏账准备期末余额")
    rows: list[tuple[str, ...]] = [("单位名称", *heads)]
    cells = []
    for name in rnd.sample(("第一名", "第二名", "第三名", "第四名", "第五名"), 5):
        values = (amount(rnd), percent(rnd), amount(rnd))
        rows.append((name, *values))
        said = ("应收账款期末余额", "占比", "坏账准备期末余额")
        cells += [Cell(name, head, "", value) for head, value in zip(said, values, strict=True)]
    note = _notes("合并", "应收账款", "（4）按欠款方归集的期末余额前五名的应收账款情况")
    return _part(note, "前五名应收账款", "单位：元", rows, 1, cells, "")


def main_figures(rnd: Random, scope: str) -> Part:
    rows: list[tuple[str, ...]] = [
        ("主要会计数据", "2024年", "2023年", "本期比上年同期增减(%)", "2022年")
    ]
    cells = []
    for name in (
        "归属于上市公司股东的净利润",
        "经营活动产生的现金流量净额",
        "总资产",
        "基本每股收益",
    ):
        new, old, change, before = amount(rnd), amount(rnd), percent(rnd), amount(rnd)
        rows.append((name, new, old, change, before))
        cells += [Cell(name, "", NEW, new), Cell(name, "", OLD, old),
                  Cell(name, "本期比上年同期增减", "", change)]  # fmt: skip
    return _part(("一、主要会计数据和财务指标",), "主要会计数据", "单位：元", rows, 1, cells, "")


def payroll(rnd: Random, scope: str) -> Part:
    heads = ("期初余额", "本期增加", "本期减少", "期末余额")
    rows: list[tuple[str, ...]] = [("项目", *heads)]
    cells = []
    for name in ("一、短期薪酬", "二、离职后福利-设定提存计划", "三、辞退福利"):
        values = [amount(rnd) for _ in heads]
        rows.append((name, *values))
        bare = name.rpartition("、")[2]
        cells += [Cell(bare, head, "", value) for head, value in zip(heads, values, strict=True)]
    note = _notes("合并", "应付职工薪酬", "（1）应付职工薪酬列示")
    return _part(note, "应付职工薪酬", "单位：元", rows, 1, cells, "")


def _notes(scope: str, what: str, title: str) -> tuple[str, ...]:
    chapter = (
        "十七、母公司财务报表主要项目注释" if scope == "母公司" else "七、合并财务报表项目注释"
    )
    number = (*_NUMBERED, what).index(what) + 1
    return chapter, f"{number}、{what}", title


_NUMBERED = (
    "货币资金",
    "应收账款",
    "预付款项",
    "其他应收款",
    "存货",
    "固定资产",
    "无形资产",
    "应付职工薪酬",
)


def _part(
    headings: tuple[str, ...],
    name: str,
    note: str,
    rows: Sequence[Sequence[str]],
    head: int,
    cells: Sequence[Cell],
    scope: str,
) -> Part:
    return Part(headings, name, note, laid(rows, head), tuple(cells), scope)


BOTH = ("合并", "母公司")
PARTS: Sequence[tuple[Callable[[Random, str], Part], Sequence[str]]] = (
    (main_figures, ("",)),
    (segments, ("",)),
    (balance_sheet, BOTH),
    (income, BOTH),
    (by_age, ("合并",)),
    (receivables, ("合并",)),
    (customers, ("",)),
    (lambda rnd, scope: by_age(rnd, scope, "其他应收款"), ("合并",)),
    (by_kind, ("合并",)),
    (stock, ("合并",)),
    (fixed, ("",)),
    (intangible, ("",)),
    (payroll, ("",)),
    (by_age, ("母公司",)),
    (receivables, ("母公司",)),
    (by_kind, ("母公司",)),
)
"""Makers in the order in which their tables stand, and for which books each is drawn."""


def parts(rnd: Random) -> list[Part]:
    ordered = [(make, scope) for make, scopes in PARTS for scope in scopes]
    return [make(rnd, scope) for make, scope in ordered]


TIMES: Mapping[str, Sequence[str]] = {
    NEW: ("期末", "2024年末", "2024年12月31日", "年末"),
    OLD: ("期初", "2023年末", "上年末", "年初"),
}
YEARS: Mapping[str, Sequence[str]] = {
    NEW: ("2024年", "本期", "2024年度"),
    OLD: ("2023年", "上期", "上年"),
}
