"""The reminders skill and others: what it leaves to them, and how a model calls it."""

import pytest

from roxy.testing import skill_bench


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
    async with skill_bench(__file__) as bench:
        with pytest.raises(AssertionError, match="no sentence"):
            await bench.say(said)


async def test_a_model_may_call_it_with_slots_alone():
    async with skill_bench(__file__) as bench:
        bench.now = bench.at("2026-11-21 14:20")
        await bench.run("set_reminder", what="call Bob", when="tomorrow at 5")
        await bench.run("set_timer", name="pasta", length="8 minutes")
        await bench.run("set_alarm", when="6:30 tomorrow")
        waiting = [(one.text, f"{one.due:%m-%d %H:%M}", one.kind) for one in await bench.reminders.pending()]
        assert waiting == [
            ("pasta", "11-21 14:28", "timer"),
            ("alarm", "11-22 06:30", "reminder"),
            ("call Bob", "11-22 17:00", "reminder"),
        ]
