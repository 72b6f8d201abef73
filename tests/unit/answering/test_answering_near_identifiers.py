"""kb/answering/near_identifiers.py: what an identifier that does not exist may have meant."""

from __future__ import annotations

import pytest

from kb.answering.near_identifiers import nearest, variants
from kb.text.fold import fold

TABLE = "工号: E1339 | 姓名: 张飞\n工号: E1400 | 姓名: 关羽\n合同 HT-2024-0917, HT-2024-0931"


@pytest.mark.parametrize(
    ("asked", "meant"),
    [
        ("E1399", ("E1339",)),  # one replaced
        ("E3139", ("E1339",)),  # two exchanged
        ("E13390", ("E1339",)),  # one too many
        ("E139", ("E1339",)),  # one too few
        ("ht-2024-0971", ("HT-2024-0917", "HT-2024-0931")),
        ("E1777", ()),
        ("HT-2023-0913", ()),
    ],
)
def test_those_that_are_one_character_off(asked: str, meant: tuple[str, ...]) -> None:
    assert nearest(asked, [TABLE]) == meant


def test_at_most_three_are_named_and_those_of_the_same_length_first() -> None:
    texts = ["E1390 E1391 E1392", "E13999 E1393"]
    assert nearest("E1399", texts) == ("E1390", "E1391", "E1392")
    assert nearest("E1399", ["E13999 E1393"]) == ("E1393", "E13999")


def test_nothing_is_near_a_very_short_one() -> None:
    assert nearest("A2", ["A3"]) == ()


def test_every_slip_is_one_that_is_looked_for() -> None:
    assert {"e1339", "e3199", "e139", "e13999"} <= {*variants(fold("E1399"))}
    assert "e1399" not in {*variants("e1399")}
