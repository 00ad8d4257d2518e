import asyncio

import pytest
from prompt_toolkit.application import create_app_session
from prompt_toolkit.input import create_pipe_input
from prompt_toolkit.output import DummyOutput

from roxy.cli.terminal.asking import AtTerminal, person


@pytest.mark.requirement("mcp.asks_at_terminal")
async def test_ctrl_d_cancels_a_question_and_a_line_answers_it(capsys):
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        async with asyncio.timeout(30):
            keys.send_text("\x04")
            assert await AtTerminal().ask("Who?") == "cancel"
            keys.send_text("Kim\r")
            assert await AtTerminal().ask("Who?", choices=("Kim", "Ada")) == "Kim"
    out, err = capsys.readouterr()
    assert "Who?" in err
    assert "Who?" not in out


@pytest.mark.parametrize(
    ("typed", "meant"), [("y\r", True), ("Yes\r", True), ("\r", False), ("maybe\ryes\r", True), ("x\rx\r", False)]
)
async def test_enter_is_no_and_what_is_neither_is_asked_once_more(typed, meant):
    with create_pipe_input() as keys, create_app_session(input=keys, output=DummyOutput()):
        async with asyncio.timeout(30):
            keys.send_text(typed)
            assert await AtTerminal().confirm("Sure?") is meant


def test_nobody_sits_where_a_stream_is_no_terminal_or_a_program_reads_along():
    assert person() is None
    assert person(quiet=True) is None
