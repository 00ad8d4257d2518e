"""Roxy by itself opens no connection, and starts nothing that nobody asked for."""

import json
import os
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from fakes.program import Terminal, add_skill, declare, roxy

RECORDER = Path(__file__).resolve().parents[1] / "fakes" / "recording_server.py"
NO_NETWORK = """
    import os, socket

    def refuse(name, original):
        def refusing(self, *args, **kwargs):
            if isinstance(self, socket.socket) and self.family == socket.AF_UNIX:
                return original(self, *args, **kwargs)
            with open(os.environ["TRIED"], "a") as tried:
                tried.write(f"{name} {args}\\n")
            raise OSError("this machine has no network")
        return refusing

    for name in ("connect", "connect_ex", "sendto", "bind"):
        setattr(socket.socket, name, refuse(name, getattr(socket.socket, name)))
    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        setattr(socket, name, refuse(name, getattr(socket, name)))
"""
SEND = """
    sent = await context.mcp.call_tool("post", "send", {"to": "a@example.com", "text": context.user_input})
    return SkillResult(success=sent.success, response_text=sent.text or sent.error, code=sent.code)
"""


@pytest.fixture
def offline(fresh_home, tmp_path):
    """A home whose Pythons raise at every connection and note it in `TRIED`."""
    patch = tmp_path / "patch"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(dedent(NO_NETWORK))
    path = os.pathsep.join([str(patch), fresh_home["PYTHONPATH"]])
    return {**fresh_home, "PYTHONPATH": path, "TRIED": str(tmp_path / "tried"), "XDG_RUNTIME_DIR": str(tmp_path)}


def tried(environ: dict[str, str]) -> list[str]:
    """What was tried, but for urllib3's look, when it is imported, whether this machine has IPv6 at all."""
    file = Path(environ["TRIED"])
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    return [line for line in lines if line != "bind (('::1', 0),)"]


@pytest.mark.timeout(400)
@pytest.mark.requirement("privacy.no_network")
def test_a_question_and_a_whole_chat_open_no_connection(offline, tmp_path):
    recorder = {"command": sys.executable, "args": [str(RECORDER), str(tmp_path / "told")], "external": True}
    declare(offline, {"post": recorder})
    add_skill(offline, "send", "send it to {to}", SEND, {"tools": ["post.send"]})
    asked = roxy(offline, "ask", "what is 6 times 7")
    assert (asked.returncode, "42" in asked.stdout) == (0, True)
    lines = (
        "remember that the boat is called Albatross", "what time is it in Oslo", "3 miles in km",
        "remind me tomorrow at 5 to call +49 30 901820", "send it to anna.schmidt@example.com", "yes", "yes", "help",
        "search the web for boats", "/servers", "what is the weather",
    )  # fmt: skip
    said = roxy(offline, "chat", said="\n".join(lines)).stdout
    assert "Sent to a@example.com" in said
    assert "Albatross" in said
    # Only `roxy doctor` and `/model` look for model servers, on this machine's own ports, when they are asked to.
    for words in (["mcp", "list"], ["skills", "list"], ["privacy", "scan", "mail anna@example.com"], ["metrics"]):
        assert roxy(offline, *words).returncode in {0, 1}
    assert tried(offline) == []
    roxy(offline, start=("-c", "import socket; socket.create_connection(('127.0.0.1', 9))"))
    assert len(tried(offline)) == 1


@pytest.mark.requirement("privacy.no_network", "user.settings")
def test_the_first_start_on_a_terminal_opens_no_connection_either(offline):
    with Terminal({**offline, "TERM": "xterm"}) as chat:
        chat.expect("What may I call you?")
        chat.say("Ada")
        for question in ("time zone", "units"):
            chat.expect(question)
            chat.say("")
        chat.expect("Ctrl-D leaves")
        chat.say("what is my name")
        chat.expect("Ada.")
        chat.say("what is 6 times 7")
        chat.expect("42")
        chat.expect(">")
        chat.type("\x04")
        assert chat.process.wait(timeout=90) == 0
    assert tried(offline) == []


@pytest.mark.timeout(400)
@pytest.mark.requirement("start.nothing_unneeded")
def test_no_server_is_started_that_the_command_does_not_need(home, tmp_path):
    started = tmp_path / "started"
    declare(home, {"eager": ["--started", str(started)]}, auto_start=["eager"])
    for words in (["ask", "what time is it"], ["mcp", "list"], ["doctor"], ["mcp", "call", "system", "time"]):
        assert roxy(home, *words).returncode in {0, 1}
    assert json.loads(roxy(home, "mcp", "status", "eager", "--json").stdout)["state"] == "stopped"
    assert not started.exists()
