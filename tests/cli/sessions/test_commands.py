import json
from datetime import UTC, datetime

import pytest

from fakes.owner import served
from roxy.cli.main import invoke
from roxy.contracts.skills import MemoryItem


@pytest.fixture(autouse=True)
def owner():
    with served() as assistant:
        yield assistant


def test_sessions_are_listed_with_what_they_began_with(capsys):
    assert invoke(["sessions", "list"]) == 0
    out = capsys.readouterr().out
    assert "ses_1" in out
    assert "what time is it" in out


def test_a_session_shows_what_was_said(capsys):
    assert invoke(["sessions", "show", "ses_1"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" ")[2] for line in lines] == ["user: what time is it", "roxy: Noon."]


@pytest.mark.requirement("memory.summaries")
def test_a_session_shows_its_summary_with_who_wrote_it(capsys, owner):
    about = {"session_id": "ses_1", "turns": 7, "source": "extract"}
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    owner.summaries["ses_1"] = [MemoryItem(id="sum_1", text="- A note.", at=at, about=about, kind="summary")]
    assert invoke(["sessions", "show", "ses_1"]) == 0
    assert capsys.readouterr().out.endswith(
        "\nSummary of the first 7 turns (2026-11-20, without a model):\n- A note.\n"
    )
    assert invoke(["sessions", "show", "ses_1", "--json"]) == 0
    assert "A note" not in capsys.readouterr().out


def test_a_session_as_json_keeps_its_times(capsys):
    assert invoke(["sessions", "show", "ses_1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0] == {
        "role": "user",
        "text": "what time is it",
        "at": "2026-11-20T12:00:00+00:00",
    }


def test_an_unknown_session_ends_with_two_and_the_next_step(capsys):
    assert invoke(["sessions", "show", "nope"]) == 2
    assert "roxy sessions list" in capsys.readouterr().err


def test_metrics_are_printed_as_they_are_and_as_json(capsys):
    assert invoke(["metrics"]) == 0
    assert "roxy_turns_total 1.0" in capsys.readouterr().out
    assert invoke(["metrics", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"name": "roxy_turns_total", "labels": {}, "value": 1.0}]
