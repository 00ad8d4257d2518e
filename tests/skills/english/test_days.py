"""Days that have a name."""

from datetime import date

import pytest

from roxy.skills.english.days import HOLIDAYS, fixed, holiday_in


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("christmas eve", date(2027, 12, 24)),
        ("new year's day", date(2027, 1, 1)),
        ("new years day", date(2027, 1, 1)),
        ("good friday", date(2027, 3, 26)),
        ("whit monday", date(2027, 5, 17)),
        ("thanksgiving", date(2027, 11, 25)),
        ("black friday", date(2027, 11, 26)),
        ("mother's day", date(2027, 5, 9)),
        ("memorial day", date(2027, 5, 31)),
        ("labor day", date(2027, 9, 6)),
    ],
)
def test_a_day_with_a_name_has_its_date_however_its_apostrophe_is_written(name, day):
    assert holiday_in(name, 2027) == day
    assert name in HOLIDAYS


def test_only_days_on_the_same_date_every_year_are_fixed_and_other_words_are_no_days():
    assert fixed("new years eve") == (12, 31)
    assert fixed("easter") is None
    assert holiday_in("pancakes", 2027) is None
    assert all(holiday_in(name, 2028) for name in HOLIDAYS)


def test_a_longer_name_stands_before_the_shorter_one_it_holds():
    assert HOLIDAYS.index("christmas eve") < HOLIDAYS.index("christmas")
