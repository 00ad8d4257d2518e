import json

import pytest

from roxy.cli.main import invoke

SECRET = "gh" + "p_" + "a1B2" * 9


@pytest.fixture
def run(capsys):
    """Runs a command; gives its exit code, its standard output and what it said on standard error."""

    def run(*words: str):
        code = invoke(["mcp", "connectors", *words])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


@pytest.mark.requirement("connectors.kept", "cli.json")
def test_a_connector_is_added_shown_changed_and_removed(run):
    assert (
        run("add", "files", "--env-key", "FILES_HOME", "--set", "timeout_request=5", "--", "srv", "--root", "/x")[0]
        == 0
    )
    code, out, _ = run("list", "--json")
    assert (code, json.loads(out)) == (
        0,
        [
            {
                "name": "files",
                "kind": "client",
                "transport": "stdio",
                "url": None,
                "command": "srv",
                "args": ["--root", "/x"],
                "env_keys": ["FILES_HOME"],
                "options": {"timeout_request": 5},
                "strict": False,
                "enabled": True,
            }
        ],
    )
    assert run("edit", "files", "--name", "papers", "--set", "headers.X=1", "--unset", "timeout_request")[0] == 0
    shown = json.loads(run("show", "papers", "--json")[1])
    assert (shown["options"], shown["bindings"]) == ({"headers": {"X": "1"}}, [])
    assert run("remove", "papers")[0] == 0
    assert "There is no connector" in run("list")[1]


def test_a_program_and_an_address_take_each_others_place(run):
    assert run("add", "x", "--", "program", "a")[0] == 0
    assert run("edit", "x", "--url", "https://example.com/mcp")[0] == 0
    found = json.loads(run("show", "x", "--json")[1])
    assert (found["transport"], found["url"], found["command"], found["args"]) == (
        "http",
        "https://example.com/mcp",
        None,
        None,
    )
    assert run("edit", "x", "--", "program")[0] == 0
    found = json.loads(run("show", "x", "--json")[1])
    assert (found["transport"], found["url"], found["command"]) == ("stdio", None, "program")


def test_the_address_of_a_connector_says_which_transport_is_meant(run):
    def transport() -> str:
        return json.loads(run("show", "x", "--json")[1])["transport"]

    assert run("add", "x", "--url", "wss://example.com/mcp")[0] == 0
    assert transport() == "websocket"
    assert run("edit", "x", "--url", "https://example.com/mcp")[0] == 0
    assert transport() == "http"
    assert run("edit", "x", "--url", "ws://example.com/mcp")[0] == 0
    assert transport() == "websocket"
    assert run("edit", "x", "--url", "https://example.com/sse", "--transport", "sse")[0] == 0
    assert run("edit", "x", "--url", "https://example.com/other")[0] == 0
    assert transport() == "sse"


def test_enable_and_disable_and_strict_are_kept(run):
    run("add", "x", "--disabled", "--strict", "--", "program")
    found = json.loads(run("show", "x", "--json")[1])
    assert (found["enabled"], found["strict"]) == (False, True)
    run("enable", "x")
    run("edit", "x", "--no-strict")
    found = json.loads(run("show", "x", "--json")[1])
    assert (found["enabled"], found["strict"]) == (True, False)
    run("disable", "x")
    assert "disabled" in run("list")[1]


def test_replace_takes_the_place_of_one_that_is_there(run):
    run("add", "x", "--", "one")
    assert run("add", "x", "--", "two")[0] == 2
    assert run("add", "x", "--replace", "--", "two")[0] == 0
    assert json.loads(run("show", "x", "--json")[1])["command"] == "two"


@pytest.mark.requirement("cli.exit_codes", "connectors.secrets")
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add", "x", "--set", "tmeout_request=5", "--", "y"], "Did you mean `timeout_request`"),
        (["add", "x", "--set", "timeout_request=soon", "--", "y"], "number"),
        (["add", "x", "--set", "timeout_request", "--", "y"], "--set KEY=VALUE"),
        (["add", "x", "--env-key", "A=b", "--", "y"], "without its value"),
        (["add", "x", "--set", f"headers.Authorization={SECRET}", "--url", "https://e.com"], "environment variable"),
        (["add", "x", "--", "y", "--token", "abcd1234efgh5678"], "environment variable"),
        (["add", "x"], "needs `command`"),
        (["show", "x"], "There is no connector 'x'"),
        (["edit", "x", "--strict"], "There is no connector 'x'"),
        (["explain", "x"], "There is no connector 'x'"),
    ],
)
def test_what_is_wrong_ends_with_2_and_says_what_to_change(run, words, told):
    code, out, error = run(*words)
    assert (code, out) == (2, "")
    assert told in error
    assert "abcd1234" not in error
    assert SECRET not in error


@pytest.mark.requirement("connectors.resolve")
def test_explain_names_the_origin_of_every_value(run, monkeypatch):
    monkeypatch.setenv("ROXY_SERVERS__X__TIMEOUT_REQUEST", "8")
    run("add", "x", "--set", "timeout_start=5", "--", "program")
    code, out, _ = run("explain", "x", "--json")
    rows = {row["key"]: (row["value"], row["from"]) for row in json.loads(out)}
    assert code == 0
    assert rows["command"] == ("program", "connector x")
    assert rows["timeout_start"] == ("5", "connector x")
    assert rows["timeout_request"] == ("8", "environment ROXY_SERVERS__X__TIMEOUT_REQUEST")
    assert rows["external"] == ("true", "Roxy's default")
    assert rows["retries"][1].partition(":")[0].endswith("mcp_servers.yaml")
    assert "connector x" in run("explain", "x")[1]


def test_a_server_of_a_file_is_explained_too(run):
    code, out, _ = run("explain", "github", "--json")
    assert code == 0
    assert {row["key"]: row["value"] for row in json.loads(out)}["url"] == "https://api.githubcopilot.com/mcp/"


@pytest.mark.requirement("mcp.relative_paths")
def test_a_script_of_this_folder_is_kept_with_its_whole_path_and_that_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "server.py").touch()
    (tmp_path / "other.py").touch()
    assert invoke(["mcp", "connectors", "add", "mine", "--", "python", "server.py", "-v"]) == 0
    assert capsys.readouterr().err == f"server.py is kept as {tmp_path / 'server.py'}.\n"
    assert invoke(["mcp", "connectors", "edit", "mine", "--json", "--", "python", "other.py"]) == 0
    assert json.loads(capsys.readouterr().out)["args"] == [str(tmp_path / "other.py")]
    assert (
        invoke(["mcp", "connectors", "edit", "mine", "--set", f"cwd={tmp_path}", "--json", "--", "python", "other.py"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["args"] == ["other.py"]
