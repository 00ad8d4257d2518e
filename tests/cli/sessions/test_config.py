import json
import os
import sqlite3
from pathlib import Path

import pytest

from roxy.cli.main import invoke

MAP = json.dumps({"mcps": {"targets": [{"id": "old", "cmd": "old-server", "args": ["-x"]}]}})


@pytest.fixture
def run(capsys):
    """Runs a command; gives its exit code, its standard output and what it said on standard error."""

    def run(*words: str):
        code = invoke(list(words))
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.fixture
def config(run):
    return lambda *words: run("sessions", "config", *words)


@pytest.fixture(autouse=True)
def session(run):
    """A session with an older map, and a connector."""
    assert run("mcp", "connectors", "add", "files", "--", "srv", "--root", "/x")[0] == 0
    with sqlite3.connect(database()) as connection:
        row = ("ses_1", "2026-01-01 00:00:00.000000", "2026-01-01 00:00:00.000000", "hello", MAP)
        connection.execute("INSERT INTO sessions (id, started, last, title, metadata) VALUES (?, ?, ?, ?, ?)", row)
    connection.close()
    return "ses_1"


def database() -> Path:
    return Path(os.environ["ROXY_HOME"]) / "data" / "roxy.db"


def dump() -> list:
    tables = ("sessions", "mcp_connectors", "mcp_session_bindings")
    with sqlite3.connect(database()) as connection:
        found = [connection.execute(f"SELECT * FROM {table}").fetchall() for table in tables]
    connection.close()
    return found


@pytest.mark.requirement("connectors.bindings", "cli.json")
def test_a_binding_is_made_shown_changed_and_taken_back(config, run):
    code, out, _ = config("bind", "ses_1", "files", "--label", "work", "--priority", "2", "--json", "--", "other", "a")
    assert (code, json.loads(out)["command"]) == (0, "other")
    assert config("set", "ses_1", "files", "timeout_request", "9", "--label", "work")[0] == 0
    assert config("set", "ses_1", "files", "args", "b, c", "--label", "work")[0] == 0
    assert config("set", "ses_1", "files", "priority", "4", "--label", "work")[0] == 0
    (found,) = json.loads(config("show", "ses_1", "--json")[1])["bindings"]
    assert found["options"] == {"timeout_request": 9}
    assert (found["command"], found["args"], found["priority"], found["label"]) == ("other", ["b", "c"], 4, "work")
    rows = json.loads(run("mcp", "connectors", "explain", "work", "--session", "ses_1", "--json")[1])
    places = {row["key"]: row["from"] for row in rows}
    assert (places["command"], places["transport"]) == ("binding ses_1/work", "connector files")
    assert config("set", "ses_1", "files", "command", "", "--label", "work")[0] == 0
    assert json.loads(config("show", "ses_1", "--json")[1])["bindings"][0]["command"] is None
    assert "work" in config("show", "ses_1")[1]
    assert config("unbind", "ses_1", "files")[0] == 0
    assert config("unbind", "ses_1", "files")[0] == 1
    assert "binds nothing" in config("show", "ses_1")[1]


def test_a_connector_that_is_bound_is_removed_only_after_a_yes(config, run):
    config("bind", "ses_1", "files")
    code, _, error = run("mcp", "connectors", "remove", "files")
    assert (code, "--yes" in error) == (2, True)
    code, out, _ = run("mcp", "connectors", "remove", "files", "--yes", "--json")
    assert (code, json.loads(out)) == (0, {"removed": "files", "sessions": 1})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["bind", "nobody", "files"], "no session 'nobody'"),
        (["show", "nobody"], "no session 'nobody'"),
        (["bind", "ses_1", "fils"], "Did you mean `files`"),
        (["bind", "ses_1", "files", "--endpoint", "https://e.com"], "transport"),
        (["bind", "ses_1", "files", "--set", "enabled=false"], "belongs to the connector"),
        (["set", "ses_1", "files", "tmeout_request", "9"], "Did you mean `timeout_request`"),
        (["set", "ses_1", "files", "priority", "high"], "whole number"),
        (["migrate", "--rollback", "--session", "ses_1"], "--session"),
        (["migrate", "--rollback"], "no migration"),
        (["migrate", "--session", "nobody"], "no session 'nobody'"),
    ],
)
@pytest.mark.requirement("cli.exit_codes")
def test_what_is_wrong_ends_with_2_and_says_what_to_change(config, words, told):
    before = dump()
    code, out, error = config(*words)
    assert (code, out) == (2, "")
    assert told in error
    assert dump() == before


@pytest.mark.requirement("sessions.migrate")
def test_a_migration_is_tried_done_and_rolled_back(config):
    before = dump()
    code, out, _ = config("migrate", "--dry-run", "--json")
    assert (code, json.loads(out)["sessions"]) == (
        0,
        {"ses_1": [{"server": "old", "connector": "old", "kind": "new"}]},
    )
    assert dump() == before

    code, out, _ = config("migrate")
    assert (code, "1 sessions migrated" in out) == (0, True)
    assert [one["connector"] for one in json.loads(config("show", "ses_1", "--json")[1])["bindings"]] == ["old"]
    backup = Path(out.strip().splitlines()[-1].removeprefix("The backup is ").removesuffix("."))
    assert backup.stat().st_mode & 0o777 == 0o600
    assert json.loads(backup.read_bytes())["sessions"][0]["before"] == MAP

    assert config("migrate", "--rollback")[0] == 0
    assert dump() == before


def test_a_session_can_be_made_and_bound_before_its_first_turn(config, run):
    code, out, _ = config("create", "work", "--about", "the tracker")
    assert code == 0
    assert "roxy chat --session work" in out
    assert config("bind", "work", "files")[0] == 0
    assert config("show", "work")[0] == 0
    code, out, _ = run("ask", "what is 2 + 2", "--session", "work", "--json")
    assert (code, json.loads(out)["session_id"]) == (0, "work")
    assert [one["title"] for one in json.loads(run("sessions", "list", "--json")[1]) if one["id"] == "work"] == [
        "the tracker"
    ]
    made = json.loads(config("create", "--json")[1])["session"]
    assert made.startswith("ses_")
    run("ask", "what is 2 + 3", "--session", made)
    titles = {one["id"]: one["title"] for one in json.loads(run("sessions", "list", "--json")[1])}
    assert titles[made] == "what is 2 + 3"


@pytest.mark.parametrize(("name", "why"), [("files!", "cannot be"), ("ses_mine", "Roxy's own"), ("work", "already")])
def test_a_name_that_cannot_be_one_or_is_taken_is_refused(config, name, why):
    config("create", "work")
    code, _, err = config("create", name)
    assert code == 2
    assert why in err


def test_an_unknown_session_is_told_how_to_make_it(config):
    code, _, err = config("bind", "nowhere", "files")
    assert code == 2
    assert "roxy sessions config create" in err
