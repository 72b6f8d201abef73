"""A forwarder with lorries and warehouses, in Chinese."""

from __future__ import annotations

from datetime import date
from random import Random

from tests.bench.firms import columns as c
from tests.bench.firms.frames import Block, Document, Firm, Frame, Join, Thing, Verb
from tests.bench.firms.trades.parts import crosstab, issued, plan

DEPOTS = (
    "武汉分拨中心",
    "郑州分拨中心",
    "长沙分拨中心",
    "合肥分拨中心",
    "西安分拨中心",
    "成都分拨中心",
)
AT = ("{}的", "at {}", "不在{}的", "not at {}")


def firm(rnd: Random) -> Firm:
    of = Firm("logistics", "zh")
    names = c.people(rnd, 150, "zh")
    of.absent_people, drivers, keepers = names[:4], names[4:134], names[134:]
    of.absent_choices = ("昆明分拨中心", "青岛分拨中心")
    of.absent_properties = (
        ("籍贯", "birthplace"),
        ("车载冰箱型号", "fridge model"),
        ("婚姻状况", "marital status"),
        ("股份比例", "shareholding"),
    )
    crew, lorries, freight = _drivers(rnd, drivers), _lorries(rnd, drivers), _waybills(rnd)
    depots = _depots(rnd, keepers)
    of.add(Document(crew.source, "司机档案", (Block(crew),)))
    block = Block(lorries, "车辆", title="自有车辆一览（2025年7月）", units=True)
    rents = _rents(rnd)
    of.add(Document(lorries.source, "车辆一览", (block, Block(rents, "车辆", beside=True))))
    of.add(Document(freight.source, "运单流水", (Block(freight),)))
    of.add(Document(depots.source, "分拨中心", (Block(depots, lead="各中心联系方式。"),)))
    groups = {
        "干线": ("武汉—郑州", "武汉—长沙", "郑州—西安"),
        "支线": ("合肥—六安", "成都—绵阳"),
        "城配": ("武汉城配", "长沙城配"),
    }
    volume = crosstab(
        rnd,
        "运营/线路货量.xlsx",
        ("货量", "freight volume"),
        ("线路", "route"),
        groups,
        ("吨", "tonnes"),
        high=7_800,
    )
    of.add(Document(volume.source, "线路货量", (Block(volume, "货量", title="2025年各线路货量"),)))
    duty = plan(
        rnd,
        "运营/八月调度值守.xlsx",
        date(2025, 8, 1),
        31,
        ("早班", "中班", "夜班"),
        keepers[:8],
        ("值守", "on dispatch duty"),
        ("班次", "shift"),
        "日期",
    )
    of.add(Document(duty.source, "八月调度值守", (Block(duty, "八月", title="调度值守安排"),)))
    _tariff(rnd, of)
    of.joins = [
        Join(crew, "所属中心", depots, "中心名称"),
        Join(lorries, "责任司机", crew, "司机姓名"),
        Join(freight, "始发中心", depots, "中心名称"),
    ]
    return of


def _drivers(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "drivers",
        "人力/司机档案.html",
        Thing("司机", "名", "driver", "drivers", person=True),
        [
            c.key("司机编号", c.numbered("SJ-{:04d}", 3108, 4), ("司机编号",), ("driver number",)),
            c.person("司机姓名", c.listed(names), ("姓名",), ("name",)),
            c.choice(
                "所属中心", c.one_of(DEPOTS, (5, 3, 3, 2, 2, 1)), ("所属中心",), ("depot",), AT
            ),
            c.choice(
                "准驾车型",
                c.one_of(("A1", "A2", "B2", "C1"), (1, 4, 4, 2)),
                ("准驾车型", "驾照类型"),
                ("licence class",),
                (
                    "准驾车型为{}的",
                    "with licence class {}",
                    "准驾车型不是{}的",
                    "without licence class {}",
                ),
            ),
            c.digits(
                "联系手机",
                c.listed(c.distinct(rnd, "{}", 130, 15_700_000_000, 15_799_999_999)),
                ("联系手机", "手机号", "电话号码"),
                ("mobile number",),
            ),
            c.day(
                "签约日期",
                c.between(date(2013, 2, 1), date(2025, 7, 20)),
                ("签约日期", "签约时间"),
                ("signing date",),
                Verb("签约", "did", "sign", "signed"),
                style="han",
            ),
            c.number(
                "安全里程(万公里)",
                c.whole(2, 168),
                ("安全里程",),
                ("safe mileage",),
                ("公里", "kilometres"),
                scale=10_000,
            ),
        ],
        130,
    )


def _lorries(rnd: Random, drivers: list[str]) -> Frame:
    owners = rnd.sample(drivers, 60)
    return c.frame(
        rnd,
        "lorries",
        "车队/自有车辆一览.xlsx",
        Thing("货车", "辆", "lorry", "lorries"),
        [
            c.key(
                "自编号", c.numbered("HC{:03d}", 207, 5), ("自编号", "车辆编号"), ("fleet number",)
            ),
            c.choice(
                "车型",
                c.one_of(("厢式", "冷藏", "平板", "高栏"), (5, 2, 2, 3)),
                ("车型",),
                ("body type",),
                ("{}", "of body type {}", "非{}", "not of body type {}"),
            ),
            c.person("责任司机", c.listed(owners), ("责任司机",), ("driver in charge",)),
            c.number(
                "核定载重",
                c.one_of((3, 5, 8, 12, 18, 25, 32)),
                ("核定载重", "载重"),
                ("load capacity",),
                ("吨", "tonnes"),
                group="载重与购价",
            ),
            c.number(
                "购车价",
                c.whole(9, 58),
                ("购车价", "购买价"),
                ("purchase price",),
                ("元", "yuan"),
                scale=10_000,
                mark="万元",
                most=("最贵", "最便宜", "most expensive", "cheapest"),
                group="载重与购价",
            ),
            c.day(
                "上牌日期",
                c.between(date(2015, 5, 4), date(2025, 5, 30)),
                ("上牌日期",),
                ("registration date",),
                Verb("上牌", "was", "registered", "registered"),
            ),
        ],
        56,
        hidden=3,
    )


def _rents(rnd: Random) -> Frame:
    sites = ("江岸仓", "汉阳仓", "经开仓", "空港仓", "临港仓", "雨花仓", "高新仓", "双流仓")
    return c.frame(
        rnd,
        "rents",
        "车队/自有车辆一览.xlsx",
        Thing("仓库", "个", "warehouse", "warehouses"),
        [
            c.name("仓库", c.listed(sites), ("仓库",), ("warehouse",)),
            c.number(
                "面积(平方米)",
                c.whole(900, 14_000, 50),
                ("面积",),
                ("floor area",),
                ("平方米", "square metres"),
            ),
            c.number(
                "月租(元)",
                c.whole(18_000, 260_000, 500),
                ("月租", "每月租金"),
                ("monthly rent",),
                ("元", "yuan"),
                most=("租金最高", "租金最低", "most expensive", "cheapest"),
            ),
        ],
        len(sites),
    )


def _waybills(rnd: Random) -> Frame:
    goods = ("家电", "食品", "建材", "服装", "化工品", "图书")
    return c.frame(
        rnd,
        "waybills",
        "运营/运单流水.csv",
        Thing("运单", "票", "consignment", "consignments"),
        [
            c.key("运单号", c.numbered("YD{:07d}", 2508113, 17), ("运单号",), ("waybill number",)),
            c.day(
                "发运日期",
                c.between(date(2025, 5, 2), date(2025, 8, 29)),
                ("发运日期", "发运时间"),
                ("dispatch date",),
                Verb("发运", "was", "dispatched", "dispatched"),
            ),
            c.choice(
                "始发中心",
                c.one_of(DEPOTS),
                ("始发中心",),
                ("depot of origin",),
                ("从{}始发的", "from {}", "不从{}始发的", "not from {}"),
            ),
            c.choice(
                "货物",
                c.one_of(goods, (5, 4, 3, 3, 1, 2)),
                ("货物", "货类"),
                ("goods",),
                ("运{}的", "carrying {}", "不运{}的", "not carrying {}"),
            ),
            c.number(
                "重量(千克)",
                c.whole(40, 31_000, 5),
                ("重量",),
                ("weight",),
                ("千克", "kilograms"),
                most=("最重", "最轻", "heaviest", "lightest"),
            ),
            c.number(
                "运费(元)",
                c.whole(90, 18_600, 10),
                ("运费",),
                ("freight charge",),
                ("元", "yuan"),
                style="comma",
            ),
            c.choice(
                "签收",
                c.one_of(("已签收", "在途", "拒收"), (7, 2, 1)),
                ("签收状态", "签收情况"),
                ("delivery status",),
                (
                    "签收状态为{}的",
                    "with delivery status {}",
                    "签收状态不是{}的",
                    "whose delivery status is not {}",
                ),
            ),
        ],
        340,
    )


def _depots(rnd: Random, keepers: list[str]) -> Frame:
    return c.frame(
        rnd,
        "depots",
        "行政/分拨中心.docx",
        Thing("分拨中心", "个", "depot", "depots"),
        [
            c.name("中心名称", c.listed(DEPOTS), ("分拨中心",), ("depot",)),
            c.person("站长", c.listed(keepers[8:14]), ("站长",), ("depot manager",)),
            c.digits(
                "值班电话",
                c.listed(c.distinct(rnd, "400-66{}", 6, 10_000, 99_999)),
                ("值班电话",),
                ("duty phone",),
            ),
            c.choice(
                "大区",
                c.one_of(("华中区", "西部区")),
                ("大区",),
                ("region",),
                ("属于{}的", "in the region {}", "不属于{}的", "not in the region {}"),
            ),
            c.number("月台数", c.whole(8, 60), ("月台数",), ("number of docks",), ("个", "docks")),
        ],
        len(DEPOTS),
    )


def _tariff(rnd: Random, of: Firm) -> None:
    items = (
        "夜间装卸",
        "上楼搬运",
        "保价服务",
        "代收货款",
        "冷链加温",
        "木箱打包",
        "回单返还",
        "超长附加",
        "等待费",
        "改派费",
    )
    newest = c.frame(
        rnd,
        "tariff",
        "",
        Thing("附加服务", "项", "extra service", "extra services"),
        [
            c.key("代码", c.numbered("FJ-{:02d}", 21, 3), ("代码",), ("code",)),
            c.name("服务", c.listed(items), ("服务",), ("service",)),
            c.number(
                "收费(元/次)",
                c.whole(15, 480, 5),
                ("收费",),
                ("charge",),
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
        "收费(元/次)",
        [
            (
                "客服/附加服务费-202405.md",
                "附加服务收费（2024年5月版）",
                "2024年5月1日起执行",
                "2024-05-01",
            ),
            (
                "客服/附加服务费-202502.md",
                "附加服务收费（2025年2月版）",
                "2025年2月1日起执行，旧版作废",
                "2025-02-01",
            ),
        ],
        step=5,
    )
