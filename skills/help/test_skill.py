"""The help skill on the bench, with the bundled skills beside it."""

from pathlib import Path

import pytest

from roxy.contracts.skills import IntentInfo, SkillInfo
from roxy.testing import skill_bench

pytestmark = pytest.mark.requirement("bundled.help")

HERE = Path(__file__).parent


async def folder_of(name):
    """A bundled skill, as it was read."""
    async with skill_bench(HERE.parent / name) as other:
        return other.skill.folder


@pytest.fixture
async def bench():
    async with skill_bench(HERE) as bench:
        for name in ("memory", "lists", "files", "system"):
            folder = await folder_of(name)
            info = SkillInfo(
                name=name,
                description=folder.description,
                source="bundled",
                intents=folder.intents,
                help=folder.help,
            )
            bench.about.listed.append(info)
        timer = IntentInfo(name="timer", examples=["set a timer for 10 minutes"])
        bench.about.listed.append(
            SkillInfo(name="reminders", description="Timers and reminders.", source="bundled", intents=[timer])
        )
        bench.about.listed.append(SkillInfo(name="broken", description="Breaks.", source="user", problem="no skill.py"))
        yield bench


@pytest.mark.parametrize("said", ["help", "what can you do?", "Hey Roxy, what can you do for me", "how do I use you"])
async def test_the_overview_names_every_usable_skill_with_something_to_say(bench, said):
    reply = await bench.say(said)
    assert reply.data["skills"] == ["help", "memory", "lists", "files", "system", "reminders"]
    assert "- reminders: “set a timer for 10 minutes”" in reply.text
    assert "broken" not in reply.text


@pytest.mark.parametrize(
    ("said", "skill"),
    [
        ("help with reminders", "reminders"),
        ("how do I set a timer?", "reminders"),
        ("how do I set timers", "reminders"),
        ("explain the memory skill", "memory"),
        ("how can I make a shopping list", "lists"),
        ("how do I take a note", "lists"),
        ("show me how to start a server", "system"),
        ("how can I allow a folder", "files"),
        ("help me with finding documents", "files"),
        ("how do I forget a password", "memory"),
    ],
)
async def test_the_page_that_fits_is_found(bench, said, skill):
    reply = await bench.say(said)
    assert reply.data == {"skill": skill}


async def test_a_how_question_gets_the_nearest_example_before_the_page(bench):
    reply = await bench.say("how do I set a timer?")
    assert reply.text.startswith("Say for example: “set a timer for 10 minutes”.\n\n# reminders")


async def test_a_page_is_the_skills_own_text(bench):
    reply = await bench.say("help with files")
    assert reply.text == (await folder_of("files")).help


@pytest.mark.parametrize("said", ["help with quantum gravity", "explain the teleporter skill"])
async def test_what_no_skill_is_about_is_said_honestly(bench, said):
    reply = await bench.say(said)
    assert (reply.success, reply.code) == (False, "not_found")
    assert "I can help with: help, memory" in reply.text


async def test_examples_are_given_over_all_and_about_one_skill(bench):
    assert "- set a timer for 10 minutes" in (await bench.say("what can I say")).text
    reply = await bench.say("what can I say about files")
    assert "find the file tax-2025" in reply.data["examples"]
    assert len(reply.data["examples"]) == 4
