import asyncio
import signal
import stat

import pytest
import typer
from prompt_toolkit.application import create_app_session
from prompt_toolkit.completion import CompleteEvent
from prompt_toolkit.document import Document
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from fakes.house import House, Seen
from roxy.cli.chat import terminal
from roxy.cli.chat.talk import Talk
from roxy.contracts.turns import NoticeKind
from roxy.daemon.seat import present


class Room:
    """A chat at a terminal that is a pipe."""

    def __init__(self, keys, talk, assistant, screen, history):
        self.keys = keys
        self.talk = talk
        self.assistant = assistant
        self.screen = screen
        self.history = history

    async def converse(self, text=""):
        self.keys.send_text(text)
        await terminal.converse(self.talk, self.history, shown=self.talk.presence.let_others_in)


@pytest.fixture
async def room(tmp_path):
    screen, house = Seen(), House()
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        async with asyncio.timeout(20), present(tmp_path, house.opener, screen, door="chat") as presence:
            assistant = await presence.assistant()
            yield Room(keys, Talk(presence, screen), assistant, screen, tmp_path / "chat_history")


async def test_lines_are_answered_in_one_session_until_ctrl_d(room):
    await room.converse("hi there\rsay x\r\x04")
    assert room.screen.texts("reply") == ["you said hi there", "you said say x"]
    assert room.screen.texts("say") == ["just a moment"]
    assert [utterance.session_id for utterance in room.assistant.heard] == [None, "ses_new"]


async def test_quit_leaves(room):
    await room.converse("/quit\rnot said\r")
    assert room.assistant.heard == []


@pytest.mark.requirement("chat.interrupt")
async def test_ctrl_c_twice_at_an_empty_prompt_leaves_and_says_so_first(room):
    await room.converse("\x03\x03")
    assert "again" in room.screen.texts("hint")[0]


async def test_ctrl_c_at_the_prompt_empties_the_line(room):
    await room.converse("half a li\x03hi\r\x04")
    assert room.screen.texts("reply") == ["you said hi"]


@pytest.mark.requirement("chat.interrupt")
async def test_ctrl_c_stops_the_turn_in_flight_and_the_chat_goes_on(room):
    room.talk.enter("ses_1")
    chat = asyncio.create_task(room.converse("wait\r"))
    await room.assistant.started.wait()
    signal.raise_signal(signal.SIGINT)
    await room.screen.until("hint")
    assert room.assistant.cancelled == ["ses_1"]
    room.keys.send_text("hi\r\x04")
    await chat
    assert room.screen.texts("hint") == ["Stopped."]
    assert room.screen.texts("reply") == ["you said hi"]


async def test_ctrl_c_stops_the_first_turn_too_whose_session_nobody_knows_yet(room):
    chat = asyncio.create_task(room.converse("wait\r"))
    await room.assistant.started.wait()
    signal.raise_signal(signal.SIGINT)
    await room.screen.until("hint")
    room.keys.send_text("\x04")
    await chat
    assert room.assistant.cancelled == ["ses_new"]


@pytest.mark.requirement("chat.interrupt")
async def test_a_second_ctrl_c_leaves_though_the_turn_does_not_end(room):
    release = asyncio.Event()

    async def stubborn(utterance, listener):
        room.assistant.started.set()
        await release.wait()

    async def promising(session_id):
        stopping.set()
        return True

    stopping = asyncio.Event()
    room.assistant.turn, room.assistant.cancel = stubborn, promising
    room.talk.enter("ses_1")
    chat = asyncio.create_task(room.converse("wait\r"))
    await room.assistant.started.wait()
    signal.raise_signal(signal.SIGINT)
    await stopping.wait()
    signal.raise_signal(signal.SIGINT)
    with pytest.raises(typer.Exit) as left:
        await chat
    assert left.value.exit_code == 130


async def test_what_roxy_says_unasked_is_shown_while_the_prompt_waits(room):
    chat = asyncio.create_task(room.converse())
    room.assistant.publish("tea", NoticeKind.REMINDER)
    await room.screen.until("reminder")
    room.keys.send_text("\x04")
    await chat
    assert room.screen.texts("reminder") == ["tea"]


async def test_a_failure_is_told_and_the_chat_goes_on(room):
    await room.converse("wrong\rfail\rhi\r\x04")
    first, second = room.screen.texts("problem")
    assert "Did you mean 'echo'?" in first
    assert "ZeroDivisionError" in second
    assert "private-value" not in second
    assert room.screen.texts("reply") == ["you said hi"]


async def test_typed_lines_are_kept_in_a_file_that_is_the_users_alone(room):
    await room.converse("hi\r\x1b[200~" + "x" * 20_000 + "\x1b[201~\r\x04")
    assert stat.S_IMODE(room.history.stat().st_mode) == 0o600
    kept = room.history.read_text()
    assert "+hi\n" in kept
    assert "xxx" not in kept


async def test_a_terminal_that_sends_no_utf8_ends_nothing(room):
    room.keys.send_bytes("a\udcffb é\r\x04".encode(errors="surrogateescape"))
    await room.converse()
    [utterance] = room.assistant.heard
    assert utterance.text.startswith("a")
    assert utterance.text.endswith("b é")
    utterance.text.encode()


async def completions(talk, text):
    completer = terminal.SlashCompleter(talk)
    found = completer.get_completions_async(Document(text), CompleteEvent(text_inserted=True))
    return [completion.text async for completion in found]


async def test_slash_commands_and_their_arguments_are_completed(room):
    assert await completions(room.talk, "/se") == ["/servers", "/session"]
    assert await completions(room.talk, "/servers r") == ["remote"]
    assert await completions(room.talk, "/skills ") == ["clock", "broken"]
    assert await completions(room.talk, "/session ") == ["ses_1"]
    assert await completions(room.talk, "/quit n") == []
    assert await completions(room.talk, "/nope x") == []
    assert await completions(room.talk, "hello") == []


async def test_the_answers_a_question_suggests_are_completed(room):
    await room.converse("ask\r\x04")
    assert await completions(room.talk, "") == ["a", "b"]
    await room.converse("hi\r\x04")
    assert await completions(room.talk, "") == []
