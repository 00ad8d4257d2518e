"""Snoozing, settings and what is changed after the fact, on the bench: Saturday 21 November 2026, 14:20, in Berlin."""

from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from roxy.contracts.skills import NOT_MINE, UserProfile
from roxy.testing import skill_bench

FOLDER = Path(__file__).parent


@asynccontextmanager
async def in_berlin(locale="en_GB"):
    async with skill_bench(FOLDER) as bench:
        bench.user = UserProfile(timezone=ZoneInfo("Europe/Berlin"), locale=locale)
        bench.now = bench.at("2026-11-21 14:20")
        yield bench


async def waiting(bench):
    """Text, local time, kind and rule of all that will fire, soonest first."""
    return [(one.text, f"{one.due:%m-%d %H:%M:%S}", one.kind) for one in await bench.reminders.pending()]


@pytest.mark.parametrize(
    ("said", "due"),
    [
        ("snooze", "17:10:00"),
        ("snooze for ten minutes", "17:10:00"),
        ("snooze 5 minutes", "17:05:00"),
        ("snooze it for half an hour", "17:30:00"),
        ("remind me again in 20 minutes", "17:20:00"),
        ("snooze until 6", "18:00:00"),
        ("5 more minutes", "17:05:00"),
    ],
)
async def test_snooze_lets_what_fired_last_come_again(said, due):
    async with in_berlin() as bench:
        await bench.say("remind me to call Bob at 5")
        bench.now = bench.at("2026-11-21 17:00")
        bench.reminders.fire()
        reply = await bench.say(said)
        assert reply.success, reply.text
        assert await waiting(bench) == [("call Bob", f"11-21 {due}", "reminder")]
        assert due.removesuffix(":00") in reply.text


async def test_a_snoozed_recurring_reminder_keeps_its_times():
    async with in_berlin() as bench:
        await bench.say("remind me every day at 5 to call Bob")
        bench.now = bench.at("2026-11-21 17:00")
        bench.reminders.fire()
        await bench.say("snooze")
        assert await waiting(bench) == [
            ("call Bob", "11-21 17:10:00", "reminder"),
            ("call Bob", "11-22 17:00:00", "reminder"),
        ]


async def test_a_reminder_with_a_last_day_ends_on_it():
    async with in_berlin() as bench:
        reply = await bench.say("remind me every day at 5 until monday to call Bob")
        assert reply.text.endswith("every day at 17:00 until Monday 23 November, first today at 17:00.")
        for day in (21, 22, 23):
            assert len(await waiting(bench)) == 1
            bench.now = bench.at(f"2026-11-{day} 17:00")
            assert [one.text for one in bench.reminders.fire()] == ["call Bob"]
        assert await waiting(bench) == []


async def test_the_settings_say_how_long_a_snooze_is():
    async with in_berlin() as bench:
        bench.config["snooze_minutes"] = 3
        assert (await bench.say("snooze")).code == "not_found"
        await bench.say("set a tea timer for 1 minute")
        bench.now += timedelta(minutes=1)
        bench.reminders.fire()
        await bench.say("snooze")
        assert await waiting(bench) == [("tea", "11-21 14:24:00", "timer")]


async def test_a_model_may_call_it_with_slots_alone():
    async with in_berlin() as bench:
        await bench.run("set_reminder", what="call Bob", when="tomorrow at 5")
        await bench.run("set_timer", name="pasta", length="8 minutes")
        await bench.run("set_alarm", when="6:30 tomorrow")
        assert await waiting(bench) == [
            ("pasta", "11-21 14:28:00", "timer"), ("alarm", "11-22 06:30:00", "reminder"),
            ("call Bob", "11-22 17:00:00", "reminder"),
        ]  # fmt: skip


@pytest.mark.parametrize(
    "said",
    [
        "what time is it",
        "how many feet in 3 miles",
        "remember that Bob likes tea",
        "what is my wifi password",
        "add milk to the list",
        "how long is the great wall of china",
        "what is left to do",
    ],
)
async def test_what_belongs_to_others_is_left_to_them(said):
    async with in_berlin() as bench:
        with pytest.raises(AssertionError, match="no sentence"):
            await bench.say(said)


@pytest.mark.parametrize(("said", "due"), [("make it 10 minutes", "14:30:00"), ("make it 6", "14:26:00")])
async def test_the_timer_that_was_just_set_is_changed(said, due):
    async with in_berlin() as bench:
        await bench.say("set a timer for 5 minutes")
        assert (await bench.say(said)).success
        assert await waiting(bench) == [("", f"11-21 {due}", "timer")]


async def test_what_was_set_long_ago_is_not_changed_by_it():
    async with in_berlin() as bench:
        await bench.say("remind me to call Bob tomorrow at 5")
        bench.now += timedelta(hours=1)
        assert (await bench.say("make it 6 pm")).code == NOT_MINE


async def test_a_reminder_is_pushed_back_by_a_length_of_time():
    async with in_berlin() as bench:
        await bench.say("remind me to call Bob at 5")
        await bench.say("push the reminder back an hour")
        assert await waiting(bench) == [("call Bob", "11-21 18:00:00", "reminder")]


async def test_a_duty_with_its_time_is_what_to_be_reminded_of():
    async with in_berlin() as bench:
        await bench.say("I have to call the plumber tomorrow at 9, remind me")
        assert await waiting(bench) == [("call the plumber", "11-22 09:00:00", "reminder")]


@pytest.mark.parametrize("said", ["timer -5 minutes", "set a timer for minus 5 minutes"])
async def test_a_timer_does_not_run_backwards(said):
    async with in_berlin() as bench:
        assert (await bench.say(said)).code == "invalid_arguments"
