import io
import json

import pytest

from fakes.owner import served
from roxy.cli.main import invoke


@pytest.fixture
def owner():
    with served() as assistant:
        yield assistant


@pytest.mark.requirement("cli.json")
def test_json_is_one_document_with_the_promised_names(owner, capsys):
    assert invoke(["ask", "say hi", "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "reply": "you said say hi",
        "session_id": "ses_new",
        "route": "skill:echo",
        "skill": "echo",
        "tools": ["echo.say"],
        "ms": 1.5,
    }
    assert err == ""


def test_the_reply_is_on_stdout_and_what_is_said_meanwhile_on_stderr(owner, capsys):
    assert invoke(["ask", "say hi", "--session", "ses_1", "--yes"]) == 0
    assert capsys.readouterr() == ("you said say hi\n", "just a moment\n")
    [heard] = owner.heard
    assert (heard.session_id, heard.one_shot, heard.assume_yes) == ("ses_1", True, True)


@pytest.mark.requirement("dialogue.one_shot")
def test_a_question_back_is_printed_and_ends_with_one(owner, capsys):
    assert invoke(["ask", "ask me", "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert (document["reply"], document["code"]) == ("Which one?", "needs_input")


def test_a_failure_is_one_sentence_and_one(owner, capsys):
    assert invoke(["ask", "wrong"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "Error: there is no server 'ech'\nDid you mean 'echo'?\n"


def test_a_failure_as_json_carries_its_code(owner, capsys):
    assert invoke(["ask", "wrong", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["code"] == "not_found"


def test_standard_input_is_read_for_a_dash_invalid_bytes_too(owner, capsys, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"caf\xc3\xa9 \xff\n")))
    assert invoke(["ask", "-"]) == 0
    assert owner.heard[0].text == "café �"


def test_words_that_no_terminal_could_type_are_answered(owner, capsys):
    assert invoke(["ask", "a\udcffb"]) == 0
    assert capsys.readouterr().out.startswith("you said a")


@pytest.mark.parametrize("arguments", [["ask"], ["ask", " "], ["ask", "hi", "--nope"]])
@pytest.mark.requirement("cli.exit_codes")
def test_wrong_words_end_with_two(owner, arguments, capsys):
    assert invoke(arguments) == 2
    assert owner.heard == []
    assert capsys.readouterr().err


def test_the_model_that_is_named_is_asked(owner):
    assert invoke(["ask", "hi", "--model", "home"]) == 0
    assert owner.heard[0].model == "home"


@pytest.mark.requirement("models.streaming")
@pytest.mark.parametrize("arguments", [[], ["--json"]])
def test_over_a_pipe_the_words_of_a_model_stand_in_its_reply_alone(owner, capsys, arguments):
    assert invoke(["ask", "stream", *arguments]) == 0
    assert capsys.readouterr().out.count("one two three") == 1


@pytest.mark.requirement("models.streaming")
def test_at_a_terminal_the_words_of_a_model_are_shown_as_they_come_and_not_again(owner, monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr("sys.stdout", terminal)
    assert invoke(["ask", "stream"]) == 0
    assert terminal.pieces[:3] == ["one ", "two ", "three"]
    assert "".join(terminal.pieces) == "one two three\n"


class Terminal(io.StringIO):
    """A terminal that keeps what is written piece by piece."""

    def __init__(self):
        super().__init__()
        self.pieces = []

    def isatty(self):
        return True

    def write(self, text):
        self.pieces.append(text)
        return super().write(text)
