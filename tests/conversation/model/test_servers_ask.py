"""A server asks back in the middle of a model's call: the person at the door answers, or learns what was asked."""

import asyncio
import json

import pytest

from fakes.scripted_model import calls, words
from fakes.servers import eventually
from roxy.contracts.servers import ServerState

pytestmark = pytest.mark.usefixtures("servers")
HARD = "please let echo ask whatever it needs to know of me"


@pytest.fixture(autouse=True)
async def _echo_runs(servers, roxy):
    """A turn waits for a server only for a while, and on a busy machine that is too short."""

    async def runs():
        return (await roxy.server_status("echo")).state == ServerState.RUNNING

    async with asyncio.timeout(60):
        await roxy.start_server("echo")
        await eventually(runs)


def result(model):
    """What the tool has answered, as the model was told."""
    return next(part[2] for role, part in reversed(model.said()) if role == "tool")


@pytest.mark.requirement("mcp.elicitation")
async def test_a_servers_question_is_asked_in_the_chat_and_the_call_goes_on_with_the_answer(person, bench):
    home = bench.script("home", calls(("echo.ask", {})), words("It knows you now."))
    approval = await person.say(HARD)
    assert "echo.ask" in approval.text
    question = await person.say("yes")
    assert question.question
    assert question.text == "The server echo asks: Your name?\nName?"
    done = await person.say("Ada")
    assert (done.text, done.success) == ("It knows you now.", True)
    answer = json.loads(result(home))
    assert (answer["action"], answer["content"]) == ("accept", {"name": "Ada"})


@pytest.mark.requirement("mcp.elicitation")
async def test_no_declines_and_the_conversation_goes_on(person, bench):
    home = bench.script("home", calls(("echo.ask", {})), words("Fine."))
    await person.say(HARD)
    await person.say("yes")
    assert (await person.say("no")).text == "Fine."
    assert json.loads(result(home))["action"] == "decline"


@pytest.mark.requirement("mcp.elicitation_nobody")
async def test_where_nobody_can_answer_the_model_is_told_what_was_asked(person, bench):
    home = bench.script("home", calls(("echo.ask", {})), words("It wants your name."))
    reply = await person.say(HARD, one_shot=True, assume_yes=True)
    assert reply.text == "It wants your name."
    assert "The server echo asks: Your name?" in result(home)
    assert "needs_input" in result(home)
