"""Names of days and months, and the dates of days that have a name."""

from collections.abc import Mapping
from datetime import date, timedelta

from dateutil.easter import easter
from dateutil.relativedelta import MO, SU, TH, relativedelta

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""From Monday on, as `date.weekday` counts."""
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
_FIXED: Mapping[str, tuple[int, int]] = {
    "christmas": (12, 25), "christmas day": (12, 25), "xmas": (12, 25), "christmas eve": (12, 24),
    "boxing day": (12, 26), "new year": (1, 1), "the new year": (1, 1), "new year's": (1, 1), "new year's day": (1, 1),
    "new year's eve": (12, 31), "new year eve": (12, 31), "valentine's day": (2, 14), "valentine's": (2, 14),
    "saint patrick's day": (3, 17), "st patrick's day": (3, 17), "april fools day": (4, 1), "april fools": (4, 1),
    "april fool's day": (4, 1), "may day": (5, 1), "halloween": (10, 31), "independence day": (7, 4),
    "the fourth of july": (7, 4),
}  # fmt: skip
_EASTER: Mapping[str, int] = {
    "easter": 0, "easter sunday": 0, "good friday": -2, "easter monday": 1, "ash wednesday": -46,
    "ascension day": 39, "pentecost": 49, "whit sunday": 49, "whit monday": 50, "pentecost monday": 50,
}  # fmt: skip
_MOVING: Mapping[str, relativedelta] = {
    "mother's day": relativedelta(month=5, day=1, weekday=SU(2)),
    "mother day": relativedelta(month=5, day=1, weekday=SU(2)),
    "father's day": relativedelta(month=6, day=1, weekday=SU(3)),
    "father day": relativedelta(month=6, day=1, weekday=SU(3)),
    "thanksgiving": relativedelta(month=11, day=1, weekday=TH(4)),
    "thanksgiving day": relativedelta(month=11, day=1, weekday=TH(4)),
    "labor day": relativedelta(month=9, day=1, weekday=MO(1)),
    "memorial day": relativedelta(month=5, day=31, weekday=MO(-1)),
    "martin luther king day": relativedelta(month=1, day=1, weekday=MO(3)),
}
"""Mother's Day as in most countries, among them Germany and the United States."""
_BLACK_FRIDAY = "black friday"


def _spelled(names: Mapping[str, object]) -> Mapping[str, str]:
    """Each name as it is written, and without its apostrophe, to the name as it stands here."""
    return {**{name.replace("'", ""): name for name in names}, **{name: name for name in names}}


_NAMES = _spelled({**_FIXED, **_EASTER, **_MOVING, _BLACK_FRIDAY: None})
HOLIDAYS = tuple(sorted(_NAMES, key=len, reverse=True))
"""The names of days, longest first, so that "christmas eve" is found before "christmas"."""


def fixed(holiday: str) -> tuple[int, int] | None:
    """Month and day of a holiday that is on the same date every year."""
    return _FIXED.get(_NAMES.get(holiday, ""))


def holiday_in(holiday: str, year: int) -> date | None:
    """The date of `holiday` in `year`; None when it is no name of `HOLIDAYS`."""
    name = _NAMES.get(holiday)
    if name is None:
        return None
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name in _EASTER:
        return easter(year) + timedelta(days=_EASTER[name])
    if name == _BLACK_FRIDAY:
        return date(year, 1, 1) + _MOVING["thanksgiving"] + timedelta(days=1)
    return date(year, 1, 1) + _MOVING[name]
