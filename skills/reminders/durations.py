"""Durations: "eight and a half minutes", "an hour and a half", "2 weeks", "1h 30m", "three quarters of an hour"."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from dateutil.relativedelta import relativedelta

from .words import Tokens, accept, read_number, skip, word

_SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DAYS = {"day": 1, "week": 7, "fortnight": 14}
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_SHORT = {
    "s": "second", "sec": "second", "secs": "second",
    "m": "minute", "min": "minute", "mins": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour",
    "d": "day", "w": "week", "wk": "week", "wks": "week",
}  # fmt: skip
_DAYS_A_MONTH, _SECONDS_A_DAY = 30, 86_400
_PARTS = {"half": Fraction(1, 2), "quarter": Fraction(1, 4)}
_VAGUE = (("a couple of", 2), ("a couple", 2), ("couple of", 2), ("couple", 2), ("a few", 3), ("few", 3))


@dataclass(frozen=True, slots=True)
class Span:
    """A length of time: months and days go by the calendar, seconds by time that passes."""

    months: int = 0
    days: int = 0
    seconds: int = 0

    def __add__(self, other: "Span") -> "Span":
        return Span(self.months + other.months, self.days + other.days, self.seconds + other.seconds)

    def date_after(self, day: date) -> date:
        """The day that lies its months and days after `day`; the last of the month where there is no such day."""
        return day + relativedelta(months=self.months, days=self.days)


def read_unit(line: Tokens, at: int) -> tuple[str, int] | None:
    """A unit of time in the singular: `hour` for "hours", "hrs" and "h"."""
    text = word(line, at)
    unit = _SHORT.get(text) or text.removesuffix("s")
    return (unit, at + 1) if unit in _SECONDS or unit in _DAYS or unit in _MONTHS else None


def read_duration(line: Tokens, at: int) -> tuple[Span, int] | None:
    """One or more amounts in a row: "2 hours", "an hour and ten minutes", "1h 30m", "1h30"."""
    first = _read_amount(line, at)
    if first is None:
        return _read_glued(line, at)
    total, at = first
    while more := _read_amount(line, skip(line, at, "and")):
        total, at = total + more[0], more[1]
    return total, at


def _read_glued(line: Tokens, at: int) -> tuple[Span, int] | None:
    """`1h30`, which as a clock time is read elsewhere."""
    hours, letter, minutes = word(line, at).partition("h")
    if letter and hours.isdigit() and minutes.isdigit():
        return Span(seconds=int(hours) * 3600 + int(minutes) * 60), at + 1
    return None


def _read_amount(line: Tokens, at: int) -> tuple[Span, int] | None:
    """One quantity with its unit, and the half or quarter that may follow it."""
    part = _read_part_of_unit(line, at)
    if part:
        return part
    quantity = _read_quantity(line, at)
    unit = read_unit(line, skip(line, quantity[1], "more")) if quantity else None
    if quantity is None or unit is None:
        return None
    amount, after = quantity[0], unit[1]
    for name, share in _PARTS.items():
        end = accept(line, after, f"and a {name}", f"and {name}")
        if end is not None and read_unit(line, end) is None and accept(line, end, "an", "a") is None:
            amount, after = amount + share, end
            break
    return span(amount, unit[0]), after


def _read_part_of_unit(line: Tokens, at: int) -> tuple[Span, int] | None:
    """`half an hour`, `a quarter of an hour`, `three quarters of an hour`."""
    number = read_number(line, at)
    start = number[1] if number else skip(line, at, "a")
    name = word(line, start).removesuffix("s")
    if name not in _PARTS:
        return None
    unit_at = accept(line, start + 1, "of an", "of a", "an", "a") or start + 1
    unit = read_unit(line, unit_at)
    if unit is None or unit[0] == "quarter":
        return None
    return span(_PARTS[name] * (number[0] if number else 1), unit[0]), unit[1]


def _read_quantity(line: Tokens, at: int) -> tuple[Fraction, int] | None:
    """`7`, `two and a half`, `an`, `a couple of`, `another`."""
    for phrase, value in _VAGUE:
        after = accept(line, at, phrase)
        if after is not None:
            return Fraction(value), after
    number = read_number(line, at)
    if number is None:
        after = accept(line, at, "an other", "another", "an", "a")
        return None if after is None else (Fraction(1), after)
    for name, share in _PARTS.items():
        after = accept(line, number[1], f"and a {name}", f"and {name}")
        if after is not None and read_unit(line, after):
            return number[0] + share, after
    return number


def span(amount: Fraction, unit: str) -> Span:
    """`amount` of `unit`; half a month is 15 days, half a year 6 months, half a day 12 hours."""
    if unit in _SECONDS:
        return Span(seconds=round(amount * _SECONDS[unit]))
    if unit in _DAYS:
        days, rest = divmod(amount * _DAYS[unit], 1)
        return Span(days=int(days), seconds=round(rest * _SECONDS_A_DAY))
    months, rest = divmod(amount * _MONTHS[unit], 1)
    return Span(months=int(months), days=round(rest * _DAYS_A_MONTH))


def after(now: datetime, delta: Span) -> datetime:
    """`delta` after `now`: days and months by the calendar on the wall, hours and smaller as time that passes.

    "In 24 hours" over a change of the clocks is therefore not always the same time tomorrow; "in a day" is.
    """
    day = now
    if delta.months or delta.days:
        day = settle(now.replace(tzinfo=None) + relativedelta(months=delta.months, days=delta.days), now)
    return (day.astimezone(UTC) + timedelta(seconds=delta.seconds)).astimezone(now.tzinfo)


def settle(wall: datetime, now: datetime) -> datetime:
    """The moment when the clock on the wall in `now`'s zone shows `wall`.

    A time that the change of the clocks leaves out moves on by the gap (02:30 becomes 03:30); of one that comes
    twice it is the first. That is what RFC 5545, section 3.3.5, says.
    """
    return wall.replace(tzinfo=now.tzinfo, fold=0).astimezone(UTC).astimezone(now.tzinfo)
