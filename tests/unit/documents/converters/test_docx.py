"""Word documents are read as Word shows them; each test writes the XML that it is about."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from kb.documents.converters.docx.numbering import in_words
from kb.types import ElementKind
from tests.unit.documents.samples import parsed, texts

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_ROOT = (
    f'xmlns:w="{_W}" xmlns:r="{_R}" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)


def word_file(body: str, content_type: str = _TYPE, /, **parts: str | bytes) -> bytes:
    """A DOCX with this body. `styles`, `numbering`, `header1`, `footnotes` … are further parts;
    a part given as bytes is an altChunk with the relation id `chunk`."""
    relations, buffer = [], io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in parts.items():
            if isinstance(content, bytes):
                archive.writestr(f"word/{name}.html", content)
                relations.append(("chunk", "aFChunk", f"{name}.html"))
                continue
            kind = name.rstrip("0123456789")
            root = {"header": "hdr", "footer": "ftr", "chart": "c"}.get(kind, kind)
            text = content if kind == "chart" else f"<w:{root} {_ROOT}>{content}</w:{root}>"
            archive.writestr(f"word/{name}.xml", text)
            relations.append((name, kind, f"{name}.xml"))
        listed = "".join(
            f'<Relationship Id="{one}" Type="{_R}/{kind}" Target="{target}"/>'
            for one, kind, target in relations
        )
        space = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
        archive.writestr(
            "word/_rels/document.xml.rels", f"<Relationships {space}>{listed}</Relationships>"
        )
        main = f'<Relationship Id="m" Type="{_R}/officeDocument" Target="word/document.xml"/>'
        archive.writestr("_rels/.rels", f"<Relationships {space}>{main}</Relationships>")
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            f'<Override PartName="/word/document.xml" ContentType="{content_type}"/></Types>',
        )
        archive.writestr(
            "word/document.xml", f"<w:document {_ROOT}><w:body>{body}</w:body></w:document>"
        )
    return buffer.getvalue()


def p(*runs: str, props: str = "") -> str:
    return f"<w:p><w:pPr>{props}</w:pPr>{''.join(runs)}</w:p>"


def r(text: str, props: str = "") -> str:
    return f'<w:r><w:rPr>{props}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def shown(tmp_path: Path, body: str, **parts: str | bytes) -> list[str]:
    return texts(parsed(tmp_path / "a.docx", word_file(body, **parts)))


# --- tracked changes ------------------------------------------------------------------


def test_the_current_text_has_insertions_and_no_deletions(tmp_path: Path) -> None:
    body = p(
        r("定金为"),
        f"<w:del>{r('5').replace('w:t', 'w:delText')}</w:del>",
        f"<w:ins>{r('8')}</w:ins>",
        r("万元"),
    )
    moved = p(f"<w:moveFrom>{r('旧处')}</w:moveFrom>") + p(f"<w:moveTo>{r('新处')}</w:moveTo>")
    whole = f"<w:ins>{p(r('新增一段'))}</w:ins>"
    assert shown(tmp_path, body + moved + whole) == ["定金为8万元", "新处", "新增一段"]


def test_paragraphs_whose_end_was_deleted_are_one(tmp_path: Path) -> None:
    gone = '<w:pPr><w:rPr><w:del w:id="1" w:author="a"/></w:rPr></w:pPr>'
    body = (
        f"<w:p>{gone}<w:r><w:t>定金不超过 25</w:t></w:r></w:p>"
        '<w:p><w:pPr><w:jc w:val="left"/></w:pPr><w:r><w:t>000 元。</w:t></w:r></w:p>'
        "<w:p><w:r><w:t>尾款另付。</w:t></w:r></w:p>"
    )
    assert shown(tmp_path, body) == ["定金不超过 25000 元。", "尾款另付。"]


@pytest.mark.parametrize(
    ("code", "formula"),
    [
        (r" EQ \f(3,4) ", "3/4"),
        (r"eq \f(a+b,2)", "(a+b)/2"),
        (r"EQ \r(3,x+1)", "3√(x+1)"),
        (r"EQ \o\ac(○,7)", "⑦"),
        (r" EQ \o\ac(□,检) ", "(检)"),
        (r'EQ \* jc2 \* "Font:宋体" \* hps10 \o\ad(\s\up 9(kàn),看)', "看"),
        (r"EQ 10\s\up6(5)", "10^5"),
        (r"EQ x\s\do3(2)", "x2"),
        (r"EQ \b\bc\[(\a\al\co2(1,2,3,4))", "[1 2 3 4]"),
        (r"EQ \i\su(1,5,n\,k)", "∑1 5 n,k"),
        (r"EQ \f(\f(1,2),\r(9", "(1/2)/(√(9))"),
    ],
)
def test_a_formula_that_only_its_code_tells_is_read(
    tmp_path: Path, code: str, formula: str
) -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    field = f'{mark("begin")}<w:r><w:instrText xml:space="preserve">{code}</w:instrText></w:r>'
    for end in (mark("end"), mark("separate") + mark("end")):
        body = f"<w:p><w:r><w:t>甲：</w:t></w:r>{field}{end}<w:r><w:t>。</w:t></w:r></w:p>"
        assert shown(tmp_path, body) == [f"甲：{formula}。"]


def test_word_art_is_read_and_a_watermark_is_not(tmp_path: Path) -> None:
    def art(name: str, text: str) -> str:
        space = 'xmlns:v="urn:schemas-microsoft-com:vml"'
        shape = f'<v:shape {space} id="{name}"><v:textpath string="{text}"/></v:shape>'
        return f"<w:p><w:r><w:pict>{shape}</w:pict></w:r></w:p>"

    body = art("WordArt 3", "安全生产 180 天") + art("PowerPlusWaterMarkObject9", "DRAFT")
    assert shown(tmp_path, body) == ["安全生产 180 天"]


def test_a_row_that_was_deleted_is_gone(tmp_path: Path) -> None:
    rows = "".join(
        f"<w:tr><w:trPr>{mark}</w:trPr><w:tc>{p(r(name))}</w:tc><w:tc>{p(r(value))}</w:tc></w:tr>"
        for name, value, mark in (("品名", "单价", ""), ("甲", "10", "<w:del/>"), ("乙", "20", ""))
    )
    assert shown(tmp_path, f"<w:tbl>{rows}</w:tbl>") == ["品名: 乙 | 单价: 20"]


def test_struck_text_is_marked(tmp_path: Path) -> None:
    body = p(r("押金"), r("两千", "<w:strike/>"), r("三千元"))
    assert shown(tmp_path, body) == ["押金~~两千~~三千元"]


# --- what Word wraps around text ------------------------------------------------------


@pytest.mark.parametrize(
    "wrapped",
    [
        "<w:sdt><w:sdtPr/><w:sdtContent>{}</w:sdtContent></w:sdt>",
        '<w:smartTag w:element="x">{}</w:smartTag>',
        '<w:fldSimple w:instr="DOCPROPERTY x">{}</w:fldSimple>',
        '<w:hyperlink r:id="none">{}</w:hyperlink>',
        "<w:r><w:ruby><w:rt><w:r><w:t>yao</w:t></w:r></w:rt><w:rubyBase>{}</w:rubyBase></w:ruby></w:r>",
        '<w:customXml w:element="x">{}</w:customXml>',
    ],
)
def test_text_is_read_through_what_is_around_it(tmp_path: Path, wrapped: str) -> None:
    assert shown(tmp_path, p(r("编号"), wrapped.format(r("K-7")))) == ["编号K-7"]


def mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def test_a_field_that_another_one_computes_with_is_not_shown(tmp_path: Path) -> None:
    inner = mark("begin") + mark("separate") + r("7") + mark("end")
    outer = mark("begin") + inner + mark("separate") + r("ten euros") + mark("end")
    assert shown(tmp_path, p(r("Fee: "), outer, r(" a day"))) == ["Fee: ten euros a day"]
    nested = mark("begin") + mark("separate") + r("see ") + inner + mark("end")
    assert shown(tmp_path, p(nested)) == ["see 7"]
    assert shown(tmp_path, p(mark("begin"), r("not closed"))) == ["not closed"]


def test_content_controls_around_paragraphs_rows_and_cells_are_read(tmp_path: Path) -> None:
    control = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>"
    cell = f"<w:tc>{p(r('{}'))}</w:tc>"
    row = f"<w:tr>{cell.format('姓名')}{control.format(cell.format('电话'))}</w:tr>"
    second = control.format(f"<w:tr>{cell.format('张飞')}{cell.format('u7')}</w:tr>")
    found = shown(tmp_path, control.format(p(r("名单"))) + f"<w:tbl>{row}{second}</w:tbl>")
    assert found == ["名单", "姓名: 张飞 | 电话: u7"]


def test_ticked_boxes_of_every_kind_are_told_from_empty_ones(tmp_path: Path) -> None:
    new = "<w:sdt><w:sdtContent>{}</w:sdtContent></w:sdt>".format(r("☒"))
    old = (
        '<w:r><w:fldChar w:fldCharType="begin"><w:ffData><w:checkBox><w:default w:val="0"/>'
        '<w:checked w:val="{}"/></w:checkBox></w:ffData></w:fldChar></w:r>'
    )
    symbol = '<w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r>'
    body = p(new, r("甲 "), old.format(1), r("乙 "), old.format(0), r("丙 "), symbol, r("丁"))
    assert shown(tmp_path, body) == ["☒甲 ☒乙 ☐丙 ☑丁"]


def test_an_exponent_is_no_further_digit(tmp_path: Path) -> None:
    raised = '<w:vertAlign w:val="superscript"/>'
    body = p(r("10"), r("6", raised), r(" Ω，"), r("1"), r("st", raised), r(" floor"))
    assert shown(tmp_path, body) == ["10^6 Ω，1st floor"]
    by_hand, barely = '<w:position w:val="12"/>', '<w:position w:val="1"/>'
    body = p(r("10"), r("6", by_hand), r(" Ω，"), r("1"), r("2", barely))
    assert shown(tmp_path, body) == ["10^6 Ω，12"]


def test_a_text_box_stands_behind_its_paragraph_once(tmp_path: Path) -> None:
    box = f"<w:txbxContent>{p(r('库房电话8110'))}</w:txbxContent>"
    drawn = (
        f"<w:r><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}"
        f"</wps:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict>{box}</w:pict></mc:Fallback>"
        "</mc:AlternateContent></w:r>"
    )
    assert shown(tmp_path, p(r("图一"), drawn) + p(r("下文"))) == ["图一", "库房电话8110", "下文"]


def test_a_chart_is_a_table_where_it_is_anchored(tmp_path: Path) -> None:
    space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    point = '<c:pt idx="{}"><c:v>{}</c:v></c:pt>'
    chart = (
        f'<c:chartSpace xmlns:c="{space}"><c:chart><c:plotArea><c:barChart><c:ser>'
        f"<c:tx>{point.format(0, '产量')}</c:tx><c:cat>{point.format(0, '一月')}</c:cat>"
        f"<c:val>{point.format(0, '42')}</c:val></c:ser></c:barChart></c:plotArea></c:chart>"
        "</c:chartSpace>"
    )
    body = p('<w:r><w:drawing><c:chart r:id="chart1"/></w:drawing></w:r>')
    assert shown(tmp_path, body, chart1=chart) == ["一月 | 产量: 42"]


def test_a_table_inside_a_cell_keeps_the_names_of_its_columns(tmp_path: Path) -> None:
    def table(*rows: tuple[str, ...]) -> str:
        cells = ("".join(f"<w:tc>{cell}</w:tc>" for cell in row) for row in rows)
        return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in cells) + "</w:tbl>"

    inner = table((p(r("Pressure")), p(r("Heat"))), (p(r("16 bar")), p(r("80 C"))))
    outer = table((p(r("Part")), p(r("Limits"))), (p(r("Pump")), inner + p()))
    assert shown(tmp_path, outer) == ["Part: Pump | Limits: Pressure: 16 bar, Heat: 80 C"]


def test_a_document_inside_is_read_where_it_stands(tmp_path: Path) -> None:
    page = "<html><body><p>年检日期五月三日</p></body></html>".encode()
    body = p(r("封面")) + '<w:altChunk r:id="chunk"/>' + p(r("末页"))
    assert shown(tmp_path, body, chunk=page) == ["封面", "年检日期五月三日", "末页"]


def test_headers_and_footers_come_once_and_notes_last(tmp_path: Path) -> None:
    separator = f'<w:footnote w:type="separator">{p(r("-"))}</w:footnote>'
    note = f"{separator}<w:footnote>{p(r('注'))}</w:footnote>"
    found = shown(
        tmp_path, p(r("正文")), header1=p(r("密级")), header2=p(r("密级")), footer1=p(r("页脚")),
        footnotes=note,
    )  # fmt: skip
    assert found == ["密级", "正文", "页脚", "注"]


@pytest.mark.parametrize("kind", ["template", "macro"])
def test_templates_and_files_with_macros_are_documents(tmp_path: Path, kind: str) -> None:
    types = {
        "template": _TYPE.replace("document.main", "template.main"),
        "macro": "application/vnd.ms-word.document.macroEnabled.main+xml",
    }
    data = word_file(p(r("值班电话8110")), types[kind])
    assert texts(parsed(tmp_path / "a.docm", data)) == ["值班电话8110"]


# --- automatic numbers ----------------------------------------------------------------


def _level(at: int, text: str, style: str) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="1"/><w:numFmt w:val="{style}"/>'
        f'<w:lvlText w:val="{text}"/></w:lvl>'
    )


_NUMBERING = (
    f'<w:abstractNum w:abstractNumId="0">{_level(0, "第%1条", "chineseCountingThousand")}'
    f"{_level(1, '%1.%2', 'decimal').replace('%1', '%1')}</w:abstractNum>"
    f'<w:abstractNum w:abstractNumId="1">{_level(0, "", "bullet")}</w:abstractNum>'
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
    '<w:startOverride w:val="7"/></w:lvlOverride></w:num>'
)


def _numbered(text: str, list_id: int, level: int = 0) -> str:
    props = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>'
    return p(r(text), props=props)


def test_numbers_that_word_writes_are_part_of_the_text(tmp_path: Path) -> None:
    body = (
        _numbered("总则", 1) + _numbered("目的", 1, 1) + _numbered("范围", 1, 1)
        + _numbered("租金", 1) + _numbered("支付", 1, 1) + _numbered("押金", 3)
    )  # fmt: skip
    assert shown(tmp_path, body, numbering=_NUMBERING) == [
        "第一条 总则", "一.1 目的", "一.2 范围", "第二条 租金", "二.1 支付", "第七条 押金",
    ]  # fmt: skip


def test_bullets_make_list_items_without_a_number(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.docx", word_file(_numbered("手套", 2), numbering=_NUMBERING))
    assert texts(document, ElementKind.LIST_ITEM) == ["手套"]


def test_a_numbered_heading_keeps_its_number(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="K"><w:name w:val="公司条款"/><w:pPr>'
        '<w:numPr><w:numId w:val="1"/></w:numPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    )
    body = p(r("违约责任"), props='<w:pStyle w:val="K"/>')
    document = parsed(tmp_path / "a.docx", word_file(body, styles=styles, numbering=_NUMBERING))
    assert texts(document, ElementKind.HEADING) == ["第一条 违约责任"]
    assert document.elements[0].level == 2


@pytest.mark.parametrize(
    ("count", "style", "written"),
    [
        (12, "chineseCounting", "十二"),
        (105, "chineseCountingThousand", "一百零五"),
        (1010, "chineseCountingThousand", "一千零一十"),
        (20, "ideographDigital", "二〇"),
        (12, "chineseLegalSimplified", "壹拾贰"),
        (3, "decimalEnclosedCircle", "③"),
        (9, "upperRoman", "IX"),
        (28, "lowerLetter", "bb"),
        (2, "ideographTraditional", "乙"),
        (22, "ordinal", "22nd"),
        (7, "a format of tomorrow", "7"),
    ],
)
def test_numbers_are_written_in_the_format_of_their_list(
    count: int, style: str, written: str
) -> None:
    assert in_words(count, style) == written


# --- tables ---------------------------------------------------------------------------


def test_merged_cells_stand_in_every_place_they_span(tmp_path: Path) -> None:
    def cell(text: str, props: str = "") -> str:
        return f"<w:tc><w:tcPr>{props}</w:tcPr>{p(r(text))}</w:tc>"

    restart, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    table = (
        f"<w:tbl><w:tr>{cell('部门')}{cell('班次')}{cell('组长')}</w:tr>"
        f"<w:tr>{cell('铸造', restart)}{cell('早')}{cell('林克')}</w:tr>"
        f"<w:tr>{cell('', on)}{cell('晚')}{cell('蒋帆')}</w:tr></w:tbl>"
    )
    assert shown(tmp_path, table) == [
        "部门: 铸造 | 班次: 早 | 组长: 林克",
        "部门: 铸造 | 班次: 晚 | 组长: 蒋帆",
    ]


# --- what no reader sees --------------------------------------------------------------


@pytest.mark.parametrize(
    "props",
    ["<w:vanish/>", '<w:color w:val="FFFFFF"/>', '<w:color w:val="FEFEFA"/>', '<w:sz w:val="2"/>'],
)
def test_text_that_nobody_sees_is_left_out(tmp_path: Path, props: str) -> None:
    assert shown(tmp_path, p(r("电话555"), r("，或666", props))) == ["电话555"]


def test_a_hidden_character_style_hides_too(tmp_path: Path) -> None:
    styles = (
        '<w:style w:type="character" w:styleId="H"><w:name w:val="H"/>'
        "<w:rPr><w:vanish/></w:rPr></w:style>"
    )
    body = p(r("电话555"), r("666", '<w:rStyle w:val="H"/>'))
    assert shown(tmp_path, body, styles=styles) == ["电话555"]


def test_white_text_on_a_dark_cell_is_seen(tmp_path: Path) -> None:
    white = '<w:color w:val="FFFFFF"/>'
    dark = '<w:tcPr><w:shd w:val="clear" w:fill="1F3864"/></w:tcPr>'
    table = (
        f"<w:tbl><w:tr><w:tc>{dark}{p(r('姓名', white))}</w:tc><w:tc>{dark}{p(r('分机', white))}"
        f"</w:tc></w:tr><w:tr><w:tc>{p(r('闵喆'))}</w:tc><w:tc>{p(r('8110'))}</w:tc></w:tr></w:tbl>"
    )
    assert shown(tmp_path, table) == ["姓名: 闵喆 | 分机: 8110"]
