"""Of a Word document, what its reader sees: ways to hide a line beside those of test_docx.py."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import docx
import pytest
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from tests.unit.documents.samples import parsed, texts


def written(tmp_path: Path, holder: str, tag: str, attributes: Mapping[str, str]) -> list[str]:
    """A line with a property of its run (`r`) or its paragraph (`p`)."""
    document: Any = docx.Document()
    document.add_paragraph("总机555")
    paragraph = document.add_paragraph()
    run = paragraph.add_run("总机666")
    properties = run._r.get_or_add_rPr() if holder == "r" else paragraph._p.get_or_add_pPr()
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(name), value)
    properties.append(element)
    document.save(tmp_path / "a.docx")
    return texts(parsed(tmp_path / "a.docx"))


@pytest.mark.parametrize(
    ("holder", "tag", "attributes"),
    [
        ("r", "w:color", {"w:val": "auto", "w:themeColor": "background1"}),
        ("r", "w:w", {"w:val": "1"}),
        ("r", "w:position", {"w:val": "-3000"}),
        ("p", "w:spacing", {"w:line": "10", "w:lineRule": "exact"}),
        ("p", "w:ind", {"w:left": "-30000"}),
        ("p", "w:framePr", {"w:x": "-30000", "w:y": "1"}),
    ],
)
def test_a_line_that_nobody_sees_is_left_out(
    tmp_path: Path, holder: str, tag: str, attributes: Mapping[str, str]
) -> None:
    assert written(tmp_path, holder, tag, attributes) == ["总机555"]


@pytest.mark.parametrize(
    ("holder", "tag", "attributes"),
    [
        ("r", "w:color", {"w:val": "auto", "w:themeColor": "text1"}),
        ("r", "w:color", {"w:val": "A6A6A6", "w:themeColor": "background1", "w:themeShade": "A6"}),
        ("r", "w:w", {"w:val": "66"}),
        ("r", "w:position", {"w:val": "-6"}),
        ("p", "w:spacing", {"w:line": "240", "w:lineRule": "exact"}),
        ("p", "w:spacing", {"w:line": "10", "w:lineRule": "atLeast"}),
        ("p", "w:ind", {"w:left": "-360"}),
    ],
)
def test_what_only_looks_like_it_stays(
    tmp_path: Path, holder: str, tag: str, attributes: Mapping[str, str]
) -> None:
    assert written(tmp_path, holder, tag, attributes) == ["总机555", "总机666"]
