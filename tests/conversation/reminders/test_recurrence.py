from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.conversation.reminders.recurrence import check_rule, counts, next_after, zone_name, zone_of
from roxy.errors import UsageError

BERLIN = ZoneInfo("Europe/Berlin")


def _times(rule, start, count):
    times, moment = [], start
    while len(times) < count and moment:
        moment = next_after(rule, start, moment)
        times.append(moment)
    return times


def test_eight_in_the_morning_stays_eight_when_summer_time_begins_and_ends():
    for start in (datetime(2026, 3, 27, 8, tzinfo=BERLIN), datetime(2026, 10, 23, 8, tzinfo=BERLIN)):
        times = _times("FREQ=DAILY", start, 4)
        assert {(time.hour, time.minute) for time in times} == {(8, 0)}
        assert len({time.utcoffset() for time in times}) == 2


def test_weekdays_leave_the_weekend_out():
    friday = datetime(2026, 3, 6, 8, tzinfo=BERLIN)
    times = _times("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", friday, 2)
    assert [time.day for time in times] == [9, 10]


def test_a_time_that_summer_time_leaves_out_comes_an_hour_later():
    start = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    first, second = _times("FREQ=DAILY", start, 2)
    assert first.astimezone(UTC) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert second == datetime(2026, 3, 30, 2, 30, tzinfo=BERLIN)


def test_a_time_that_comes_twice_is_taken_once():
    start = datetime(2026, 10, 24, 2, 30, tzinfo=BERLIN)
    first, second = _times("FREQ=DAILY", start, 2)
    assert (first.day, second.day) == (25, 26)
    in_the_second_pass = datetime(2026, 10, 25, 2, 10, fold=1, tzinfo=BERLIN)
    assert next_after("FREQ=DAILY", start, in_the_second_pass).day == 26


def test_every_hour_is_an_hour_also_in_the_night_of_the_change():
    times = _times("FREQ=HOURLY", datetime(2026, 3, 29, 0, 30, tzinfo=BERLIN), 4)
    gaps = {later.astimezone(UTC) - earlier.astimezone(UTC) for earlier, later in pairwise(times)}
    assert gaps == {timedelta(hours=1)}


def test_a_count_and_an_until_come_to_an_end():
    start = datetime(2026, 3, 6, 8, tzinfo=BERLIN)
    assert len([time for time in _times("FREQ=DAILY;COUNT=3", start, 9) if time]) == 2
    until = "RRULE:FREQ=DAILY;UNTIL=20260308T070000Z"
    assert [time.day for time in _times(until, start, 9) if time] == [7, 8]
    assert counts("freq=daily;count=3")
    assert not counts(until)


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "every day",
        "FREQ=SECONDLY",
        "FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;INTERVAL=0x",
        "FREQ=DAILY;BYDAY=XX",
        "FREQ=FORTNIGHTLY",
        "FREQ=DAILY\nFREQ=DAILY",
    ],
)
def test_what_is_no_rule_or_could_search_for_ever_is_refused(rule):
    with pytest.raises(UsageError, match="cannot be kept") as caught:
        check_rule(rule, datetime(2026, 3, 6, 8, tzinfo=BERLIN))
    assert "RFC 5545" in caught.value.hint


def test_zones_are_kept_by_name_or_by_offset():
    for zone in (BERLIN, timezone(timedelta(hours=-3, minutes=-30)), UTC):
        moment = datetime(2026, 7, 1, 8, tzinfo=zone)
        assert moment.astimezone(zone_of(zone_name(moment))).isoformat() == moment.isoformat()
    assert zone_of("Atlantis/Capital") is UTC
    assert zone_of("") is UTC


@given(
    start=st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001 - the zone is put on below
    days=st.integers(0, 400),
    rule=st.sampled_from(
        ["FREQ=DAILY", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SA", "FREQ=MONTHLY", "FREQ=HOURLY;INTERVAL=5"]
    ),
)
def test_the_next_time_is_always_later_and_has_the_time_of_day_of_the_rule(start, days, rule):
    start = start.replace(tzinfo=BERLIN, microsecond=0)
    after = start + timedelta(days=days)
    found = next_after(rule, start, after)
    assert found.astimezone(UTC) > after.astimezone(UTC)
    if "HOURLY" not in rule:
        shift = (found.replace(tzinfo=None) - timedelta(hours=start.hour, minutes=start.minute)).hour
        assert shift in (0, 1, 23)  # one hour off only in the hour that does not exist
