import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from num2words import num2words

from roxy.skills.sentences.hearing import normal
from roxy.skills.sentences.numbers import PATTERN, parse_number


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("7", 7),
        ("-3", -3),
        ("2.5", 2.5),
        ("2,5", 2.5),
        ("1,000", 1000),
        ("12,345.6", 12345.6),
        ("1/2", 0.5),
        ("twenty five", 25),
        ("a hundred and one", 101),
        ("one hundred twenty five thousand and six", 125006),
        ("two point five", 2.5),
        ("minus four", -4),
        ("two and a half", 2.5),
        ("2 and a quarter", 2.25),
        ("half a", 0.5),
        ("a", 1),
        ("an", 1),
        ("a dozen", 12),
        ("2.5 million", 2_500_000),
        ("zero", 0),
    ],
)
def test_numbers_are_read_in_digits_and_in_words(said, number):
    assert parse_number(said) == number


@pytest.mark.parametrize(
    "said",
    ["", "and", "five six", "and five", "twenty twenty", "a five", "one two three", "point", "1/0", "hundred point"],
)
def test_what_is_no_number_is_none(said):
    assert parse_number(said) is None


def test_whole_numbers_are_integers():
    assert isinstance(parse_number("2.0"), int)
    assert isinstance(parse_number("two and a half"), float)


@given(st.integers(min_value=0, max_value=999_999_999))
def test_every_number_in_words_is_read_back(number):
    said = normal(num2words(number).replace(",", ""))
    assert re.fullmatch(PATTERN, said)
    assert parse_number(said) == number
