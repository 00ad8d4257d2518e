"""`roxy privacy`: data on stdout, problems on stderr, and the exit code says which."""

import io
import json
import re
import sys
import time

import pytest

from roxy.cli import main
from roxy.cli.opening import here
from roxy.config.servers import load_servers
from roxy.mcp.known.manifest import Head, Manifest, identity, taken
from roxy.mcp.known.shelf import Shelf


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROXY_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def stdin(monkeypatch):
    def give(text):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))

    return give


def test_scan_prints_offsets_types_and_scores(capsys):
    assert main.invoke(["privacy", "scan", "mail ann@example.com", "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["start"], found["end"], found["type"]) == (5, 20, "EMAIL_ADDRESS")


def test_scan_for_people_shows_the_words(capsys):
    assert main.invoke(["privacy", "scan", "mail ann@example.com"]) == 0
    assert "ann@example.com" in capsys.readouterr().out
    assert main.invoke(["privacy", "scan", "nothing of note here"]) == 0
    assert capsys.readouterr().out == "Nothing personal was found.\n"


def test_scan_answers_line_by_line_in_the_same_order(capsys, stdin):
    stdin('{"id": 7, "text": "é ann@example.com"}\n\n{"id": "b", "text": "cats"}\n')
    assert main.invoke(["privacy", "scan", "--jsonl"]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert rows == [{"id": 7, "spans": [[2, 17, "EMAIL_ADDRESS"]]}, {"id": "b", "spans": []}]


@pytest.mark.parametrize("row", ["not json", "[1]", '{"id": 1}', '{"id": 1, "text": 2}'])
def test_a_bad_line_is_named_and_ends_with_code_2(capsys, stdin, row):
    stdin(f'{{"id": 1, "text": "cats"}}\n{row}\n')
    assert main.invoke(["privacy", "scan", "--jsonl"]) == 2
    captured = capsys.readouterr()
    assert "Line 2" in captured.err
    assert len(captured.out.splitlines()) == 1


def test_redact_prints_the_text_as_it_would_leave(capsys, stdin):
    stdin("Dear Ann, mail ann@example.com")
    assert main.invoke(["privacy", "redact"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("Dear PERSON-rx")
    assert "ann@" not in out


def test_redact_walks_a_json_document(capsys):
    assert main.invoke(["privacy", "redact", '{"to": ["ann@example.com"], "n": 1}', "--json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["payload"]["n"] == 1
    assert [(item["type"], item["path"]) for item in done["redactions"]] == [("EMAIL_ADDRESS", "/to/0")]


def test_what_may_not_leave_ends_with_code_1_and_the_reason(capsys):
    assert main.invoke(["privacy", "redact", '{"pin": 1234}']) == 1
    err = capsys.readouterr().err
    assert "/pin" in err
    assert "1234" not in err


def test_the_users_own_dictionary_counts(capsys, home):
    (home / "config").mkdir()
    (home / "config" / "privacy.yaml").write_text("dictionary: [Quuxalot]\n")
    assert main.invoke(["privacy", "redact", "so Quuxalot went home"]) == 0
    assert "Quuxalot" not in capsys.readouterr().out


def settle(home, name, text):
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / name).write_text(text)


@pytest.fixture
def mail(home):
    settle(home, "mcp_servers.yaml", "servers:\n  mail: {command: mail}\n  mine: {command: mine, external: false}\n")


@pytest.mark.requirement("privacy.explain")
def test_explain_shows_what_would_leave_beside_what_it_is_and_why(capsys, mail):
    arguments = '{"to": ["ann@example.com"], "body": "Dear Ann, hello", "n/x": 2}'
    assert main.invoke(["privacy", "explain", "mail", "send", arguments]) == 0
    shown = capsys.readouterr().out
    assert "ann@example.com" in shown
    assert "PERSON-rx" in shown
    assert "once you said yes" in " ".join(shown.split())
    assert main.invoke(["privacy", "explain", "mail", "send", arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["leaves"]["to"] == ["ann@example.com"]
    assert [(one["path"], one["type"], one["action"], one["asked"]) for one in told["values"]] == [
        ("/body", "PERSON", "pseudonym", False),
        ("/to/0", "EMAIL_ADDRESS", "allow", True),
    ]
    assert told["values"][1]["why"] == "the rule of the preset balanced"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["-"], '{"to": "ann@example.com", "n": 2}'),
        (["@call.json"], ""),
        (["to=ann@example.com", "n=2"], ""),
        (['{"to": "ann@example.com"}', "n=2"], ""),
    ],
    ids=["standard input", "a file", "names and values", "both"],
)
@pytest.mark.usefixtures("mail")
def test_explain_takes_the_arguments_as_a_call_does(capsys, home, stdin, words, said):
    (home / "call.json").write_text('{"to": "ann@example.com", "n": 2}')
    stdin(said)
    assert main.invoke(["privacy", "explain", "mail", "find", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["arguments"] == {"to": "ann@example.com", "n": 2}
    assert told["leaves"]["n"] == 2
    assert told["leaves"]["to"].startswith("EMAIL-rx")


ARGUMENTS = '{"to": "ann@example.com", "body": "Dear Ann, hello", "pin": "my pin is 8812-33"}'


@pytest.mark.parametrize("columns", ["60", "80", "120"])
def test_explain_fits_the_terminal_and_shows_both_sides(capsys, mail, monkeypatch, columns):
    monkeypatch.setenv("COLUMNS", columns)
    assert main.invoke(["privacy", "explain", "mail", "send", ARGUMENTS]) == 0
    captured = capsys.readouterr()
    stacked = "\n  - Dear Ann, hello\n  + Dear PERSON-rx" in captured.out
    assert stacked is (columns == "60")
    assert stacked or all(len(row) <= int(columns) for row in captured.out.splitlines()[:-1])
    assert "Dear Ann, hello" in captured.out
    assert "PERSON-rx" in captured.out
    assert "1 asked for. Nothing was sent." in captured.out
    assert captured.err == "What mail.send takes is not known yet; to ask the server: roxy mcp tools mail\n"


def test_explain_colours_what_differs_and_nothing_where_no_colour_is_wanted(capsys, mail, monkeypatch):
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    assert main.invoke(["privacy", "explain", "mail", "send", ARGUMENTS]) == 0
    out = capsys.readouterr().out
    assert "Dear \x1b[33mPERSON-rx" in out
    assert "Dear \x1b[1mAnn\x1b[0m" in out
    assert "\x1b[32mann@example.com" in out
    monkeypatch.setenv("NO_COLOR", "1")
    assert main.invoke(["privacy", "explain", "mail", "send", ARGUMENTS]) == 0
    assert not re.search("\x1b\\[[0-9;]*3[0-7]", capsys.readouterr().out)


def test_explain_knows_the_tools_of_a_server_that_ran_once(capsys, mail, home):
    [config] = [one for one in load_servers(here(), {}).values() if one.name == "mail"]
    takes = {"properties": {"to": {"type": "string", "format": "email"}}}
    tool = {"name": "find", "description": "", "inputSchema": takes}
    tools, digests, _ = taken([tool])
    head = Head(server="mail", identity=identity(config), listed=time.time(), counts={"tools": 1})
    assert Shelf(here().manifests).save(config, Manifest(head, tools, digests))
    assert main.invoke(["privacy", "explain", "mail", "find", "to=ann@example.com", "--json"]) == 0
    captured = capsys.readouterr()
    assert json.loads(captured.out)["leaves"]["to"].endswith("@redacted.invalid")
    assert captured.err == ""
    assert main.invoke(["privacy", "explain", "mail", "fnid", "{}"]) == 1
    err = capsys.readouterr().err
    assert "Did you mean `find`?" in err
    assert "roxy mcp tools mail --refresh" in err


def test_explain_says_why_nothing_would_leave_and_ends_with_a_code_that_scripts_can_trust(capsys, mail, home):
    settle(home, "privacy.yaml", "policies: {own: {types: {PERSON: block}}}\ndestinations: {mail: {policy: own}}\n")
    call = ["privacy", "explain", "mail", "send", '{"body": "Dear Ann, hello"}']
    assert main.invoke([*call, "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "blocked"
    assert main.invoke(call) == 1
    shown = " ".join(capsys.readouterr().out.split())
    assert "Nothing would leave (policy own)" in shown
    assert "/body" in shown


def test_explain_knows_servers_of_ones_own_and_models_and_refuses_what_there_is_not(capsys, mail, home):
    settle(home, "roxy.yaml", "models: {known: {fast: {model: m}, own: {model: m, external: false}}}\n")
    for server, real in (("mine", True), ("model:fast", False), ("model:openai:m", False), ("model:own", True)):
        assert main.invoke(["privacy", "explain", server, "say", '["Dear Ann, hello"]', "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        assert (told["leaves"] == ["Dear Ann, hello"]) is real
    assert main.invoke(["privacy", "explain", "model:fats", "say", "{}"]) == 2
    assert "Did you mean `fast`" in capsys.readouterr().err
    assert main.invoke(["privacy", "explain", "mial", "send", "{}"]) != 0
    assert "Did you mean `mail`" in capsys.readouterr().err
    assert main.invoke(["privacy", "explain", "mail", "send", "{"]) == 2


def test_explain_tells_of_a_server_before_it_is_declared(capsys, mail, home):
    settle(home, "privacy.yaml", "destinations: {weather: {rules: [{tool: ask, path: /who, action: allow}]}}\n")
    assert (
        main.invoke(["privacy", "explain", "weather", "ask", '{"who": "ann@example.com", "x": "ann@example.com"}']) == 0
    )
    captured = capsys.readouterr()
    assert captured.err == "There is no server weather yet; this holds for one that you declare under that name.\n"
    assert "1 replaced by pseudonyms, 1 allowed" in captured.out
    assert main.invoke(["privacy", "policy", "weather", "ask", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"][0]["path"] == "/who"


@pytest.mark.requirement("privacy.explain")
def test_what_fares_alike_is_explained_once(capsys, mail, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    arguments = '{"body": "Dear Ann, call +358 40 123 4567", "n": 1}'
    assert main.invoke(["privacy", "explain", "mail", "send", arguments]) == 0
    shown = capsys.readouterr().out
    assert "/body  PERSON, PHONE_NUMBER: pseudonym (the policy balanced)\n" in shown
    assert "\n/n\n  + 1\n" in shown


def test_policy_shows_rules_and_types_and_without_a_server_all_that_was_decided(capsys, mail, home):
    settle(home, "privacy.yaml", "destinations: {mail: {rules: [{path: /to, types: PERSON, action: allow}]}}\n")
    assert main.invoke(["privacy", "policy", "mail", "send", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["policy"], told["rules"][0]["path"], told["rules"][0]["action"]) == ("balanced", "/to", "allow")
    assert {"type": "SECRET", "action": "mask", "why": "secrets never leave"} in told["types"]
    assert main.invoke(["privacy", "policy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["destinations"] == {"mail": ""}


@pytest.mark.requirement("privacy.dictionary")
def test_what_is_added_is_personal_from_then_on_until_it_is_removed(capsys, home):
    settle(home, "privacy.yaml", "# mine\npolicy: strict\n")
    assert main.invoke(["privacy", "add", "sourdough", "Otto Normal", "sourdough"]) == 0
    assert (home / "config" / "privacy.yaml").read_text().startswith("# mine\npolicy: strict\n")
    capsys.readouterr()
    assert main.invoke(["privacy", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["sourdough", "Otto Normal"]
    assert main.invoke(["privacy", "redact", "bring the sourdough home"]) == 0
    assert "sourdough" not in capsys.readouterr().out
    assert main.invoke(["privacy", "remove", "sourdough"]) == 0
    assert main.invoke(["privacy", "remove", "sourdough"]) == 2
    assert main.invoke(["privacy", "add", "x"]) == 2
    capsys.readouterr()
    assert main.invoke(["privacy", "redact", "bring the sourdough home"]) == 0
    assert "sourdough" in capsys.readouterr().out


@pytest.mark.requirement("privacy.policy_file")
def test_a_bad_policy_ends_any_command_with_file_and_line(capsys, home):
    settle(home, "privacy.yaml", "\npolicy: balancd\n")
    for words in (["privacy", "list"], ["mcp", "list"]):
        assert main.invoke(words) == 2
        err = capsys.readouterr().err
        assert "privacy.yaml:2" in err
        assert "Did you mean `balanced`?" in err


def test_a_server_that_names_no_policy_there_is_ends_any_command_with_its_place(capsys, home):
    settle(home, "mcp_servers.yaml", "servers:\n  mail: {command: mail, privacy: strickt}\n")
    assert main.invoke(["mcp", "list"]) == 2
    assert "mcp_servers.yaml:2" in capsys.readouterr().err


def test_privacy_in_roxy_yaml_is_sent_to_its_own_file(capsys, home):
    settle(home, "roxy.yaml", "privacy:\n  policy: strict\n")
    assert main.invoke(["privacy", "scan", "x"]) == 2
    assert "privacy.yaml" in capsys.readouterr().err


def test_always_is_forgotten_on_demand(capsys, home):
    settle(home, "trust.yaml", "always:\n  (privacy): [mail.send /to EMAIL_ADDRESS, sms.send /to PHONE_NUMBER]\n")
    (home / "config" / "trust.yaml").chmod(0o600)
    assert main.invoke(["privacy", "ask-again", "sms.send /to PHONE"]) == 2
    assert "Did you mean `sms.send /to PHONE_NUMBER`?" in capsys.readouterr().err
    assert main.invoke(["privacy", "ask-again", "sms.send /to PHONE_NUMBER", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": ["sms.send /to PHONE_NUMBER"]}
    assert main.invoke(["privacy", "ask-again", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"forgotten": ["mail.send /to EMAIL_ADDRESS"]}
    assert main.invoke(["privacy", "policy", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["always"] == []


@pytest.mark.requirement("privacy.own_model")
def test_the_model_of_names_is_told_with_what_is_wrong_with_it(home, capsys):
    assert main.invoke(["privacy", "policy"]) == 0
    assert "Roxy's own model" in capsys.readouterr().out
    (home / "config").mkdir(exist_ok=True)
    (home / "config" / "privacy.yaml").write_text("names: {engine: spacy, model: /nowhere/people}\n")
    assert main.invoke(["privacy", "policy", "--json"]) == 0
    assert "/nowhere/people, which cannot be used" in json.loads(capsys.readouterr().out)["names"]
    assert main.invoke(["privacy", "redact", "so Ann Lee went home"]) == 1
    assert "/nowhere/people is no folder" in capsys.readouterr().err
