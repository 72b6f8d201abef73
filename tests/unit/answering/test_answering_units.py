"""A number keeps its unit: 38 m in a passage does not support 38 dB in an answer."""

from __future__ import annotations

import pytest

from kb.answering.units import foreign_units

TABLE = "Property: Rated head (m) | X200-65: 38\nProperty: Weight with motor (kg) | X200-65: 187"


def test_a_number_in_a_unit_that_no_passage_has_is_named() -> None:
    assert foreign_units("The noise level is 38 dB. [2]", TABLE) == ("38 dB",)


@pytest.mark.parametrize(
    ("answer", "passage"),
    [
        ("It weighs 187 kg.", TABLE),
        ("它重187公斤。", TABLE),
        ("The tank holds 800 litres.", "柴油发电机的油箱容量是800升。"),
        ("The share is 25 percent.", "The supplement is 25% of the wage."),
        ("６３％", "挥发性有机物排放减少 63%。"),
        ("The torque is 240 Nm.", "Bolt Thread Torque (Nm)"),
    ],
)
def test_a_unit_may_be_spelled_in_another_way(answer: str, passage: str) -> None:
    assert foreign_units(answer, passage) == ()


@pytest.mark.parametrize("answer", ["It took 7 years.", "X200-65", "12 apples", "3 was voted for"])
def test_what_follows_a_number_is_not_always_a_unit(answer: str) -> None:
    assert foreign_units(answer, "nothing") == ()
