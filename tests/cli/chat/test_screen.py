import asyncio
import io
import sys

import pytest

from roxy.cli.chat import screen as screens
from roxy.cli.chat.screen import PlainScreen, RichScreen
from roxy.contracts.turns import Notice, NoticeKind, Reply


class Terminal(io.StringIO):
    """A terminal that tells when something is written."""

    encoding = "utf-8"

    def __init__(self):
        super().__init__()
        self.wrote = asyncio.Event()
        self.loop = asyncio.get_running_loop()

    def isatty(self):
        return True

    def write(self, text):
        self.loop.call_soon_threadsafe(self.wrote.set)
        return super().write(text)

    async def shows(self, text):
        while text not in self.getvalue():
            self.wrote.clear()
            await self.wrote.wait()


@pytest.fixture
async def at_terminal(monkeypatch):
    """Puts a terminal in the place of standard output; within the test, since pytest sets that for each phase."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)

    def put(**environ):
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        made = Terminal()
        monkeypatch.setattr(sys, "stdout", made)
        return made

    async with asyncio.timeout(30):
        yield put


@pytest.mark.requirement("chat.spinner")
async def test_what_takes_long_shows_what_is_being_done(at_terminal):
    terminal = at_terminal()
    screen = RichScreen()
    async with screen.working():
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking brave_search …"))
        await terminal.shows("asking brave_search …")
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="reading"))
        await terminal.shows("reading")
        screen.heard(Notice(kind=NoticeKind.REMINDER, text="tea"))
        await terminal.shows("tea")


def delta(text):
    return Notice(kind=NoticeKind.DELTA, text=text)


@pytest.mark.requirement("chat.spinner")
async def test_the_spinner_comes_back_when_a_model_that_spoke_uses_a_tool(at_terminal):
    terminal = at_terminal()
    screen = RichScreen()
    async with screen.working():
        screen.heard(delta("I look it up."))
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking brave_search …"))
        await terminal.shows("asking brave_search …")
        assert "I look it up.\n" in terminal.getvalue()  # the spinner has a line of its own
        screen.heard(delta("\n\nIt rains."))
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking the calendar …"))
        await terminal.shows("asking the calendar …")
    screen.reply(Reply(text="I look it up.\n\nIt rains.", session_id="s"))
    assert terminal.getvalue().count("It rains.") == 1  # what was shown as it came is not shown again


async def test_words_that_go_on_leave_no_spinner_in_their_line(at_terminal, monkeypatch):
    monkeypatch.setattr(screens, "SPINNER_AFTER", 0)
    terminal = at_terminal()
    screen = RichScreen()
    async with screen.working():
        screen.heard(delta("One"))
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking echo …"))
        screen.heard(delta(" two"))
        await asyncio.sleep(0)  # what was begun could begin
        screen.heard(delta(" three"))
    assert terminal.getvalue() == "One two three"


async def test_progress_that_comes_after_the_turn_shows_nothing(at_terminal, monkeypatch):
    monkeypatch.setattr(screens, "SPINNER_AFTER", 0)
    terminal = at_terminal()
    screen = RichScreen()
    async with screen.working():
        screen.heard(delta("Done."))
    screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking echo …"))
    await asyncio.sleep(0)
    assert terminal.getvalue() == "Done."


async def test_what_is_done_at_once_shows_no_spinner(at_terminal):
    terminal = at_terminal()
    screen = RichScreen()
    async with screen.working():
        screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking echo"))
    assert terminal.getvalue() == ""


async def test_without_colours_no_escape_is_written(at_terminal):
    terminal = at_terminal(NO_COLOR="1", TERM="dumb")
    screen = RichScreen()
    screen.problem("red")
    screen.reply(Reply(text="Which?", session_id="s", question=True, choices=("a", "b")))
    assert terminal.getvalue() == "red\nWhich? (a / b)\n"


async def test_a_reply_cannot_command_the_terminal_nor_use_markup(at_terminal):
    terminal = at_terminal()
    RichScreen().reply(Reply(text="[red]x[/red] \x1b]0;title\x07 \x1b[2J", session_id="s"))
    assert terminal.getvalue() == "[red]x[/red] ]0;title [2J\n"


def test_plain_output_has_replies_on_stdout_and_hints_on_stderr(capsys):
    screen = PlainScreen()
    screen.heard(Notice(kind=NoticeKind.PROGRESS, text="asking"))
    screen.heard(Notice(kind=NoticeKind.SAY, text="wait"))
    screen.reply(Reply(text="done", session_id="s"))
    screen.hint("a hint")
    assert capsys.readouterr() == ("wait\ndone\n", "a hint\n")


def test_the_spinner_waits_three_tenths_of_a_second():
    assert screens.SPINNER_AFTER == 0.3


@pytest.mark.requirement("models.streaming")
async def test_the_words_of_a_model_take_the_place_of_the_spinner_and_are_not_shown_again(at_terminal, monkeypatch):
    monkeypatch.setattr(screens, "SPINNER_AFTER", 0)
    terminal = at_terminal(NO_COLOR="1")
    screen = RichScreen()
    async with screen.working():
        await terminal.shows("thinking")
        for piece in ("**One** ", "t\x1bwo."):
            screen.heard(Notice(kind=NoticeKind.DELTA, text=piece))
        assert terminal.getvalue().endswith("**One** two.")
    screen.reply(Reply(text="**One** t\x1bwo.", session_id="ses"))
    assert terminal.getvalue().count("**One** two.") == 1


async def test_another_text_than_the_one_that_was_shown_begins_on_its_own_line(at_terminal):
    terminal = at_terminal(NO_COLOR="1")
    screen = RichScreen()
    async with screen.working():
        screen.heard(Notice(kind=NoticeKind.DELTA, text="One"))
    screen.reply(Reply(text="OK, I stopped.", session_id="ses"))
    assert terminal.getvalue() == "One\nOK, I stopped.\n"


async def test_a_pipe_gets_the_words_of_a_model_once(capsys):
    screen = PlainScreen()
    screen.heard(Notice(kind=NoticeKind.DELTA, text="One"))
    screen.reply(Reply(text="One.", session_id="ses"))
    assert capsys.readouterr().out == "One.\n"
