"""The chat on a real pseudo-terminal, in a process of its own."""

import os

import pytest

from fakes.owner import served
from fakes.program import Terminal


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


@pytest.fixture
def terminal(owner):
    env = {**os.environ, "TERM": "xterm"}
    with Terminal(env) as opened:
        yield opened


@pytest.mark.requirement("chat.interrupt")
def test_a_person_talks_stops_a_turn_hears_a_reminder_and_leaves(terminal, owner):
    terminal.expect("/help lists the commands")
    terminal.type("hi\r")
    terminal.expect("you said hi")
    terminal.type("wait\r")
    terminal.expect("asking echo")
    terminal.type("\x03")
    terminal.expect("Stopped.")
    terminal.type("typ")
    terminal.expect("typ")
    owner.publish("tea is ready")
    terminal.expect("tea is ready")
    terminal.type("ing\r")
    terminal.expect("you said typing")
    terminal.expect(">")
    terminal.type("\x04")
    assert terminal.process.wait(timeout=90) == 0


@pytest.mark.requirement("chat.spinner")
def test_words_of_a_model_are_followed_by_what_its_tool_does(terminal):
    terminal.expect("/help lists the commands")
    terminal.type("speak\r")
    terminal.expect("Let me see.")
    assert "\r\n" in terminal.expect("asking echo")  # what is done has a line of its own
    terminal.type("\x03")
    terminal.expect("Stopped.")


def test_a_dumb_terminal_can_talk_too(owner):
    env = {**os.environ, "TERM": "dumb", "NO_COLOR": "1"}
    with Terminal(env) as terminal:
        terminal.type("hi\r")
        terminal.expect("you said hi")
        terminal.expect(">")
        terminal.type("/quit\r")
        assert terminal.process.wait(timeout=90) == 0
        assert b"\x1b[" not in terminal.seen
