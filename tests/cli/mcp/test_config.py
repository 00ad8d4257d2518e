import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from roxy.cli.main import invoke


@pytest.fixture
def mine(tmp_path, monkeypatch) -> Path:
    """The user's folder of configuration; the current folder is a project of its own."""
    monkeypatch.setenv("ROXY_HOME", str(tmp_path / "home"))
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    folder = tmp_path / "home" / "config"
    folder.mkdir(parents=True)
    return folder


@pytest.mark.requirement("config.explain")
def test_explain_names_the_file_and_line_of_every_value(mine, capsys):
    (mine / "mcp_servers.yaml").write_text("servers:\n  github:\n    retries: 1\n")
    assert invoke(["mcp", "config", "explain", "github"]) == 0
    out = capsys.readouterr().out
    assert f"({mine / 'mcp_servers.yaml'}:3)" in out
    assert invoke(["mcp", "config", "explain", "github", "--json"]) == 0
    rows = {row["key"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows["retries"] == {"key": "retries", "value": "1", "from": f"{mine / 'mcp_servers.yaml'}:3"}
    assert rows["url"]["from"].endswith("config/mcp_servers.yaml:28")
    assert rows["headers.Authorization"]["value"] == "Bearer ${GITHUB_TOKEN} (not set)"


@pytest.mark.requirement("config.secrets")
def test_no_value_of_a_variable_is_shown(mine, capsys, monkeypatch):
    secret = "3x" * 16
    monkeypatch.setenv("GITHUB_TOKEN", secret)
    for command in ("show", "explain"):
        for words in ([], ["--json"]):
            assert invoke(["mcp", "config", command, "github", *words]) == 0
    out = capsys.readouterr().out
    assert "${GITHUB_TOKEN} (set)" in out
    assert secret not in out


def test_show_without_a_server_shows_roxys_own_settings(mine, capsys, monkeypatch):
    monkeypatch.setenv("ROXY_USER__NAME", "Ann")
    assert invoke(["mcp", "config", "show", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["user.name"], shown["logging.level"]) == ("Ann", "info")


def test_set_writes_the_users_file_and_keeps_its_comments(mine, capsys):
    path = mine / "mcp_servers.yaml"
    path.write_text("# mine\nservers:\n  github:   # slow\n    retries: 1\n")
    assert invoke(["mcp", "config", "set", "github", "retries", "2"]) == 0
    assert path.read_text() == "# mine\nservers:\n  github:   # slow\n    retries: 2\n"
    assert str(path) in capsys.readouterr().out


BAD = [
    ("mcp_servers.yaml", "servers: [\n", "2", "not valid YAML"),
    ("mcp_servers.yaml", "servers:\n\tgithub: {}\n", "2", "tabs"),
    ("mcp_servers.yaml", "servers:\n  github:\n    retrys: 1\n", "3", "Did you mean `retries`?"),
    ("mcp_servers.yaml", "servers:\n  github:\n    retries: often\n", "3", "must be a whole number"),
    ("mcp_servers.yaml", "servers:\n  new: {}\n", "2", "needs `command`"),
    ("mcp_servers.yaml", "startup:\n  auto_start: [githb]\n", "2", "Did you mean `github`?"),
    ("mcp_servers.yaml", "servers: {}\nservers: {}\n", "2", "a second time"),
    ("roxy.yaml", "usr: {}\n", "1", "Did you mean `user`?"),
    ("roxy.yaml", "user:\n  timezone: Mars/Olympus\n", "2", "a time zone"),
    ("roxy.yaml", "logging:\n  level: [info]\n", "2", "must be text, and is a list"),
    ("roxy.yaml", "user:\n  name: ${NO_SUCH_NAME}\n", "2", "NO_SUCH_NAME, which is not set"),
]


@pytest.mark.requirement("config.bad", "cli.exit_codes")
@pytest.mark.parametrize("bad", BAD)
def test_bad_configuration_ends_with_two_and_one_message_with_file_and_line(mine, capsys, bad):
    name, text, line, words = bad
    (mine / name).write_text(text)
    target = ["github"] if name == "mcp_servers.yaml" else []
    assert invoke(["mcp", "config", "explain", *target]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"Error: {mine / name}:{line}: ")
    assert words in err
    assert err.count("Error") == 1


@pytest.mark.requirement("config.bad")
@pytest.mark.parametrize("bad", [BAD[0], BAD[7]])
def test_a_turn_with_bad_configuration_ends_with_two_and_nothing_is_started(home, bad):
    name, text, line, words = bad
    folder = Path(home["ROXY_HOME"]) / "config"
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    words_of_command = [sys.executable, "-m", "roxy", "ask", "what time is it"]
    done = subprocess.run(
        words_of_command, env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=50, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{folder / name}:{line}: " in done.stderr
    assert words in done.stderr
    assert not (Path(home["ROXY_HOME"]) / "data" / "roxy.db").exists()


@pytest.mark.requirement("config.bad")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["set", "github", "retrys", "1"], "Did you mean `retries`?"),
        (["set", "github", "retries", "often"], "a whole number"),
        (["set", "githb", "retries", "1"], "Did you mean `github`?"),
        (["explain", "githb"], "Did you mean `github`?"),
        (["set", "github", "headers.Authorization", "Bearer " + "7k" * 16], "does not belong into a file"),
    ],
)
def test_a_wrong_command_ends_with_two_and_writes_nothing(mine, capsys, words, said):
    assert invoke(["mcp", "config", *words]) == 2
    assert said in capsys.readouterr().err
    assert list(mine.iterdir()) == []


@pytest.mark.requirement("config.project")
def test_a_project_counts_after_it_was_approved(mine, capsys):
    project = Path.cwd() / ".roxy"
    assert invoke(["mcp", "config", "approve", "--yes"]) == 0
    assert "no settings" in capsys.readouterr().out
    project.mkdir()
    (project / "mcp_servers.yaml").write_text("servers:\n  theirs:\n    command: their-program\n    args: [a, b]\n")
    assert invoke(["mcp", "config", "explain", "theirs"]) == 2
    assert invoke(["mcp", "config", "approve"]) == 2
    capsys.readouterr()
    assert invoke(["mcp", "config", "approve", "--yes"]) == 0
    err = capsys.readouterr().err
    assert "servers.theirs.command: their-program" in err
    assert "servers.theirs.args: a b" in err
    assert invoke(["mcp", "config", "explain", "theirs"]) == 0


@pytest.mark.requirement("start.no_heavy_imports")
def test_showing_settings_loads_nothing_heavy(home):
    code = (
        "import sys; from roxy.cli.main import invoke; invoke(['mcp', 'config', 'show', '--json']);"
        "heavy = {'rich', 'mcp', 'sqlalchemy', 'presidio_analyzer', 'prompt_toolkit', 'structlog', 'rapidfuzz'};"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], env=home, capture_output=True, text=True, timeout=50, check=True, cwd=os.sep
    )
    assert done.stderr.strip() == "[]"
