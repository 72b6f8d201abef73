"""ZIP: what its directory says, and what lies in the file."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from kb.errors import DamagedDocument, LimitExceeded
from tests.unit.documents.archives.test_archives import names
from tests.unit.documents.samples import archive, parsed


def test_a_truncated_archive_is_not_taken_for_the_archive_that_it_holds(tmp_path: Path) -> None:
    inner = archive(**{"deep.txt": "deep"})
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as outer:  # stored, so that the inner one lies there whole
        outer.writestr("contract.txt", "the contract")
        outer.writestr("inner.zip", inner)
    whole = buffer.getvalue()
    end_of_inner = whole.index(inner) + len(inner)
    with pytest.raises(DamagedDocument):
        parsed(tmp_path / "a.zip", whole[:end_of_inner])
    assert names(tmp_path / "b.zip", whole) == ["contract.txt", "inner.zip"]


def test_links_in_a_zip_are_no_documents(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        link = zipfile.ZipInfo("passwords.txt")
        link.external_attr = 0o120777 << 16
        file.writestr(link, "/etc/passwd")
        file.writestr("a.txt", "text")
    assert names(tmp_path / "a.zip", buffer.getvalue()) == ["a.txt"]


def test_bombs_that_are_small_each_are_refused_together(tmp_path: Path) -> None:
    many = {f"{n}.txt": b"\0" * (1 << 20) for n in range(65)}
    with pytest.raises(LimitExceeded, match=r"'a\.zip' unpacks to too much"):
        parsed(tmp_path / "a.zip", archive(**many))
