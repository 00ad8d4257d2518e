"""Dates: "tomorrow", "next friday", "the 3rd of may", "a week on tuesday", "the end of the month", "christmas".

Each reader gives the days that may be meant, soonest first: the first one whose time of day is still to come is
taken. A date that says its year or that is counted from today has one; a weekday or "the 5th" has its next two.
"""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial

from dateutil.relativedelta import FR, relativedelta

from roxy.skills.english.days import HOLIDAYS, MONTHS, WEEKDAYS, holiday_in

from .durations import read_duration
from .words import Tokens, accept, read_ordinal, read_whole, skip, word

_SHORT_DAYS = {
    "mon": 0, "tue": 1, "tues": 1, "wed": 2, "weds": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6,
}  # fmt: skip
_SHORT_MONTHS = {name[:3]: number for number, name in enumerate(MONTHS, 1)} | {"sept": 9}
_COUNTED = (
    ("the day after tomorrow", 2), ("day after tomorrow", 2), ("tomorrow", 1), ("tmrw", 1), ("tmr", 1),
    ("today", 0), ("the day before yesterday", -2), ("yesterday", -1),
)  # fmt: skip
_ONE_MONTH, _ONE_YEAR, _ONE_WEEK = relativedelta(months=1), relativedelta(years=1), relativedelta(weeks=1)
_MONTHS_A_YEAR = 12
_LONGEST_SEARCH = 8
"""Years until a 29 February surely comes (2096 to 2104)."""

Days = tuple[date, ...]
Reading = tuple[Days, int]


class Calendar:
    """Reads dates as seen from `today`; `month_first` says that 3/5 is the fifth of March."""

    def __init__(self, today: date, *, month_first: bool = False) -> None:
        self.today = today
        self.month_first = month_first

    def read(self, line: Tokens, at: int) -> Reading | None:
        """The date that begins at `at`, "on" and its like included."""
        start = skip(
            line, at, "starting on", "starting", "on the", "on", "by", "for", "the", "at the", "at", "over the"
        )
        led = start > at
        readers: tuple[Callable[[Tokens, int], Reading | None], ...] = (
            self._counted, self._from, self._period, self._end_of, self._weekend, self._figures, self._month_and_day,
            self._holiday,
        )  # fmt: skip
        for place in dict.fromkeys((at, start)):
            for reader in readers:
                if found := reader(line, place):
                    return found
            if found := self._weekday(line, place, led=led):
                return found
        return self._day_of_month(line, at)

    def _counted(self, line: Tokens, at: int) -> Reading | None:
        for phrase, days in _COUNTED:
            end = accept(line, at, phrase)
            if end is not None:
                return (self.today + timedelta(days=days),), end
        return None

    def _from(self, line: Tokens, at: int) -> Reading | None:
        """`a week on tuesday`, `two weeks from friday`, `3 days after christmas`, `tuesday week`, `in 2 weeks`."""
        duration = read_duration(line, skip(line, at, "in"))
        if duration and not duration[0].seconds:
            delta, end = duration
            base_at = accept(line, end, "on", "from", "after")
            base = self._counted(line, end) if base_at is None else self._base(line, base_at)
            return (tuple(delta.date_after(day) for day in base[0]), base[1]) if base else None
        day = weekday_at(line, at)
        end = accept(line, day[1], "week") if day else None
        return ((self._coming(day[0]) + _ONE_WEEK,), end) if day and end is not None else None

    def _base(self, line: Tokens, at: int) -> Reading | None:
        """What a duration is counted from; "now" is no date."""
        return None if word(line, at) == "now" else self.read(line, at)

    def _period(self, line: Tokens, at: int) -> Reading | None:
        """`next week` is its Monday, `next month` and `next year` their first day; with a weekday, that of the week."""
        monday = self.today + timedelta(days=7 - self.today.weekday())
        end = accept(line, at, "next week")
        if end is not None:
            day = weekday_at(line, skip(line, end, "on"))
            return ((monday + timedelta(days=day[0]),), day[1]) if day else ((monday,), end)
        end = accept(line, at, "next month", "the start of next month", "the beginning of next month")
        if end is not None:
            return (self.today + relativedelta(months=1, day=1),), end
        end = accept(line, at, "next year")
        return ((date(self.today.year + 1, 1, 1),), end) if end is not None else None

    def _end_of(self, line: Tokens, at: int) -> Reading | None:
        """`the end of the month`, `end of next week` (its Friday), `the last day of the year`."""
        start = accept(line, skip(line, at, "the"), "end of", "last day of")
        if start is None:
            return None
        coming = word(line, start) == "next"
        start = skip(line, start, "the", "this", "next")
        days: dict[str, Callable[[], date]] = {
            "week": lambda: self.today + relativedelta(weeks=1 if coming else 0) + relativedelta(weekday=FR),
            "month": lambda: self.today + relativedelta(months=1 if coming else 0, day=31),
            "year": lambda: self.today + relativedelta(years=1 if coming else 0, month=12, day=31),
        }
        if word(line, start) in days:
            return (days[word(line, start)](),), start + 1
        month = month_at(line, start)
        return (
            (tuple(self._yearly(lambda year: date(year, month[0], monthrange(year, month[0])[1]))), month[1])
            if month
            else None
        )

    def _weekend(self, line: Tokens, at: int) -> Reading | None:
        """The weekend begins on Saturday; said on one, "this weekend" also means its Sunday, "next" the one after."""
        lead = accept(line, at, "this coming", "this", "the", "next", "at the")
        start = at if lead is None else lead
        if word(line, start) != "weekend":
            return None
        saturday = self._coming(5)
        if word(line, at) == "next":
            saturday = self.today + timedelta(days=12 - self.today.weekday())
            return (saturday,), start + 1
        if word(line, at) == "this" and self.today.weekday() >= WEEKDAYS.index("saturday"):
            return (self.today, *([saturday + timedelta(days=1)] if saturday == self.today else [])), start + 1
        return (saturday, saturday + timedelta(days=7)), start + 1

    def _weekday(self, line: Tokens, at: int, *, led: bool) -> Reading | None:
        """`friday`, `this friday`: the coming one. `next friday`: that of the next week (weeks begin on Monday)."""
        lead = accept(line, at, "this coming", "this", "coming", "next", "the following", "following")
        day = weekday_at(line, at if lead is None else lead, short=led or lead is not None)
        if day is None:
            return None
        end = day[1]
        if word(line, at) == "next" or accept(line, end, "next week") is not None:
            monday = self.today + timedelta(days=7 - self.today.weekday())
            return (monday + timedelta(days=day[0]),), accept(line, end, "next week") or end
        coming = self._coming(day[0])
        return (coming, coming + timedelta(days=7)), end

    def _figures(self, line: Tokens, at: int) -> Reading | None:
        """`2027-05-03`, `3/5/2027` (in the order of the locale) and `24.12.`."""
        text = word(line, at)
        if iso := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", text):
            return self._exactly(int(iso[1]), int(iso[2]), int(iso[3]), at + 1)
        figures = re.fullmatch(r"(\d{1,2})([/.])(\d{1,2})(?:[/.](\d{2,4})?)?", text)
        if not figures:
            return None
        day, month = int(figures[1]), int(figures[3])
        if figures[2] == "/" and (self.month_first or month > _MONTHS_A_YEAR) and day <= _MONTHS_A_YEAR:
            day, month = month, day
        if figures[4]:
            year = int(figures[4])
            return self._exactly(year if year > 99 else 2000 + year, month, day, at + 1)  # noqa: PLR2004 - two figures
        return self._each_year(month, day, at + 1)

    def _month_and_day(self, line: Tokens, at: int) -> Reading | None:
        """`3rd of may`, `3 may 2027`, `may 3rd`, `may the third`."""
        found = read_day_and_month(line, at)
        if found is None:
            return None
        day, month, end = found
        year = word(line, end)
        if re.fullmatch(r"[12]\d{3}", year):
            return self._exactly(int(year), month, day, end + 1)
        return self._each_year(month, day, end)

    def _day_of_month(self, line: Tokens, at: int) -> Reading | None:
        """`on the 5th`, `the first of next month`; the months that have no such day are left out."""
        start = accept(line, at, "on the", "the", "on", "by the", "for the")
        day = read_ordinal(line, at if start is None else start)
        if day is None:
            return None
        coming = accept(line, day[1], "of next month", "of the next month")
        of = coming or accept(line, day[1], "of the month", "of this month")
        if of is None and (start is None or word(line, day[1]) in {"of", "time"}):
            return None
        days = self._monthly(day[0], range(1, 2) if coming else range(13))
        return (days, of or day[1]) if days else None

    def _monthly(self, day: int, ahead: range) -> Days:
        """The next two times of that day of the month, in months `ahead`."""
        months = [self.today + relativedelta(months=count, day=1) for count in ahead]
        days = [month.replace(day=day) for month in months if exists(month.year, month.month, day)]
        return tuple(found for found in days if found >= self.today)[:2]

    def _holiday(self, line: Tokens, at: int) -> Reading | None:
        for name in HOLIDAYS:
            end = accept(line, at, name)
            if end is not None:
                year = word(line, end)
                if re.fullmatch(r"[12]\d{3}", year):
                    return (_holiday(name, int(year)),), end + 1
                return tuple(self._yearly(partial(_holiday, name))), end
        return None

    def _coming(self, weekday: int) -> date:
        return self.today + timedelta(days=(weekday - self.today.weekday()) % 7)

    def _yearly(self, in_year: Callable[[int], date]) -> Iterator[date]:
        """The days of this year and of the next two, without what has passed."""
        for year in (self.today.year, self.today.year + 1, self.today.year + 2):
            if (day := in_year(year)) >= self.today:
                yield day

    def _exactly(self, year: int, month: int, day: int, end: int) -> Reading | None:
        return ((date(year, month, day),), end) if exists(year, month, day) else None

    def _each_year(self, month: int, day: int, end: int) -> Reading | None:
        years = range(self.today.year, self.today.year + _LONGEST_SEARCH + 1)
        days = tuple(date(year, month, day) for year in years if exists(year, month, day))
        coming = tuple(found for found in days if found >= self.today)[:2]
        return (coming, end) if coming else None


def exists(year: int, month: int, day: int) -> bool:
    """Whether the calendar has that day."""
    return 1 <= month <= 12 and 1 <= year <= 9999 and 1 <= day <= monthrange(year, month)[1]  # noqa: PLR2004


def read_day_and_month(line: Tokens, at: int) -> tuple[int, int, int] | None:
    """`3rd of may`, `3 may`, `may 3rd`, `may the third`: the day, the month and the index after them."""
    month = month_at(line, at)
    if month:
        day = read_ordinal(line, skip(line, month[1], "the")) or read_whole(line, month[1])
        return (day[0], month[0], day[1]) if day else None
    day = read_ordinal(line, at) or read_whole(line, at)
    month = month_at(line, skip(line, day[1], "of")) if day else None
    return (day[0], month[0], month[1]) if day and month else None


def weekday_at(line: Tokens, at: int, *, short: bool = True) -> tuple[int, int] | None:
    """The weekday that stands at `at` (Monday is 0); `sat` and `sun` count only when `short`."""
    text = word(line, at)
    singular = text.removesuffix("s")
    if text in WEEKDAYS or singular in WEEKDAYS:
        return WEEKDAYS.index(text if text in WEEKDAYS else singular), at + 1
    return (_SHORT_DAYS[text], at + 1) if short and text in _SHORT_DAYS else None


def month_at(line: Tokens, at: int) -> tuple[int, int] | None:
    """The month that stands at `at`, counted from 1."""
    text = word(line, at)
    if text in MONTHS:
        return MONTHS.index(text) + 1, at + 1
    return (_SHORT_MONTHS[text], at + 1) if text in _SHORT_MONTHS else None


def _holiday(name: str, year: int) -> date:
    """The date of one of `HOLIDAYS`."""
    found = holiday_in(name, year)
    if found is None:
        raise AssertionError(f"{name} is no holiday")
    return found
