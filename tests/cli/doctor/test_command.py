import json
import os
from pathlib import Path

import pytest

from fakes.owner import served
from roxy.cli.main import invoke


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


def config() -> Path:
    folder = Path(os.environ["ROXY_HOME"]) / "config"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def test_a_machine_where_nothing_is_wrong_ends_with_zero(capsys):
    assert invoke(["doctor"]) == 0
    assert capsys.readouterr().out.rstrip().endswith("Nothing is wrong.")


def test_a_skill_that_cannot_be_loaded_is_wrong(owner, capsys):
    assert invoke(["doctor"]) == 1
    assert "WRONG  skills: broken: skill.py line 3: no such module\n" in capsys.readouterr().out


@pytest.mark.requirement("cli.json")
def test_the_findings_as_json_are_one_document(owner, capsys):
    assert invoke(["doctor", "--json"]) == 1
    findings = json.loads(capsys.readouterr().out)
    assert {finding["subject"] for finding in findings} >= {"python", "folders", "disk", "settings", "servers", "data"}
    assert set(findings[0]) == {"subject", "level", "text", "fix"}


@pytest.mark.requirement("cli.exit_codes")
def test_what_is_wrong_is_listed_with_what_mends_it_and_ends_with_one(capsys):
    path = config() / "roxy.yaml"
    path.write_text("logging:\n  levl: info\n")
    assert invoke(["doctor"]) == 1
    out = capsys.readouterr().out
    assert f"WRONG  settings: {path}:2: `logging.levl` is not a known setting.\n       Did you mean `level`?" in out
    assert out.rstrip().endswith("1 thing to mend.")


def test_a_server_that_misses_a_variable_gets_the_command_that_sets_it(owner, capsys):
    invoke(["doctor"])
    assert "hint   servers: github needs GITHUB_TOKEN.\n       export GITHUB_TOKEN=…" in capsys.readouterr().out
