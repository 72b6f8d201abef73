"""A hospital, in Chinese."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from random import Random

from tests.bench.firms import columns as c
from tests.bench.firms.frames import Block, By, Document, Firm, Frame, Join, Thing, Verb
from tests.bench.firms.trades.parts import crosstab, issued, plan

WARDS = (
    "心血管内科",
    "骨科",
    "儿科",
    "产科",
    "神经外科",
    "眼科",
    "急诊科",
    "检验科",
    "药剂科",
    "康复科",
)
IN_WARD = ("{}的", "in {}", "不在{}的", "not in {}")


def firm(rnd: Random) -> Firm:
    of = Firm("hospital", "zh")
    names = c.people(rnd, 190, "zh")
    of.absent_people, names = names[-4:], names[:-4]
    of.absent_choices = ("肿瘤科", "中医科", "烧伤科")
    of.absent_properties = (
        ("身份证号", "passport number"),
        ("血型", "blood group"),
        ("年终奖", "annual bonus"),
        ("保修供应商", "warranty insurer"),
    )
    staff = _staff(rnd, names)
    heads = [row["姓名"] for row in staff.rows if row["职称"] == "主任医师"][: len(WARDS)]
    heads += [row["姓名"] for row in staff.rows][: len(WARDS) - len(heads)]
    wards = c.frame(
        rnd,
        "wards",
        "院务/科室设置.md",
        Thing("科室", "个", "department", "departments"),
        [
            c.name("科室", c.listed(WARDS), ("科室",), ("department",)),
            c.person("科主任", c.listed(heads), ("科主任", "主任"), ("head",)),
            c.digits(
                "护士站电话",
                c.listed(c.distinct(rnd, "0571-8702-{}", 10, 1000, 9999)),
                ("护士站电话", "护士站的电话号码"),
                ("nurses' station phone",),
            ),
            c.choice(
                "楼层",
                c.one_of(("2层", "3层", "5层", "6层", "8层")),
                ("楼层", "所在楼层"),
                ("floor",),
                ("在{}的", "on floor {}", "不在{}的", "not on floor {}"),
            ),
            c.number(
                "开放床位",
                c.whole(12, 64),
                ("床位数", "开放床位"),
                ("number of beds",),
                ("张", "beds"),
            ),
        ],
        len(WARDS),
    )
    devices = _devices(rnd)
    of.add(
        Document(
            "人事/在职职工一览.xlsx",
            "在职职工",
            (Block(staff, "职工", title="2025年度在职职工一览表"),),
        )
    )
    of.add(Document(wards.source, "科室设置", (Block(wards, lead="以下为全院临床与医技科室。"),)))
    of.add(Document(devices.source, "医疗设备台账", (Block(devices),), encoding="gb18030"))
    of.add(
        Document(
            "门诊/手术登记.xlsx", "手术登记", (Block(_surgery(rnd, heads), "登记", units=True),)
        )
    )
    of.add(Document("药房/耗材供应商.html", "耗材供应商", (Block(_suppliers(rnd)),)))
    groups = {
        "内科系统": ("心血管内科", "儿科", "康复科"),
        "外科系统": ("骨科", "神经外科", "眼科", "产科"),
        "医技": ("检验科", "药剂科"),
    }
    income = crosstab(
        rnd,
        "财务/科室收入.xlsx",
        ("收入", "income"),
        ("科室", "department"),
        groups,
        ("万元", "10,000 yuan"),
        scale=10_000,
    )
    of.add(
        Document(income.source, "科室收入", (Block(income, "收入", title="2025年各科室收入汇总"),))
    )
    duty = plan(
        rnd,
        "医务/九月夜班.docx",
        date(2025, 9, 1),
        30,
        WARDS[:5],
        names[40:54],
        ("值夜班", "on night duty"),
        ("科室", "department"),
        "日期",
    )
    of.add(Document(duty.source, "九月夜班安排", (Block(duty, lead="夜班自18:00起。"),)))
    _prices(rnd, of)
    of.joins = [
        Join(staff, "科室", wards, "科室"),
        Join(devices, "使用科室", wards, "科室"),
        Join(wards, "科主任", staff, "姓名"),
    ]
    return of


def _staff(rnd: Random, names: list[str]) -> Frame:
    titles = ("主任医师", "副主任医师", "主治医师", "住院医师", "护师", "主管护师", "药师")
    return c.frame(
        rnd,
        "staff",
        "人事/在职职工一览.xlsx",
        Thing("职工", "名", "staff member", "staff members", person=True),
        [
            c.key("胸牌号", c.numbered("RY{:05d}", 20311, 3), ("胸牌号",), ("badge number",)),
            c.person("姓名", c.listed(names), ("姓名",), ("name",)),
            c.choice("科室", c.one_of(WARDS), ("科室",), ("department",), IN_WARD),
            c.choice(
                "职称",
                c.one_of(titles, (1, 2, 4, 4, 5, 3, 1)),
                ("职称",),
                ("professional title",),
                ("职称为{}的", "with the title {}", "职称不是{}的", "whose title is not {}"),
            ),
            c.digits(
                "移动电话",
                c.listed(c.distinct(rnd, "{}", 190, 13_900_000_000, 13_999_999_999)),
                ("移动电话", "手机号", "手机号码"),
                ("mobile number", "mobile phone number"),
            ),
            c.digits(
                "短号",
                c.listed(c.distinct(rnd, "6{}", 190, 1000, 9999)),
                ("短号", "内线短号"),
                ("short dial number",),
            ),
            c.day(
                "到院日期",
                c.between(date(2004, 3, 1), date(2025, 6, 30)),
                ("到院日期", "到院时间"),
                ("starting date",),
                Verb("到院", "did", "start", "started"),
            ),
        ],
        182,
        hidden=4,
    )


def _devices(rnd: Random) -> Frame:
    kinds = ("监护仪", "输液泵", "呼吸机", "超声诊断仪", "除颤仪", "心电图机")
    return c.frame(
        rnd,
        "devices",
        "设备/医疗设备台账.csv",
        Thing("设备", "台", "device", "devices"),
        [
            c.key(
                "设备编码", c.numbered("YX-{:04d}", 1203, 7), ("设备编码", "编码"), ("device code",)
            ),
            c.choice(
                "设备类别",
                c.one_of(kinds, (6, 6, 3, 2, 2, 3)),
                ("设备类别", "类别"),
                ("device category",),
                ("{}类", "of category {}", "{}以外的", "other than {}"),
            ),
            c.digits(
                "出厂序号",
                c.listed(c.distinct(rnd, "SN{}Q", 320, 100_000, 999_999)),
                ("出厂序号",),
                ("factory serial",),
            ),
            c.choice(
                "使用科室",
                c.one_of(WARDS[:8]),
                ("使用科室",),
                ("using department",),
                ("{}使用的", "used by {}", "不归{}使用的", "not used by {}"),
            ),
            c.day(
                "启用日期",
                c.between(date(2016, 1, 4), date(2025, 8, 20)),
                ("启用日期",),
                ("commissioning date",),
                Verb("启用", "was", "commissioned", "commissioned"),
                style="slash",
            ),
            c.number(
                "原值(元)",
                c.whole(3200, 486_000, 100),
                ("原值", "购入原值"),
                ("original value", "purchase value"),
                ("元", "yuan"),
                most=("最贵", "最便宜", "most expensive", "cheapest"),
            ),
            c.choice(
                "状态",
                c.one_of(("正常", "待检", "停用", "送修"), (8, 2, 1, 1)),
                ("状态", "目前状态"),
                ("status",),
                ("状态为{}的", "with status {}", "状态不是{}的", "whose status is not {}"),
            ),
        ],
        320,
    )


def _surgery(rnd: Random, heads: Sequence[object]) -> Frame:
    surgeons = [str(one) for one in heads[:7]]
    return c.frame(
        rnd,
        "surgery",
        "门诊/手术登记.xlsx",
        Thing("手术", "台", "operation", "operations"),
        [
            c.key(
                "手术单号",
                c.numbered("SS25{:04d}", 11),
                ("手术单号", "单号"),
                ("operation number",),
            ),
            c.day(
                "手术日期",
                c.between(date(2025, 1, 2), date(2025, 8, 30)),
                ("手术日期",),
                ("date of operation",),
                Verb("做", "was", "performed", "performed"),
            ),
            c.person(
                "主刀",
                c.one_of(surgeons),
                ("主刀", "主刀医生"),
                ("lead surgeon",),
                by=By("{}主刀的", "led by {}", "不是{}主刀的", "not led by {}"),
            ),
            c.choice(
                "麻醉方式",
                c.one_of(("全麻", "局麻", "腰麻", "神经阻滞"), (4, 3, 3, 1)),
                ("麻醉方式",),
                ("anaesthesia",),
                ("采用{}的", "under {}", "不用{}的", "not under {}"),
            ),
            c.choice(
                "手术室",
                c.one_of(("一号间", "二号间", "三号间", "五号间")),
                ("手术室",),
                ("operating theatre",),
                ("在{}的", "in {}", "不在{}的", "not in {}"),
            ),
            c.number(
                "时长",
                c.whole(25, 410, 5),
                ("时长", "手术时长"),
                ("duration",),
                ("分钟", "minutes"),
                most=("耗时最长", "耗时最短", "longest", "shortest"),
                group="用时与用血",
            ),
            c.number(
                "输血量",
                c.one_of((0, 0, 0, 200, 400, 600, 800)),
                ("输血量",),
                ("transfused volume",),
                ("毫升", "millilitres"),
                group="用时与用血",
            ),
        ],
        210,
    )


def _suppliers(rnd: Random) -> Frame:
    names = [
        f"{a}{b}"
        for a in ("瑞康", "普济", "同泽", "博恩", "康程")
        for b in ("医疗用品", "器械", "敷料", "生物")
    ]
    return c.frame(
        rnd,
        "suppliers",
        "药房/耗材供应商.html",
        Thing("供应商", "家", "supplier", "suppliers"),
        [
            c.name("供应商", c.listed(names), ("供应商",), ("supplier",)),
            c.choice(
                "所在城市",
                c.one_of(("宁波", "绍兴", "嘉兴", "温州")),
                ("所在城市", "城市"),
                ("city",),
                ("位于{}的", "located in {}", "不在{}的", "not located in {}"),
            ),
            c.choice(
                "评级",
                c.one_of(("甲", "乙", "丙")),
                ("评级", "评定等级"),
                ("rating",),
                ("评级为{}的", "rated {}", "评级不是{}的", "not rated {}"),
            ),
            c.number(
                "年供货额(万元)",
                c.whole(18, 960),
                ("年供货额", "全年供货额"),
                ("annual supply amount",),
                ("元", "yuan"),
                scale=10_000,
            ),
            c.percent(
                "到货及时率", c.rate(0.82, 0.999), ("到货及时率", "及时率"), ("on-time rate",)
            ),
        ],
        len(names),
    )


def _prices(rnd: Random, of: Firm) -> None:
    items = (
        "彩超检查",
        "胸部CT平扫",
        "颅脑核磁",
        "动态心电图",
        "血常规",
        "骨密度测定",
        "肺功能检查",
        "胃镜检查",
        "肝功能全套",
        "甲状腺功能",
        "眼底照相",
        "听力筛查",
        "产前筛查",
        "尿常规",
    )
    newest = c.frame(
        rnd,
        "prices",
        "",
        Thing("项目", "项", "service", "services"),
        [
            c.key("项目编码", c.numbered("F{:03d}", 101, 2), ("项目编码",), ("service code",)),
            c.name("检查项目", c.listed(items), ("检查项目",), ("examination",)),
            c.number(
                "收费(元)",
                c.whole(60, 980, 10),
                ("收费", "收费标准"),
                ("charge", "fee"),
                ("元", "yuan"),
                adds=False,
            ),
        ],
        len(items),
    )
    issued(
        rnd,
        of,
        newest,
        "收费(元)",
        [
            (
                "门诊/检查收费标准-2023.docx",
                "检查项目收费标准（2023年）",
                "自2023年4月1日起执行",
                "2023-04-01",
            ),
            (
                "门诊/检查收费标准-2025.docx",
                "检查项目收费标准（2025年）",
                "自2025年1月1日起执行，2023年标准同时废止",
                "2025-01-01",
            ),
        ],
        step=10,
    )
