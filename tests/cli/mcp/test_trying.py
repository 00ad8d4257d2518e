import json
import sys

import pytest

from fakes.owner import served
from fakes.servers import declared_echo
from roxy.cli.main import invoke


def steps(capsys):
    document = json.loads(capsys.readouterr().out)
    return document, {step["step"]: step["ok"] for step in document["steps"]}


@pytest.mark.requirement("mcp.test")
def test_a_server_that_works_passes_every_step_and_is_stopped_again(declare, capsys):
    declare(mine=declared_echo(enabled_tools=["say", "whoami"]))
    assert invoke(["mcp", "test", "mine", "--json"]) == 0
    document, ok = steps(capsys)
    assert document["ok"] is True
    assert (document["era"], document["transport"]) == ("modern", "stdio")
    assert next(step["detail"] for step in document["steps"] if step["step"] == "tools") == "2 tools"
    assert ok == {
        "declaration": True,
        "variables": True,
        "program": True,
        "start": True,
        "protocol": True,
        "tools": True,
        "call": None,
        "health": True,
        "stop": True,
    }
    assert all(step["ms"] >= 0 for step in document["steps"])


@pytest.mark.requirement("mcp.test")
def test_a_server_that_ends_at_once_fails_at_its_start_with_its_last_words(declare, capsys):
    declare(mine=declared_echo("--exit", "3"))
    assert invoke(["mcp", "test", "mine"]) == 1
    out = capsys.readouterr().out
    assert "✗ start" in out
    assert "exited with code 3" in out
    assert "  cannot start: no licence\n" in out
    assert "tools" not in out.partition("✗")[2].partition("\n")[0]


@pytest.mark.parametrize(
    ("declared", "step", "says"),
    [
        ({"command": "no-such-command-here"}, "program", "Install it"),
        ({"command": "sh", "env": {"KEY": "${ROXY_TEST_UNSET}"}}, "variables", "export ROXY_TEST_UNSET=…"),
        ({"command": "sh", "enabled": False}, "declaration", "enabled true"),
        ({"url": "http://127.0.0.1:9/mcp"}, "start", "Check its `url`"),
    ],
)
def test_what_is_missing_is_found_before_it_is_needed_and_told_with_the_next_step(
    declare, capsys, declared, step, says
):
    declare(mine=declared)
    assert invoke(["mcp", "test", "mine", "--json"]) == 1
    document, ok = steps(capsys)
    assert list(ok)[-1] == step
    assert ok[step] is False
    last = document["steps"][-1]
    assert says in f"{last['detail']} {last['next']}"


def test_a_tool_that_only_reads_is_called_and_one_that_fails_is_told(capsys):
    with served() as assistant:
        assistant.reads_only = {"say"}
        assert invoke(["mcp", "test", "echo"]) == 0
        assert assistant.calls == [("echo", "say", {}, 10.0)]
        assert "say answered" in capsys.readouterr().out
        assistant.reads_only = {"shout"}
        assert invoke(["mcp", "test", "echo"]) == 1
    out = capsys.readouterr().out
    assert "✗ call" in out
    assert "roxy mcp call echo shout" in out


def test_no_tool_that_may_change_something_is_called(capsys):
    with served() as assistant:
        assert invoke(["mcp", "test", "echo"]) == 0
        assert assistant.calls == []
    assert "- call" in capsys.readouterr().out


def test_a_running_server_goes_on_running(capsys):
    with served() as assistant:
        assert invoke(["mcp", "test", "echo", "--json"]) == 0
        assert assistant.running == {"echo"}
    _, ok = steps(capsys)
    assert (ok["start"], ok["stop"]) == (None, None)


def test_a_server_that_gives_no_sign_of_life_fails_and_what_was_started_is_stopped(capsys):
    with served() as assistant:
        assistant.running.clear()
        assistant.ill.add("echo")
        assert invoke(["mcp", "test", "echo", "--json"]) == 1
        assert assistant.running == set()
    document, ok = steps(capsys)
    assert (ok["health"], ok["stop"]) == (False, True)
    assert document["ok"] is False


def test_a_server_that_nobody_declared_ends_with_the_known_ones(capsys):
    assert invoke(["mcp", "test", "nope"]) == 1
    assert "There is no server 'nope'" in capsys.readouterr().err


def test_where_the_output_has_no_ticks_words_stand_in_their_place(declare, capsys, monkeypatch):
    declare(mine={"command": "no-such-command-here"})
    monkeypatch.setattr("sys.stdout", Ascii(sys.stdout))
    assert invoke(["mcp", "test", "mine"]) == 1
    out = capsys.readouterr().out
    assert "FAIL program" in out
    assert out.isascii()


class Ascii:
    """A stream of an old terminal."""

    encoding = "ascii"

    def __init__(self, stream):
        self._stream = stream

    def write(self, text):
        return self._stream.write(text.encode("ascii").decode())

    def __getattr__(self, name):
        return getattr(self._stream, name)
