import json
import sys
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

import pytest

from roxy.cli import output
from roxy.errors import UsageError


class Colour(StrEnum):
    RED = "red"


@dataclass(frozen=True, slots=True)
class Thing:
    name: str
    at: datetime
    inner: object = None


def test_values_become_json_whatever_they_are_made_of(capsys):
    thing = Thing("é", datetime(2026, 1, 2, tzinfo=UTC), MappingProxyType({"p": Path("/x"), "c": Colour.RED}))
    output.show([thing, timedelta(seconds=3), {"b"}], as_json=True, view=str)
    assert json.loads(capsys.readouterr().out) == [
        {"name": "é", "at": "2026-01-02T00:00:00+00:00", "inner": {"p": "/x", "c": "red"}},
        3.0,
        ["b"],
    ]


def test_json_lines_hold_one_document_a_line(capsys):
    output.show_lines([{"a": "one\u2028two"}, {"a": 2}])
    lines = capsys.readouterr().out.splitlines()
    assert [json.loads(line)["a"] for line in lines] == ["one\u2028two", 2]


def test_json_keeps_every_character_but_shows_none_that_a_terminal_obeys(capsys):
    foreign = "a\x1b[2J\x9b31m\u202eb\U000e0041\udcff\nc"
    output.show({"text": foreign}, as_json=True, view=str)
    out = capsys.readouterr().out
    assert json.loads(out)["text"] == foreign
    assert not any(unsafe in out for unsafe in "\x1b\x9b\u202e\U000e0041")


def test_foreign_text_loses_escapes_in_lines_tables_and_notes(capsys):
    output.line("a\x1b]0;title\x07b\r")
    output.note("n\u202eo")
    output.show(["x\x1b[2Jy"], as_json=False, view=lambda rows: output.table(["name", "text"], [["[red]r", rows[0]]]))
    out, err = capsys.readouterr()
    assert "a]0;titleb\n" in out
    assert err == "no\n"
    assert "x[2Jy" in out
    assert "[red]r" in out
    assert "\x1b" not in out


def test_only_joiners_and_visible_number_signs_are_kept_of_the_invisible_categories():
    kept = {
        code
        for code in range(sys.maxunicode + 1)
        if unicodedata.category(chr(code)) in {"Cc", "Cf", "Zl", "Zp"} and output.clean(chr(code))
    }
    visible = {*range(0x600, 0x606), 0x6DD, 0x890, 0x891, 0x8E2, 0x110BD, 0x110CD}
    assert kept - visible == {0x09, 0x0A, 0x200C, 0x200D}


def test_tables_fit_eighty_columns(capsys):
    rows = [["server", "running", "word " * 60]]
    output.show(rows, as_json=False, view=lambda rows: output.table(["name", "state", "text"], rows))
    assert max(len(line) for line in capsys.readouterr().out.splitlines()) <= 80


def test_pairs_leave_out_what_is_empty(capsys):
    output.show(None, as_json=False, view=lambda _: output.pairs({"name": "a", "error": "", "restarts": 0}))
    out = capsys.readouterr().out
    assert "error" not in out
    assert "restarts  0" in out


def test_without_a_terminal_a_question_is_refused_and_says_what_to_add():
    with pytest.raises(UsageError) as raised:
        output.confirm("Delete everything?", yes=False)
    assert raised.value.exit_code == 2
    assert "--yes" in raised.value.hint


def test_yes_answers_without_asking():
    assert output.confirm("Delete everything?", yes=True) is True
