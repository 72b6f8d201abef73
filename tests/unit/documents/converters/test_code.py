"""Source code."""

from __future__ import annotations

from pathlib import Path

from tests.unit.documents.samples import parsed, texts


def test_source_code_keeps_its_lines_and_has_no_headings(tmp_path: Path) -> None:
    document = parsed(tmp_path / "a.py", "import os\n\n\ndef one():\n    return 1\n")
    assert texts(document) == ["import os", "def one():\n    return 1"]
    assert [element.line for element in document.elements] == [1, 4]
