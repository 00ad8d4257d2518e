"""Times of the day: "half past seven", "quarter to nine", "17:30", "5 p.m.", "noon", "in the morning"."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from .words import Tokens, accept, read_whole, skip, word

_HALF_DAY = 12
_MIDNIGHT = 24
_WAKING = 7
_SIXTY = 60
_NAMED = {"noon": 12, "midday": 12, "midnight": _MIDNIGHT}
_MARKS = ("at around", "at about", "at", "by", "around", "about", "from", "@")
_USUAL = {
    "morning": (9, 0),
    "lunchtime": (12, 30),
    "afternoon": (15, 0),
    "evening": (19, 0),
    "night": (21, 0),
    "bedtime": (22, 0),
}
_PART_LEADS = ("early in the", "late in the", "in the", "during the", "this", "at", "early", "late", "the")
_AFTER_MIDNIGHT = 5
"""At night, one to four o'clock belong to the next day."""


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of the day. `exact` is False when it could be before or after noon ("at 5"). Hour 24 is midnight."""

    hour: int
    minute: int = 0
    second: int = 0
    exact: bool = True


@dataclass(frozen=True, slots=True)
class DayPart:
    """`morning`, `afternoon`, `evening`, `night` and the like."""

    name: str

    @property
    def usual(self) -> Clock:
        """The time meant when only the part of the day is named."""
        return Clock(*_USUAL[self.name])


def read_clock(line: Tokens, at: int, *, marked: bool = False) -> tuple[Clock, int] | None:
    """A time of the day. A bare number counts only after "at" and its like, or when `marked` says so."""
    after_mark = accept(line, at, *_MARKS)
    start = skip(line, at if after_mark is None else after_mark, "the")
    marked = marked or after_mark is not None
    named = word(line, start)
    if named in _NAMED:
        return Clock(_NAMED[named]), start + 1
    if accept(line, start, "twelve noon", "12 noon", "twelve midnight", "12 midnight"):
        return Clock(_NAMED[word(line, start + 1)]), start + 2
    return _read_past_or_to(line, start) or _read_colon(line, start) or _read_hour(line, start, marked=marked)


def _read_past_or_to(line: Tokens, at: int) -> tuple[Clock, int] | None:
    """`half past seven`, `a quarter to nine`, `ten past 6`, `half seven` (which is half past, as the British say)."""
    minutes = _read_minutes(line, at)
    if minutes is None:
        return None
    amount, after = minutes
    before = accept(line, after, "to", "before", "till", "of")
    past = accept(line, after, "past", "after") or (after if word(line, at) == "half" and before is None else None)
    hour_at = past or before
    hour = read_whole(line, hour_at) if hour_at is not None else None
    if hour is None:
        return _named_past_or_to(line, hour_at, amount if past else -amount)
    return _at_past_or_to(line, hour, amount if past else -amount)


def _at_past_or_to(line: Tokens, hour: tuple[int, int], minutes: int) -> tuple[Clock, int] | None:
    if not 1 <= hour[0] <= _HALF_DAY:
        return None
    if minutes > 0:
        return _with_suffix(line, hour[1], hour[0], minutes)
    return _with_suffix(line, hour[1], hour[0] - 1 or _HALF_DAY, _SIXTY + minutes)


def _named_past_or_to(line: Tokens, at: int | None, minutes: int) -> tuple[Clock, int] | None:
    """`ten to midnight`, `quarter past noon`."""
    name = word(line, at) if at is not None else ""
    if at is None or name not in {"noon", "midday", "midnight"}:
        return None
    total = (_NAMED[name] * _SIXTY + minutes) % (_MIDNIGHT * _SIXTY)
    return Clock(total // _SIXTY, total % _SIXTY), at + 1


def _read_minutes(line: Tokens, at: int) -> tuple[int, int] | None:
    start = skip(line, at, "a")
    if word(line, start) in {"half", "quarter"}:
        return (30 if word(line, start) == "half" else 15), start + 1
    number = read_whole(line, at)
    if number is None or not 1 <= number[0] < _SIXTY:
        return None
    return number[0], skip(line, number[1], "minutes", "minute", "min")


def _read_colon(line: Tokens, at: int) -> tuple[Clock, int] | None:
    """`17:30`, `9:15 am`, `17.30`. A leading zero, or an hour over 12, says that it is meant in 24 hours."""
    figures = re.fullmatch(r"(\d{1,2})[:.h](\d{2})(?::(\d{2}))?", word(line, at))
    if not figures:
        return None
    hour, minute, second = int(figures[1]), int(figures[2]), int(figures[3] or 0)
    exact = figures[1].startswith("0") or not 1 <= hour <= _HALF_DAY
    return _with_suffix(line, at + 1, hour, minute, second, exact=exact)


def _read_hour(line: Tokens, at: int, *, marked: bool) -> tuple[Clock, int] | None:
    """`5 pm`, `five o'clock`, `five thirty`, `seven oh five`; after a mark also `5`, `17` and `1730`."""
    number = read_whole(line, at)
    if number is None:
        return None
    hour, after = number
    if marked and re.fullmatch(r"\d{4}", word(line, at)):
        return _with_suffix(line, after, hour // 100, hour % 100, exact=True)
    minute, minutes_end = _read_spoken_minutes(line, after)
    oclock = accept(line, after, "o'clock", "oclock")
    followed = word(line, minutes_end) in {"am", "pm"}
    if not (marked or oclock is not None or followed):
        return None
    if oclock is not None:
        minute, minutes_end = 0, oclock
    return _with_suffix(line, minutes_end, hour, minute, exact=not 1 <= hour <= _HALF_DAY)


def _read_spoken_minutes(line: Tokens, at: int) -> tuple[int, int]:
    """The `thirty` of "five thirty" and the `oh five` of "seven oh five"; 0 when there are none."""
    zero = accept(line, at, "oh", "o", "zero")
    number = read_whole(line, at if zero is None else zero)
    lowest, highest = (1, 9) if zero is not None else (10, 59)
    return number if number and lowest <= number[0] <= highest else (0, at)


def _with_suffix(
    line: Tokens, at: int, hour: int, minute: int, second: int = 0, *, exact: bool = False
) -> tuple[Clock, int] | None:
    """Apply `am` or `pm`, and refuse what no clock shows."""
    suffix = word(line, at)
    if suffix in {"am", "pm"}:
        if not 1 <= hour <= _HALF_DAY:
            return None
        hour, exact, at = hour % _HALF_DAY + (_HALF_DAY if suffix == "pm" else 0), True, at + 1
    if hour >= _MIDNIGHT or minute >= _SIXTY or second >= _SIXTY:
        return None
    return Clock(hour, minute, second, exact), at


def read_part(line: Tokens, at: int) -> tuple[DayPart, int] | None:
    """`in the morning`, `this evening`, `at night`, `morning`; "tonight" is read with the dates."""
    start = skip(line, at, *_PART_LEADS)
    name = word(line, start)
    return (DayPart(name), start + 1) if name in _USUAL else None


def moments(day: date, clock: Clock | None, part: DayPart | None) -> list[datetime]:
    """The times on the wall that may be meant on `day`, the likeliest first.

    A time that could be before or after noon follows the part of the day; without one, that between 07:00 and
    midnight is likelier (so "at 5" is 17:00 and "at 8" is 08:00, with 20:00 the second choice).
    """
    if clock is None:
        clock = part.usual if part else Clock(*_USUAL["morning"])
    if clock.exact:
        late = part is not None and part.name == "night" and clock.hour < _AFTER_MIDNIGHT
        return [_on(day, clock, clock.hour + (_MIDNIGHT if late else 0))]
    if part:
        return [_on(day, clock, _hour_in(part, clock.hour % _HALF_DAY))]
    hours = (clock.hour % _HALF_DAY, clock.hour % _HALF_DAY + _HALF_DAY)
    return [_on(day, clock, hour) for hour in sorted(hours, key=lambda hour: (hour < _WAKING, hour))]


def awake(moment: datetime) -> bool:
    """Whether people are usually awake: 07:00 to midnight."""
    return moment.hour >= _WAKING


def _hour_in(part: DayPart, hour: int) -> int:
    if part.name == "morning":
        return hour
    if part.name in {"night", "bedtime"}:
        return hour + (_MIDNIGHT if hour < _AFTER_MIDNIGHT else _HALF_DAY)
    return hour + _HALF_DAY


def _on(day: date, clock: Clock, hour: int) -> datetime:
    wall = datetime(day.year, day.month, day.day) + timedelta(hours=hour)  # noqa: DTZ001 - a time on the wall; it gets its zone when it is settled
    return wall.replace(minute=clock.minute, second=clock.second)
