"""XML."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def test_xml_rows_carry_their_tags(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.xml",
        "<?xml version='1.0'?><staff><person><name>张飞</name><phone>123</phone></person>"
        "<note>See <b>page</b> 3.</note></staff>",
    )
    assert texts(document) == ["name: 张飞 | phone: 123", "See page 3."]


def test_what_attributes_say_within_running_text_is_read(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.xml",
        "<?xml version='1.0'?><manual><step>先关<valve no='V-200' torque='45 Nm'>进水阀</valve>，"
        "再按<button label='启动 泵'/>，见<em role='bold'>图</em><xref linkend='f1'/>。</step>"
        "</manual>",
    )
    assert texts(document) == [
        "先关进水阀，再按，见图。",
        "valve: 进水阀 | no: V-200 | torque: 45 Nm",
        "label: 启动 泵",
    ]


def test_html_that_a_feed_holds_as_text_is_read_as_what_a_reader_sees(tmp_path: Path) -> None:
    document = parsed(
        tmp_path / "a.rss",
        "<?xml version='1.0'?><rss><channel><item><title>停水通知</title><description>"
        "&lt;p&gt;周三&lt;b&gt;停水&lt;/b&gt; &amp;amp; 停电。&lt;/p&gt;"
        "&lt;p style='display:none'&gt;周五&lt;/p&gt;</description>"
        "<note>if a &lt; b then c &gt; d</note></item></channel></rss>",
    )
    assert texts(document) == [
        "title: 停水通知 | description: 周三 停水 & 停电。 | note: if a < b then c > d"
    ]


def test_xml_entities_are_not_resolved(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("the secret")
    document = parsed(
        tmp_path / "a.xml",
        f'<!DOCTYPE a [<!ENTITY e SYSTEM "file://{tmp_path}/secret">]><a><b>x</b><c>&e;</c></a>',
    )
    assert document.text == "b: x"


def test_xml_entities_do_not_explode(tmp_path: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE a [<!ENTITY e0 "lol">{entities}]><a><b>x</b><c>&e9;</c></a>'
    assert len(parsed(tmp_path / "a.xml", bomb).text) < 1000
