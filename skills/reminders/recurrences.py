"""What comes again: "every weekday at 8", "every other tuesday", "the first monday of every month", "daily".

The result is a recurrence rule of RFC 5545, section 3.3.10. Days that not every month or year has fall on the last
one it has: "every month on the 31st" is the last day of each month, "every 29 february" the last of February.
"""

from dataclasses import dataclass, replace

from roxy.skills.english.days import HOLIDAYS, MONTHS, WEEKDAYS, fixed

from .dates import month_at, read_day_and_month, weekday_at
from .durations import read_unit
from .words import Tokens, accept, read_ordinal, read_whole, skip, word

_CODES = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
WORKDAYS, WEEKEND = _CODES[:5], _CODES[5:]
_FREQUENCY = {
    "minute": "MINUTELY",
    "hour": "HOURLY",
    "day": "DAILY",
    "week": "WEEKLY",
    "month": "MONTHLY",
    "year": "YEARLY",
}
_MULTIPLES = {"fortnight": ("WEEKLY", 2), "quarter": ("MONTHLY", 3)}
_ADVERBS = {
    "daily": "DAILY", "hourly": "HOURLY", "weekly": "WEEKLY", "monthly": "MONTHLY", "yearly": "YEARLY",
    "annually": "YEARLY", "once a day": "DAILY", "once an hour": "HOURLY", "once a week": "WEEKLY",
    "once a month": "MONTHLY", "once a year": "YEARLY", "day after day": "DAILY",
}  # fmt: skip
_EVERY = ("on every", "at every", "in every", "for every", "every single", "every", "each")
_PARTS = {"morning", "afternoon", "evening", "night"}
_LAST_SURE_DAY = 28


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A rule in parts. `part` is the part of the day it names ("every morning")."""

    freq: str
    interval: int = 1
    byday: tuple[str, ...] = ()
    bymonth: int = 0
    bymonthday: int = 0
    """-1 is the last day."""
    part: str = ""

    @property
    def clockless(self) -> bool:
        """Whether it counts minutes or hours, so that it begins now and not at a time of day."""
        return self.freq in {"MINUTELY", "HOURLY"}

    def rule(self, *, interval: int | None = None) -> str:
        """The text of RFC 5545; `interval` replaces its own."""
        steps = self.interval if interval is None else interval
        return ";".join(
            [f"FREQ={self.freq}"]
            + ([f"INTERVAL={steps}"] if steps > 1 else [])
            + ([f"BYMONTH={self.bymonth}"] if self.bymonth else [])
            + ([f"BYDAY={','.join(self.byday)}"] if self.byday else [])
            + self._month_days()
        )

    def _month_days(self) -> list[str]:
        if not self.bymonthday:
            return []
        if self.bymonthday <= _LAST_SURE_DAY or (self.bymonth and self.bymonth != MONTHS.index("february") + 1):
            return [f"BYMONTHDAY={self.bymonthday}"]
        days = ",".join(str(day) for day in range(_LAST_SURE_DAY, self.bymonthday + 1))
        return [f"BYMONTHDAY={days}", "BYSETPOS=-1"]


Reading = tuple[Recurrence, int]


def read_recurrence(line: Tokens, at: int) -> Reading | None:
    """The recurrence that begins at `at`."""
    start = accept(line, at, *_EVERY)
    if start is None:
        return _adverb(line, at) or _plural_days(line, at) or _of_every_month(line, at)
    for reader in (_days_of_month, _ordinal_weekday, _yearly, _weekdays, _units):
        if found := reader(line, start):
            return found
    return None


def _adverb(line: Tokens, at: int) -> Reading | None:
    for phrase, freq in _ADVERBS.items():
        end = accept(line, at, phrase)
        if end is not None:
            return Recurrence(freq), end
    end = accept(line, at, "nightly")
    return (Recurrence("DAILY", part="night"), end) if end is not None else None


def _plural_days(line: Tokens, at: int) -> Reading | None:
    """`on weekdays`, `mondays and fridays`, `at weekends`."""
    start = skip(line, at, "on", "at the", "at")
    text = word(line, start)
    if text not in {"weekdays", "weekends", "workdays"} and text.removesuffix("s") not in WEEKDAYS:
        return None
    return _weekdays(line, start) if text.endswith("s") else None


def _weekdays(line: Tokens, at: int) -> Reading | None:
    """`weekday`, `weekend`, `monday, wednesday and friday`, `other tuesday`, `2nd tuesday` as every other."""
    interval, at = _interval(line, at)
    days: list[str] = []
    part = ""
    while more := _weekday_group(line, at):
        days += more[0]
        at = more[1]
        if word(line, at) in _PARTS:
            part, at = word(line, at), at + 1
            break
        joined = skip(line, at, "and on", "and", "on")
        if _weekday_group(line, joined):
            at = joined
    ordered = tuple(code for code in _CODES if code in days)
    return (Recurrence("WEEKLY", interval, ordered, part=part), at) if days else None


def _weekday_group(line: Tokens, at: int) -> tuple[list[str], int] | None:
    text = word(line, at).removesuffix("s")
    if text in {"weekday", "workday"}:
        return list(WORKDAYS), at + 1
    if accept(line, at, "working day", "week day"):
        return list(WORKDAYS), at + 2
    if text == "weekend":
        return list(WEEKEND), at + 1
    day = weekday_at(line, at)
    return ([_CODES[day[0]]], day[1]) if day else None


def _interval(line: Tokens, at: int) -> tuple[int, int]:
    """`other` and `second` are 2, `third` and `3` are 3; 1 when nothing is said."""
    end = accept(line, at, "other")
    if end is not None:
        return 2, end
    number = read_whole(line, at) or read_ordinal(line, at)
    return number if number and number[0] > 0 else (1, at)


def _units(line: Tokens, at: int) -> Reading | None:
    """`day`, `2 hours`, `other week`, `fortnight`, `morning`."""
    if accept(line, at, "half hour", "half an hour"):
        return Recurrence("MINUTELY", 30), skip(line, at, "half hour", "half an hour")
    interval, start = _interval(line, at)
    if word(line, start) in _PARTS:
        return Recurrence("DAILY", interval, part=word(line, start)), start + 1
    unit = read_unit(line, start)
    if unit is None:
        return None
    freq, times = _MULTIPLES.get(unit[0], (_FREQUENCY.get(unit[0], ""), 1))
    if not freq:
        return None
    found = Recurrence(freq, interval * times), unit[1]
    return _with_days(line, *found) if freq in {"WEEKLY", "MONTHLY", "YEARLY"} else _with_exception(line, *found)


def _with_days(line: Tokens, found: Recurrence, at: int) -> Reading:
    """The days that may follow: `every week on monday`, `every month on the 15th`, `every year on 3 may`."""
    start = skip(line, at, "on the", "on", "the")
    if found.freq == "WEEKLY":
        days = _weekdays(line, start)
        return (replace(found, byday=days[0].byday, part=days[0].part), days[1]) if days else (found, at)
    if found.freq == "YEARLY":
        day = _yearly(line, start)
        return (replace(day[0], interval=found.interval), day[1]) if day else (found, at)
    ordinal = _ordinal_weekday(line, start)
    if ordinal:
        return replace(ordinal[0], interval=found.interval), ordinal[1]
    day_of_month = _numbered_day(line, start) if start > at else None
    return (replace(found, bymonthday=day_of_month[0]), day_of_month[1]) if day_of_month else (found, at)


def _numbered_day(line: Tokens, at: int) -> tuple[int, int] | None:
    """`15th`, `15`, `last day` as -1."""
    last = accept(line, at, "last day", "last")
    day = (-1, last) if last is not None else (read_ordinal(line, at) or read_whole(line, at))
    return day if day and -1 <= day[0] <= 31 else None  # noqa: PLR2004 - the longest month


def _with_exception(line: Tokens, found: Recurrence, at: int) -> Reading:
    """`every day except sunday`, `every day but weekends`."""
    start = accept(line, at, "except for", "except on", "except", "but not on", "but")
    left_out = _weekdays(line, start) if start is not None and found.freq == "DAILY" else None
    if left_out is None:
        return found, at
    return Recurrence("WEEKLY", byday=tuple(code for code in _CODES if code not in left_out[0].byday)), left_out[1]


def _of_every_month(line: Tokens, at: int) -> Reading | None:
    """`the first of every month`, `on the last friday of each month`, `the 15th of every month`."""
    start = skip(line, at, "on the", "the", "on")
    return _ordinal_weekday(line, start, of=("of every month", "of each month", "every month", "each month")) or (
        _days_of_month(line, start, of=("of every month", "of each month", "every month", "each month"))
    )


_OF_MONTH = ("of the month", "of every month", "of each month", "of a month", "in the month")


def _days_of_month(line: Tokens, at: int, *, of: tuple[str, ...] = _OF_MONTH) -> Reading | None:
    """`first of the month`, `15th`, `last day of the month`."""
    last = accept(line, at, "last day", "last")
    day = (-1, last) if last is not None else read_ordinal(line, at)
    if day is None or day[0] > 31:  # noqa: PLR2004 - the longest month
        return None
    end = accept(line, skip(line, day[1], "day"), *of)
    if end is None and of is _OF_MONTH and last is None and word(line, at)[0].isdigit():
        end = day[1] if not _interval_follows(line, day[1]) else None
    return (Recurrence("MONTHLY", bymonthday=day[0]), end) if end is not None else None


def _interval_follows(line: Tokens, at: int) -> bool:
    """Whether "2nd" in "every 2nd tuesday" or "every 3rd of may" is not a day of the month."""
    return bool(read_unit(line, at) or _weekday_group(line, at) or month_at(line, skip(line, at, "of")))


def _ordinal_weekday(line: Tokens, at: int, *, of: tuple[str, ...] = _OF_MONTH) -> Reading | None:
    """`first monday of the month`, `last friday of the month`, `last weekday of the month`."""
    last = accept(line, at, "last")
    place = (-1, last) if last is not None else read_ordinal(line, at)
    day = weekday_at(line, place[1]) if place else None
    end = accept(line, day[1], *of) if day else None
    if place is None or day is None or end is None or place[0] > 5:  # noqa: PLR2004 - no month has six
        return None
    return Recurrence("MONTHLY", byday=(f"{place[0]}{_CODES[day[0]]}",)), end


def _yearly(line: Tokens, at: int) -> Reading | None:
    """`3rd of may`, `may 3rd`, `christmas`."""
    for name in HOLIDAYS:
        end = accept(line, at, name)
        if end is not None and (month_and_day := fixed(name)):
            return Recurrence("YEARLY", bymonth=month_and_day[0], bymonthday=month_and_day[1]), end
    found = read_day_and_month(line, at)
    if found is None or not 1 <= found[0] <= 31:  # noqa: PLR2004 - the longest month
        return None
    return Recurrence("YEARLY", bymonth=found[1], bymonthday=found[0]), found[2]
