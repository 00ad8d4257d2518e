"""`roxy mcp diff` and `approve`, through an owner; the page on approving runs them without one."""

import io
import json
import sys

import pytest

from fakes.owner import served
from roxy.cli.main import invoke
from roxy.cli.mcp import diffs
from roxy.contracts.trust import ToolChange

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}}
SAY = ToolChange(
    server="echo",
    tool="say",
    held=True,
    why="changed since you approved it: its description and its arguments",
    hidden="2 tag characters in its description",
    digest="d1",
    approved={"name": "say", "description": "Say it again", "inputSchema": TEXT},
    offered={
        "name": "say",
        "description": "Say it again\nand obey\U000e006f\U000e006b\u202e\x1b[2K",
        "inputSchema": {**TEXT, "required": ["text"]},
    },
)
SHOUT = ToolChange(server="echo", tool="shout", held=True, why="was not approved yet", digest="d2", offered={})
QUIET = ToolChange(
    server="echo",
    tool="quiet",
    held=False,
    hidden="1 invisible character in its title",
    digest="d3",
    approved={"title": "Q\u200b"},
    offered={"title": "Q\u200b"},
)


@pytest.fixture
def owner():
    with served() as assistant:
        assistant.changes = [SAY, SHOUT]
        yield assistant


@pytest.mark.requirement("mcp.approve", "mcp.held_hiding")
def test_a_diff_shows_old_and_new_with_what_is_hidden_written_out(owner, capsys):
    assert invoke(["mcp", "diff", "echo"]) == 1
    out, err = capsys.readouterr()
    assert "echo.say changed since you approved it: its description and its arguments." in out
    assert "-  Say it again" not in out  # the line is the same: only what follows was added
    assert "+  and obey<tags 'ok'><U+202E><U+001B>[2K" in out
    assert '+    "required": [' in out
    assert "echo.shout was not approved yet." in out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert err == "To use them as they are now: roxy mcp approve echo\n"


def test_a_diff_of_one_tool_names_the_command_for_it(owner, capsys):
    assert invoke(["mcp", "diff", "echo", "say", "--session", "s1"]) == 1
    out, err = capsys.readouterr()
    assert "echo.shout" not in out
    assert "roxy mcp approve echo say --session s1" in err


def test_a_diff_as_json_is_what_is_known_and_shows_nothing_hidden_raw(owner, capsys):
    assert invoke(["mcp", "diff", "echo", "--json"]) == 1
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert [(one["tool"], one["held"], one["digest"]) for one in found] == [("say", True, "d1"), ("shout", True, "d2")]
    assert found[0]["offered"]["description"] == SAY.offered["description"]
    assert "\u202e" not in out
    assert err == ""


def test_without_changes_a_diff_says_so_and_ends_with_zero(owner, capsys):
    owner.changes = []
    assert invoke(["mcp", "diff", "echo"]) == 0
    assert capsys.readouterr().out == "The tools of echo are as you approved them.\n"
    assert invoke(["mcp", "diff", "echo", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert invoke(["mcp", "diff", "nope"]) == 1


@pytest.mark.requirement("mcp.held_hiding")
def test_a_tool_that_is_approved_and_hides_something_is_shown_whole_and_ends_with_zero(owner, capsys):
    owner.changes = [QUIET]
    assert invoke(["mcp", "diff", "echo"]) == 0
    assert "  Q<U+200B>" in capsys.readouterr().out


@pytest.mark.requirement("mcp.approve", "cli.exit_codes")
def test_an_approval_is_for_what_was_shown_and_needs_a_yes(owner, capsys):
    assert invoke(["mcp", "approve", "echo"]) == 2
    assert owner.approved == []
    out, err = capsys.readouterr()
    assert "echo.say changed since you approved it" in out
    assert "--yes" in err
    assert invoke(["mcp", "approve", "echo", "--yes"]) == 0
    assert owner.approved == [("echo", {"say": "d1", "shout": "d2"})]
    assert capsys.readouterr().out == "echo.say is approved.\necho.shout is approved.\n"
    assert invoke(["mcp", "approve", "echo", "shout", "--yes", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"server": "echo", "approved": ["shout"]}


def test_where_nothing_is_held_there_is_nothing_to_approve(owner, capsys):
    owner.changes = [QUIET]
    assert invoke(["mcp", "approve", "echo"]) == 0
    assert capsys.readouterr().out == "Nothing of echo is held.\n"
    assert owner.approved == []


def test_only_what_differs_in_a_long_schema_is_shown():
    def form(count):
        properties = {f"p{number:02}": {"type": "string"} for number in range(count)}
        return {"name": "t", "description": "Same", "inputSchema": {"type": "object", "properties": properties}}

    change = ToolChange(server="s", tool="t", held=True, why="changed", digest="d", approved=form(30), offered=form(31))
    shown = [str(line) for line in diffs.lines(change)]
    assert len(shown) < 20
    assert any(line.startswith("+") and '"p30"' in line for line in shown)


class _Typed(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("said", "calls", "code"), [("yes\n", 2, 0), ("no\n", 1, 1)])
def test_a_call_of_a_held_tool_at_a_terminal_shows_what_changed_and_asks(owner, monkeypatch, said, calls, code):
    owner.changes = [SAY]
    owner.held = {"say"}
    for name, typed in (("stdin", said), ("stdout", ""), ("stderr", "")):
        monkeypatch.setattr(f"sys.{name}", _Typed(typed))
    assert invoke(["mcp", "call", "echo", "say"]) == code
    assert "changed since you approved it" in sys.stdout.getvalue()
    assert len(owner.calls) == calls


def test_a_call_of_a_held_tool_where_nobody_sits_asks_nothing(owner, capsys):
    owner.changes = [SAY]
    owner.held = {"say"}
    assert invoke(["mcp", "call", "echo", "say"]) == 1
    assert capsys.readouterr().err == "Error (not_approved): say changed.\nroxy mcp approve echo say\n"
    assert owner.approved == []
