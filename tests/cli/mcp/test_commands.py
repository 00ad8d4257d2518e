import io
import json

import pytest

from fakes.owner import served
from roxy.cli.main import invoke


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


def test_servers_are_listed_with_state_and_reason_within_eighty_columns(owner, capsys):
    assert invoke(["mcp", "list"]) == 0
    out = capsys.readouterr().out
    assert "echo" in out
    assert "GITHUB_TOKEN" in out
    assert max(len(line) for line in out.splitlines()) <= 80


def test_servers_as_json_are_their_statuses(owner, capsys):
    invoke(["mcp", "list", "--json"])
    first, second = json.loads(capsys.readouterr().out)
    assert (first["name"], first["state"], first["pid"]) == ("echo", "running", 4711)
    assert second["error"].startswith("401")
    assert second["next"] == "Set GITHUB_TOKEN, start it again."


@pytest.mark.parametrize(("server", "code"), [("echo", 0), ("remote", 1), ("nope", 1)])
def test_the_status_of_a_server_that_is_not_well_ends_with_one(owner, capsys, server, code):
    assert invoke(["mcp", "status", server]) == code


def test_the_status_of_all_ends_with_one_when_any_failed(owner, capsys):
    assert invoke(["mcp", "status"]) == 1


def test_a_status_says_everything_that_is_known(owner, capsys):
    invoke(["mcp", "status", "echo"])
    out = capsys.readouterr().out
    assert "1:02:05" in out
    assert "a line" in out


def test_tools_are_listed_by_their_full_names(owner, capsys):
    assert invoke(["mcp", "tools", "echo"]) == 0
    assert "echo.shout" in capsys.readouterr().out


def test_search_finds_by_words_and_ends_with_one_without_any(owner, capsys):
    assert invoke(["mcp", "search", "loudly", "--json"]) == 0
    assert [tool["name"] for tool in json.loads(capsys.readouterr().out)] == ["shout"]
    assert invoke(["mcp", "search", "zebra"]) == 1


def test_a_call_takes_json_and_single_arguments_the_latter_win(owner, capsys):
    words = ["mcp", "call", "echo", "say", '{"a": 1, "b": 2}', "--arg", "b=[3]", "--arg", "c=x=y", "--timeout", "2"]
    assert invoke(words) == 0
    assert owner.calls == [("echo", "say", {"a": 1, "b": [3], "c": "x=y"}, 2.0)]
    assert capsys.readouterr().out == "said it\n"


def test_a_call_reads_its_arguments_from_standard_input(owner, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b'{"text": "\xc3\xa9"}')))
    assert invoke(["mcp", "call", "echo", "say", "-", "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert result["success"] is True
    assert result["data"] == {"said": {"text": "é"}}
    assert result["route"] == "mcp:stdio"


def test_a_call_that_fails_says_why_and_ends_with_one(owner, capsys):
    assert invoke(["mcp", "call", "echo", "sing"]) == 1
    assert capsys.readouterr().err == "Error (not_found): echo has no tool 'sing'.\nDid you mean 'say'?\n"
    assert invoke(["mcp", "call", "echo", "sing", "--json"]) == 1
    out, err = capsys.readouterr()
    assert json.loads(out)["code"] == "not_found"
    assert err == ""


@pytest.mark.parametrize("words", [["{no"], ["[1]"], ["--arg", "x"], ["--arg", "=x"], ["--timeout", "0"]])
def test_arguments_that_are_wrong_end_with_two_and_call_nothing(owner, capsys, words):
    assert invoke(["mcp", "call", "echo", "say", *words]) == 2
    assert owner.calls == []
    assert "Traceback" not in capsys.readouterr().err


def test_servers_are_started_and_stopped_in_the_owner(owner, capsys):
    assert invoke(["mcp", "stop", "echo"]) == 0
    assert owner.running == set()
    assert invoke(["mcp", "start", "echo"]) == 0
    assert invoke(["mcp", "restart", "echo", "--json"]) == 0
    assert owner.running == {"echo"}


def test_a_server_that_does_not_start_says_why_and_ends_with_one(owner, capsys):
    assert invoke(["mcp", "start", "remote"]) == 1
    assert (
        capsys.readouterr().out == "remote is failed: 401: GITHUB_TOKEN is wrong.\nSet GITHUB_TOKEN, start it again.\n"
    )


@pytest.mark.parametrize("command", ["start", "stop", "restart"])
def test_without_an_owner_servers_are_not_controlled_and_it_says_what_to_run(command, capsys):
    assert invoke(["mcp", command, "echo"]) == 2
    assert "roxy daemon start" in capsys.readouterr().err
