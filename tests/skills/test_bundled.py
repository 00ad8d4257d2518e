"""The bundled skills together: none takes what another is there for."""

from pathlib import Path

import pytest

from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager

BUNDLED = Path(__file__).resolve().parents[2] / "skills"


async def test_every_bundled_skill_loads_its_code_without_a_problem():
    async with SkillManager([SkillSource("bundled", BUNDLED, trusted=True)], packages=False) as manager:
        assert list(await manager.check()) == []
        assert {info.name for info in manager.skills()} == {path.parent.name for path in BUNDLED.glob("*/SKILL.md")}


@pytest.mark.requirement("skills.examples")
async def test_every_example_of_every_bundled_skill_routes_to_its_intent_among_all():
    async with SkillManager([SkillSource("bundled", BUNDLED, trusted=True)], packages=False) as manager:
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
    ],
)
async def test_what_people_say_goes_where_they_mean_it(said, skill):
    async with SkillManager([SkillSource("bundled", BUNDLED, trusted=True)], packages=False) as manager:
        match = manager.match(said)
    assert (match.skill if match else None) == skill


@pytest.mark.parametrize(
    "said", ["the weather is nice", "tell me a joke", "I love you", "colourless green ideas", "why"]
)
async def test_what_no_skill_is_there_for_is_left_alone(said):
    async with SkillManager([SkillSource("bundled", BUNDLED, trusted=True)], packages=False) as manager:
        assert manager.match(said) is None
