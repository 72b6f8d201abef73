"""OFD: pages of text at places."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.errors import DamagedDocument, ProtectedDocument
from tests.unit.documents.samples import archive, parsed, texts

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
OFD = f"""<ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocInfo><ofd:Title>电子发票</ofd:Title>
<ofd:CustomDatas><ofd:CustomData Name="发票号码">24312000</ofd:CustomData></ofd:CustomDatas>
</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"""
DOCUMENT = f"""<ofd:Document {NAMESPACE}><ofd:CommonData>
<ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>
<ofd:TemplatePage ID="9" BaseLoc="Tpls/Tpl_0/Content.xml"/></ofd:CommonData><ofd:Pages>
<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>
<ofd:Page ID="2" BaseLoc="/Doc_0/Pages/Page_1/Content.xml"/></ofd:Pages>
<ofd:Annotations>Annots/Annotations.xml</ofd:Annotations>
<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>"""
TEMPLATE = ("10 10 80 5", 'X="0" Y="4"', "购买方名称：", "")


def text(boundary: str, place: str, shown: str, more: str = "") -> str:
    return (
        f'<ofd:TextObject Boundary="{boundary}" Size="4" {more}><ofd:TextCode {place}>{shown}'
        "</ofd:TextCode></ofd:TextObject>"
    )


def page(*objects: str, template: bool = False) -> str:
    uses = '<ofd:Template TemplateID="9"/>' if template else ""
    layer = "".join(objects)
    return (
        f"<ofd:Page {NAMESPACE}>{uses}<ofd:Content><ofd:Layer><ofd:PageBlock>{layer}"
        "</ofd:PageBlock></ofd:Layer></ofd:Content></ofd:Page>"
    )


FIRST = page(
    text("10 30 80 5", 'X="0" Y="4"', "合计"),
    text("40 30 80 5", 'X="0" Y="4.2"', "¥350.00"),
    text("34 10 90 5", 'X="0" Y="4" DeltaX="g 3 4"', "宁波铸件"),
    text("50 10 90 5", 'X="0" Y="4"', "有限公司"),
    template=True,
)
SECOND = page(text("10 10 80 5", 'X="0" Y="4"', "备注：货到付款"))


def ofd(second: str = SECOND, first: str = FIRST, main: str = OFD) -> bytes:
    return archive(
        **{
            "OFD.xml": main,
            "Doc_0__Document.xml": DOCUMENT,
            "Doc_0__Tpls__Tpl_0__Content.xml": page(text(*TEMPLATE)),
            "Doc_0__Pages__Page_0__Content.xml": first,
            "Doc_0__Pages__Page_1__Content.xml": second,
            "Doc_0__Annots__Annotations.xml": f"<ofd:Annotations {NAMESPACE}>"
            '<ofd:Page PageID="2"><ofd:FileLoc>Page_1/Annotation.xml</ofd:FileLoc></ofd:Page>'
            "</ofd:Annotations>",
            "Doc_0__Annots__Page_1__Annotation.xml": f"<ofd:PageAnnot {NAMESPACE}>"
            "<ofd:Annot><ofd:Remark>已核对，魏强</ofd:Remark></ofd:Annot></ofd:PageAnnot>",
            "Doc_0__Attachs__Attachments.xml": f"<ofd:Attachments {NAMESPACE}>"
            '<ofd:Attachment Name="original_invoice"/></ofd:Attachments>',
        }
    )


def test_lines_are_put_together_from_page_and_template(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.ofd", ofd())
    assert texts(document) == [
        "购买方名称：宁波铸件有限公司",
        "合计 ¥350.00",
        "备注：货到付款",
        "已核对，魏强",
    ]
    assert [one.page for one in document.elements] == [1, 1, 2, 2]
    assert document.title == "电子发票"
    assert ("发票号码", "24312000") in document.labels
    assert document.losses == ("the attachment original_invoice is not read",)


def test_the_older_namespace_is_read_and_the_name_does_not_matter(tmp_path: Path) -> None:
    old = [one.replace("/2016", "") for one in (SECOND, FIRST, OFD)]
    assert "货到付款" in parsed(tmp_path / "a.zip", ofd(*old)).text


def test_a_damaged_page_does_not_lose_the_others(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.ofd", ofd(first="<ofd:Page"))
    assert texts(document)[0] == "备注：货到付款"
    assert document.elements[0].page == 2
    assert "Page_0/Content.xml: damaged" in document.losses[0]


def test_where_nothing_can_be_read_it_is_damaged(tmp_path: Path) -> None:
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.ofd", ofd(main="<ofd"))
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "b.ofd", archive(**{"OFD.xml": OFD}))


@pytest.mark.parametrize(
    "unseen",
    [
        text("10 60 80 5", 'X="0" Y="4"', "13800138000", 'Visible="false"'),
        text("10 60 80 5", 'X="0" Y="4"', "13800138000", 'Alpha="0"'),
        text("10 60 80 5", 'X="0" Y="4"', "13800138000", 'Fill="false"'),
        text("10 60 80 5", 'X="0" Y="4"', "13800138000", 'CTM="0.1 0 0 0.1 0 0"'),
        text("10 900 80 5", 'X="0" Y="4"', "13800138000"),
        text("10 60 80 5", 'X="0" Y="4"', "13800138000").replace(
            "<ofd:TextCode", '<ofd:FillColor Value="255 255 255"/><ofd:TextCode'
        ),
    ],
)
def test_what_no_reader_sees_is_left_out(tmp_path: Path, unseen: str) -> None:
    document = parsed(tmp_path / "a.ofd", ofd(page(unseen, text("9 9 9 9", "", "可见"))))
    assert "可见" in document.text
    assert "13800138000" not in document.text


def test_an_encrypted_file_needs_a_password(tmp_path: Path) -> None:
    with pytest.raises(ProtectedDocument):
        parsed(tmp_path / "a.ofd", archive(**{"OFD.xml": OFD, "Encryptions.xml": "<a/>"}))
