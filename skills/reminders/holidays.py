"""Days with a name, as dates of a given year."""

from collections.abc import Callable
from datetime import date

from dateutil.easter import easter
from dateutil.relativedelta import MO, TH, relativedelta

_FIXED = {
    "christmas": (12, 25), "christmas day": (12, 25), "xmas": (12, 25),
    "christmas eve": (12, 24), "boxing day": (12, 26),
    "new year": (1, 1), "new years": (1, 1), "new year's": (1, 1), "new year's day": (1, 1), "new years day": (1, 1),
    "new year's eve": (12, 31), "new years eve": (12, 31), "new year eve": (12, 31),
    "valentine's day": (2, 14), "valentines day": (2, 14), "valentine's": (2, 14),
    "saint patrick's day": (3, 17), "st patrick's day": (3, 17), "st patricks day": (3, 17),
    "april fools day": (4, 1), "april fools": (4, 1), "april fool's day": (4, 1),
    "may day": (5, 1), "halloween": (10, 31), "independence day": (7, 4),
}  # fmt: skip
_EASTER = {
    "easter": 0, "easter sunday": 0, "good friday": -2, "easter monday": 1, "ash wednesday": -46,
    "ascension day": 39, "pentecost": 49, "whit sunday": 49, "whit monday": 50, "pentecost monday": 50,
}  # fmt: skip
_RELATIVE = {
    "thanksgiving": relativedelta(month=11, day=1, weekday=TH(4)),
    "thanksgiving day": relativedelta(month=11, day=1, weekday=TH(4)),
    "labor day": relativedelta(month=9, day=1, weekday=MO(1)),
    "memorial day": relativedelta(month=5, day=31, weekday=MO(-1)),
    "martin luther king day": relativedelta(month=1, day=1, weekday=MO(3)),
}
NAMES: tuple[str, ...] = tuple(sorted([*_FIXED, *_EASTER, *_RELATIVE, "black friday"], key=len, reverse=True))
"""Longest first, so that "christmas eve" is found before "christmas"."""


def fixed(name: str) -> tuple[int, int] | None:
    """Month and day of a holiday that is on the same date every year."""
    return _FIXED.get(name)


def in_year(name: str) -> Callable[[int], date]:
    """The function from a year to the date of `name`, which is one of `NAMES`."""
    if name in _FIXED:
        month, day = _FIXED[name]
        return lambda year: date(year, month, day)
    if name in _EASTER:
        return lambda year: easter(year) + relativedelta(days=_EASTER[name])
    if name == "black friday":
        return lambda year: date(year, 1, 1) + _RELATIVE["thanksgiving"] + relativedelta(days=1)
    return lambda year: date(year, 1, 1) + _RELATIVE[name]
