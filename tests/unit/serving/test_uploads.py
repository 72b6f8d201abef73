"""Uploads: names made safe, a folder for each person."""

from __future__ import annotations

import pytest

from kb.errors import RequestRejected
from kb.serving.uploads import folder_of, safe_name


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("租约 2031.pdf", "租约 2031.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\plan.xlsx", "plan.xlsx"),
        (".hidden.txt", "hidden.txt"),
        ("~$plan.docx", "$plan.docx"),
        ("a\u202etxt.exe\n.pdf", "atxt.exe.pdf"),
        ('what?<b>"x"|y!.txt', "what__b__x__y_.txt"),
        ("plan.pdf. ", "plan.pdf"),
        ("e\u0301t\u00e9.txt", "\u00e9t\u00e9.txt"),
    ],
)
def test_a_name_is_one_that_every_system_takes_and_kb_reads(given: str, kept: str) -> None:
    assert safe_name(given) == kept
    assert safe_name(kept) == kept


def test_a_long_name_keeps_its_ending_and_whole_characters() -> None:
    name = safe_name("合同" * 200 + ".docx")
    assert len(name.encode()) <= 200
    assert name.endswith("合.docx") or name.endswith("同.docx")


@pytest.mark.parametrize("given", ["", "..", "a/", "\u202e", " . "])
def test_a_name_of_nothing_is_refused(given: str) -> None:
    with pytest.raises(RequestRejected):
        safe_name(given)


def test_people_have_folders_of_their_own_whatever_their_names_hold() -> None:
    people = ["anna", "张伟", "zhang.wei@lan", "a/b", "..", "_x", "a b", "x" * 200, "-rf"]
    folders = [folder_of(one) for one in people]
    assert folders[:3] == people[:3]
    assert len({*folders}) == len(people)
    assert all("/" not in one and not one.startswith((".", "-")) for one in folders)
