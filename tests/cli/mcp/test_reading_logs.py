import json
import os
import sys
from pathlib import Path

import pytest
import yaml

from roxy.cli.main import invoke
from roxy.cli.mcp.reading_logs import Following
from roxy.mcp.wire.stderr import StderrLog, log_file


@pytest.fixture
def log(tmp_path):
    log = StderrLog("mine", tmp_path)
    yield log
    log.close()


@pytest.fixture
def home():
    home = Path(os.environ["ROXY_HOME"])
    (home / "config").mkdir(parents=True)
    servers = {"servers": {"mine": {"command": sys.executable}}}
    (home / "config" / "mcp_servers.yaml").write_text(yaml.safe_dump(servers))
    return home


def test_the_last_lines_are_those_of_earlier_runs_too(log, tmp_path):
    path = log_file(tmp_path, "mine")
    path.with_suffix(".log.1").write_text("one\ntwo\n")
    log.add("three")
    with Following(path) as following:
        assert following.last(2) == ["two", "three"]
        assert following.last(0) == []


@pytest.mark.requirement("mcp.logs")
def test_each_line_is_followed_once_also_when_lines_are_equal(log):
    with Following(log.path) as following:
        assert following.last(10) == []
        for _ in range(3):
            log.add("again")
        assert list(following.new()) == ["again"] * 3
        assert list(following.new()) == []
        log.add("again")
        assert list(following.new()) == ["again"]


@pytest.mark.requirement("mcp.logs")
def test_following_goes_on_across_rotation_without_losing_a_line(log, monkeypatch):
    monkeypatch.setattr("roxy.mcp.wire.stderr.MAX_FILE_BYTES", 500)
    seen = []
    with Following(log.path) as following:
        for number in range(200):
            log.add(f"line {number}")
            if number % 7 == 0:
                seen += following.new()
        seen += following.new()
    assert log.path.with_suffix(".log.1").exists()
    assert seen == [f"line {number}" for number in range(200)]


def test_a_line_without_its_end_waits_for_it(tmp_path):
    path = log_file(tmp_path, "mine")
    path.write_bytes(b"whole\nhal")
    with Following(path) as following:
        assert following.last(10) == ["whole"]
        with path.open("ab") as file:
            file.write(b"f\n")
        assert list(following.new()) == ["half"]


def test_logs_are_read_without_a_running_roxy(home, capsys):
    log = StderrLog("mine", home / "data" / "logs" / "servers")
    for number in range(5):
        log.add(f"line {number}")
    log.close()
    assert invoke(["mcp", "logs", "mine", "-n", "2"]) == 0
    assert capsys.readouterr().out == "line 3\nline 4\n"
    assert invoke(["mcp", "logs", "mine", "-n", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"line": "line 4"}


def test_a_server_that_wrote_nothing_is_told_so_and_an_unknown_one_is_refused(home, capsys):
    assert invoke(["mcp", "logs", "mine"]) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("", "mine has written nothing to stderr yet.\n")
    assert invoke(["mcp", "logs", "mime"]) == 1
    assert "mine" in capsys.readouterr().err
