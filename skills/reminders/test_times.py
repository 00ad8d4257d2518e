"""Times as people say them, all at Saturday 21 November 2026, 14:20, in Berlin."""

from datetime import UTC, timedelta
from zoneinfo import ZoneInfo

import pytest

from roxy.contracts.skills import UserProfile
from roxy.testing import skill_bench

ONCE = [
    ("in an hour and a half", "2026-11-21 15:50"),
    ("in 20 minutes", "2026-11-21 14:40"),
    ("in half an hour", "2026-11-21 14:50"),
    ("in two hours", "2026-11-21 16:20"),
    ("in 2 and a half hours", "2026-11-21 16:50"),
    ("in 2.5 hours", "2026-11-21 16:50"),
    ("in 1 hour 15 minutes", "2026-11-21 15:35"),
    ("in 1h30", "2026-11-21 15:50"),
    ("in 1h 30m", "2026-11-21 15:50"),
    ("in a quarter of an hour", "2026-11-21 14:35"),
    ("in three quarters of an hour", "2026-11-21 15:05"),
    ("in 90 seconds", "2026-11-21 14:21:30"),
    ("in a hundred and twenty minutes", "2026-11-21 16:20"),
    ("in twenty-five minutes", "2026-11-21 14:45"),
    ("in 2 weeks", "2026-12-05 14:20"),
    ("in a fortnight", "2026-12-05 14:20"),
    ("in 3 days", "2026-11-24 14:20"),
    ("in 3 days at 5", "2026-11-24 17:00"),
    ("in a month", "2026-12-21 14:20"),
    ("in a year and a half", "2028-05-21 14:20"),
    ("in a couple of hours", "2026-11-21 16:20"),
    ("in a day and a half", "2026-11-23 02:20"),
    ("ten minutes from now", "2026-11-21 14:30"),
    ("in two days time", "2026-11-23 14:20"),
    ("at 5", "2026-11-21 17:00"),
    ("at five", "2026-11-21 17:00"),
    ("at 5 o'clock", "2026-11-21 17:00"),
    ("at 8", "2026-11-21 20:00"),
    ("at 2", "2026-11-22 14:00"),
    ("at 6", "2026-11-21 18:00"),
    ("at 12", "2026-11-22 12:00"),
    ("at 3 am", "2026-11-22 03:00"),
    ("at 17:30", "2026-11-21 17:30"),
    ("at 17.30", "2026-11-21 17:30"),
    ("at 1730", "2026-11-21 17:30"),
    ("at 09:15", "2026-11-22 09:15"),
    ("at 9:15", "2026-11-21 21:15"),
    ("at 5pm", "2026-11-21 17:00"),
    ("at 5 p.m.", "2026-11-21 17:00"),
    ("at seven thirty", "2026-11-21 19:30"),
    ("at seven oh five pm", "2026-11-21 19:05"),
    ("at half past seven", "2026-11-21 19:30"),
    ("at half seven", "2026-11-21 19:30"),
    ("at quarter to nine", "2026-11-21 20:45"),
    ("at a quarter past 9 in the morning", "2026-11-22 09:15"),
    ("at ten past six", "2026-11-21 18:10"),
    ("at ten to one", "2026-11-22 12:50"),
    ("at ten to midnight", "2026-11-21 23:50"),
    ("at noon", "2026-11-22 12:00"),
    ("at midnight", "2026-11-22 00:00"),
    ("tonight", "2026-11-21 21:00"),
    ("tonight at 9", "2026-11-21 21:00"),
    ("tonight at 1", "2026-11-22 01:00"),
    ("this evening", "2026-11-21 19:00"),
    ("this evening at 8", "2026-11-21 20:00"),
    ("later today", "2026-11-21 18:00"),
    ("in the morning", "2026-11-22 09:00"),
    ("at 6 in the morning", "2026-11-22 06:00"),
    ("tomorrow", "2026-11-22 09:00"),
    ("tomorrow at 5", "2026-11-22 17:00"),
    ("tomorrow at 5 am", "2026-11-22 05:00"),
    ("tomorrow at 8", "2026-11-22 08:00"),
    ("tomorrow morning at 5", "2026-11-22 05:00"),
    ("tomorrow afternoon at 3", "2026-11-22 15:00"),
    ("tomorrow at noon", "2026-11-22 12:00"),
    ("tomorrow at midnight", "2026-11-23 00:00"),
    ("the day after tomorrow", "2026-11-23 09:00"),
    ("the day after tomorrow at 8:30 am", "2026-11-23 08:30"),
    ("on monday", "2026-11-23 09:00"),
    ("on mon at 10", "2026-11-23 10:00"),
    ("monday evening at 7", "2026-11-23 19:00"),
    ("on saturday at 5", "2026-11-21 17:00"),
    ("on saturday at 9 am", "2026-11-28 09:00"),
    ("this friday at noon", "2026-11-27 12:00"),
    ("next friday morning", "2026-11-27 09:00"),
    ("next sunday", "2026-11-29 09:00"),
    ("friday next week at 10", "2026-11-27 10:00"),
    ("a week on tuesday", "2026-12-01 09:00"),
    ("tuesday week at 4", "2026-12-01 16:00"),
    ("a week from tomorrow", "2026-11-29 09:00"),
    ("next week", "2026-11-23 09:00"),
    ("next week on thursday", "2026-11-26 09:00"),
    ("next month", "2026-12-01 09:00"),
    ("next year", "2027-01-01 09:00"),
    ("at the weekend", "2026-11-28 09:00"),
    ("at the end of the month", "2026-11-30 09:00"),
    ("at the end of february", "2027-02-28 09:00"),
    ("on the 3rd of may", "2027-05-03 09:00"),
    ("on the third of may at 10", "2027-05-03 10:00"),
    ("on may 3rd at 6pm", "2027-05-03 18:00"),
    ("on 3 may 2028 at 18:00", "2028-05-03 18:00"),
    ("on the twenty-first of december", "2026-12-21 09:00"),
    ("on december 24", "2026-12-24 09:00"),
    ("on the 5th", "2026-12-05 09:00"),
    ("on the 31st", "2026-12-31 09:00"),
    ("on the first of next month", "2026-12-01 09:00"),
    ("on 2027-01-15 at 08:00", "2027-01-15 08:00"),
    ("on 24.12. at noon", "2026-12-24 12:00"),
    ("on 3/5", "2027-05-03 09:00"),
    ("on february 29", "2028-02-29 09:00"),
    ("on christmas", "2026-12-25 09:00"),
    ("on christmas eve at 5", "2026-12-24 17:00"),
    ("on new year's eve at 11 pm", "2026-12-31 23:00"),
    ("on easter monday", "2027-03-29 09:00"),
    ("on thanksgiving", "2026-11-26 09:00"),
    ("on black friday", "2026-11-27 09:00"),
]

AGAIN = [
    ("every weekday at 8", "2026-11-23 08:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("on weekdays at 8", "2026-11-23 08:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    ("every day at 7:30", "2026-11-22 07:30", "FREQ=DAILY"),
    ("every day at 5", "2026-11-21 17:00", "FREQ=DAILY"),
    ("daily at 15:00", "2026-11-21 15:00", "FREQ=DAILY"),
    ("every morning", "2026-11-22 09:00", "FREQ=DAILY"),
    ("every evening at 7", "2026-11-21 19:00", "FREQ=DAILY"),
    ("every night at 10", "2026-11-21 22:00", "FREQ=DAILY"),
    ("every other day at noon", "2026-11-22 12:00", "FREQ=DAILY;INTERVAL=2"),
    ("every other tuesday", "2026-11-24 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("every 2nd tuesday", "2026-11-24 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU"),
    ("every two weeks on monday at 9", "2026-11-23 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO"),
    ("every monday and thursday at 6pm", "2026-11-23 18:00", "FREQ=WEEKLY;BYDAY=MO,TH"),
    ("every friday, monday and wednesday at 8", "2026-11-23 08:00", "FREQ=WEEKLY;BYDAY=MO,WE,FR"),
    ("mondays at 9", "2026-11-23 09:00", "FREQ=WEEKLY;BYDAY=MO"),
    ("every monday evening", "2026-11-23 19:00", "FREQ=WEEKLY;BYDAY=MO"),
    ("every weekend at 10", "2026-11-22 10:00", "FREQ=WEEKLY;BYDAY=SA,SU"),
    ("every day except sunday at 7", "2026-11-23 07:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA"),
    ("every week", "2026-11-28 09:00", "FREQ=WEEKLY"),
    ("every fortnight on friday", "2026-11-27 09:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=FR"),
    ("every first of the month", "2026-12-01 09:00", "FREQ=MONTHLY;BYMONTHDAY=1"),
    ("on the first of every month at 10", "2026-12-01 10:00", "FREQ=MONTHLY;BYMONTHDAY=1"),
    ("every month on the 15th", "2026-12-15 09:00", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("every 15th", "2026-12-15 09:00", "FREQ=MONTHLY;BYMONTHDAY=15"),
    ("every month on the 31st", "2026-11-30 09:00", "FREQ=MONTHLY;BYMONTHDAY=28,29,30,31;BYSETPOS=-1"),
    ("every last day of the month", "2026-11-30 09:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("every first monday of the month", "2026-12-07 09:00", "FREQ=MONTHLY;BYDAY=1MO"),
    ("on the last friday of every month", "2026-11-27 09:00", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("every three months", "2026-12-21 09:00", "FREQ=MONTHLY;INTERVAL=3"),
    ("every year on 3 may", "2027-05-03 09:00", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3"),
    ("every 3rd of may", "2027-05-03 09:00", "FREQ=YEARLY;BYMONTH=5;BYMONTHDAY=3"),
    ("every christmas", "2026-12-25 09:00", "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"),
    ("every 29 february", "2027-02-28 09:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1"),
    ("every two hours", "2026-11-21 16:20", "FREQ=HOURLY;INTERVAL=2"),
    ("every 20 minutes", "2026-11-21 14:40", "FREQ=MINUTELY;INTERVAL=20"),
    ("every half hour", "2026-11-21 14:50", "FREQ=MINUTELY;INTERVAL=30"),
    ("every day at 8 until friday", "2026-11-22 08:00", "FREQ=DAILY;UNTIL=20261127T225959Z"),
]


async def said(bench, phrase, *, now="2026-11-21 14:20", zone="Europe/Berlin", locale="en_GB"):
    """The due time (on the wall) and the rule that a reminder for `phrase` gets; the reply when it gets none."""
    bench.user = UserProfile(timezone=ZoneInfo(zone), locale=locale)
    bench.now = bench.at(now)
    bench.reminders.waiting.clear()
    reply = await bench.say(f"remind me {phrase} to feed the cat")
    pending = await bench.reminders.pending()
    if not pending:
        return reply
    assert [one.text for one in pending] == ["feed the cat"]
    wall = pending[0].due.replace(tzinfo=None)
    return wall.isoformat(" ", "minutes" if not wall.second else "seconds"), pending[0].rule


async def understood(phrase, **more):
    async with skill_bench(__file__) as bench:
        return await said(bench, phrase, **more)


async def test_every_time_of_the_table_is_understood():
    async with skill_bench(__file__) as bench:
        got = {phrase: await said(bench, phrase) for phrase, _ in ONCE}
    assert {phrase: got[phrase] for phrase, due in ONCE if got[phrase] != (due, "")} == {}


async def test_every_recurrence_of_the_table_is_understood_with_its_first_time():
    async with skill_bench(__file__) as bench:
        got = {phrase: await said(bench, phrase) for phrase, *_ in AGAIN}
    assert {phrase: got[phrase] for phrase, due, rule in AGAIN if got[phrase] != (due, rule)} == {}


async def test_a_time_is_understood_behind_the_deed_as_before_it():
    async with skill_bench(__file__) as bench:
        bench.user = UserProfile(timezone=ZoneInfo("Europe/Berlin"))
        for phrase, due in ONCE:
            bench.now = bench.at("2026-11-21 14:20")
            bench.reminders.waiting.clear()
            reply = await bench.say(f"remind me to feed the cat {phrase}")
            assert reply.success, (phrase, reply.text)
            (pending,) = await bench.reminders.pending()
            if "3/5" not in phrase:  # the locale's order
                assert (pending.text, pending.due) == ("feed the cat", bench.at(due)), phrase


@pytest.mark.parametrize(
    ("phrase", "due"),
    [("at 5", "17:00"), ("at 8", "08:00"), ("at 3 am", "03:00"), ("at 12", "12:00"), ("at 1", "13:00")],
)
async def test_a_bare_hour_is_the_next_one_at_which_people_are_awake(phrase, due):
    assert await understood(phrase, now="2026-11-21 00:30") == (f"2026-11-21 {due}", "")


async def test_a_bare_hour_late_at_night_is_still_tonight():
    assert await understood("at 11", now="2026-11-21 22:30") == ("2026-11-21 23:00", "")


@pytest.mark.parametrize(
    ("phrase", "due"),
    [
        ("tomorrow at 2:30 am", "2026-03-29 03:30"),  # 02:00 to 03:00 is left out
        ("in 24 hours", "2026-03-29 21:00"),
        ("in a day", "2026-03-29 20:00"),
    ],
)
async def test_a_time_that_the_clocks_leave_out_moves_on_by_the_gap(phrase, due):
    assert await understood(phrase, now="2026-03-28 20:00") == (due, "")


async def test_of_a_time_that_comes_twice_the_first_is_meant():
    async with skill_bench(__file__) as bench:
        bench.user = UserProfile(timezone=ZoneInfo("Europe/Berlin"))
        bench.now = bench.at("2026-10-24 20:00")
        await bench.say("remind me tomorrow at 2:30 am to look at the clock")
        (pending,) = await bench.reminders.pending()
        assert pending.due.utcoffset() == timedelta(hours=2)


async def test_minutes_count_as_time_that_passes_when_the_clocks_change():
    async with skill_bench(__file__) as bench:
        bench.user = UserProfile(timezone=ZoneInfo("Europe/Berlin"))
        bench.now = bench.at("2026-10-25 01:30")
        await bench.say("set a timer for two hours")
        (pending,) = await bench.reminders.pending()
        assert pending.due - bench.now.astimezone(UTC) == timedelta(hours=2)


async def test_the_order_of_day_and_month_follows_the_locale():
    assert await understood("on 3/5", locale="en_US") == ("2027-03-05 09:00", "")
    assert await understood("on 3/5", locale="en_GB") == ("2027-05-03 09:00", "")


@pytest.mark.parametrize(
    ("now", "phrase", "due"),
    [
        ("2026-11-18 10:00", "next friday", "2026-11-27 09:00"),
        ("2026-11-18 10:00", "on friday", "2026-11-20 09:00"),
        ("2026-11-18 10:00", "this friday", "2026-11-20 09:00"),
        ("2028-02-28 10:00", "tomorrow", "2028-02-29 09:00"),
        ("2028-02-29 08:00", "on february 29", "2028-02-29 09:00"),
        ("2027-01-31 10:00", "in a month", "2027-02-28 10:00"),
        ("2026-12-31 23:50", "in 20 minutes", "2027-01-01 00:10"),
        ("2026-11-21 23:59", "tonight at 1", "2026-11-22 01:00"),
        ("2026-11-21 19:00", "later today", "2026-11-21 21:00"),
    ],
)
async def test_a_date_is_counted_from_the_day_it_is_said(now, phrase, due):
    assert await understood(phrase, now=now) == (due, "")


@pytest.mark.parametrize(
    ("phrase", "said"),
    [
        (
            "today at 9 am",
            "today at 09:00, which has already passed. The next one would be tomorrow, Sunday 22 November, at 09:00",
        ),
        (
            "yesterday at 5",
            "on Friday 20 November, at 17:00, which has already passed. The next one would be today at 17:00",
        ),
        (
            "on 3 may 2020",
            "on Sunday 3 May 2020, at 09:00, which has already passed. The next one would be on Monday 3 May 2027",
        ),
    ],
)
async def test_a_time_that_has_passed_is_refused_with_the_next_one(phrase, said):
    reply = await understood(phrase)
    assert not reply.success
    assert reply.code == "invalid_arguments"
    assert said in reply.text


@pytest.mark.parametrize(
    "words",
    ["at 25:00", "on february 30", "at quarter past blue", "in 5 lightyears", "on the 45th", "in 2 weeks on monday"],
)
async def test_what_is_no_time_is_quoted_with_examples_of_what_is(words):
    reply = await understood(words)
    assert not reply.success
    assert words in reply.text
    assert "tomorrow at 5" in reply.text


@pytest.mark.parametrize(
    "phrase", ["in 9999999 years", "in 99999999999999999999 hours", "in 999999999 days", "every 99999999999 hours"]
)
async def test_a_time_beyond_the_calendar_is_refused(phrase):
    reply = await understood(phrase)
    assert not reply.success
    assert "further away than the calendar goes" in reply.text
