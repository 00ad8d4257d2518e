"""What is left when a Roxy is killed: everything that was confirmed, and a house that the next one can enter."""

import json
from pathlib import Path

import pytest

from fakes.program import Conversation, add_skill, places_of, roxy, wait_until
from roxy.daemon.lock import owner_of


@pytest.fixture
def begun(home, tmp_path) -> Path:
    """A skill that remembers something, tells by this file that it did, and never ends."""
    file = tmp_path / "begun"
    code = f"""
        await context.memory.remember("the boat is called Albatross")
        Path({str(file)!r}).write_text("begun")
        await asyncio.Event().wait()
        return SkillResult(success=True)
    """
    add_skill(home, "stall", "stall for ever", code)
    return file


def kept(home) -> dict:
    exported = roxy(home, "data", "export")
    assert exported.returncode == 0, exported.stderr
    return json.loads(exported.stdout)


@pytest.mark.requirement("sessions.crash", "owner.takeover")
def test_a_chat_killed_in_a_turn_loses_nothing_confirmed_and_the_next_one_owns_the_house(home, begun):
    with Conversation(home, "chat") as chat:
        chat.say("remember that the spare key is under the third pot")
        chat.expect("third pot")
        chat.say("stall for ever")
        wait_until(begun.exists)
        chat.kill()
    data = places_of(home).data
    assert owner_of(data) is None
    text = json.dumps(kept(home))
    for said in ("third pot", "Albatross", "stall for ever"):
        assert said in text
    with Conversation(home, "chat") as second:
        second.say("what do you remember")
        second.expect("Albatross")
        second.expect("third pot")
        assert owner_of(data).pid == second.process.pid


@pytest.mark.requirement("sessions.crash")
def test_an_ask_killed_in_its_turn_loses_nothing_confirmed(home, begun):
    with Conversation(home, "ask", "stall for ever") as ask:
        wait_until(begun.exists)
        ask.kill()
    assert "Albatross" in roxy(home, "ask", "what do you remember").stdout


@pytest.mark.requirement("owner.socket", "owner.takeover", "reminders.once")
def test_two_chats_share_one_owner_a_reminder_is_told_once_and_the_second_goes_on_when_the_first_is_killed(home):
    data = places_of(home).data
    with Conversation(home, "chat") as first:
        first.say("what is 6 times 7")
        first.expect("42")
        assert owner_of(data).pid == first.process.pid
        with Conversation(home, "chat") as second:
            second.say("remind me in 1 second to feed the cat")
            second.expect("Reminder: feed the cat")
            asked = roxy(home, "mcp", "status", "system", "--json")
            assert json.loads(asked.stdout)["name"] == "system"
            first.say("what is 5 plus 5")
            assert "feed the cat" not in first.expect("10")
            first.kill()

            second.say("remind me in 1 second to water the fern")
            second.expect("Reminder: water the fern")
            assert owner_of(data).pid == second.process.pid
            assert "feed the cat" not in second.leave()
    assert "cat" not in roxy(home, "chat", said="what time is it\n").stdout
