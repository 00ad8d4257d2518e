"""Dates that people name: "3 may", "christmas", "next friday", "tomorrow", "in 3 weeks". Read with dateutil."""

import re
from datetime import date, datetime, timedelta

from dateutil import parser
from dateutil.relativedelta import relativedelta

from roxy.skills.english.days import MONTHS, WEEKDAYS, holiday_in
from roxy.skills.english.numbers import ONES, ORDINALS

_COUNTED = {"today": 0, "tomorrow": 1, "the day after tomorrow": 2, "yesterday": -1, "the day before yesterday": -2}
_LONGEST_SEARCH = 9


def find(said: str, today: date, *, month_first: bool = False, past: bool = False) -> date | None:
    """The date that `said` names: the next one, or with `past` the last one. None when it names none."""
    text = re.sub(r"[’'.?!,]", "", said.casefold()).strip()  # noqa: RUF001 - typographic apostrophes
    text = re.sub(r"^(?:on|the date of)\s+", "", text)
    if text in _COUNTED:
        return today + timedelta(days=_COUNTED[text])
    return (
        _holiday(text, today, past=past)
        or _weekday(text.removeprefix("the "), today, past=past)
        or _period(text, today)
        or _calendar_date(text.removeprefix("the "), today, month_first=month_first, past=past)
    )


def _holiday(text: str, today: date, *, past: bool) -> date | None:
    year_said = re.search(r"\s(?:in )?(\d{4})$", text)
    name = text[: year_said.start()] if year_said else text
    years = [int(year_said[1])] if year_said else list(range(today.year - 1, today.year + 2))
    found = [day for year in years if (day := holiday_in(name, year))]
    if year_said:
        return found[0] if found else None
    return _chosen(found, today, past=past)


def _chosen(days: list[date], today: date, *, past: bool) -> date | None:
    """The nearest of `days` on the asked side of today."""
    if past:
        return max((day for day in days if day <= today), default=None)
    return min((day for day in days if day >= today), default=None)


def _weekday(text: str, today: date, *, past: bool) -> date | None:
    """`friday` is the coming one, `next friday` that of next week, `last friday` the one before today."""
    lead, _, name = text.rpartition(" ")
    if name not in WEEKDAYS or lead not in {"", "next", "this", "last", "coming", "this coming"}:
        return None
    ahead = (WEEKDAYS.index(name) - today.weekday()) % 7
    if lead == "next":
        return today + timedelta(days=7 - today.weekday() + WEEKDAYS.index(name))
    return today + timedelta(days=ahead - 7 if (past or lead == "last") else ahead or (7 if not lead else 0))


def _period(text: str, today: date) -> date | None:
    """`in 3 weeks`, `2 months ago`, `next week`, `the end of the month`."""
    counted = re.fullmatch(r"(in )?(\w+) (day|week|month|year)s?(?: time)?( ago| from now| from today)?", text)
    if counted and (counted[1] or counted[4]) and (number := _number(counted[2])) is not None:
        try:
            return today + relativedelta(**{f"{counted[3]}s": -number if counted[4] == " ago" else number})  # type: ignore[arg-type]  # one of four integer fields
        except (ValueError, OverflowError):
            return None
    starts = {
        "next week": today + timedelta(days=7 - today.weekday()),
        "next month": today + relativedelta(months=1, day=1),
        "next year": date(today.year + 1, 1, 1),
        "the end of the month": today + relativedelta(day=31),
        "the end of the year": date(today.year, 12, 31),
        "the weekend": today + timedelta(days=(5 - today.weekday()) % 7),
    }
    return starts.get(text) or starts.get(f"the {text}")


def _number(word: str) -> int | None:
    return int(word) if word.isdecimal() else ONES.get(word, 1 if word == "a" else None)


def _calendar_date(text: str, today: date, *, month_first: bool, past: bool) -> date | None:
    """`3 may`, `may the third`, `the 3rd of may 2027`, `2027-05-03`, `3/5/2027`."""
    text = _with_figures(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return _exact(text)
    named = any(month[:3] in text for month in MONTHS)
    if not re.search(r"\d", text) or not (named or re.fullmatch(r"\d+[/.]\d+(?:[/.]\d+)?", text)):
        return None
    if re.search(r"\b\d{4}\b", text):
        return _parsed(text, today.year, month_first=month_first)
    years = range(today.year - _LONGEST_SEARCH, today.year + _LONGEST_SEARCH)
    days = [day for year in years if (day := _parsed(text, year, month_first=month_first))]
    return _chosen(days, today, past=past)


def _with_figures(text: str) -> str:
    """`the twenty-third of may` as dateutil reads it: `23 may`."""
    for word, number in ORDINALS.items():
        text = re.sub(rf"\btwenty[ -]{word}\b", str(20 + number), text)
        text = re.sub(rf"\b{word}\b", str(number), text)
    text = re.sub(r"\b(\d+)(?:st|nd|rd|th)\b", r"\1", text).replace(" of ", " ").replace(" the ", " ")
    return f"1 {text}" if text in MONTHS else text


def _exact(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _parsed(text: str, year: int, *, month_first: bool) -> date | None:
    """Read by dateutil with the parts that are missing from two different days: a part that differs was not said."""
    found = set()
    for default in (date(year, 1, 1), date(year, 2, 2)):
        try:
            at = parser.parse(text, default=_midnight(default), dayfirst=not month_first)
        except (ValueError, OverflowError):
            return None
        found.add(at.date())
    return found.pop() if len(found) == 1 else None


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a date, which has no zone
