"""PDF: reading order, paragraphs, headings, headers and footers, from where words stand."""

from __future__ import annotations

from pathlib import Path

from kb.types import ElementKind
from tests.unit.documents.converters.pages import Sheet, drawn
from tests.unit.documents.samples import parsed, texts

LEFT = [
    "The first column of this page",
    "tells about the pump, which is",
    "driven by a motor of four kilo-",
    "watts and has to be oiled once",
    "a month by those who operate",
]
RIGHT = [
    "it. The second column goes on",
    "with the valves. They are shut",
    "before the lid is opened, and",
    "nobody opens one while another",
    "is at work inside of the tank.",
]
BODY = [
    "This paragraph is there so that the body of the page has a size and a width of its own,",
    "and it goes on over a second line which is as long as the first one was, more or less so,",
    "and ends here.",
]


def test_two_columns_are_read_one_after_the_other_below_a_title(tmp_path: Path) -> None:
    sheet = Sheet().text(150, 60, "A title over both of the columns of the page", size=12)
    for number in range(5):  # drawn across the gutter, as some programs do
        sheet.text(72, 100 + 12 * number, LEFT[number])
        sheet.text(320, 100 + 12 * number, RIGHT[number])
    document = parsed(tmp_path / "a.pdf", drawn(sheet))
    assert "four kilowatts and has to be oiled" in document.text
    assert "by those who operate it. The second column goes on with the valves." in document.text


def test_three_columns_of_chinese_are_read_one_after_the_other(tmp_path: Path) -> None:
    sheet = Sheet()
    for column, sign in enumerate("甲乙丙"):
        for line in range(4):
            sheet.text(60 + 170 * column, 100 + 14 * line, sign * 12 + "一二三四"[line])
    text = parsed(tmp_path / "a.pdf", drawn(sheet)).text
    assert text == "".join(s * 12 + n for s in "甲乙丙" for n in "一二三四")


def test_a_form_in_two_columns_is_read_line_by_line(tmp_path: Path) -> None:
    sheet = Sheet()
    pairs = [("Name", "Zhang Fei"), ("Age", "35"), ("City", "Yanzhou"), ("Phone", "5352345")]
    for number, (name, value) in enumerate(pairs):
        sheet.text(72, 100 + 14 * number, name).text(320, 100 + 14 * number, value)
    assert texts(parsed(tmp_path / "a.pdf", drawn(sheet)))[1:2] == ["Age 35"]


def test_lines_become_paragraphs_where_a_line_ends_early(tmp_path: Path) -> None:
    sheet = Sheet().lines(72, 100, BODY).lines(72, 136, ["A second paragraph starts here."])
    found = texts(parsed(tmp_path / "a.pdf", drawn(sheet)))
    assert found == [" ".join(BODY), "A second paragraph starts here."]


def test_white_space_ends_a_paragraph(tmp_path: Path) -> None:
    sheet = Sheet().lines(72, 100, BODY[:2]).lines(72, 150, BODY[:2])
    assert len(texts(parsed(tmp_path / "a.pdf", drawn(sheet)))) == 2


def test_larger_type_and_bold_numbered_lines_are_headings(tmp_path: Path) -> None:
    sheet = Sheet().text(72, 60, "Pump manual", size=20).lines(72, 90, BODY)
    sheet.text(72, 150, "1 Installation", size=14).lines(72, 170, BODY)
    sheet.text(72, 230, "1.1 Foundation", bold=True).lines(72, 246, BODY)
    document = parsed(tmp_path / "a.pdf", drawn(sheet))
    headings = [e for e in document.elements if e.kind is ElementKind.HEADING]
    assert texts(document, ElementKind.HEADING) == [
        "Pump manual", "1 Installation", "1.1 Foundation",
    ]  # fmt: skip
    assert [heading.level for heading in headings] == [1, 2, 3]


def test_a_paragraph_in_bold_is_no_heading(tmp_path: Path) -> None:
    sheet = Sheet()
    for number, line in enumerate(BODY):
        sheet.text(72, 60 + 12 * number, line, bold=True)
    sheet.lines(72, 120, BODY * 3)
    assert texts(parsed(tmp_path / "a.pdf", drawn(sheet)), ElementKind.HEADING) == []


def test_chinese_chapters_are_headings_in_any_type(tmp_path: Path) -> None:
    line = "为规范政务数据的分类分级，保障数据安全，促进数据共享和开发利用，根据有关法律制定"
    sheet = Sheet().text(250, 60, "第一章 总则").lines(72, 90, [line, "本办法。"])
    document = parsed(tmp_path / "a.pdf", drawn(sheet))
    assert texts(document, ElementKind.HEADING) == ["第一章 总则"]
    assert texts(document)[1] == f"{line}本办法。"


def test_bookmarks_name_the_headings_and_their_pages(tmp_path: Path) -> None:
    sheets = [
        Sheet().text(72, 60, title).lines(72, 100, BODY).text(72, 160, "NOT A HEADING", bold=True)
        for title in ("Scope", "Technical data")
    ]
    document = parsed(
        tmp_path / "a.pdf", drawn(*sheets, outline=[("Scope", 1), ("Technical data", 2)])
    )
    assert texts(document, ElementKind.HEADING) == ["Scope", "Technical data"]


def test_headers_are_kept_once_and_page_numbers_never(tmp_path: Path) -> None:
    sheets = [
        Sheet()
        .text(72, 40, "Contract HT-2024-0917")
        .lines(72, 100, [f"What page {word} says.", "", "It says more.", "", "And more."])
        .text(280, 760, f"Page {number} of 5")
        for number, word in enumerate(("one", "two", "three", "four", "five"), start=1)
    ]
    document = parsed(tmp_path / "a.pdf", drawn(*sheets))
    assert document.text.count("Contract HT-2024-0917") == 1
    assert "of 5" not in document.text
    assert all(f"What page {word} says." in document.text for word in ("one", "three", "five"))


def test_a_number_that_does_not_count_pages_is_no_footer(tmp_path: Path) -> None:
    sheets = [
        Sheet()
        .lines(72, 100, ["Invoice", "", "for services", "", "as agreed"])
        .text(72, 760, f"Total {total}")
        for total in (417, 20, 999, 3)
    ]
    text = parsed(tmp_path / "a.pdf", drawn(*sheets)).text
    assert all(f"Total {total}" in text for total in (417, 20, 999, 3))


def test_the_only_line_of_a_page_is_never_a_header(tmp_path: Path) -> None:
    sheets = [Sheet().text(72, 60, f"Slide {number}") for number in range(1, 6)]
    assert len(texts(parsed(tmp_path / "a.pdf", drawn(*sheets)))) == 5


def test_text_drawn_sideways_is_upright(tmp_path: Path) -> None:
    for turn, (x, y) in ((1, (100, 700)), (3, (500, 100))):
        sheet = Sheet(rotate=90)
        for number, line in enumerate(BODY[:2]):
            step = 12 * number if turn == 1 else -12 * number
            sheet.text(x + step, y, line, turn=turn)
        assert parsed(tmp_path / f"{turn}.pdf", drawn(sheet)).text == " ".join(BODY[:2])


def test_a_note_in_the_margin_comes_last(tmp_path: Path) -> None:
    sheet = Sheet().text(30, 500, "arXiv 2024", turn=1).lines(72, 100, BODY)
    assert texts(parsed(tmp_path / "a.pdf", drawn(sheet))) == [" ".join(BODY), "arXiv 2024"]


def test_text_outside_of_the_page_is_left_out(tmp_path: Path) -> None:
    sheet = Sheet().text(72, 100, "On the page.").text(900, 100, "Beside the page.")
    assert parsed(tmp_path / "a.pdf", drawn(sheet)).text == "On the page."


def test_a_filled_in_field_is_read_with_its_name(tmp_path: Path) -> None:
    data = drawn(Sheet().text(72, 100, "Application for leave"), fields="Surname=Zhang")
    assert texts(parsed(tmp_path / "a.pdf", data)) == ["Application for leave", "Surname: Zhang"]


def test_of_a_list_in_a_form_what_its_reader_sees_is_read(tmp_path: Path) -> None:
    data = drawn(Sheet().text(72, 100, "Application for leave"), fields="Kind=k2")
    listed = b"/FT /Ch /Ff 131072 /Opt [[(k1) (paid)] [(k2) (without pay)]]"
    document = parsed(tmp_path / "a.pdf", data.replace(b"/FT /Tx", listed))
    assert texts(document)[-1] == "Kind: without pay"


def test_a_small_raised_digit_is_an_exponent(tmp_path: Path) -> None:
    sheet = (
        Sheet()
        .text(60, 100, "Limit 10")  # 35 points wide
        .text(95.2, 96, "6", size=6)
        .text(99, 100, " cfu and 120 m")
        .text(165.3, 96, "3", size=6)
        .text(168.8, 100, " and H")
        .text(198.1, 102, "2", size=6)
        .text(201.6, 100, "O")
    )
    assert texts(parsed(tmp_path / "a.pdf", drawn(sheet))) == ["Limit 10^6 cfu and 120 m^3 and H2O"]


def test_a_raised_ending_of_a_word_and_digits_of_one_size_are_none(tmp_path: Path) -> None:
    sheet = Sheet().text(60, 100, "On the 1").text(93.9, 96, "st", size=6)
    sheet.text(60, 120, "Room 1203").text(60, 140, "Version 2").text(104, 139.5, "5", size=9)
    found = texts(parsed(tmp_path / "a.pdf", drawn(sheet)))
    assert "^" not in " ".join(found)
