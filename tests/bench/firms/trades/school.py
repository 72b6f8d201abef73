"""A school, in English."""

from __future__ import annotations

from datetime import date
from random import Random

from tests.bench.firms import columns as c
from tests.bench.firms.frames import Block, Document, Firm, Frame, Join, Thing, Verb
from tests.bench.firms.trades.parts import QUARTERS_EN, crosstab, issued, plan

FACULTIES = ("Mathematics", "Biology", "History", "Modern Languages", "Music", "Geography", "Drama")


def firm(rnd: Random) -> Firm:
    of = Firm("school", "en")
    people = c.people(rnd, 210, "en")
    of.absent_people, teachers, pupils = people[:4], people[4:74], people[74:]
    of.absent_choices = ("Astronomy", "Economics", "Latin")
    of.absent_properties = (
        ("家长职业", "parents' occupation"),
        ("鞋码", "shoe size"),
        ("驾照号", "driving licence number"),
        ("退休金", "pension"),
    )
    staff, roll, clubs = _staff(rnd, teachers), _pupils(rnd, pupils), _clubs(rnd, teachers)
    faculties = _faculties(rnd, teachers)
    title = "Teaching staff, school year 2025/26"
    of.add(
        Document(
            staff.source,
            title,
            (Block(staff, "Staff", title=title), Block(clubs, "Clubs", units=True)),
        )
    )
    of.add(Document(roll.source, "Pupils", (Block(roll),)))
    lead = "Each faculty answers to the deputy head."
    of.add(Document(faculties.source, "Faculties", (Block(faculties, lead=lead),)))
    books = _books(rnd)
    of.add(Document(books.source, "Library stock", (Block(books, title="Class sets"),)))
    groups = {
        "Sciences": ("Mathematics", "Biology", "Geography"),
        "Arts": ("History", "Modern Languages", "Music", "Drama"),
    }
    spending = crosstab(
        rnd,
        "Bursar/faculty spending.xlsx",
        ("支出", "spending"),
        ("教研组", "faculty"),
        groups,
        ("英镑", "pounds"),
        high=9_000,
        periods=QUARTERS_EN,
        marks=("Subtotal", "Total"),
    )
    block = Block(spending, "2025", title="Spending by faculty in 2025")
    of.add(Document(spending.source, "Faculty spending", (block,)))
    rooms = ("North Gate", "Dining Hall", "Playing Field", "Library Wing")
    duty = plan(
        rnd,
        "Timetables/break duty.html",
        date(2025, 11, 3),
        26,
        rooms,
        teachers[:9],
        ("值日", "on break duty"),
        ("地点", "area"),
        "Date",
    )
    of.add(Document(duty.source, "Break duty in November", (Block(duty),)))
    _fees(rnd, of)
    of.joins = [
        Join(staff, "Faculty", faculties, "Faculty"),
        Join(roll, "Form tutor", staff, "Name"),
        Join(clubs, "Run by", staff, "Name"),
    ]
    return of


def _staff(rnd: Random, names: list[str]) -> Frame:
    return c.frame(
        rnd,
        "staff",
        "Personnel/teaching staff.xlsx",
        Thing("老师", "位", "teacher", "teachers", person=True),
        [
            c.key("Staff code", c.numbered("T-{:03d}", 118, 2), ("教工号",), ("staff code",)),
            c.person("Name", c.listed(names), ("姓名",), ("name",)),
            c.choice(
                "Faculty",
                c.one_of(FACULTIES, (6, 4, 3, 4, 1, 2, 1)),
                ("教研组",),
                ("faculty",),
                ("{}组的", "in {}", "不在{}组的", "not in {}"),
            ),
            c.digits(
                "Ext.",
                c.listed(c.distinct(rnd, "4{}", 70, 100, 999)),
                ("分机", "分机号"),
                ("extension", "phone extension"),
            ),
            c.choice(
                "Contract",
                c.one_of(("full-time", "part-time", "temporary"), (6, 3, 1)),
                ("合同类型",),
                ("type of contract",),
                ("合同是{}的", "on a {} contract", "合同不是{}的", "not on a {} contract"),
            ),
            c.day(
                "Appointed",
                c.between(date(1998, 9, 1), date(2025, 9, 1)),
                ("聘任日期",),
                ("date of appointment",),
                Verb("聘任", "was", "appointed", "appointed"),
            ),
            c.number(
                "Lessons per week",
                c.whole(6, 27),
                ("周课时", "每周课时"),
                ("lessons per week", "weekly lessons"),
                ("节", "lessons"),
            ),
        ],
        66,
        hidden=3,
    )


def _pupils(rnd: Random, names: list[str]) -> Frame:
    tutors = ("Ruth Ashdown", "Marek Quayle", "Uma Zeller")
    return c.frame(
        rnd,
        "pupils",
        "Admissions/pupils.csv",
        Thing("学生", "名", "pupil", "pupils", person=True),
        [
            c.key(
                "Admission no.", c.numbered("AD{:05d}", 30417, 11), ("学号",), ("admission number",)
            ),
            c.person("Pupil", c.listed(names), ("学生姓名",), ("name",)),
            c.choice(
                "Year group",
                c.one_of(("Year 7", "Year 8", "Year 9", "Year 10", "Year 11")),
                ("年级",),
                ("year group",),
                ("{}的", "in {}", "不在{}的", "not in {}"),
            ),
            c.choice(
                "House",
                c.one_of(("Wren", "Brunel", "Austen", "Lovelace"), (4, 3, 2, 3)),
                ("学院",),
                ("house",),
                ("{}学院的", "belonging to {}", "不属于{}学院的", "not belonging to {}"),
            ),
            c.day(
                "Born",
                c.between(date(2009, 9, 1), date(2014, 8, 31)),
                ("出生日期",),
                ("date of birth",),
                Verb("出生", "was", "born", "born"),
                style="english",
            ),
            c.number("Absences", c.whole(0, 31), ("缺勤次数",), ("absences",), ("次", "absences")),
            c.percent(
                "Attainment", c.rate(0.31, 0.99), ("达标率",), ("attainment", "attainment rate")
            ),
            c.person("Form tutor", c.one_of(tutors), ("班主任",), ("form tutor",)),
        ],
        130,
    )


def _clubs(rnd: Random, teachers: list[str]) -> Frame:
    names = (
        *("Chess", "Robotics", "Choir", "Debating", "Fencing", "Gardening", "Pottery", "Rowing"),
        *("Photography", "Coding", "Badminton", "Astronomy Evening", "Jazz Band", "Running"),
    )
    return c.frame(
        rnd,
        "clubs",
        "Personnel/teaching staff.xlsx",
        Thing("社团", "个", "club", "clubs"),
        [
            c.name("Club", c.listed(names), ("社团",), ("club",)),
            c.person("Run by", c.listed(teachers[20:40]), ("负责老师",), ("person in charge",)),
            c.choice(
                "Meets on",
                c.one_of(("Monday", "Tuesday", "Wednesday", "Thursday")),
                ("活动日",),
                ("meeting day",),
                ("在{}活动的", "meeting on {}", "不在{}活动的", "not meeting on {}"),
            ),
            c.number(
                "Members",
                c.whole(5, 48),
                ("人数", "成员数"),
                ("membership", "number of members"),
                ("人", "members"),
            ),
            c.number(
                "Yearly fee",
                c.whole(0, 145, 5),
                ("年费",),
                ("yearly fee",),
                ("英镑", "pounds"),
                most=("最贵", "最便宜", "most expensive", "cheapest"),
                adds=False,
            ),
        ],
        len(names),
    )


def _faculties(rnd: Random, teachers: list[str]) -> Frame:
    return c.frame(
        rnd,
        "faculties",
        "Handbook/faculties.docx",
        Thing("教研组", "个", "faculty", "faculties"),
        [
            c.name("Faculty", c.listed(FACULTIES), ("教研组",), ("faculty",)),
            c.person(
                "Head of faculty", c.listed(teachers[:7]), ("组长",), ("head of faculty", "head")
            ),
            c.digits(
                "Office phone",
                c.listed(c.distinct(rnd, "01584-55-{}", 7, 1000, 9999)),
                ("办公室电话",),
                ("office phone",),
            ),
            c.choice(
                "Building",
                c.one_of(("Main House", "Lodge", "West Block")),
                ("楼",),
                ("building",),
                ("在{}的", "housed in {}", "不在{}的", "not housed in {}"),
            ),
        ],
        7,
    )


def _books(rnd: Random) -> Frame:
    subjects = ("atlas", "grammar", "novel", "workbook", "score")
    return c.frame(
        rnd,
        "books",
        "Library/class sets.pdf",
        Thing("套书", "套", "class set", "class sets"),
        [
            c.key("Shelf mark", c.numbered("LB-{:04d}", 2051, 9), ("书标",), ("shelf mark",)),
            c.choice(
                "Sort",
                c.one_of(subjects),
                ("类型",),
                ("sort",),
                ("{}类", "of the sort {}", "{}以外的", "not of the sort {}"),
            ),
            c.number("Copies", c.whole(8, 64), ("册数",), ("number of copies",), ("册", "copies")),
            c.number(
                "Price",
                c.whole(6, 49),
                ("单价",),
                ("price",),
                ("英镑", "pounds"),
                most=("最贵", "最便宜", "most expensive", "cheapest"),
                adds=False,
            ),
            c.day(
                "Bought",
                c.between(date(2015, 1, 5), date(2025, 6, 30)),
                ("购买日期",),
                ("date of purchase",),
                Verb("购买", "was", "bought", "bought"),
            ),
        ],
        88,
    )


def _fees(rnd: Random, of: Firm) -> None:
    items = (
        *("school lunch", "instrument tuition", "minibus pass", "locker hire", "exam resit"),
        *("after-school care", "field trip deposit", "lost blazer", "swimming lesson"),
    )
    newest = c.frame(
        rnd,
        "fees",
        "",
        Thing("收费项目", "项", "charge", "charges"),
        [
            c.name("Item", c.listed(items), ("项目",), ("item",)),
            c.number(
                "Pence",
                c.whole(250, 9600, 50),
                ("收费",),
                ("charge",),
                ("便士", "pence"),
                adds=False,
            ),
            c.text("Billed", c.one_of(("termly", "monthly", "once")), ("计费方式",), ("billing",)),
        ],
        len(items),
    )
    first, second = "Bursar/charges 2024.md", "Bursar/charges 2025.md"
    issues = [
        (first, "Charges from 1 September 2024", "In force from 1 September 2024", "2024-09-01"),
        (second, "Charges from 1 September 2025", "In force from 1 September 2025", "2025-09-01"),
    ]
    issued(rnd, of, newest, "Pence", issues, step=50)
