"""The profile skill on the bench."""

import pytest

from roxy.testing import skill_bench


@pytest.fixture
async def bench():
    async with skill_bench(__file__) as bench:
        yield bench


@pytest.mark.requirement("user.settings")
async def test_the_name_one_says_is_the_name_one_is_called(bench):
    assert (await bench.say("Call me Zoë Ångström!")).text == "OK, I'll call you Zoë Ångström."
    assert (await bench.say("what's my name?")).text == "I call you Zoë Ångström."


async def test_a_name_is_forgotten_on_request(bench):
    await bench.say("call me Sam")
    await bench.say("forget my name")
    assert (await bench.say("what is my name")).text.startswith("I do not know your name.")


async def test_a_name_as_long_as_a_story_is_refused(bench):
    reply = await bench.say(f"call me {'very ' * 30}long")
    assert (reply.success, reply.code) == (False, "invalid_arguments")


@pytest.mark.parametrize("said", ["my time zone is America/New York", "set my timezone to America/New_York"])
async def test_the_time_zone_is_changed(bench, said):
    assert "America/New_York" in (await bench.say(said)).text
    assert (await bench.say("what is my time zone?")).text == "Your time zone is America/New_York."


@pytest.mark.parametrize(("said", "units"), [("use US units", "imperial"), ("switch to metric", "metric")])
async def test_units_are_changed(bench, said, units):
    assert (await bench.say(said)).text == f"I will use {units} units."


async def test_everything_known_is_told_at_once(bench):
    await bench.say("call me Sam")
    reply = await bench.say("what are my settings?")
    assert reply.data["name"] == "Sam"
    assert "Sam" in reply.text
    assert "units" in reply.text
