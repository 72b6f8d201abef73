"""A law firm, in Chinese."""

from __future__ import annotations

from datetime import date
from random import Random

from tests.bench.firms import columns as c
from tests.bench.firms.frames import Block, By, Document, Firm, Frame, Join, Thing, Verb
from tests.bench.firms.trades.parts import crosstab, issued, plan

TEAMS = ("争议解决组", "知识产权组", "劳动人事组", "资本市场组", "家事组", "刑事组")
IN_TEAM = ("{}的", "in {}", "不在{}的", "not in {}")


def firm(rnd: Random) -> Firm:
    of = Firm("law", "zh")
    names = c.people(rnd, 84, "zh")
    of.absent_people, names = names[:4], names[4:]
    of.absent_choices = ("税务组", "海商组", "环境组")
    of.absent_properties = (
        ("毕业院校", "university"),
        ("微信号", "WeChat account"),
        ("对方律师", "opposing counsel"),
        ("车牌号", "number plate"),
    )
    lawyers, teams = _lawyers(rnd, names), _teams(rnd, names)
    cases, hours = _cases(rnd, names[:12]), _hours(rnd, names[:18])
    clients = _clients(rnd)
    of.add(Document(lawyers.source, "律师名录", (Block(lawyers),)))
    of.add(Document(teams.source, "业务组", (Block(teams, lead="业务组及其负责合伙人。"),)))
    title = "2025年立案登记簿"
    blocks = (Block(cases, "立案", title=title, total="合计"), Block(hours, "工时"))
    of.add(Document(cases.source, title, blocks))
    of.add(Document(clients.source, "顾问单位", (Block(clients),)))
    files = _files(rnd)
    of.add(Document(files.source, "归档卷宗", (Block(files),)))
    groups = {
        "诉讼": ("争议解决组", "劳动人事组", "刑事组"),
        "非诉": ("资本市场组", "知识产权组", "家事组"),
    }
    billed = crosstab(
        rnd,
        "财务/各组创收.xlsx",
        ("创收", "billings"),
        ("业务组", "team"),
        groups,
        ("千元", "1,000 yuan"),
        scale=1_000,
        high=4_800,
    )
    of.add(Document(billed.source, "创收", (Block(billed, "创收", title="2025年各业务组创收"),)))
    duty = plan(
        rnd,
        "行政/十月接待.xlsx",
        date(2025, 10, 8),
        22,
        ("一号接待室", "二号接待室", "三号接待室"),
        names[30:38],
        ("接待", "on reception duty"),
        ("接待室", "consulting room"),
        "日期",
    )
    of.add(Document(duty.source, "接待安排", (Block(duty, "十月", title="十月来访接待安排"),)))
    _fees(rnd, of)
    of.joins = [
        Join(lawyers, "业务组", teams, "业务组"),
        Join(cases, "主办律师", lawyers, "律师"),
        Join(teams, "负责合伙人", lawyers, "律师"),
    ]
    return of


def _lawyers(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "lawyers",
        "人事/律师名录.csv",
        Thing("律师", "位", "lawyer", "lawyers", person=True),
        [
            c.key(
                "执业证尾号",
                c.numbered("ZY{:06d}", 410_233, 37),
                ("执业证尾号",),
                ("licence code",),
            ),
            c.person("律师", c.listed(names), ("姓名",), ("name",)),
            c.choice(
                "业务组", c.one_of(TEAMS, (5, 3, 3, 2, 1, 2)), ("业务组",), ("team",), IN_TEAM
            ),
            c.choice(
                "级别",
                c.one_of(("合伙人", "资深律师", "律师", "实习律师"), (1, 2, 4, 2)),
                ("级别",),
                ("grade",),
                ("级别为{}的", "of grade {}", "级别不是{}的", "not of grade {}"),
            ),
            c.digits(
                "手机",
                c.listed(c.distinct(rnd, "{}", 80, 18_600_000_000, 18_699_999_999)),
                ("手机", "手机号", "移动电话"),
                ("mobile number", "cell phone number"),
            ),
            c.day(
                "执业日期",
                c.between(date(1999, 4, 1), date(2025, 6, 1)),
                ("执业日期", "开始执业的日期"),
                ("date of admission",),
                Verb("执业", "was", "admitted", "admitted"),
                style="slash",
            ),
        ],
        80,
    )


def _teams(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "teams",
        "人事/业务组.md",
        Thing("业务组", "个", "team", "teams"),
        [
            c.name("业务组", c.listed(TEAMS), ("业务组",), ("team",)),
            c.person(
                "负责合伙人", c.listed(names[:6]), ("负责合伙人", "负责人"), ("lead partner",)
            ),
            c.digits(
                "前台电话",
                c.listed(c.distinct(rnd, "028-6135-{}", 6, 1000, 9999)),
                ("前台电话",),
                ("front desk phone",),
            ),
            c.choice(
                "楼层",
                c.one_of(("19楼", "20楼", "22楼")),
                ("楼层",),
                ("floor",),
                ("在{}的", "on floor {}", "不在{}的", "not on floor {}"),
            ),
        ],
        len(TEAMS),
    )


def _cases(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "cases",
        "案件/立案登记簿.xlsx",
        Thing("案件", "件", "case", "cases"),
        [
            c.key("案号", c.numbered("AJ2025-{:03d}", 101), ("案号", "案件编号"), ("case number",)),
            c.choice(
                "案由",
                c.one_of(
                    ("买卖合同纠纷", "商标侵权", "劳动争议", "股权转让", "离婚纠纷", "借款纠纷")
                ),
                ("案由",),
                ("cause of action",),
                ("案由为{}的", "concerning {}", "案由不是{}的", "not concerning {}"),
            ),
            c.person(
                "主办律师",
                c.one_of(names),
                ("主办律师",),
                ("lead lawyer",),
                by=By("{}主办的", "led by {}", "不是{}主办的", "not led by {}"),
            ),
            c.day(
                "立案日期",
                c.between(date(2025, 1, 6), date(2025, 9, 26)),
                ("立案日期", "立案时间"),
                ("filing date",),
                Verb("立案", "was", "filed", "filed"),
                style="han",
            ),
            c.number(
                "标的额(元)",
                c.whole(12_000, 9_600_000, 1_000),
                ("标的额", "争议金额"),
                ("amount in dispute", "sum in dispute"),
                ("元", "yuan"),
                style="comma",
            ),
            c.choice(
                "阶段",
                c.one_of(("一审", "二审", "执行", "已结案"), (5, 2, 2, 4)),
                ("阶段", "目前阶段"),
                ("stage",),
                ("处于{}阶段的", "at the stage {}", "不在{}阶段的", "not at the stage {}"),
            ),
        ],
        160,
        hidden=3,
    )


def _hours(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "hours",
        "案件/立案登记簿.xlsx",
        Thing("工时记录", "条", "time entry", "time entries"),
        [
            c.key("流水", c.numbered("GS-{:05d}", 40_017, 3), ("流水号",), ("entry number",)),
            c.person(
                "计时人",
                c.one_of(names),
                ("计时人",),
                ("timekeeper",),
                by=By("{}填的", "recorded by {}", "不是{}填的", "not recorded by {}"),
            ),
            c.choice(
                "事项",
                c.one_of(("起草文书", "开庭", "会见", "检索", "谈判")),
                ("事项",),
                ("activity",),
                ("事项为{}的", "for {}", "事项不是{}的", "not for {}"),
            ),
            c.number(
                "分钟", c.whole(10, 480, 5), ("用时", "耗时"), ("time spent",), ("分钟", "minutes")
            ),
        ],
        150,
    )


def _clients(rnd: Random) -> Frame:
    names = [
        f"{a}{b}"
        for a in ("博雅", "恒丰", "天目", "金沙")
        for b in ("物业", "餐饮", "传媒", "机电", "贸易")
    ]
    return c.frame(
        rnd,
        "clients",
        "市场/顾问单位.html",
        Thing("顾问单位", "家", "retained client", "retained clients"),
        [
            c.name("单位", c.listed(names), ("单位",), ("client",)),
            c.choice(
                "行政区",
                c.one_of(("锦江区", "青羊区", "武侯区", "龙泉驿区")),
                ("行政区", "所在区"),
                ("district",),
                ("位于{}的", "located in {}", "不在{}的", "not located in {}"),
            ),
            c.number(
                "顾问费(万元)",
                c.whole(3, 88),
                ("顾问费", "年顾问费"),
                ("retainer", "annual retainer"),
                ("元", "yuan"),
                scale=10_000,
            ),
            c.percent("折扣率", c.rate(0.55, 0.99), ("折扣率",), ("discount rate",)),
            c.day(
                "到期日",
                c.between(date(2025, 11, 1), date(2028, 3, 31)),
                ("到期日", "合同到期日"),
                ("expiry date",),
                Verb("到期", "did", "expire", "expired"),
            ),
        ],
        len(names),
    )


def _files(rnd: Random) -> Frame:
    return c.frame(
        rnd,
        "files",
        "档案/归档卷宗.pdf",
        Thing("卷宗", "册", "file volume", "file volumes"),
        [
            c.key("卷号", c.numbered("J{:04d}", 1502, 3), ("卷号",), ("volume number",)),
            c.choice(
                "库房",
                c.one_of(("甲库", "乙库", "丙库")),
                ("库房",),
                ("store room",),
                ("存放在{}的", "kept in {}", "不在{}的", "not kept in {}"),
            ),
            c.number("页数", c.whole(18, 940), ("页数",), ("page count",), ("页", "pages")),
            c.day(
                "归档日期",
                c.between(date(2022, 1, 5), date(2025, 8, 31)),
                ("归档日期",),
                ("archiving date",),
                Verb("归档", "was", "archived", "archived"),
            ),
        ],
        70,
    )


def _fees(rnd: Random, of: Firm) -> None:
    items = (
        "法律咨询",
        "合同审查",
        "律师函",
        "见证",
        "尽职调查",
        "遗嘱起草",
        "公司设立",
        "商标申请代理",
    )
    newest = c.frame(
        rnd,
        "fees",
        "",
        Thing("服务项目", "项", "service", "services"),
        [
            c.name("服务", c.listed(items), ("服务",), ("service",)),
            c.number(
                "起价(元)",
                c.whole(400, 9_800, 100),
                ("起价",),
                ("starting fee",),
                ("元", "yuan"),
                adds=False,
            ),
            c.text("计费", c.one_of(("按件", "按小时", "按标的")), ("计费方式",), ("billing",)),
        ],
        len(items),
    )
    first, second = "财务/收费指引-2023版.docx", "财务/收费指引-2025版.docx"
    issues = [
        (first, "收费指引（2023版）", "自2023年6月1日起施行", "2023-06-01"),
        (second, "收费指引（2025版）", "自2025年3月1日起施行，2023版废止", "2025-03-01"),
    ]
    issued(rnd, of, newest, "起价(元)", issues, step=100)
