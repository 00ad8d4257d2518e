"""`roxy mcp enable|disable|refresh`, and what is wrong with the declarations as a whole."""

import json
import os
import sys
from pathlib import Path

import pytest

from fakes.owner import served
from fakes.servers import ECHO
from roxy.cli.main import invoke
from roxy.config.places import Places
from roxy.config.servers import load_servers

DECLARED = f"""\
servers:
  echo:  # mine
    command: {sys.executable}
    args: [-B, {ECHO}]
    external: false
"""


@pytest.fixture
def work(tmp_path, monkeypatch) -> Path:
    """The current folder; the user's own file declares the echo server."""
    monkeypatch.setenv("ROXY_HOME", str(tmp_path / "home"))
    (tmp_path / "home" / "config").mkdir(parents=True)
    (tmp_path / "home" / "config" / "mcp_servers.yaml").write_text(DECLARED)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    return tmp_path / "work"


def enabled(work: Path, server: str = "echo") -> bool:
    return load_servers(Places.from_environment(os.environ, work), os.environ)[server].enabled


@pytest.mark.requirement("mcp.switching_on_and_off")
def test_a_server_is_disabled_and_enabled_in_the_users_own_file(work, capsys):
    assert invoke(["mcp", "disable", "echo"]) == 0
    file = work.parent / "home" / "config" / "mcp_servers.yaml"
    assert capsys.readouterr().out == f"echo is disabled in {file}.\n"
    assert not enabled(work)
    assert "# mine" in file.read_text()
    assert invoke(["mcp", "call", "echo", "say", "--arg", "text=x", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"].endswith("Enable it with: roxy mcp enable echo")
    assert invoke(["mcp", "enable", "echo", "--json"]) == 0
    document = {"server": "echo", "enabled": True, "where": str(file), "holds": True}
    assert json.loads(capsys.readouterr().out) == document
    assert enabled(work)


@pytest.mark.requirement("mcp.switching_on_and_off")
def test_a_project_has_a_switch_of_its_own(work, capsys):
    assert invoke(["mcp", "disable", "github", "--project", "."]) == 0
    assert f"github is disabled in {work / '.roxy' / 'mcp_servers.yaml'}." in capsys.readouterr().out
    assert not enabled(work, "github")
    assert enabled(work.parent, "github")
    assert invoke(["mcp", "enable", "github", "--project", str(work)]) == 0
    assert enabled(work, "github")


def test_a_project_that_is_not_approved_is_not_approved_by_a_switch(work, capsys):
    (work / ".roxy").mkdir()
    (work / ".roxy" / "mcp_servers.yaml").write_text("servers: {evil: {command: evil}}\n")
    assert invoke(["mcp", "disable", "github", "--project", "."]) == 0
    assert "roxy mcp config approve" in capsys.readouterr().err
    assert enabled(work, "github")
    assert "evil" not in load_servers(Places.from_environment(os.environ, work), os.environ)


def test_what_does_not_hold_is_said(work, capsys, monkeypatch):
    monkeypatch.setenv("ROXY_SERVERS__ECHO__ENABLED", "true")
    assert invoke(["mcp", "disable", "echo"]) == 0
    assert "roxy mcp config explain echo" in capsys.readouterr().err


@pytest.mark.requirement("mcp.switching_on_and_off")
def test_a_connector_is_switched_in_the_database(work, capsys):
    assert invoke(["mcp", "connectors", "add", "mine", "--", sys.executable, "-B", str(ECHO)]) == 0
    assert invoke(["mcp", "disable", "mine"]) == 0
    assert "mine is disabled in the database." in capsys.readouterr().out
    assert invoke(["mcp", "connectors", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row["enabled"] is False


def test_a_server_that_is_not_declared_cannot_be_switched(work, capsys):
    assert invoke(["mcp", "enable", "ehco"]) == 2
    assert "Did you mean `echo`?" in capsys.readouterr().err


def test_refresh_asks_a_server_and_what_it_offers_is_known_without_it_afterwards(work, capsys):
    assert invoke(["mcp", "refresh", "echo", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["server"], row["before"], row["held"], row["error"]) == ("echo", None, 0, "")
    assert row["tools"] > 10
    (work.parent / "home" / "config" / "mcp_servers.yaml").write_text(DECLARED.replace("# mine", "# still mine"))
    assert invoke(["mcp", "list", "--json"]) == 0
    (status,) = [row for row in json.loads(capsys.readouterr().out) if row["name"] == "echo"]
    assert (status["tools"], status["state"]) == (row["tools"], "stopped")
    assert status["listed"]


def test_refresh_ends_with_one_when_a_server_cannot_be_asked(work, capsys):
    file = work.parent / "home" / "config" / "mcp_servers.yaml"
    file.write_text("servers: {gone: {command: does-not-exist-at-all}}\n")
    assert invoke(["mcp", "refresh", "gone"]) == 1
    assert "does-not-exist-at-all" in "".join(capsys.readouterr().out.split())


@pytest.mark.requirement("mcp.names")
def test_look_alike_names_are_noted_beside_the_list_and_by_the_doctor(work, capsys):
    file = work.parent / "home" / "config" / "mcp_servers.yaml"
    file.write_text(DECLARED + "  ECHO: {command: other}\n")
    assert invoke(["mcp", "list", "--json"]) == 0
    said = capsys.readouterr()
    assert "Note: The servers echo and ECHO can be taken for each other." in said.err
    json.loads(said.out)
    invoke(["doctor"])
    assert "can be taken for each other" in " ".join(capsys.readouterr().out.split())


def test_what_the_owner_refused_is_noted_beside_the_list_and_the_status(capsys):
    with served() as assistant:
        assistant.problems = ["servers.yaml:3: `x` is not a known setting."]
        for words in (["list"], ["status"], ["tools"]):
            invoke(["mcp", *words])
            assert "Note: servers.yaml:3: `x` is not a known setting." in capsys.readouterr().err
