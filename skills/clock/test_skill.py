"""The clock on the bench: Saturday 21 November 2026, 14:20, in Berlin."""

import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from roxy.contracts.skills import UserProfile
from roxy.testing import check_examples, skill_bench

FOLDER = Path(__file__).parent

ANSWERS = {
    "what time is it": "It's 14:20.",
    "what's the time?": "It's 14:20.",
    "hey roxy, do you have the time please": "It's 14:20.",
    "what time is it in Tokyo": "It's 22:20 in Tokyo.",
    "what's the time in new york?": "It's 08:20 in New York.",
    "what time is it in India": "It's 18:50 in India.",
    "what time is it in Germany": "It's 14:20 in Germany.",
    "what time is it in UTC": "It's 13:20 in UTC.",
    "what time is it in pacific time": "It's 05:20 in Pacific time.",
    "what time is it in Asia/Kathmandu": "It's 19:05 in Asia/Kathmandu.",
    "what time is it in st. john's": "It's 09:50 in St John's.",
    "what time is it in buenos aires": "It's 10:20 in Buenos Aires.",
    "what time is it in Munich": "It's 14:20 in Munich (Bayern, DE).",
    "what time is it in California": "It's 05:20 in California.",
    "what time is it in Portland, Oregon": "It's 05:20 in Portland (Oregon, US).",
    "what time is it in portland maine": "It's 08:20 in Portland (Maine, US).",
    "what time is it in Auckland": "It's 02:20 on Sunday in Auckland.",
    "what's the date": "It's Saturday 21 November 2026.",
    "what is the date in Auckland": "In Auckland it's Sunday 22 November 2026.",
    "what date is next friday": "Next Friday is Friday 27 November 2026.",
    "when is easter": "Easter is Sunday 28 March 2027.",
    "what day is it": "It's Saturday.",
    "what day is christmas": "Christmas is a Friday: Friday 25 December 2026.",
    "what day of the week was 20 July 1969": "20 July 1969 was a Sunday: Sunday 20 July 1969.",
    "what week is it": "It's week 47.",
    "what is the week number of 3 may": "3 may, Monday 3 May 2027, is in week 18.",
    "how many days until christmas": "34 days until Christmas, Friday 25 December 2026.",
    "how many days until 3 may": "163 days until Monday 3 May 2027.",
    "how many days until the third of may": "163 days until the third of may, Monday 3 May 2027.",
    "how many days until february 29": "465 days until Tuesday 29 February 2028.",
    "how many days until tomorrow": "1 day until tomorrow, Sunday 22 November 2026.",
    "how many days until today": "That is today, Saturday 21 November 2026.",
    "how many weeks until easter": "18 weeks and 1 day until Easter, Sunday 28 March 2027.",
    "how long until new year's eve": "40 days until new year's eve, Thursday 31 December 2026.",
    "how many days until thanksgiving": "5 days until Thanksgiving, Thursday 26 November 2026.",
    "how many days since 1 january": "324 days since Thursday 1 January 2026.",
    "how many days ago was 3 may 2020": "2,393 days since Sunday 3 May 2020.",
    "how far ahead is Tokyo": "Tokyo is 8 hours ahead of you; it's 22:20 there now.",
    "how many hours behind is New York": "New York is 6 hours behind you; it's 08:20 there now.",
    "how far ahead is tokyo of london": "Tokyo is 9 hours ahead of London; it's 22:20 there now.",
    "what is the time difference to India": "India is 4 hours and 30 minutes ahead of you; it's 18:50 there now.",
    "what's the time difference to Paris": "Paris has the same time as you; it's 14:20 there now.",
    "is 2028 a leap year": "Yes, 2028 is a leap year.",
    "is this a leap year": "No, 2026 is no leap year.",
}


@asynccontextmanager
async def in_berlin(locale="en_GB"):
    async with skill_bench(FOLDER) as bench:
        bench.user = UserProfile(timezone=ZoneInfo("Europe/Berlin"), locale=locale)
        bench.now = bench.at("2026-11-21 14:20")
        yield bench


@pytest.mark.requirement("bundled.clock")
async def test_every_question_of_the_table_is_answered():
    async with in_berlin() as bench:
        got = {said: (await bench.say(said)).text for said in ANSWERS}
    assert {said: got[said] for said, wanted in ANSWERS.items() if got[said] != wanted} == {}


def test_every_example_goes_to_its_intent():
    assert check_examples(FOLDER) == []


async def test_the_locale_chooses_the_clock_and_the_order_of_the_date():
    async with in_berlin("en_US") as bench:
        assert (await bench.say("what time is it")).text == "It's 2:20 PM."
        assert (await bench.say("what's the date")).text == "It's Saturday, November 21, 2026."
        assert (await bench.say("how many days until 3/5/2027")).data == 104
        bench.now = bench.at("2026-11-21 00:05")
        assert (await bench.say("what time is it")).text == "It's 12:05 AM."
    async with in_berlin() as bench:
        assert (await bench.say("how many days until 3/5/2027")).data == 163


async def test_a_place_with_several_zones_is_answered_with_all_of_them():
    async with in_berlin() as bench:
        reply = await bench.say("what time is it in Portland")
        assert "several time zones for Portland" in reply.text
        assert "Portland (Oregon, US) 05:20" in reply.text
        assert "Portland (Maine, US) 08:20" in reply.text
        assert "New York 08:20" in (await bench.say("what time is it in the US")).text
        difference = await bench.say("how far behind is the us")
        assert not difference.success
        assert "Name one of them" in difference.text


async def test_an_unknown_place_is_answered_with_the_nearest_names():
    async with in_berlin() as bench:
        reply = await bench.say("what time is it in Tokio")
        assert not reply.success
        assert reply.code == "not_found"
        assert "Tokyo" in reply.text
        assert "larger city" in (await bench.say("what time is it in Xyzzyplugh")).text


@pytest.mark.parametrize(
    "place", ["../../etc/passwd", "/etc/passwd", "Europe/../../x", "\x00", "posix", "a" * 5000, "%s"]
)
async def test_a_name_that_is_no_place_is_harmless(place):
    async with in_berlin() as bench:
        assert (await bench.run("time", place=place)).code == "not_found"


@pytest.mark.parametrize(
    "day", ["31 february", "my birthday", "99 may", "0", "in 99999999999 years", "3", "the", "2027-13-01"]
)
async def test_a_date_that_is_none_is_said_with_examples(day):
    async with in_berlin() as bench:
        reply = await bench.run("days_until", day=day)
        assert reply.code == "not_found"
        assert "3 May" in reply.text


async def test_a_weekday_named_today_is_a_week_away():
    async with in_berlin() as bench:
        assert (await bench.say("how many days until saturday")).data == 7
        assert (await bench.say("how many days until sunday")).data == 1
        assert (await bench.say("how many days until next sunday")).data == 8
        assert (await bench.say("how many days since monday")).data == -5


async def test_christmas_is_today_on_christmas():
    async with in_berlin() as bench:
        bench.now = bench.at("2026-12-25 10:00")
        assert (await bench.say("how many days until christmas")).data == 0
        bench.now = bench.at("2026-12-26 10:00")
        assert (await bench.say("how many days until christmas")).data == 364


def test_the_time_of_day_loads_nothing_heavy():
    code = (
        "import asyncio, sys\n"
        "from roxy.testing import skill_bench\n"
        "async def main():\n"
        f"    async with skill_bench({str(FOLDER)!r}) as bench:\n"
        "        before = set(sys.modules)\n"
        "        assert (await bench.say('what time is it')).success\n"
        "        assert (await bench.say('what is the date')).success\n"
        "        new = set(sys.modules) - before\n"
        "        heavy = {'airportsdata', 'dateutil', 'rapidfuzz'}\n"
        "        assert not heavy & {name.partition('.')[0] for name in new}, new\n"
        "        assert not [name for name in new if name.startswith('roxy_skills.')], new\n"
        "        await bench.say('what time is it in Tokyo')\n"
        "        assert 'airportsdata' not in sys.modules\n"
        "asyncio.run(main())\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=30)
