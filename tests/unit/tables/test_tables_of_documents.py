"""Questions across documents: computed over what each states about itself, with each one cited."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from kb.answering.tagger import cut
from kb.documents.chunking.chunk import chunk
from kb.documents.parse import parse
from kb.documents.tables.stated import stated_of
from kb.index.catalog import Catalog
from kb.index.table_names import named
from kb.index.table_search import TableSearch
from kb.table_types import Described, RowFlag, Table
from kb.tables.answering import answer
from kb.tables.documents import document_tables, where
from kb.tables.kinds import kind_of
from kb.tables.results import Result
from kb.tables.wording import how_text, value_text
from kb.text.question import Question
from kb.types import DocumentRecord, SourceFile


def _lease(kind: str, who: str, rent: str, first: str, last: str) -> str:
    return f"# {kind}租赁合同\n\n承租方：{who}\n\n月租金：{rent}\n\n租期：{first}至{last}\n"


def _grant(who: str, name: str, amount: str) -> str:
    head = f"---\nauthor: {who}\n---\n# Grant agreement {name}\n\n"
    return f"{head}Donor: Nord Fund\nAmount: {amount}\n"


def _mail(who: str, about: str, day: str, text: str) -> str:
    head = f"From: {who}\nTo: office@x.example\nSubject: {about}\n"
    return f"{head}Date: {day} 10:00:00 +0000\n\n{text}\n"


def _minutes(name: str, day: str, about: str) -> str:
    return f"# {name}会议纪要\n\n时间：{day}\n\n讨论了{about}。\n"


FILES = {
    "租赁/a.md": _lease("仓库", "祝英台", "9,000元", "2023-07-01", "2024-06-30"),
    "租赁/b.md": _lease("商铺", "梁山伯", "1.2万元", "2024-01-01", "2024-12-31"),
    "租赁/c.md": _lease("商铺", "马文才", "7500元", "2024-03-01", "2024-10-31"),
    "租赁/d.md": "# 场地租赁合同\n\n承租方：许汉文\n\n租期：2024-08-01至2024-08-31\n",
    "租赁/b-旧.md": _lease("商铺", "梁山伯", "8000元", "2024-01-01", "2024-12-31"),
    "会议/1.md": _minutes("防汛专项", "2024-05-06", "水泵采购"),
    "会议/2.md": _minutes("防汛专项", "2024-09-01", "值班"),
    "会议/3.md": _minutes("预算", "2023-12-20", "水泵维修"),
    "grants/w.md": _grant("Ada King", "Wells", "EUR 250,000"),
    "grants/s.md": _grant("Bo Lind", "Schools", "EUR 90,000"),
    "mail/1.eml": _mail("Ada King <ada@x.example>", "Pumps", "Tue, 07 May 2024", "They came."),
    "mail/2.eml": _mail("Ada King <ada@x.example>", "Bill", "Mon, 03 Jun 2024", "Please pay."),
    "mail/3.eml": _mail("Bo Lind <bo@x.example>", "Keys", "Thu, 23 May 2024", "Who has them?"),
    "note.md": "# Note\n\nNothing is said here.\n",
}

Ask = Callable[[str], str]


def kind_name(title: str, path: str, *, is_mail: bool = False) -> str:
    kind = kind_of(title, path, is_mail=is_mail)
    return kind.name if kind else ""


def filled(folder: Path, catalog: Catalog) -> list[Table]:
    described = []
    for path, text in FILES.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        parsed = parse(SourceFile("docs", path, str(file), len(text), 1))
        source = parsed.source
        chunks = chunk(parsed, 300, 1)
        record = DocumentRecord(
            source.doc_id, "docs", path, 1, 1, source.sha256, parsed.title,
            len(chunks), len(parsed.text), parsed.labels,
        )  # fmt: skip
        catalog.put_document(record, chunks, [(1,)] * len(chunks), parsed.tables)
        kind = kind_name(parsed.title, path, is_mail=path.endswith("eml"))
        described.append(
            Described(
                source.doc_id, path, parsed.title, kind,
                replaced="旧" in path, stated=stated_of(parsed),
            )
        )  # fmt: skip
    tables = document_tables(described)
    catalog.table_store.put_documents(tables, "these")
    return tables


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TableSearch]:
    folder = tmp_path_factory.mktemp("office")
    with closing(Catalog(folder / "catalog.sqlite", writable=True)) as catalog:
        filled(folder / "docs", catalog)
        yield TableSearch(catalog)


def computed(office: TableSearch, text: str) -> Result | None:
    return answer(Question.of(text), office.tables(), office, rank=lambda doc_id: 0, cut=cut)


@pytest.fixture
def ask(office: TableSearch) -> Ask:
    """The first line of the answer; empty where documents do not answer."""

    def said(text: str) -> str:
        result = computed(office, text)
        return "" if result is None else value_text(result, not text.isascii(), text)

    return said


def paths(result: Result | None) -> list[str]:
    return [] if result is None else [row.texts[0] for row in result.rows]


# --- the tables -----------------------------------------------------------------------


def test_there_is_a_table_of_all_documents_and_one_of_each_kind(office: TableSearch) -> None:
    names = [one.name for one in named(office.tables()) if one.table.of_documents]
    assert names[0] == "documents"
    assert {*names[1:]} == {"documents_合同", "documents_会议纪要", "documents_邮件"}


def test_fields_of_one_name_are_one_column_of_their_type(office: TableSearch) -> None:
    [table] = [one for one in office.tables() if one.of_documents and "合同" in one.caption]
    kinds = {column.name: (column.type.value, column.unit) for column in table.columns}
    assert kinds["租期到期日期"] == ("date", "")
    assert kinds["承租方"] == ("text", "")


def test_no_two_documents_alike_make_no_table() -> None:
    assert document_tables([Described("1", "a.md", "A"), Described("2", "b.md", "B")]) == []
    assert document_tables([]) == []


def test_the_order_in_which_documents_come_makes_no_difference() -> None:
    some = [
        Described(str(n), f"{n}.md", f"第{n}次会议纪要", "会议纪要", dated="2024-05-06")
        for n in range(5)
    ]
    assert document_tables(some) == document_tables(reversed(some))


def test_amounts_in_different_money_are_not_one_number(tmp_path: Path) -> None:
    def lease(number: int, rent: str) -> Described:
        file = tmp_path / f"{number}.md"
        file.write_text(f"# 租赁合同\n\n租金：{rent}\n", encoding="utf-8")
        document = parse(SourceFile("docs", file.name, str(file), 1, 1))
        stated = stated_of(document)
        return Described(str(number), file.name, document.title, "合同", stated=stated)

    _, table = document_tables([lease(1, "8000元"), lease(2, "$900")])
    assert [column.type.value for column in table.columns if column.name == "租金"] == ["text"]


def test_an_event_is_not_replaced_by_the_next_one() -> None:
    def flags(title: str) -> list[RowFlag]:
        kind = kind_name(title, "")
        two = [Described(str(n), f"{n}.md", title, kind, replaced=n == 0) for n in range(2)]
        return [row.flags for row in document_tables(two)[1].rows]

    assert flags("采购合同") == [RowFlag.REPLACED, RowFlag.PLAIN]
    assert flags("周会会议纪要") == [RowFlag.PLAIN, RowFlag.PLAIN]


# --- the questions --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("2024年7月前到期的合同有哪些？", ["租赁/a.md"]),
        ("7月之前到期的租赁合同有哪些？", ["租赁/a.md"]),
        ("2024年开过哪几次防汛专项会议？", ["会议/1.md", "会议/2.md"]),
        ("Which mails did Bo Lind send?", ["mail/3.eml"]),
        ("Which grants are over 100,000 euros?", ["grants/w.md"]),
    ],
    ids=["a day", "a month of the only year", "a part of the title", "a sender", "an amount"],
)
def test_documents_are_found_by_what_they_state(
    office: TableSearch, question: str, documents: list[str]
) -> None:
    assert paths(computed(office, question)) == documents


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("How many mails did Ada send in May?", "1"),
        ("2024年开了几次会议？", "2"),
        ("商铺租赁合同有几份？", "2"),
        ("What is the total of all grant agreements?", "340,000 €"),
        ("Which grant agreement is the largest?", "Grant agreement Wells (Amount: EUR 250,000)"),
        ("祝英台的租赁合同什么时候到期？", "2024-06-30"),
        ("Who is the donor of Wells?", "Nord Fund"),
    ],
)
def test_what_documents_state_is_counted_added_compared_and_told(
    ask: Ask, question: str, said: str
) -> None:
    assert ask(question) == said


def test_a_version_that_is_replaced_is_not_counted_and_that_is_said(office: TableSearch) -> None:
    result = computed(office, "商铺租赁合同有几份？")
    assert result is not None
    assert "1 份旧版本未计" in how_text(result, chinese=True)


def test_which_documents_there_are_tells_the_replaced_ones_and_marks_them(ask: Ask) -> None:
    assert ask("有哪些商铺租赁合同？").splitlines() == [
        "商铺租赁合同（租赁/b-旧.md）（旧版本）",
        "商铺租赁合同（租赁/b.md）",
        "商铺租赁合同（租赁/c.md）",
    ]


def test_documents_that_do_not_state_what_is_computed_with_are_told_of(
    office: TableSearch,
) -> None:
    result = computed(office, "哪些租赁合同的月租金超过8000元？")
    assert paths(result) == ["租赁/a.md", "租赁/b.md"]
    assert result is not None
    assert "1 份未写明" in how_text(result, chinese=True)


@pytest.mark.parametrize(
    ("question", "documents"),
    [
        ("哪些文件提到了水泵？", ["会议/1.md", "会议/3.md"]),
        ("水泵在哪些会议纪要里出现过？", ["会议/1.md", "会议/3.md"]),
        ("Which documents mention the pumps?", ["mail/1.eml"]),
        ("Which mails mention Ada King and pumps?", ["mail/1.eml"]),
    ],
)
def test_documents_that_mention_a_phrase_are_found_in_their_whole_text(
    office: TableSearch, question: str, documents: list[str]
) -> None:
    assert paths(computed(office, question)) == documents


def test_a_mention_is_cited_with_its_line(office: TableSearch) -> None:
    result = computed(office, "哪些文件提到了水泵？")
    assert result is not None
    doc_id, _ = where(result.rows[0].texts)
    assert result.mentions[doc_id].line == 5


def test_the_day_of_what_a_mail_is_about_is_not_the_day_of_the_mail(ask: Ask) -> None:
    assert "2024-06-03" in ask("When was the mail about the bill sent?")
    assert ask("When is the bill?") == ""
    assert ask("According to the mail, when is the bill?") == ""
    assert ask("纪要里防汛专项会议是什么时候？") == ""


@pytest.mark.parametrize(
    "question",
    [
        "祝英台的开户银行是哪家？",
        "许仙的合同什么时候到期？",
        "How many mails did Ada send to the bank in May?",
        "哪些文件提到了怎么申请宿舍？",
        "Which grant agreement has the best results?",
        "宿舍租赁合同有几份？",
    ],
)
def test_a_word_that_no_document_explains_leaves_the_question_to_passages(
    ask: Ask, question: str
) -> None:
    assert ask(question) == ""


@pytest.mark.parametrize(
    "question",
    [
        "什么是防汛？",
        "防汛有几种？",
        "商铺租赁合同有几条？",
        "防汛专项会议有几项？",
        "What are pumps?",
        "What is the grant agreement Wells?",
    ],
)
def test_what_a_thing_is_and_how_many_kinds_it_has_is_not_told_by_titles(
    ask: Ask, question: str
) -> None:
    assert ask(question) == ""


def test_a_table_inside_a_document_answers_before_documents_do(tmp_path: Path) -> None:
    text = "供应商,合同金额(元)\n南山园艺,300\n北园,900\n"
    with closing(Catalog(tmp_path / "catalog.sqlite", writable=True)) as catalog:
        filled(tmp_path / "docs", catalog)
        file = tmp_path / "list.csv"
        file.write_text(text, encoding="utf-8")
        parsed = parse(SourceFile("docs", "list.csv", str(file), 1, 1))
        record = DocumentRecord("x", "docs", "list.csv", 1, 1, "s", "list", 0, 1, ())
        catalog.put_document(record, [], [], [replace(one) for one in parsed.tables])
        result = computed(TableSearch(catalog), "合同金额最大的供应商是哪家？")
    assert result is not None
    assert result.plan.table.source == "docs/list.csv"


def test_rows_of_a_table_are_not_counted_for_what_its_folder_is_called(tmp_path: Path) -> None:
    text = "城市,标准\n杭州,400\n苏州,350\n太原,300\n"
    with closing(Catalog(tmp_path / "catalog.sqlite", writable=True)) as catalog:
        file = tmp_path / "rates.csv"
        file.write_text(text, encoding="utf-8")
        parsed = parse(SourceFile("docs", "手册/rates.csv", str(file), 1, 1))
        record = DocumentRecord("x", "docs", "手册/rates.csv", 1, 1, "s", "rates", 0, 1, ())
        catalog.put_document(record, [], [], [replace(one) for one in parsed.tables])
        tables = TableSearch(catalog)
        assert computed(tables, "手册有几份？") is None
        cities = computed(tables, "有几个城市？")
    assert cities is not None
    assert value_text(cities, True, "有几个城市？") == "3"
