"""From words to a moment: reads the parts of a time in any order and puts them together.

The order of events: `read` cuts a run of tokens into parts (a duration, a time of day, a part of the day, a date, a
recurrence), each at most once; `resolve` makes of them the next moment that is meant and the rule by which it comes
again. The rules where people are vague:

- "at 5" is the next 5 o'clock between 07:00 and midnight; an alarm ("wake me at 5") is the very next one.
- A date without a time is 09:00; morning 09:00, afternoon 15:00, evening 19:00, tonight 21:00.
- "friday" is the coming one, "next friday" that of next week (weeks begin on Monday); "next month" is its first day.
- Midnight belongs to the end of the day that is named.
- A time that the change of the clocks leaves out moves on by an hour; of one that comes twice it is the first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from dateutil.relativedelta import relativedelta
from dateutil.rrule import rrulestr

from .clocks import Clock, DayPart, awake, moments, read_clock, read_part
from .dates import Calendar, Days
from .durations import Span, after, read_duration, settle
from .recurrences import Recurrence, read_recurrence
from .words import Tokens, accept, skip, word


class PastTimeError(Exception):
    """The time that was named has passed. `moment` is it; `following` the next one like it, if there is one."""

    def __init__(self, moment: datetime, following: datetime | None) -> None:
        super().__init__("that time has passed")
        self.moment = moment
        self.following = following


class TooFarError(Exception):
    """The time that was named lies beyond what the calendar can count."""


@dataclass(frozen=True, slots=True)
class When:
    """A moment, with the time zone of the user, and the rule (RFC 5545) by which it comes again."""

    due: datetime
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a run of words says about a time."""

    duration: Span | None = None
    clock: Clock | None = None
    part: DayPart | None = None
    days: Days = ()
    recurrence: Recurrence | None = None
    until: Days = ()
    named: frozenset[str] = field(default_factory=frozenset)

    def having(self, **more: object) -> "Parts | None":
        """These and more; None when something of the same kind was there already, or the two cannot both hold."""
        if self.named & more.keys():
            return None
        both = replace(self, **more, named=self.named | more.keys())  # type: ignore[arg-type]  # the callers below give what the fields hold
        exact = both.duration is not None and both.duration.seconds > 0
        if both.duration is not None and (both.days or both.recurrence or (exact and both.named != {"duration"})):
            return None
        return both


_MIDDLES = ("and", "then")


class Reader:
    """Reads times as they are meant at `now`, which has the user's time zone."""

    def __init__(self, now: datetime, *, month_first: bool = False, alarm: bool = False) -> None:
        self.now = now
        self.alarm = alarm
        self._calendar = Calendar(now.date(), month_first=month_first)

    def read(self, line: Tokens, at: int = 0, *, bare: bool = False) -> tuple[Parts, int]:
        """The longest run of parts from `at` on. `bare`: also "5" and "10 minutes", as an answer to "when?"."""
        parts = Parts()
        try:
            while more := self._one(line, at, parts, bare=bare):
                parts, at = more
        except (OverflowError, ValueError) as error:
            raise TooFarError from error
        return parts, at

    def _one(self, line: Tokens, at: int, parts: Parts, *, bare: bool) -> tuple[Parts, int] | None:
        start = skip(line, at, *_MIDDLES) if parts.named else at
        for name, found in self._candidates(line, start, bare=bare):
            if found is not None:
                values = {"days": found[0], "part": DayPart("night")} if name == "tonight" else {name: found[0]}
                if both := parts.having(**values):
                    return both, found[1]
        return None

    def _candidates(self, line: Tokens, at: int, *, bare: bool) -> list[tuple[str, tuple[object, int] | None]]:
        """All readings of what stands at `at`, the likeliest first."""
        tonight = accept(line, at, "tonight", "to night")
        until = accept(line, at, "until", "till", "up to")
        later = accept(line, at, "later today", "later")
        return [
            ("recurrence", read_recurrence(line, at)),
            ("duration", self._duration(line, at, bare=bare)),
            ("tonight", ((self.now.date(),), tonight) if tonight else None),
            ("days", ((self.now.date(),), later) if later and word(line, later - 1) == "today" else None),
            ("until", self._calendar.read(line, until) if until else None),
            ("days", self._today_part(line, at)),
            ("days", self._calendar.read(line, at)),
            ("clock", read_clock(line, at, marked=bare)),
            ("part", read_part(line, at)),
        ]

    def _duration(self, line: Tokens, at: int, *, bare: bool) -> tuple[Span, int] | None:
        """`in 20 minutes`, `ten minutes from now`, `2 hours later`; without "in" only when that is plain."""
        start = accept(line, at, "in about", "in another", "in", "within", "after")
        found = read_duration(line, at if start is None else start)
        if found is None:
            return None
        end = accept(line, found[1], "from now", "from right now", "time", "later")
        if start is None and end is None and not bare:
            return None
        return found[0], (found[1] if end is None else end)

    def _today_part(self, line: Tokens, at: int) -> tuple[Days, int] | None:
        """Today, for the `this` of "this evening"; the part itself is read next."""
        part = read_part(line, at + 1) if word(line, at) == "this" else None
        return ((self.now.date(),), at + 1) if part else None

    def resolve(self, parts: Parts) -> When:
        """The next moment that `parts` mean.

        Raises:
            PastTimeError: what was named lies in the past.
            TooFarError: no calendar goes that far.

        """
        try:
            return self._resolve(parts)
        except (OverflowError, ValueError) as error:
            raise TooFarError from error

    def _resolve(self, parts: Parts) -> When:
        if parts.recurrence:
            return self._again(parts, parts.recurrence)
        if parts.duration is not None:
            if not parts.clock and not parts.part:
                return When(after(self.now, parts.duration))
            return When(self._first((after(self.now, parts.duration).date(),), parts))
        if parts.days:
            return When(self._first(parts.days, parts))
        tomorrow = self.now.date() + timedelta(days=1)
        return When(self._first((self.now.date(), tomorrow), parts, anyday=True))

    def _first(self, days: Sequence[date], parts: Parts, *, anyday: bool = False) -> datetime:
        """The first moment to come; the likelier reading of each day before the less likely one."""
        choices = [moment for day in days for moment in self._choices(day, parts, anyday=anyday)]
        coming = [moment for moment in choices if moment > self.now]
        if anyday and not self.alarm:
            coming = sorted(coming, key=lambda moment: (not awake(moment) and not _sure(parts), moment))
        if coming:
            return coming[0]
        passed = max(choices)
        again = self._first((self.now.date(), self.now.date() + timedelta(days=1)), parts, anyday=True)
        raise PastTimeError(passed, self._next_year(passed) or again)

    def _choices(self, day: date, parts: Parts, *, anyday: bool) -> list[datetime]:
        """The moments that may be meant on `day`, the likeliest first; for an alarm the earliest."""
        found = [settle(wall, self.now) for wall in self._walls(day, parts, anyday=anyday)]
        return sorted(found) if self.alarm else found

    def _next_year(self, passed: datetime) -> datetime | None:
        """The same day of a coming year, for a date that lies more than a day back."""
        if (self.now.date() - passed.date()).days <= 1:
            return None
        wall = passed.replace(tzinfo=None)
        years = self.now.year - passed.year
        moment = settle(wall + relativedelta(years=years), self.now)
        return moment if moment > self.now else settle(wall + relativedelta(years=years + 1), self.now)

    def _walls(self, day: date, parts: Parts, *, anyday: bool) -> list[datetime]:
        if not parts.clock and not parts.part and parts.days == (self.now.date(),):
            return [later_today(self.now)]
        if parts.clock and parts.clock.hour == 24 and anyday:  # noqa: PLR2004 - midnight
            day = day - timedelta(days=1)
        return moments(day, parts.clock, parts.part)

    def _again(self, parts: Parts, recurrence: Recurrence) -> When:
        """The first moment of a rule, and the rule. An interval counts from that first moment."""
        last = settle(datetime.combine(parts.until[0], time(23, 59, 59)), self.now) if parts.until else None
        until = f";UNTIL={last.astimezone(UTC):%Y%m%dT%H%M%SZ}" if last else ""
        if recurrence.clockless:
            due = after(self.now, Span(seconds=recurrence.interval * (3600 if recurrence.freq == "HOURLY" else 60)))
        else:
            due = self._first_by_rule(parts, recurrence)
        if last and due > last:
            raise PastTimeError(last, None)
        return When(due, recurrence.rule() + until)

    def _first_by_rule(self, parts: Parts, recurrence: Recurrence) -> datetime:
        """The first time to come of a rule that has a time of day, from the date on that was named beside it."""
        part = parts.part or (DayPart(recurrence.part) if recurrence.part else None)
        begin = moments(parts.days[0] if parts.days else self.now.date(), parts.clock, part)[0]
        first = rrulestr(recurrence.rule(interval=1), dtstart=begin).after(self.now.replace(tzinfo=None))
        return settle(first, self.now)


def later_today(now: datetime) -> datetime:
    """The time on the wall for "today" without a time: 18:00, or in two hours when that is too near."""
    wall = now.replace(tzinfo=None, second=0, microsecond=0)
    evening = wall.replace(hour=18, minute=0)
    return evening if evening > wall else wall + timedelta(hours=2)


def _sure(parts: Parts) -> bool:
    """Whether the night is meant when it is named: "at 3 am", "at 02:00"."""
    return parts.part is not None or parts.clock is None or parts.clock.exact
