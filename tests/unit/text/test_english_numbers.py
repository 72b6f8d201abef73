"""English number words."""

from __future__ import annotations

from kb.text.english_numbers import ENGLISH_NUMBER, ENGLISH_NUMBERS


def test_words_up_to_ninety_nine_are_numbers() -> None:
    found = [ENGLISH_NUMBERS[word] for word in ENGLISH_NUMBER.findall("ten or twenty-one, ninety")]
    assert found == [10, 21, 90]


def test_part_of_another_word_is_none() -> None:
    assert ENGLISH_NUMBER.findall("the tenant, someone and a ten-year-old") == []
