"""A server asks something in a call that somebody made at a terminal, over a pipe, and beside a running Roxy."""

import json

import pytest

from fakes.program import Terminal, declare, roxy

CALL = ("mcp", "call", "mine", "ask")


@pytest.fixture
def terminal(home):
    declare(home, {"mine": []})
    return {**home, "TERM": "dumb"}


@pytest.mark.requirement("mcp.asks_at_terminal")
def test_a_question_is_asked_at_the_terminal_and_its_answer_reaches_the_server(terminal):
    with Terminal(terminal, *CALL) as call:
        call.expect("The server mine asks: Your name?")
        call.expect("> ")
        call.say("Kim")
        rest = call.expect('"action"')
        assert "Error" not in rest
        call.expect("Kim")
        assert call.process.wait(30) == 0


@pytest.mark.slow
@pytest.mark.requirement("mcp.asks_at_terminal")
def test_a_question_may_be_declined_and_left(terminal):
    for said in ("decline", "cancel"):
        with Terminal(terminal, *CALL) as call:
            call.expect("> ")
            call.say(said)
            call.expect(f'"action": "{said}"')
            assert call.process.wait(30) == 0


@pytest.mark.slow
def test_ctrl_c_at_a_question_ends_the_command(terminal):
    with Terminal(terminal, *CALL) as call:
        call.expect("> ")
        call.type("\x03")
        assert call.process.wait(30) == 130


@pytest.mark.slow
@pytest.mark.requirement("mcp.asks_at_terminal")
def test_beside_a_running_roxy_the_question_is_asked_at_the_terminal_that_called(terminal):
    assert roxy(terminal, "daemon", "start").returncode == 0
    try:
        with Terminal(terminal, *CALL) as call:
            call.expect("> ")
            call.say("Kim")
            call.expect('"Kim"')
            assert call.process.wait(30) == 0
    finally:
        roxy(terminal, "daemon", "stop")


@pytest.mark.requirement("mcp.asks_at_terminal")
def test_over_a_pipe_nobody_is_asked_and_what_would_have_been_is_told(terminal):
    asked = roxy(terminal, *CALL, said="Kim\n")
    assert asked.returncode == 1
    assert asked.stderr.startswith("Error (needs_input): The server mine asks: Your name?\n")
    assert asked.stderr.endswith("do it at a terminal.\n")
    document = json.loads(roxy(terminal, *CALL, "--json").stdout)
    assert document["code"] == "needs_input"
    assert "Your name?" in document["error"]
