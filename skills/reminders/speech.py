"""How times are said back: "tomorrow, Sunday 22 November, at 17:00", "every weekday at 08:00", "8 minutes"."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from roxy.skills.english.days import MONTHS, WEEKDAYS

_TWELVE_HOURS = {"US", "CA", "AU", "NZ", "IN", "PH", "PK", "MY", "EG", "SA", "CO"}
_DAYS = {name[:2].upper(): name.capitalize() for name in WEEKDAYS}
"""By the two letters of RFC 5545."""
_WORKDAYS, _WEEKEND = "MO,TU,WE,TH,FR", "SA,SU"
_UNITS = {
    "MINUTELY": "minute",
    "HOURLY": "hour",
    "DAILY": "day",
    "WEEKLY": "week",
    "MONTHLY": "month",
    "YEARLY": "year",
}
_PLACES = {"-1": "last", "1": "first", "2": "second", "3": "third", "4": "fourth", "5": "fifth"}
_SOON = timedelta(minutes=10)
_COUNTED_DAYS = {0: "today", 1: "tomorrow"}


class Speech:
    """Says times in the order and the clock of a locale such as `en_US`."""

    def __init__(self, locale: str) -> None:
        region = locale.replace("-", "_").partition("_")[2].partition(".")[0]
        self.month_first = region == "US"
        self._twelve = region in _TWELVE_HOURS

    def clock(self, moment: datetime, now: datetime | None = None) -> str:
        """`17:00` or `5:00 PM`; with its seconds when it comes within ten minutes from `now`."""
        soon = now is not None and timedelta() < moment - now < _SOON
        seconds = f":{moment:%S}" if soon and moment.second else ""
        if self._twelve:
            return f"{moment.hour % 12 or 12}:{moment:%M}{seconds} {'AM' if moment.hour < 12 else 'PM'}"  # noqa: PLR2004 - noon
        return f"{moment:%H:%M}{seconds}"

    def day(self, moment: datetime, now: datetime) -> str:
        """`today`, `tomorrow, Sunday 22 November`, `Monday 3 May 2027` (the year when it is another)."""
        ahead = (moment.date() - now.date()).days
        if ahead == 0:
            return "today"
        named = self.date(moment)
        if moment.year != now.year:
            named += f", {moment.year}" if self.month_first else f" {moment.year}"
        return f"{_COUNTED_DAYS[ahead]}, {named}" if ahead in _COUNTED_DAYS else f"on {named}"

    def date(self, moment: datetime) -> str:
        """`Sunday 22 November` or `Sunday, November 22`."""
        return f"{moment:%A}, {moment:%B} {moment.day}" if self.month_first else f"{moment:%A} {moment.day} {moment:%B}"

    def moment(self, moment: datetime, now: datetime) -> str:
        """The day and the time together."""
        day = self.day(moment, now)
        return f"{day}{', ' if ',' in day or ' ' in day else ' '}at {self.clock(moment, now)}"

    def again(self, rule: str, due: datetime) -> str:
        """A recurrence rule in words: `every other Tuesday at 09:00`."""
        parts = dict(part.split("=", 1) for part in rule.split(";") if "=" in part)
        unit = _UNITS[parts["FREQ"]]
        interval = int(parts.get("INTERVAL", "1"))
        every = {1: f"every {unit}", 2: f"every other {unit}"}.get(interval, f"every {interval} {unit}s")
        if unit in {"minute", "hour"}:
            text = f"every {interval} {unit}s" if interval > 1 else every
        elif unit == "week":
            text = f"{_week_days(parts.get('BYDAY', ''), interval, due)} at {self.clock(due)}"
        elif unit == "month":
            text = f"{every} on the {_month_day(parts, due)} at {self.clock(due)}"
        elif unit == "year":
            text = f"{every} on {self._year_day(parts, due)} at {self.clock(due)}"
        else:
            text = f"{every} at {self.clock(due)}"
        if "UNTIL" not in parts:
            return text
        last = datetime.strptime(parts["UNTIL"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC).astimezone(due.tzinfo)
        return f"{text} until {self.date(last)}"

    def _year_day(self, parts: dict[str, str], due: datetime) -> str:
        month = MONTHS[int(parts.get("BYMONTH", due.month)) - 1].capitalize()
        if "BYSETPOS" in parts or parts.get("BYMONTHDAY") == "-1":
            return f"the last day of {month}"
        day = parts.get("BYMONTHDAY", str(due.day))
        return f"{month} {day}" if self.month_first else f"{day} {month}"


def length(span: timedelta) -> str:
    """`8 minutes 30 seconds`; whole seconds, of long spans the two largest units."""
    seconds = max(0, round(span.total_seconds()))
    parts = []
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60), ("second", 1)):
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(parts[:2]) or "0 seconds"


def listed(items: Sequence[str], *, joint: str = "and") -> str:
    """`a, b and c`."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} {joint} {items[-1]}" if items else ""


def ordinal(number: int) -> str:
    """`1st`, `22nd`."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004 - eleventh to twentieth
    return f"{number}{ending}"


def _week_days(days: str, interval: int, due: datetime) -> str:
    if interval == 1 and days == _WORKDAYS:
        return "every weekday"
    if interval == 1 and days == _WEEKEND:
        return "every Saturday and Sunday"
    names = listed([_DAYS[code] for code in days.split(",")]) if days else f"{due:%A}"
    return {1: f"every {names}", 2: f"every other {names}"}.get(interval, f"every {interval} weeks on {names}")


def _month_day(parts: dict[str, str], due: datetime) -> str:
    if "BYDAY" in parts:
        return f"{_PLACES[parts['BYDAY'][:-2]]} {_DAYS[parts['BYDAY'][-2:]]}"
    if parts.get("BYMONTHDAY") == "-1":
        return "last day"
    if "BYSETPOS" in parts:
        return f"{ordinal(int(parts['BYMONTHDAY'].rsplit(',', 1)[1]))} (or the last day)"
    return ordinal(int(parts.get("BYMONTHDAY", due.day)))
