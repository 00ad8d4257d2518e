"""The chat on a real pseudo-terminal, in a process of its own."""

import os
import pty
import select
import subprocess
import sys
import time

import pytest

from fakes.owner import served

# The first terminal that a new session opens becomes its controlling one, which is what makes Ctrl-C a signal.
CHAT = """
import os
os.close(os.open(os.ttyname(0), os.O_RDWR))
from roxy.__main__ import main
main()
"""


class Terminal:
    """A process on a pseudo-terminal; `expect` waits for a text to appear."""

    def __init__(self, env):
        self._master, slave = pty.openpty()
        command = [sys.executable, "-c", CHAT]
        self.process = subprocess.Popen(
            command, stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True
        )
        os.close(slave)
        self.seen = b""

    def type(self, text):
        os.write(self._master, text.encode())

    def expect(self, text, seconds=15):
        deadline = time.monotonic() + seconds
        while text.encode() not in self.seen:
            ready, _, _ = select.select([self._master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not appear in {self.seen!r}"
            self.seen += os.read(self._master, 65536)
        self.seen = self.seen.partition(text.encode())[2]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self._master)


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


@pytest.fixture
def terminal(owner):
    env = {**os.environ, "TERM": "xterm"}
    opened = Terminal(env)
    yield opened
    opened.close()


@pytest.mark.requirement("chat.interrupt")
def test_a_person_talks_stops_a_turn_hears_a_reminder_and_leaves(terminal, owner):
    terminal.expect("Ctrl-D leaves")
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
    assert terminal.process.wait(timeout=10) == 0


def test_a_dumb_terminal_can_talk_too(owner):
    env = {**os.environ, "TERM": "dumb", "NO_COLOR": "1"}
    terminal = Terminal(env)
    try:
        terminal.type("hi\r")
        terminal.expect("you said hi")
        terminal.expect(">")
        terminal.type("/quit\r")
        assert terminal.process.wait(timeout=10) == 0
        assert b"\x1b[" not in terminal.seen
    finally:
        terminal.close()
