"""The answers that need more than the clock on the wall: places, named dates, and how far they are away."""

import re
from calendar import isleap
from collections.abc import Callable
from datetime import date, datetime, timedelta

from roxy import SkillContext, SkillResult
from roxy.contracts.skills import NOT_MINE

from . import days, faces, places

_MONTH_FIRST = "US"
_HOUR = 3600
_NAMES = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|january|february|march|april|june|july|august|september|october|"
    r"november|december|christmas|xmas|easter|halloween|thanksgiving|pentecost)\b"
)
"""What is written with a capital, however it was typed."""
_HERE = frozenset(("", "us", "me", "here", "we", "you", "my time", "our time"))


class _UnknownError(Exception):
    """Why there is no answer, as a sentence for people."""


def answer(context: SkillContext) -> SkillResult:
    """Answer one turn; what is not known is said with what is."""
    try:
        return _ANSWERS[context.intent](context)
    except _UnknownError as error:
        return SkillResult(False, str(error), error=str(error), code="not_found")


def _time(context: SkillContext) -> SkillResult:
    name = str(context.parameters.get("place") or context.parameters["perhaps"])
    if "place" not in context.parameters and not places.find(name, context.now):
        return SkillResult(False, f"“{name}” is no place that I know.", code=NOT_MINE)
    found = _known(name, context)
    told = [(place, context.now.astimezone(place.zone)) for place in found]
    if len(told) == 1:
        place, there = told[0]
        return SkillResult(True, f"It's {_at(there, context)} in {_in(place.name)}.", there.isoformat())
    lines = ", ".join(f"{place.name} {_at(there, context)}" for place, there in told)
    return SkillResult(
        True, f"{_several(name)} It is: {lines}.", {place.name: there.isoformat() for place, there in told}
    )


def _date(context: SkillContext) -> SkillResult:
    if said := str(context.parameters.get("day", "")):
        day = _named_day(said, context)
        return SkillResult(True, f"{_begin(said)} is {faces.day(day, context.user.locale)}.", day.isoformat())
    name = str(context.parameters["place"])
    found = _known(name, context)
    dates = {context.now.astimezone(place.zone).date(): place for place in found}
    if len(dates) == 1:
        day = next(iter(dates))
        return SkillResult(
            True, f"In {_in(found[0].name)} it's {faces.day(day, context.user.locale)}.", day.isoformat()
        )
    lines = ", ".join(f"{place.name} {faces.day(day, context.user.locale)}" for day, place in dates.items())
    return SkillResult(
        True, f"{_several(name)} It is: {lines}.", {place.name: day.isoformat() for day, place in dates.items()}
    )


def _weekday(context: SkillContext) -> SkillResult:
    said = str(context.parameters.get("day", ""))
    if guess := str(context.parameters.get("guess", "")).capitalize():
        right = f"{context.now:%A}" == guess
        return SkillResult(True, f"{'Yes' if right else 'No'}, it's {context.now:%A}.", right)
    if not said:
        return SkillResult(True, f"It's {context.now:%A}.", f"{context.now:%A}")
    past = bool(re.search(r"\bwas\b", context.user_input, re.IGNORECASE))
    day = _named_day(said, context, past=past)
    verb = "was" if day < context.now.date() else "is"
    return SkillResult(
        True, f"{_begin(said)} {verb} a {day:%A}: {faces.day(day, context.user.locale)}.", day.isoformat()
    )


def _week(context: SkillContext) -> SkillResult:
    said = str(context.parameters.get("day", ""))
    day = _named_day(said, context) if said else context.now.date()
    week = day.isocalendar().week
    head = f"{_begin(said)}, {faces.day(day, context.user.locale)}, is in" if said else "It's"
    return SkillResult(True, f"{head} week {week}.", week)


def _until(context: SkillContext) -> SkillResult:
    said = str(context.parameters["day"])
    day = _named_day(said, context)
    return _counted(said, day, context)


def _since(context: SkillContext) -> SkillResult:
    said = str(context.parameters["day"])
    return _counted(said, _named_day(said, context, past=True), context)


def _counted(said: str, day: date, context: SkillContext) -> SkillResult:
    """Days, or weeks and days when weeks were asked for, between today and `day`."""
    away = (day - context.now.date()).days
    full = faces.day(day, context.user.locale)
    name = "" if re.search(r"\d", said) else f"{_NAMES.sub(lambda found: found[0].capitalize(), said.strip(' ?!.'))}, "
    if away == 0:
        return SkillResult(True, f"That is today, {full}.", 0)
    count = _days(abs(away))
    if re.search(r"\bweeks?\b", context.user_input, re.IGNORECASE) and abs(away) >= 7:  # noqa: PLR2004 - a week
        weeks, rest = divmod(abs(away), 7)
        count = f"{weeks} week{'' if weeks == 1 else 's'}" + (f" and {_days(rest)}" if rest else "")
    text = f"{count} until {name}{full}." if away > 0 else f"{count} since {name}{full}."
    return SkillResult(True, text[0].upper() + text[1:], away)


def _days(count: int) -> str:
    return f"{count:,} day{'' if count == 1 else 's'}"


def _difference(context: SkillContext) -> SkillResult:
    name = str(context.parameters["place"])
    other = str(context.parameters.get("other", ""))
    if name.casefold() in _HERE:
        name, other = other, name
    there = _one(name, context)
    here = _one(other, context) if other.casefold() not in _HERE else None
    base = context.now.astimezone(here.zone) if here else context.now
    moment = context.now.astimezone(there.zone)
    gap = (moment.utcoffset() or timedelta()) - (base.utcoffset() or timedelta())
    than = _in(here.name) if here else "you"
    now = f"it's {_at(moment, context)} there now"
    if not gap:
        return SkillResult(True, f"{_begin(_in(there.name))} has the same time as {than}; {now}.", 0)
    way = "ahead of" if gap > timedelta() else "behind"
    return SkillResult(
        True, f"{_begin(_in(there.name))} is {_hours(abs(gap))} {way} {than}; {now}.", gap.total_seconds() / _HOUR
    )


def _hours(gap: timedelta) -> str:
    hours, minutes = divmod(round(gap.total_seconds()) // 60, 60)
    parts = [f"{hours} hour{'' if hours == 1 else 's'}"] if hours else []
    return " and ".join(parts + ([f"{minutes} minutes"] if minutes else []))


def _leap(context: SkillContext) -> SkillResult:
    said = str(context.parameters.get("year", ""))
    if said == "next":
        year = next(year for year in range(context.now.year + 1, context.now.year + 10) if isleap(year))
        return SkillResult(True, f"The next leap year is {year}.", year)
    year = int(said) if said.isdecimal() else context.now.year
    if said and not said.isdecimal():
        year += 1 if "next" in said else 0
    is_it = isleap(year)
    return SkillResult(True, f"{'Yes' if is_it else 'No'}, {year} is {'a' if is_it else 'no'} leap year.", is_it)


def _known(name: str, context: SkillContext) -> list[places.Place]:
    found = places.find(name, context.now)
    if not found and (within := re.search(r"\b(?:in|near) (.+)$", name)):
        # "for my friend in Toronto"
        found = places.find(within[1], context.now)
    if found:
        return found
    near = places.nearest(name)
    hint = f" Did you mean {' or '.join(near)}?" if near else " Try the name of a larger city near it."
    raise _UnknownError(f"I do not know the time zone of “{name.strip(' ?!.')}”.{hint}")


def _one(name: str, context: SkillContext) -> places.Place:
    found = _known(name, context)
    if len(found) > 1:
        lines = ", ".join(f"{place.name} {_at(context.now.astimezone(place.zone), context)}" for place in found)
        raise _UnknownError(f"{_several(name)} It is: {lines}. Name one of them.")
    return found[0]


def _several(name: str) -> str:
    return f"There are several time zones for {name.strip(' ?!.')}."


def _in(name: str) -> str:
    return name if name.isupper() or not name.lower().endswith(" time") else f"{name[:-5]} time"


def _at(moment: datetime, context: SkillContext) -> str:
    """The time there, with the weekday when that is another than here."""
    text = faces.clock(moment, context.user.locale)
    return text if moment.date() == context.now.date() else f"{text} on {moment:%A}"


def _named_day(said: str, context: SkillContext, *, past: bool = False) -> date:
    month_first = faces.region(context.user.locale) == _MONTH_FIRST
    day = days.find(said, context.now.date(), month_first=month_first, past=past)
    if day is None:
        raise _UnknownError(
            f"I do not know the date “{said.strip(' ?!.')}”. Say for example “3 May”, “next Friday” or “Christmas”."
        )
    return day


def _begin(said: str) -> str:
    text = _NAMES.sub(lambda found: found[0].capitalize(), said.strip(" ?!."))
    return text[:1].upper() + text[1:]


_ANSWERS: dict[str, Callable[[SkillContext], SkillResult]] = {
    "time": _time, "date": _date, "weekday": _weekday, "week_number": _week, "days_until": _until,
    "days_since": _since, "difference": _difference, "leap_year": _leap,
}  # fmt: skip
