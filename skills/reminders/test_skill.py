"""Timers and reminders on the bench: Saturday 21 November 2026, 14:20, in Berlin."""

from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from roxy.contracts.skills import UserProfile
from roxy.testing import check_examples, skill_bench

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


def test_every_example_goes_to_its_intent():
    assert check_examples(FOLDER) == []


@pytest.mark.parametrize(
    ("said", "name", "due"),
    [
        ("set a timer for 10 minutes", "", "14:30:00"),
        ("set a 10 minute timer", "", "14:30:00"),
        ("set a 10-minute timer", "", "14:30:00"),
        ("timer 5 minutes", "", "14:25:00"),
        ("20 minute timer", "", "14:40:00"),
        ("start a timer for ninety seconds", "", "14:21:30"),
        ("set a timer for an hour and a half", "", "15:50:00"),
        ("set a timer for half an hour", "", "14:50:00"),
        ("set a pasta timer for eight and a half minutes", "pasta", "14:28:30"),
        ("set a timer for 3 minutes for the eggs", "eggs", "14:23:00"),
        ("start a timer called Laundry for 1 hour and 10 minutes", "Laundry", "15:30:00"),
        ("start a 5 minute egg timer", "egg", "14:25:00"),
        ("give me a green tea timer for 3 minutes", "green tea", "14:23:00"),
        ("set a timer until 3 pm", "", "15:00:00"),
        ("could you please set a timer for 2 hours?", "", "16:20:00"),
    ],
)
async def test_a_timer_is_set_with_its_name(said, name, due):
    async with in_berlin() as bench:
        reply = await bench.say(said)
        assert reply.success
        assert await waiting(bench) == [(name, f"11-21 {due}", "timer")]
        assert due.removesuffix(":00") in reply.text


async def test_the_answer_repeats_how_long_and_until_when():
    async with in_berlin() as bench:
        reply = await bench.say("set a pasta timer for eight and a half minutes")
        assert reply.text == "OK, pasta timer set: 8 minutes 30 seconds, until 14:28:30."
    async with in_berlin("en_US") as bench:
        assert (await bench.say("set a timer for 10 minutes")).text == "OK, timer set: 10 minutes, until 2:30 PM."


async def test_seconds_are_said_only_of_what_comes_soon():
    async with in_berlin() as bench:
        bench.now += timedelta(seconds=17)
        assert (await bench.say("set a timer for 5 minutes")).text.endswith("until 14:25:17.")
        assert (await bench.say("set a timer for 20 minutes")).text.endswith("until 14:40.")
        assert (await bench.say("remind me in 2 hours to call Bob")).text.endswith("today at 16:20.")


async def test_a_timer_without_a_length_asks_for_it():
    async with in_berlin() as bench:
        bench.answers("10 minutes")
        reply = await bench.say("set a tea timer")
        assert reply.questions == ["How long shall the tea timer run?"]
        assert await waiting(bench) == [("tea", "11-21 14:30:00", "timer")]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("blue", "did not understand"),
        ("0 minutes", "no time at all"),
        ("99999999 hours", "a year at most"),
        ("3000000 years", "a year at most"),
    ],
)
async def test_a_length_that_cannot_be_is_refused(answer, why):
    async with in_berlin() as bench:
        bench.answers(answer)
        reply = await bench.say("set a timer")
        assert not reply.success
        assert why in reply.text
        assert await waiting(bench) == []


async def test_several_timers_are_told_changed_and_cancelled_by_name():
    async with in_berlin() as bench:
        await bench.say("set a pasta timer for 8 minutes")
        await bench.say("set a timer for 20 minutes")
        assert (
            await bench.say("how long is left on the pasta timer")
        ).text == "8 minutes left on the pasta timer, until 14:28."
        bench.now += timedelta(minutes=2)
        told = await bench.say("how long is left")
        assert told.text.startswith("2 timers are running: 6 minutes left on the pasta timer")
        assert (
            await bench.say("add 2 minutes to the pasta timer")
        ).text == "OK, the pasta timer now has 8 minutes left, until 14:30."
        assert (await bench.say("take 5 minutes off the 20 minute timer")).success
        assert await waiting(bench) == [("pasta", "11-21 14:30:00", "timer"), ("", "11-21 14:35:00", "timer")]
        assert (await bench.say("cancel the pasta timer")).success
        assert await waiting(bench) == [("", "11-21 14:35:00", "timer")]
        unknown = await bench.say("cancel the egg timer")
        assert unknown.code == "not_found"
        assert "There is no timer “egg”" in unknown.text


async def test_when_it_is_not_clear_which_timer_is_meant_roxy_asks():
    async with in_berlin() as bench:
        await bench.say("set a pasta timer for 8 minutes")
        await bench.say("set an egg timer for 5 minutes")
        bench.answers("the egg timer")
        reply = await bench.say("cancel the timer")
        assert "egg timer (5 minutes left) or the pasta timer" in reply.questions[0]
        assert await waiting(bench) == [("pasta", "11-21 14:28:00", "timer")]
        await bench.say("set an egg timer for 5 minutes")
        bench.answers("hm")
        assert not (await bench.say("cancel the timer")).success
        assert len(await waiting(bench)) == 2


async def test_all_timers_are_cancelled_and_reminders_stay():
    async with in_berlin() as bench:
        await bench.say("set a pasta timer for 8 minutes")
        await bench.say("set a timer for 20 minutes")
        await bench.say("remind me to call Bob at 5")
        assert "pasta timer" in (await bench.say("cancel all timers")).text
        assert await waiting(bench) == [("call Bob", "11-21 17:00:00", "reminder")]
        assert (await bench.say("how long is left")).text == "No timer is running."


async def test_more_than_is_left_cannot_be_taken_off():
    async with in_berlin() as bench:
        await bench.say("set a timer for 2 minutes")
        reply = await bench.say("take 5 minutes off the timer")
        assert not reply.success
        assert "Only 2 minutes are left" in reply.text
        assert not (await bench.say("add blue to the timer")).success


@pytest.mark.parametrize(
    ("said", "text", "due"),
    [
        ("remind me to call Bob at 5", "call Bob", "11-21 17:00:00"),
        ("at 5 remind me to call Bob", "call Bob", "11-21 17:00:00"),
        ("remind me tomorrow at 5 to call Bob", "call Bob", "11-22 17:00:00"),
        ("remind me to call Bob tomorrow at 5", "call Bob", "11-22 17:00:00"),
        ("tomorrow remind me to call Bob at 5", "call Bob", "11-22 17:00:00"),
        ("remind me tomorrow to call Bob at 5 p.m.", "call Bob", "11-22 17:00:00"),
        ("remind me in an hour and a half to take out the trash", "take out the trash", "11-21 15:50:00"),
        ("remind me about the dentist on monday at 10", "the dentist", "11-23 10:00:00"),
        ("remind me that the cake is in the oven in half an hour please", "the cake is in the oven", "11-21 14:50:00"),
        ("set a reminder for tomorrow at noon to water the plants", "water the plants", "11-22 12:00:00"),
        ("set a reminder to call the dentist at half past seven", "call the dentist", "11-21 19:30:00"),
        ("don't let me forget to buy milk this evening", "buy milk", "11-21 19:00:00"),
        ("set a 5 pm reminder to call mum", "call mum", "11-21 17:00:00"),
        ("remind me to watch 12 Monkeys at 8", "watch 12 Monkeys", "11-21 20:00:00"),
        ("remind me to buy 2 apples tomorrow", "buy 2 apples", "11-22 09:00:00"),
        ("remind me to buy flowers for the party on friday", "buy flowers for the party", "11-27 09:00:00"),
        ("Reminder: call Bob at 17:30", "call Bob", "11-21 17:30:00"),
        ("could you remind me to feed the cat in 20 minutes?", "feed the cat", "11-21 14:40:00"),
        ("wake me up at 6:30", "alarm", "11-21 18:30:00"),
        ("wake me at 6 am", "alarm", "11-22 06:00:00"),
        ("set an alarm for 7 tomorrow", "alarm", "11-22 07:00:00"),
        ("set a 7 am alarm", "alarm", "11-22 07:00:00"),
        ("set an alarm for 7 am to take the pills", "take the pills", "11-22 07:00:00"),
    ],
)
async def test_a_reminder_is_set_in_whatever_order_it_is_said(said, text, due):
    async with in_berlin() as bench:
        reply = await bench.say(said)
        assert reply.success, reply.text
        assert await waiting(bench) == [(text, due, "reminder")]


async def test_an_alarm_in_the_night_is_the_very_next_one():
    async with in_berlin() as bench:
        bench.now = bench.at("2026-11-21 23:00")
        await bench.say("wake me up at 5")
        await bench.say("remind me at 5 to call Bob")
        assert await waiting(bench) == [
            ("alarm", "11-22 05:00:00", "reminder"),
            ("call Bob", "11-22 17:00:00", "reminder"),
        ]


@pytest.mark.requirement("bundled.reminders")
async def test_the_answer_repeats_the_day_and_the_time_in_the_manner_of_the_locale():
    async with in_berlin() as bench:
        reply = await bench.say("remind me to call my mum tomorrow at 5")
        assert reply.text == "OK, I'll remind you to call your mum tomorrow, Sunday 22 November, at 17:00."
        again = await bench.say("remind me every weekday at 8 to stand up")
        assert (
            again.text
            == "OK, I'll remind you to stand up every weekday at 08:00, first on Monday 23 November, at 08:00."
        )
    async with in_berlin("en_US") as bench:
        reply = await bench.say("remind me about my flight on 3 may")
        assert reply.text == "OK, I'll remind you about your flight on Monday, May 3, 2027, at 9:00 AM."


async def test_a_reminder_without_a_time_or_a_deed_asks_for_it():
    async with in_berlin() as bench:
        bench.answers("in 10 minutes")
        assert (await bench.say("remind me to call Bob")).questions == ["When shall I remind you to call Bob?"]
        bench.answers("call Ann", "hm", "5")
        reply = await bench.say("remind me")
        assert reply.questions[0] == "What shall I remind you of?"
        assert "I did not understand “hm” as a time" in reply.questions[2]
        assert await waiting(bench) == [
            ("call Bob", "11-21 14:30:00", "reminder"),
            ("call Ann", "11-21 17:00:00", "reminder"),
        ]
        bench.answers("hm", "hm")
        assert "did not understand “hm”" in (await bench.say("remind me to call Eve")).text


async def test_a_question_that_nobody_can_answer_sets_nothing():
    async with in_berlin() as bench:
        reply = await bench.say("remind me to call Bob")
        assert reply.code == "needs_input"
        assert await waiting(bench) == []


async def four(bench):
    for said in (
        "remind me to call Bob at 5",
        "remind me to see the dentist tomorrow at 10",
        "remind me to stand up every weekday at 8",
        "set an alarm for 7 am",
    ):
        assert (await bench.say(said)).success


async def test_reminders_are_listed_with_numbers_and_times():
    async with in_berlin() as bench:
        assert (
            await bench.say("what are my reminders")
        ).text == "You have no reminders; “remind me to call Bob tomorrow at 5” sets one."
        await four(bench)
        assert (await bench.say("list my reminders")).text.splitlines() == [
            "You have 4 reminders:",
            "1. call Bob, today at 17:00",
            "2. alarm, tomorrow, Sunday 22 November, at 07:00",
            "3. see the dentist, tomorrow, Sunday 22 November, at 10:00",
            "4. stand up, every weekday at 08:00 (next on Monday 23 November, at 08:00)",
        ]
        tomorrow = await bench.say("what reminders do I have for tomorrow")
        assert tomorrow.text.splitlines()[1:] == [
            "2. alarm, tomorrow, Sunday 22 November, at 07:00",
            "3. see the dentist, tomorrow, Sunday 22 November, at 10:00",
        ]
        assert (await bench.say("do I have any reminders for tuesday")).text == "You have no reminder for tuesday."


@pytest.mark.parametrize(
    ("said", "gone"),
    [
        ("cancel the reminder to call Bob", "call Bob"),
        ("delete reminder 1", "call Bob"),
        ("cancel the second reminder", "alarm"),
        ("cancel the last reminder", "stand up"),
        ("cancel my 5 o'clock reminder", "call Bob"),
        ("cancel the reminder at 10", "see the dentist"),
        ("cancel the dentist reminder", "see the dentist"),
        ("delete the reminder about the dentist", "see the dentist"),
        ("cancel the alarm", "alarm"),
        ("cancel my 7 am alarm", "alarm"),
        ("stop reminding me to stand up", "stand up"),
    ],
)
async def test_a_reminder_is_cancelled_by_number_time_or_words(said, gone):
    async with in_berlin() as bench:
        await four(bench)
        reply = await bench.say(said)
        assert reply.success, reply.text
        assert gone in reply.text
        left = {text for text, *_ in await waiting(bench)}
        assert left == {"call Bob", "see the dentist", "stand up", "alarm"} - {gone}


async def test_all_reminders_are_cancelled_at_once_and_named():
    async with in_berlin() as bench:
        await four(bench)
        reply = await bench.say("cancel all reminders")
        assert "4 reminders: call Bob" in reply.text
        assert await waiting(bench) == []


async def test_roxy_asks_which_of_several_reminders_and_leaves_them_when_none_is_named():
    async with in_berlin() as bench:
        await four(bench)
        bench.answers("number 3")
        assert "see the dentist" in (await bench.say("cancel the reminder")).text
        bench.answers("none")
        assert (await bench.say("cancel the reminder")).text == "I left all reminders as they are."
        assert len(await waiting(bench)) == 3
        assert "I found no reminder for “cat”" in (await bench.say("cancel the reminder about the cat")).text


@pytest.mark.parametrize(
    ("said", "text", "due"),
    [
        ("move the dentist reminder to monday", "see the dentist", "11-23 10:00:00"),
        ("move the dentist reminder to 11", "see the dentist", "11-22 11:00:00"),
        ("move the dentist reminder to tuesday at 9", "see the dentist", "11-24 09:00:00"),
        ("change my 7 am alarm to 6:30", "alarm", "11-22 06:30:00"),
        ("postpone reminder 1 to tomorrow", "call Bob", "11-22 17:00:00"),
    ],
)
async def test_a_reminder_is_moved_and_keeps_what_was_not_said(said, text, due):
    async with in_berlin() as bench:
        await four(bench)
        reply = await bench.say(said)
        assert reply.success, reply.text
        assert (text, due, "reminder") in await waiting(bench)
