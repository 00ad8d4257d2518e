import asyncio

import pytest

from fakes.house import House, Seen
from roxy.cli.chat import slash
from roxy.cli.chat.talk import Talk
from roxy.daemon.seat import present


@pytest.fixture
async def talk(tmp_path):
    screen = Seen()
    async with asyncio.timeout(30), present(tmp_path, House().opener, screen, door="chat") as presence:
        yield Talk(presence, screen)


@pytest.mark.parametrize("command", list(slash.COMMANDS))
async def test_every_command_does_something_and_fails_nowhere(talk, command):
    await slash.take(talk, command)
    assert talk.screen.shown or talk.over
    assert talk.screen.texts("problem") == []


async def test_a_mistyped_command_is_met_with_the_nearest(talk):
    await slash.take(talk, "/serverz")
    assert talk.screen.texts("problem") == ["There is no command /serverz. Did you mean /servers?"]


@pytest.mark.parametrize(
    ("line", "near"), [("/skills clok", "clock"), ("/servers ech", "echo"), ("/session x", "roxy")]
)
async def test_an_argument_that_names_nothing_says_what_there_is(talk, line, near):
    await slash.take(talk, line)
    [problem] = talk.screen.texts("problem")
    assert near in problem


async def test_a_session_is_resumed_with_its_last_lines(talk):
    await slash.take(talk, "/session ses_1")
    assert talk.session_id == "ses_1"
    assert talk.screen.texts("history") == [["what time is it", "Noon."]]
    await slash.take(talk, "/new")
    assert talk.session_id is None


async def test_a_model_is_chosen_for_the_session_and_the_list_marks_it(talk):
    await slash.take(talk, "/model home")
    assert talk.session_id == "ses_new"
    assert "home is asked" in talk.screen.texts("hint")[-1]
    assistant = await talk.presence.assistant()
    assert [model.name for model in await assistant.models("ses_new") if model.chosen] == ["home"]
    await slash.take(talk, "/model none")
    await slash.take(talk, "/model")
    assert "No model is asked here" in talk.screen.texts("hint")[-1]


async def test_a_model_that_nobody_knows_is_met_with_the_nearest(talk):
    await slash.take(talk, "/model hom")
    [problem] = talk.screen.texts("problem")
    assert "'home'" in problem
    assert talk.session_id is None


async def test_the_names_of_models_complete(talk):
    names = await slash.COMMANDS["/model"].completes(await talk.presence.assistant())
    assert names == ["home", "cloud", "ollama:tiny", "none"]
