import json

import pytest

from fakes.owner import served
from roxy.cli.main import invoke


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


def test_resources_and_patterns_are_listed_within_eighty_columns(owner, capsys):
    assert invoke(["mcp", "resources", "echo"]) == 0
    out = capsys.readouterr().out
    assert "note://1" in out
    assert "note://{number}" in out
    assert max(len(line) for line in out.splitlines()) <= 80
    assert invoke(["mcp", "resources", "echo", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["resources"][0]["mime_type"] == "text/plain"
    assert found["templates"][0]["uri_template"] == "note://{number}"


def test_what_is_read_is_printed_and_what_is_no_text_is_said_in_words(owner, capsys):
    assert invoke(["mcp", "read", "echo", "note://1"]) == 0
    assert capsys.readouterr().out == "buy milk\n[image/png, about 3 bytes; write it into a file with --out]\n"
    assert invoke(["mcp", "read", "echo", "note://1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["contents"][1]["blob"] == "aGk="


def test_what_is_read_is_written_into_a_file_as_the_bytes_that_it_is(owner, capsys, tmp_path):
    out = tmp_path / "read"
    assert invoke(["mcp", "read", "echo", "note://1", "--out", str(out)]) == 0
    assert out.read_bytes() == b"buy milkhi"
    assert "Written to" in capsys.readouterr().out
    assert invoke(["mcp", "read", "echo", "note://1", "--out", str(tmp_path)]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_read_that_fails_ends_with_one_and_its_code(owner, capsys):
    assert invoke(["mcp", "read", "echo", "note://2"]) == 1
    assert "Error (not_found)" in capsys.readouterr().err
    assert invoke(["mcp", "read", "echo", "note://2", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "not_found"
    assert invoke(["mcp", "resources", "nobody"]) == 1


def test_prompts_are_listed_with_what_they_take_and_filled_in(owner, capsys):
    assert invoke(["mcp", "prompts", "echo"]) == 0
    assert "name [tone]" in capsys.readouterr().out
    assert invoke(["mcp", "prompt", "echo", "greet", "name=Ada"]) == 0
    assert capsys.readouterr().out == "user: Greet Ada\n"
    assert invoke(["mcp", "prompt", "echo", "nothing", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "not_found"


@pytest.mark.parametrize("word", ["name", "=x"])
def test_an_argument_of_a_prompt_without_name_or_text_is_wrong_usage(owner, capsys, word):
    assert invoke(["mcp", "prompt", "echo", "greet", word]) == 2
    assert "NAME=VALUE" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["resources", "read", "prompts", "prompt"])
def test_each_command_shows_examples(command, capsys):
    assert invoke(["mcp", command, "--help"]) == 0
    assert f"roxy mcp {command} " in capsys.readouterr().out
