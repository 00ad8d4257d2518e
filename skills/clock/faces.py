"""How the clock and the calendar are said in a locale such as `en_US`."""

from datetime import date, datetime

_TWELVE_HOURS = {"US", "CA", "AU", "NZ", "IN", "PH", "PK", "MY", "EG", "SA", "CO"}
_HALF_DAY = 12


def region(locale: str) -> str:
    """`US` of `en_US.UTF-8`."""
    return locale.replace("-", "_").partition("_")[2].partition(".")[0]


def clock(moment: datetime, locale: str) -> str:
    """`17:05`, or `5:05 PM` where that is the custom."""
    if region(locale) in _TWELVE_HOURS:
        return f"{moment.hour % _HALF_DAY or _HALF_DAY}:{moment:%M} {'AM' if moment.hour < _HALF_DAY else 'PM'}"
    return f"{moment:%H:%M}"


def day(of: date, locale: str) -> str:
    """`Saturday 21 November 2026`, or `Saturday, November 21, 2026`."""
    if region(locale) == "US":
        return f"{of:%A}, {of:%B} {of.day}, {of.year}"
    return f"{of:%A} {of.day} {of:%B} {of.year}"
