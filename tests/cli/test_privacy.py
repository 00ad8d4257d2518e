"""`roxy privacy`: data on stdout, problems on stderr, and the exit code says which."""

import io
import json
import sys

import pytest

from roxy.cli import main


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
    assert main.invoke(["privacy", "scan", "the weather tomorrow"]) == 0
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
    (home / "config" / "roxy.yaml").write_text("privacy:\n  dictionary: [Quuxalot]\n")
    assert main.invoke(["privacy", "redact", "so Quuxalot went home"]) == 0
    assert "Quuxalot" not in capsys.readouterr().out
