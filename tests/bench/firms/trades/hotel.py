"""A hotel, in English."""

from __future__ import annotations

from datetime import date
from random import Random

from tests.bench.firms import columns as c
from tests.bench.firms.frames import Block, By, Document, Firm, Frame, Join, Thing, Verb
from tests.bench.firms.trades.parts import QUARTERS_EN, crosstab, issued, plan

SECTIONS = ("Front Office", "Housekeeping", "Kitchen", "Bar", "Spa", "Maintenance")


def firm(rnd: Random) -> Firm:
    of = Firm("hotel", "en")
    people = c.people(rnd, 260, "en")
    of.absent_people, crew, guests = people[:4], people[4:100], people[100:]
    of.absent_choices = ("Casino", "Marina", "Golf Course")
    of.absent_properties = (
        ("护照号", "passport number"),
        ("鞋码", "shoe size"),
        ("社保号", "social security number"),
        ("星座", "zodiac sign"),
    )
    staff, sections = _staff(rnd, crew), _sections(rnd, crew)
    stays, rooms = _stays(rnd, guests), _rooms(rnd)
    title = "Employees at 30 June 2025"
    blocks = (Block(staff, "Employees", title=title), Block(_outlets(rnd), "Outlets"))
    of.add(Document(staff.source, title, blocks))
    of.add(Document(sections.source, "Sections", (Block(sections, lead="Who leads what."),)))
    of.add(Document(stays.source, "Stays", (Block(stays),)))
    of.add(Document(rooms.source, "Rooms", (Block(rooms),)))
    vendors = _vendors(rnd)
    of.add(Document(vendors.source, "Vendors", (Block(vendors, title="Approved vendors"),)))
    groups = {
        "Rooms division": ("Front Office", "Housekeeping"),
        "Food and drink": ("Kitchen", "Bar"),
        "Other": ("Spa", "Maintenance"),
    }
    costs = crosstab(
        rnd,
        "Accounts/payroll by section.xlsx",
        ("人工成本", "payroll"),
        ("部门", "section"),
        groups,
        ("千美元", "1,000 dollars"),
        scale=1_000,
        periods=QUARTERS_EN,
        marks=("Subtotal", "Grand total"),
    )
    block = Block(costs, "Payroll", title="Payroll by section, 2025")
    of.add(Document(costs.source, "Payroll", (block,)))
    duty = plan(
        rnd,
        "Front Office/duty managers.xlsx",
        date(2025, 12, 1),
        31,
        ("Early shift", "Late shift", "Night shift"),
        crew[:7],
        ("值班", "the duty manager"),
        ("班次", "shift"),
        "Date",
    )
    of.add(Document(duty.source, "Duty managers", (Block(duty, "December"),)))
    _menu(rnd, of)
    of.joins = [
        Join(staff, "Section", sections, "Section"),
        Join(stays, "Room", rooms, "Room"),
        Join(sections, "Led by", staff, "Employee"),
    ]
    return of


def _staff(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "staff",
        "HR/employees.xlsx",
        Thing("员工", "名", "employee", "employees", person=True),
        [
            c.key("Payroll ID", c.numbered("P{:05d}", 52_014, 13), ("工资号",), ("payroll ID",)),
            c.person("Employee", c.listed(names), ("姓名",), ("name",)),
            c.choice(
                "Section",
                c.one_of(SECTIONS, (3, 6, 5, 2, 1, 2)),
                ("部门",),
                ("section",),
                ("{}的", "in {}", "不在{}的", "not in {}"),
            ),
            c.digits(
                "Pager",
                c.listed(c.distinct(rnd, "77{}", 96, 100, 999)),
                ("寻呼号",),
                ("pager", "pager number"),
            ),
            c.day(
                "Hired",
                c.between(date(2008, 3, 1), date(2025, 6, 20)),
                ("入职日期",),
                ("hiring date", "date of hire"),
                Verb("入职", "was", "hired", "hired"),
                style="english",
            ),
            c.number(
                "Hourly wage",
                c.whole(14, 62),
                ("时薪",),
                ("hourly wage", "wage"),
                ("美元", "dollars"),
                most=("时薪最高", "时薪最低", "best-paid", "worst-paid"),
                adds=False,
            ),
        ],
        92,
        hidden=4,
    )


def _outlets(rnd: Random) -> Frame:
    names = ("Orangery", "Rooftop Grill", "Lobby Cafe", "Cellar", "Poolside", "Tea Room", "Deli")
    return c.frame(
        rnd,
        "outlets",
        "HR/employees.xlsx",
        Thing("餐厅", "家", "outlet", "outlets"),
        [
            c.name("Outlet", c.listed(names), ("餐厅",), ("outlet",)),
            c.number("Seats", c.whole(18, 190), ("座位数",), ("number of seats",), ("个", "seats")),
            c.number(
                "Licence fee",
                c.whole(300, 9_900, 50),
                ("执照费",),
                ("licence fee",),
                ("美元", "dollars"),
            ),
        ],
        len(names),
    )


def _sections(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "sections",
        "HR/sections.md",
        Thing("部门", "个", "section", "sections"),
        [
            c.name("Section", c.listed(SECTIONS), ("部门",), ("section",)),
            c.person("Led by", c.listed(names[10:16]), ("主管",), ("section head",)),
            c.digits(
                "Desk phone",
                c.listed(c.distinct(rnd, "555-01-{}", 6, 1000, 9999)),
                ("座机",),
                ("desk phone",),
            ),
            c.number(
                "Budgeted posts",
                c.whole(6, 70),
                ("编制数",),
                ("number of budgeted posts",),
                ("个", "posts"),
            ),
        ],
        len(SECTIONS),
    )


def _stays(rnd: Random, guests: list[str]) -> Frame:
    return c.frame(
        rnd,
        "stays",
        "Front Office/stays.csv",
        Thing("订单", "笔", "booking", "bookings"),
        [
            c.key(
                "Booking ref",
                c.numbered("BK-{:06d}", 770_103, 29),
                ("预订号",),
                ("booking reference",),
            ),
            c.person("Guest", c.listed([*guests, *guests]), ("客人",), ("guest",)),
            c.text("Room", c.one_of([f"R{one}" for one in range(201, 281)]), ("房间",), ("room",)),
            c.choice(
                "Channel",
                c.one_of(("agency", "website", "telephone", "walk-in"), (4, 5, 2, 1)),
                ("渠道",),
                ("channel",),
                ("渠道为{}的", "made by {}", "渠道不是{}的", "not made by {}"),
            ),
            c.day(
                "Arrival",
                c.between(date(2025, 4, 1), date(2025, 9, 30)),
                ("到店日期",),
                ("arrival date", "date of arrival"),
                Verb("到店", "did", "begin", "began"),
            ),
            c.number(
                "Nights",
                c.whole(1, 14),
                ("住宿晚数",),
                ("number of nights",),
                ("晚", "nights"),
                most=("住得最久", "住得最短", "longest", "shortest"),
            ),
            c.number(
                "Bill", c.whole(95, 7_900), ("账单",), ("bill", "bill amount"), ("美元", "dollars")
            ),
        ],
        280,
    )


def _rooms(rnd: Random) -> Frame:
    return c.frame(
        rnd,
        "rooms",
        "Housekeeping/rooms.html",
        Thing("客房", "间", "room", "rooms"),
        [
            c.key("Room", c.numbered("R{}", 201), ("房号",), ("room number",)),
            c.choice(
                "Class",
                c.one_of(("single", "twin", "double", "suite"), (2, 3, 4, 1)),
                ("房型",),
                ("room class",),
                ("房型为{}的", "of class {}", "房型不是{}的", "not of class {}"),
            ),
            c.choice(
                "View",
                c.one_of(("garden", "harbour", "courtyard")),
                ("景观",),
                ("view",),
                ("景观为{}的", "with a {} view", "景观不是{}的", "without a {} view"),
            ),
            c.number(
                "Area (m²)",
                c.whole(14, 72),
                ("面积",),
                ("floor area",),
                ("平方米", "square metres"),
                most=("最大", "最小", "largest", "smallest"),
            ),
            c.day(
                "Refurbished",
                c.between(date(2014, 2, 1), date(2025, 3, 31)),
                ("翻新日期",),
                ("date of refurbishment",),
                Verb("翻新", "was", "refurbished", "refurbished"),
            ),
        ],
        80,
    )


def _vendors(rnd: Random) -> Frame:
    names = (
        *("Bluewater Linen", "Crumb & Co", "Dairy Lane", "Evergreen Florists", "Frostline Ice"),
        *("Gallant Glass", "Hearth Bakery", "Ironmongers' Hall", "Juniper Drinks", "Kelp & Cod"),
        *("Lumen Lighting", "Meadow Meats", "Northside Laundry", "Orchard Fruit"),
    )
    return c.frame(
        rnd,
        "vendors",
        "Accounts/vendors.pptx",
        Thing("供货商", "家", "vendor", "vendors"),
        [
            c.name("Vendor", c.listed(names), ("供货商",), ("vendor",)),
            c.choice(
                "Town",
                c.one_of(("Portsea", "Hambury", "Wexcombe")),
                ("城镇",),
                ("town",),
                ("位于{}的", "based in {}", "不在{}的", "not based in {}"),
            ),
            c.number(
                "Spend ($k)",
                c.whole(4, 310),
                ("采购额",),
                ("spend", "yearly spend"),
                ("美元", "dollars"),
                scale=1_000,
            ),
            c.percent("Fill rate", c.rate(0.71, 0.999), ("满足率",), ("fill rate",)),
            c.person(
                "Buyer",
                c.one_of(("Grace Rossi", "Joel Vance", "Wanda Ibsen")),
                ("采购员",),
                ("buyer",),
                by=By("由{}采购的", "handled by {}", "不由{}采购的", "not handled by {}"),
            ),
        ],
        len(names),
    )


def _menu(rnd: Random, of: Firm) -> None:
    items = (
        *("airport transfer", "late check-out", "parking space", "baby cot", "breakfast tray"),
        *("spa day pass", "laundry bag", "bicycle hire", "pet cleaning", "meeting room"),
    )
    newest = c.frame(
        rnd,
        "extras",
        "",
        Thing("服务", "项", "extra", "extras"),
        [
            c.key("Code", c.numbered("X{:02d}", 11, 4), ("代码",), ("code",)),
            c.name("Extra", c.listed(items), ("服务",), ("extra",)),
            c.number(
                "Price ($)", c.whole(5, 260), ("价格",), ("price",), ("美元", "dollars"), adds=False
            ),
        ],
        len(items),
    )
    first, second = "Front Office/extras 2024.docx", "Front Office/extras 2025.docx"
    issues = [
        (first, "Extras, prices from 1 April 2024", "Valid from 1 April 2024", "2024-04-01"),
        (second, "Extras, prices from 1 May 2025", "Valid from 1 May 2025", "2025-05-01"),
    ]
    issued(rnd, of, newest, "Price ($)", issues, step=2)
