"""When a recurring reminder comes again: RFC 5545 rules in the user's own zone, so 8:00 stays 8:00 all year.

A rule is reckoned in wall-clock time and then put into the zone; a time that the change to summer time leaves out comes
an hour later, one that comes twice is taken the first time. Rules of hours and minutes are reckoned in UTC: "every
hour" is an hour.
"""

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrulestr

from roxy.errors import UsageError

_COARSE = {"YEARLY", "MONTHLY", "WEEKLY", "DAILY"}
_FINE = {"HOURLY", "MINUTELY"}
# With conditions on top, a rule of minutes that never comes true would be searched minute by minute to the year 9999.
_FINE_PARTS = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST"}


def zone_name(moment: datetime) -> str:
    """How the zone of `moment` is kept: its IANA name, or its offset such as `+0200`."""
    zone = moment.tzinfo
    return zone.key if isinstance(zone, ZoneInfo) else moment.strftime("%z")


def zone_of(name: str) -> tzinfo:
    """The zone that `zone_name` kept; UTC when this machine does not know it any more."""
    try:
        if name[:1] in {"+", "-"}:
            sign = -1 if name[0] == "-" else 1
            return timezone(sign * timedelta(hours=int(name[1:3]), minutes=int(name[3:5])))
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def check_rule(rule: str, start: datetime) -> None:
    """Raise `UsageError` when `rule` is no recurrence that Roxy can keep."""
    parts = _parts(rule)
    frequency = parts.get("FREQ", "")
    if frequency in _COARSE or (frequency in _FINE and parts.keys() <= _FINE_PARTS):
        try:
            next_after(rule, start, start)
        except (ValueError, TypeError, OverflowError):
            pass
        else:
            return
    raise UsageError(
        f"The recurrence {rule!r} cannot be kept.",
        hint="It must be a rule of RFC 5545 such as FREQ=WEEKLY;BYDAY=MO,FR; the shortest is a minute.",
    )


def next_after(rule: str, start: datetime, after: datetime) -> datetime | None:
    """The first time of `rule` later than `after`, in the zone of `start`; None when there is none any more.

    `start` is an occurrence (RFC 5545 DTSTART): it gives the time of day and the phase of an INTERVAL.
    """
    zone = UTC if _parts(rule).get("FREQ") in _FINE else start.tzinfo
    first, last = (moment.astimezone(zone).replace(tzinfo=None) for moment in (start, after))
    times = rrulestr(_local_until(rule, zone), dtstart=first)
    found = times.after(last)
    # In the hour that the end of summer time repeats, a later time of the clock can be an earlier moment.
    while found is not None and found.replace(tzinfo=zone) <= after.astimezone(UTC):
        found = times.after(found)
    return None if found is None else found.replace(tzinfo=zone).astimezone(start.tzinfo)


def counts(rule: str) -> bool:
    """Whether the rule ends after a number of times: then its start may not be moved on."""
    return "COUNT" in _parts(rule)


def _parts(rule: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in rule.upper().removeprefix("RRULE:").split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _local_until(rule: str, zone: tzinfo | None) -> str:
    """The rule with an UNTIL in UTC as wall-clock time: the reckoning knows no zones."""

    def local(match: re.Match[str]) -> str:
        until = datetime.strptime(match[1].upper(), "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
        return f"UNTIL={until.astimezone(zone):%Y%m%dT%H%M%S}"

    return re.sub(r"(?i)UNTIL=(\d{8}T\d{6}Z)", local, rule)
