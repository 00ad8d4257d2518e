import json

import pytest

from fakes.skills import write_skill
from roxy.cli.main import invoke
from roxy.cli.opening import here


def told(capsys, *words):
    code = invoke(["skills", *words])
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.requirement("skills.approval")
def test_a_skill_is_installed_listed_shown_and_taken_out_of_trust_when_it_changes(tmp_path, capsys):
    source = write_skill(tmp_path)
    assert told(capsys, "install", str(source))[0] == 2
    assert told(capsys, "install", str(source), "--yes") == (0, "greeter is installed.\n", "")
    code, out, _ = told(capsys, "list", "--json")
    listed = {one["name"]: one for one in json.loads(out)}
    assert (code, listed["greeter"]["problem"], listed["greeter"]["source"]) == (0, "", "user")
    assert "How to say hello." in told(capsys, "show", "greeter")[1]
    (here().skills / "greeter" / "skill.py").write_text("x = 1")
    listed = {one["name"]: one for one in json.loads(told(capsys, "list", "--json")[1])}
    assert "roxy skills approve greeter" in listed["greeter"]["problem"]
    assert told(capsys, "approve", "greeter", "--yes") == (0, "greeter is approved.\n", "")
    assert told(capsys, "list")[0] == 1


@pytest.mark.requirement("skills.bench")
def test_a_new_skill_passes_its_test(tmp_path, capsys):
    assert told(capsys, "new", "tea-timer", "--into", str(tmp_path))[0] == 0
    assert told(capsys, "test", str(tmp_path / "tea-timer"))[:2] == (0, "Every example routes right.\n")
    code, _, err = told(capsys, "new", "tea-timer", "--into", str(tmp_path))
    assert (code, "is there already" in err) == (2, True)
    code, _, err = told(capsys, "new", "Tea Timer")
    assert (code, "lower-case" in err) == (2, True)


@pytest.mark.requirement("skills.approval")
def test_naming_an_unapproved_skill_runs_none_of_its_code(tmp_path, capsys):
    marker = tmp_path / "ran"
    write_skill(here().skills, test_skill_py="", skill_py=f"open({str(marker)!r}, 'w')\n")
    (here().skills / "greeter" / "test_skill.py").write_text(f"open({str(marker)!r}, 'w')\n")
    code, _, err = told(capsys, "test", "greeter")
    assert (code, "never approved" in err) == (0, True)
    assert told(capsys, "list")[0] == 0
    assert not marker.exists()


@pytest.mark.requirement("skills.examples")
def test_examples_that_go_astray_end_with_one(tmp_path, capsys):
    folder = write_skill(tmp_path, roxy_yaml="intents: {a: {sentences: [go], examples: [stay]}}")
    code, out, _ = told(capsys, "test", str(folder), "--json")
    assert code == 1
    assert [one["phrase"] for one in json.loads(out)] == ["stay"]


@pytest.mark.requirement("skills.permissions")
def test_grants_are_added_and_withdrawn(tmp_path, capsys):
    told(capsys, "install", str(write_skill(tmp_path)), "--yes")
    told(capsys, "grant", "greeter", "--server", "brave_search")
    code, out, _ = told(capsys, "grant", "greeter", "--folder", str(tmp_path), "--host", "Example.com")
    assert (code, out) == (0, f"greeter may now use: server brave_search, folder {tmp_path}, host example.com\n")
    assert told(capsys, "withdraw", "greeter")[0] == 0
    assert json.loads(told(capsys, "show", "greeter", "--json")[1])["granted"]["servers"] == []


@pytest.mark.parametrize(
    "words", [("show", "greetr"), ("grant", "greetr", "--host", "a"), ("test", "greetr"), ("approve", "greetr")]
)
def test_an_unknown_skill_names_the_nearest(tmp_path, capsys, words):
    told(capsys, "install", str(write_skill(tmp_path)), "--yes")
    code, _, err = told(capsys, *words)
    assert (code, "Did you mean greeter?" in err) == (2, True)


def test_granting_nothing_says_how(tmp_path, capsys):
    told(capsys, "install", str(write_skill(tmp_path)), "--yes")
    assert told(capsys, "grant", "greeter")[0] == 2
