"""The bundled skills together: none takes what another is there for."""

import time
from pathlib import Path

import pytest

from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager

BUNDLED = Path(__file__).resolve().parents[2] / "skills"


def bundled(cache: Path) -> SkillManager:
    return SkillManager([SkillSource("bundled", BUNDLED, trusted=True)], cache=cache, packages=False)


async def test_every_bundled_skill_loads_its_code_without_a_problem(kept_cache):
    async with bundled(kept_cache) as manager:
        assert list(await manager.check()) == []
        assert {info.name for info in manager.skills()} == {path.parent.name for path in BUNDLED.glob("*/SKILL.md")}


@pytest.mark.requirement("skills.examples")
async def test_every_example_of_every_bundled_skill_routes_to_its_intent_among_all(kept_cache):
    async with bundled(kept_cache) as manager:
        wrong = {}
        said = 0
        for info in manager.skills():
            for intent in info.intents:
                for example in intent.examples:
                    said += 1
                    match = manager.match(example)
                    found = (match.skill, match.intent.name) if match else None
                    if found != (info.name, intent.name):
                        wrong[example] = (info.name, intent.name), found
    assert wrong == {}
    assert said > 150


@pytest.mark.parametrize(
    ("said", "skill"),
    [
        ("what time is it", "clock"),
        ("what's my wifi password?", "memory"),
        ("what is my name?", "profile"),
        ("what is on my shopping list", "lists"),
        ("what are my reminders", "reminders"),
        ("what is 15% of 80", "calculator"),
        ("what is the time in Tokyo", "clock"),
        ("what can you do", "help"),
        ("what servers are there", "system"),
        ("remember that my sister's birthday is on the 3rd of may", "memory"),
        ("remind me that the car needs petrol tomorrow at 5", "reminders"),
        ("how many feet are in 3 miles", "calculator"),
        ("how many days until christmas", "clock"),
        ("hey Roxy, set a timer for ten minutes please!", "reminders"),
        ("when is anna's birthday", "memory"),
        ("search the web for python asyncio", "web-search"),
        ("find the file tax-2025", "files"),
        ("add 5 and 6", "calculator"),
        ("add tea to the shopping list", "lists"),
        ("show my open pull requests in roxy/roxy", "github"),
        ("um so what's the time", "clock"),
        ("tokyo time?", "clock"),
        ("wht time is it", "clock"),
        ("could you tell me what day it is please", "clock"),
        ("do you happen to know how many days are left this year", "clock"),
        ("pasta timer 8 minutes", "reminders"),
        ("set a tmer for ten minutes", "reminders"),
        ("i dont need the timer anymore", "reminders"),
        ("remind me of the dentist tomorrow at 8", "reminders"),
        ("what's like 37 times 4", "calculator"),
        ("18% tip on $45", "calculator"),
        ("i parked on level 3", "memory"),
        ("my locker code is 12, remember that", "memory"),
        ("where's my car", "memory"),
        ("stick bananas on the shopping list", "lists"),
        ("read notes.txt", "files"),
        ("where is budget.xlsx", "files"),
        ("read example.org", "read-page"),
        ("what can u do", "help"),
        ("i'm in New York time", "profile"),
    ],
)
async def test_what_people_say_goes_where_they_mean_it(said, skill, kept_cache):
    async with bundled(kept_cache) as manager:
        match = manager.match(said)
    assert (match.skill if match else None) == skill


@pytest.mark.parametrize(
    "said",
    [
        "the weather is nice",
        "tell me a joke",
        "I love you",
        "colourless green ideas",
        "why",
        "time flies",
        "how do I boil an egg",
        "how do magnets work",
        "brave new world",
        "we need to talk",
        "kill the lights",
        "start the car",
    ],
)
async def test_what_no_skill_is_there_for_is_left_alone(said, kept_cache):
    async with bundled(kept_cache) as manager:
        assert manager.match(said) is None


@pytest.mark.parametrize(
    "said",
    [
        "one hundred and twenty three plus four hundred and five apples",
        "minus one hundred and five and a half times twenty two and a half minus three " * 3,
        "add a and " * 80,
        "what is the time in " * 50,
    ],
)
async def test_no_utterance_takes_long_to_be_refused(said, kept_cache):
    async with bundled(kept_cache) as manager:
        manager.match("warm up")
        began = time.process_time()
        manager.match(said)
    assert time.process_time() - began < 5
