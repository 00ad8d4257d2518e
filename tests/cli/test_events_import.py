import io
import json
import re
import sys

import pytest

from fakes.cli_lines import CLAUDE, CODEX, GEMINI
from roxy.cli.main import invoke

LINES = {"codex": CODEX, "gemini": GEMINI, "claude": CLAUDE}


@pytest.fixture(autouse=True)
def store(store_url, monkeypatch):
    if store_url:
        monkeypatch.setenv("ROXY_STORE__URL", store_url)


def _file(tmp_path, lines):
    file = tmp_path / "run.jsonl"
    file.write_text("".join(f"{line if isinstance(line, str) else json.dumps(line)}\n" for line in lines))
    return str(file)


def _imported(capsys, *words):
    assert invoke(["events", "import", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def _kept(capsys, *words):
    assert invoke(["events", "export", *words]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def _is_redacted(kept, found):
    """Whether the JSON is what was found, but for pseudonyms in its texts."""
    if isinstance(found, dict):
        return kept.keys() == found.keys() and all(_is_redacted(kept[key], found[key]) for key in found)
    if isinstance(found, list):
        return len(kept) == len(found) and all(map(_is_redacted, kept, found))
    return kept == found or re.fullmatch(r".*[A-Z]+-r[0-9a-z]{14,}.*", kept, re.DOTALL) is not None


@pytest.mark.requirement("events.import")
@pytest.mark.parametrize("program", LINES)
def test_what_a_program_printed_becomes_events_and_comes_back_as_it_was(program, tmp_path, capsys):
    lines = LINES[program]
    told = _imported(capsys, "--from", program, _file(tmp_path, lines), "--session", "s1")
    assert (told["lines"], told["bad"], told["known"]) == (len(lines), 0, 0)
    assert told["events"] == len(_kept(capsys))
    kept = _kept(capsys, "--session", "s1", "--as", program)
    assert len(kept) == len(lines)
    assert all(map(_is_redacted, kept, lines))


@pytest.mark.requirement("events.import")
@pytest.mark.parametrize("program", LINES)
def test_the_same_file_again_adds_nothing_and_a_grown_one_only_what_is_new(program, tmp_path, capsys):
    lines = LINES[program]
    first = _imported(capsys, "--from", program, _file(tmp_path, lines))
    again = _imported(capsys, "--from", program, _file(tmp_path, lines))
    assert (again["events"], again["known"]) == (0, first["events"])
    grown = _imported(capsys, "--from", program, _file(tmp_path, [*lines, {"type": "news", "text": "more"}]))
    assert grown["known"] >= first["events"] - 1
    assert 1 <= grown["events"] <= 2
    names = [event["name"] for event in _kept(capsys)]
    assert names[-1].endswith(".news") or names[-2].endswith(".news")


@pytest.mark.requirement("events.import")
def test_bad_lines_are_named_by_number_and_unknown_ones_are_kept_and_counted(tmp_path, capsys):
    file = _file(tmp_path, [CODEX[0], "{broken", "", {"type": "from.the.future", "x": [1]}, "[1]"])
    assert invoke(["events", "import", "--from", "codex", file]) == 0
    out = capsys.readouterr().out
    assert "Lines read: 2. Events added: 2." in out
    assert "does not know, kept as they are: 1" in out
    assert "left out: 2 (line 2, 5)" in out
    assert _kept(capsys)[-1]["extra"]["codex"] == {"type": "from.the.future", "x": [1]}


@pytest.mark.requirement("events.import", "events.redacted")
def test_what_is_imported_is_redacted(tmp_path, capsys):
    line = {"type": "item.completed", "item": {"id": "item_1", "type": "agent_message", "text": "ask ada@example.org"}}
    _imported(capsys, "--from", "codex", _file(tmp_path, [CODEX[0], line, {"type": "mail", "to": "ada@example.org"}]))
    kept = json.dumps(_kept(capsys))
    assert "ada@example.org" not in kept
    assert kept.count("EMAIL") >= 2


def test_lines_are_read_from_standard_input(capsys, monkeypatch):
    text = "".join(f"{json.dumps(line)}\n" for line in CODEX).encode()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert _imported(capsys, "--from", "codex", "-")["lines"] == len(CODEX)


def test_a_file_that_is_none_or_holds_no_line_of_it_is_told(tmp_path, capsys):
    assert invoke(["events", "import", "--from", "codex", str(tmp_path / "none")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err
    assert invoke(["events", "import", "--from", "claude", _file(tmp_path, ["hello", "", "1"])]) == 2
    assert "no line in it that claude" in capsys.readouterr().err


def test_what_a_resumed_thread_of_codex_had_cost_before_is_not_counted_again(tmp_path, capsys):
    def run(total):
        usage = {"input_tokens": total, "cached_input_tokens": 0, "output_tokens": total}
        return [CODEX[0], {"type": "turn.started"}, {"type": "turn.completed", "usage": usage}]

    for total in (100, 250):
        for _ in range(2):
            _imported(capsys, "--from", "codex", _file(tmp_path, run(total)), "--session", f"s{total}")
    used = [event["data"]["input_tokens"] for event in _kept(capsys) if event["kind"] == "usage"]
    assert used == [100, 150]
