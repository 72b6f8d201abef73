"""Documents that are pages in a ZIP: OpenDocument presentations, Visio's drawings, XPS, Apple's."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import EmptyDocument, UnsupportedFormat
from kb.types import ElementKind
from tests.unit.documents.samples import archive, parsed, pdf, texts

# --- OpenDocument -----------------------------------------------------------------------

NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in (
        ("office", "office"), ("draw", "drawing"), ("text", "text"), ("table", "table"),
        ("presentation", "presentation"), ("style", "style"),
    )
)  # fmt: skip


def odp(pages: str, masters: str = "", styles_of_pages: str = "") -> bytes:
    content = (
        f"<office:document-content {NAMES}><office:automatic-styles>{styles_of_pages}"
        f"</office:automatic-styles><office:body><office:presentation>{pages}"
        "</office:presentation></office:body></office:document-content>"
    )
    styles = (
        f"<office:document-styles {NAMES}><office:master-styles>{masters}"
        "</office:master-styles></office:document-styles>"
    )
    mimetype = "application/vnd.oasis.opendocument.presentation"
    return archive(**{"mimetype": mimetype, "content.xml": content, "styles.xml": styles})


def frame(inner: str, kind: str = "") -> str:
    of = f' presentation:class="{kind}"' if kind else ""
    return f"<draw:frame{of}><draw:text-box>{inner}</draw:text-box></draw:frame>"


TABLE = (
    "<draw:frame><table:table><table:table-row>"
    '<table:table-cell table:number-columns-spanned="2"><text:p>值班</text:p></table:table-cell>'
    "<table:covered-table-cell/></table:table-row>"
    "<table:table-row><table:table-cell><text:p>姓名</text:p></table:table-cell>"
    "<table:table-cell><text:p>电话</text:p></table:table-cell></table:table-row>"
    "<table:table-row><table:table-cell><text:p>张<text:s/>飞</text:p></table:table-cell>"
    "<table:table-cell><text:p>139</text:p></table:table-cell></table:table-row>"
    "</table:table></draw:frame>"
)


def test_a_presentation_has_titles_lists_rows_and_notes_by_page(tmp_path: Path) -> None:
    listed = "<text:list><text:list-item><text:p>扬程 32 米</text:p></text:list-item></text:list>"
    notes = f"<presentation:notes>{frame('<text:p>备注一</text:p>', 'notes')}</presentation:notes>"
    data = odp(
        f"<draw:page>{frame(listed, 'outline')}{frame('<text:p>水泵</text:p>', 'title')}{notes}"
        f"</draw:page><draw:page>{TABLE}</draw:page>"
    )
    document = parsed(tmp_path / "a.odp", data)
    assert document.title == "水泵"
    assert [(one.kind, one.page) for one in document.elements] == [
        (ElementKind.HEADING, 1),
        (ElementKind.LIST_ITEM, 1),
        (ElementKind.PARAGRAPH, 1),
        (ElementKind.TABLE_ROW, 2),
        (ElementKind.TABLE_ROW, 2),
    ]
    assert texts(document) == ["水泵", "扬程 32 米", "备注一", "值班", "姓名: 张 飞 | 电话: 139"]


def test_what_a_master_writes_comes_once_and_its_placeholders_do_not(tmp_path: Path) -> None:
    master = (
        '<style:master-page style:name="{}">'
        + frame("<text:p>内部资料</text:p>")
        + frame("<text:p>Click to edit</text:p>", "title")
        + "</style:master-page>"
    )
    page = (
        '<draw:page draw:master-page-name="used">' + frame("<text:p>正文</text:p>") + "</draw:page>"
    )
    masters = master.format("used") + master.format("other").replace("内部资料", "unused")
    assert texts(parsed(tmp_path / "a.odp", odp(page * 2, masters))) == ["正文", "正文", "内部资料"]


def test_what_is_on_a_hidden_slide_is_marked(tmp_path: Path) -> None:
    style = (
        '<style:style style:name="off"><style:drawing-page-properties '
        'presentation:visibility="hidden"/></style:style>'
    )
    pages = (
        f"<draw:page>{frame('<text:p>seen</text:p>')}</draw:page>"
        f'<draw:page draw:style-name="off">{frame("<text:p>unseen</text:p>")}</draw:page>'
    )
    document = parsed(tmp_path / "a.odp", odp(pages, styles_of_pages=style))
    assert texts(document) == ["seen", "[hidden] unseen"]


def test_a_presentation_without_text_is_a_named_failure(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument):
        parsed(tmp_path / "a.odp", odp("<draw:page/>"))


def test_boxes_within_each_other_by_the_hundred_are_read(tmp_path: Path) -> None:
    nested = "<draw:g>" * 200 + frame("<text:p>deep</text:p>") + "</draw:g>" * 200
    assert texts(parsed(tmp_path / "a.odp", odp(f"<draw:page>{nested}</draw:page>"))) == ["deep"]


# --- Visio ------------------------------------------------------------------------------

_VISIO = "http://schemas.microsoft.com/visio/2010/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = 'xmlns="http://schemas.microsoft.com/office/visio/2012/main"'


def relations(**targets: str) -> str:
    """Relations by their ids: kind and target, with a blank between."""
    return f'<Relationships xmlns="{_RELATIONS}">' + "".join(
        f'<Relationship Id="{number}" Type="{_VISIO}/{one.split()[0]}" Target="{one.split()[1]}"/>'
        for number, one in targets.items()
    ) + "</Relationships>"  # fmt: skip


def visio(page: str, master: str = "") -> bytes:
    listed = (
        f'<{{0}} {_MAIN} xmlns:r="{_OFFICE}">'
        '<{1} ID="7" Name="一层"><Rel r:id="r1"/></{1}></{0}>'
    )
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": relations(r1="document visio/document.xml"),
            "visio/document.xml": f"<VisioDocument {_MAIN}/>",
            "visio/_rels/document.xml.rels": relations(
                r1="pages pages/pages.xml", r2="masters masters/masters.xml"
            ),
            "visio/pages/pages.xml": listed.format("Pages", "Page"),
            "visio/pages/_rels/pages.xml.rels": relations(r1="page page1.xml"),
            "visio/pages/page1.xml": (
                f"<PageContents {_MAIN}><Shapes>{page}</Shapes></PageContents>"
            ),
            "visio/masters/masters.xml": listed.format("Masters", "Master"),
            "visio/masters/_rels/masters.xml.rels": relations(r1="master master1.xml"),
            "visio/masters/master1.xml": (
                f"<MasterContents {_MAIN}><Shapes>{master}</Shapes></MasterContents>"
            ),
        }
    )


def shape(text: str, y: int = 0, inner: str = "", more: str = "") -> str:
    return (
        f'<Shape {more}><Cell N="PinY" V="{y}"/>{inner}'
        + (f"<Text><cp IX='0'/>{text}</Text>" if text else "")
        + "</Shape>"
    )


def test_a_drawing_has_the_text_and_the_data_of_its_shapes_from_top_to_bottom(
    tmp_path: Path,
) -> None:
    data = (
        '<Section N="Property">'
        '<Row N="ip"><Cell N="Label" V="地址"/><Cell N="Value" V="10.0.0.7"/></Row>'
        '<Row N="x"><Cell N="Invisible" V="1"/><Cell N="Value" V="unseen"/></Row></Section>'
    )
    inner = f"<Shapes>{shape('网卡')}</Shapes>"
    page = shape("下", 1) + shape("交换机", 5, data + inner)
    document = parsed(tmp_path / "a.vsdx", visio(page))
    assert texts(document) == ["一层", "交换机", "地址: 10.0.0.7", "网卡", "下"]
    assert {one.page for one in document.elements} == {1}


def test_a_copy_of_a_master_has_its_text_unless_it_has_its_own(tmp_path: Path) -> None:
    page = shape("", 2, more='Master="7"') + shape("changed", 1, more='Master="7"')
    master = shape("阀门", more='ID="5"')
    document = parsed(tmp_path / "a.vsdx", visio(page, master))
    assert texts(document) == ["一层", "阀门", "changed"]


# --- XPS --------------------------------------------------------------------------------

_XPS = 'xmlns="http://schemas.microsoft.com/xps/2005/06"'
_FIXED = "http://schemas.microsoft.com/xps/2005/06/fixedrepresentation"


def xps(*pages: str) -> bytes:
    parts = {f"Documents/1/Pages/{n}.fpage": page for n, page in enumerate(pages, start=1)}
    listed = "".join(f'<PageContent Source="Pages/{n + 1}.fpage"/>' for n in range(len(pages)))
    start = f'<Relationship Id="a" Type="{_FIXED}" Target="/Fixed.fdseq"/>'
    return archive(
        **{
            "[Content_Types].xml": "<Types/>",
            "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}">{start}</Relationships>',
            "Fixed.fdseq": (
                f'<FixedDocumentSequence {_XPS}><DocumentReference Source="/Documents/1/F.fdoc"/>'
                "</FixedDocumentSequence>"
            ),
            "Documents/1/F.fdoc": f"<FixedDocument {_XPS}>{listed}</FixedDocument>",
        },
        **parts,
    )


def printed(inner: str) -> str:
    return f'<FixedPage {_XPS} Width="816" Height="1056">{inner}</FixedPage>'


def glyphs(text: str, x: float, y: float, fill: str = "#ff000000", size: float = 16) -> str:
    return (
        f'<Glyphs UnicodeString="{text}" OriginX="{x}" OriginY="{y}" Fill="{fill}" '
        f'FontRenderingEmSize="{size}"/>'
    )


def test_a_printed_page_has_its_lines_from_top_to_bottom(tmp_path: Path) -> None:
    moved = f'<Canvas RenderTransform="1,0,0,1,0,300">{glyphs("below", 50, 100)}</Canvas>'
    first = printed(moved + glyphs("价 350", 200, 100) + glyphs("{}{泵}", 50, 100))
    document = parsed(tmp_path / "a.xps", xps(first, printed(glyphs("二", 50, 50))))
    assert texts(document) == ["{泵} 价 350", "below", "二"]
    assert [one.page for one in document.elements] == [1, 1, 2]


def test_a_printed_page_is_read_without_what_nobody_sees(tmp_path: Path) -> None:
    unseen = (
        glyphs("clear", 50, 200, "#00000000"),
        glyphs("white", 50, 300, "#ffffffff"),
        glyphs("tiny", 50, 400, size=1),
        glyphs("outside", 5000, 400),
        f'<Canvas Opacity="0">{glyphs("gone", 50, 500)}</Canvas>',
    )
    page = printed(glyphs("seen", 50, 100) + "".join(unseen))
    assert texts(parsed(tmp_path / "a.xps", xps(page))) == ["seen"]
    painted = printed('<Path Fill="#ff0000ff" Data="M 0,0 L 9,9"/>' + unseen[1])
    assert texts(parsed(tmp_path / "b.xps", xps(painted))) == ["white"]


def test_a_damaged_page_is_named_as_a_loss(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.oxps", xps(printed(glyphs("one", 50, 50)), "<FixedPage"))
    assert texts(document) == ["one"]
    assert len(document.losses) == 1
    assert document.losses[0].startswith("page 2: ")


# --- Apple's ------------------------------------------------------------------------------


def test_a_document_of_pages_is_read_by_the_pdf_in_it(tmp_path: Path) -> None:
    preview = pdf("The pump weighs 35 kg.")
    data = archive(**{"index.xml": b"<a/>", "QuickLook__Preview.pdf": preview})
    document = parsed(tmp_path / "a.pages", data)
    assert texts(document) == ["The pump weighs 35 kg."]
    assert document.elements[0].page == 1


def test_a_document_of_pages_without_a_pdf_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedFormat) as caught:
        parsed(tmp_path / "a.key", archive(**{"Index__Document.iwa": b"\0\1", "preview.jpg": b"x"}))
    assert "export it as PDF" in caught.value.hint
