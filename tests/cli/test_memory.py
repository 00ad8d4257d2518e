"""`roxy memory`, on a database of its own."""

import json

import pytest

from roxy.cli.main import invoke


@pytest.fixture
def parked(capsys) -> str:
    """The id of the one thing that is remembered."""
    assert invoke(["ask", "remember that I parked on level 3"]) == 0
    capsys.readouterr()
    assert invoke(["memory", "list", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert item["about"]["session_id"].startswith("ses_")
    return item["id"]


def test_an_empty_memory_says_how_to_fill_it(capsys):
    assert invoke(["memory", "list"]) == 0
    assert "remember that" in capsys.readouterr().out


@pytest.mark.requirement("memory.by_hand")
def test_what_is_remembered_is_found_corrected_and_forgotten(parked, capsys):
    assert invoke(["memory", "search", "where did I park"]) == 0
    assert parked in capsys.readouterr().out
    assert invoke(["memory", "edit", parked, "I parked on level 4"]) == 0
    assert invoke(["ask", "where did I park"]) == 0
    assert "level 4" in capsys.readouterr().out
    assert invoke(["memory", "forget", parked, "--yes"]) == 0
    assert invoke(["memory", "search", "parked"]) == 1


def test_an_unknown_id_ends_with_two_and_the_next_step(capsys):
    for words in (["edit", "mem_gone", "x"], ["forget", "mem_gone", "--yes"]):
        assert invoke(["memory", *words]) == 2
        assert "roxy memory list" in capsys.readouterr().err


def test_nothing_is_forgotten_without_a_yes(parked, capsys):
    assert invoke(["memory", "forget", parked]) == 2
    assert "--yes" in capsys.readouterr().err
    assert invoke(["memory", "search", "parked"]) == 0


def test_a_memory_of_no_words_is_refused(parked, capsys):
    assert invoke(["memory", "edit", parked, "  "]) == 2
    assert f"roxy memory forget {parked}" in capsys.readouterr().err


@pytest.mark.requirement("memory.by_hand")
def test_the_kind_and_the_source_are_shown_and_kinds_are_told_apart(parked, capsys):
    assert invoke(["memory", "list"]) == 0
    out = capsys.readouterr().out
    assert "remembered" in out
    assert "ses_" in out
    assert invoke(["memory", "list", "--kind", "fact", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert invoke(["memory", "list", "--kind", "remembered", "--json"]) == 0
    (item,) = json.loads(capsys.readouterr().out)
    assert (item["id"], item["kind"], item["ended"]) == (parked, "remembered", None)
    assert invoke(["memory", "search", "parked", "--kind", "summary"]) == 1
