import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from fakes.owner import served
from roxy.cli.main import invoke
from roxy.cli.running import run
from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, Role, TextPart
from roxy.events.log import EventLog
from roxy.events.messages import message_as_json
from roxy.store.database import open_database


@pytest.fixture
def events(store_url, monkeypatch):
    """Three events, in SQLite and in PostgreSQL."""
    if store_url:
        monkeypatch.setenv("ROXY_STORE__URL", store_url)
    old = datetime.now(UTC) - timedelta(days=400)
    made = [
        Event(kind=EventKind.REQUEST, name="turn.began", session_id="s1", at=old, data={"text": "brave words"}),
        Event(kind=EventKind.TOOL_CALL, name="tool.called", session_id="s1", data={"server": "brave_search"}),
        Event(kind=EventKind.AUDIT, name="skill.granted", session_id="s2", data={"skill": "clock", "none": ""}),
    ]
    run(_kept(made, store_url))
    return made


async def _kept(made, store_url):
    async with open_database(Path(os.environ["ROXY_HOME"]) / "data", store_url) as database, EventLog(database) as log:
        for event in made:
            log.record(event)


def _names(capsys, *words):
    assert invoke(["events", "list", *words, "--json"]) == 0
    return [event["name"] for event in json.loads(capsys.readouterr().out)]


@pytest.mark.requirement("events.queries")
def test_events_are_listed_newest_first_and_chosen(events, capsys):
    assert _names(capsys) == ["skill.granted", "tool.called", "turn.began"]
    assert _names(capsys, "--session", "s1") == ["tool.called", "turn.began"]
    assert _names(capsys, "--kind", "audit", "--kind", "request") == ["skill.granted", "turn.began"]
    assert _names(capsys, "--search", "brave") == ["tool.called", "turn.began"]
    assert _names(capsys, "--search", "brave", "--limit", "1") == ["tool.called"]
    assert _names(capsys, "--search", "nothing") == []


def test_people_read_a_table(events, capsys):
    assert invoke(["events", "list", "--kind", "audit"]) == 0
    out = capsys.readouterr().out
    assert events[2].id in out
    assert "skill=clock" in " ".join(out.split())
    assert "none" not in out
    assert invoke(["events", "list", "--session", "nobody"]) == 0
    assert "no such event" in capsys.readouterr().out


def test_one_event_is_shown_whole(events, capsys):
    assert invoke(["events", "show", events[1].id]) == 0
    assert "brave_search" in capsys.readouterr().out
    assert invoke(["events", "show", events[1].id, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"] == {"server": "brave_search"}
    assert invoke(["events", "show", "evt_none"]) == 2
    assert "no event evt_none" in capsys.readouterr().err


@pytest.mark.requirement("events.export")
def test_the_export_goes_to_standard_output_or_into_a_file(events, tmp_path, capsys):
    assert invoke(["events", "export"]) == 0
    printed = [json.loads(line)["id"] for line in capsys.readouterr().out.splitlines()]
    assert printed == [event.id for event in events]
    file = tmp_path / "events.jsonl"
    assert invoke(["events", "export", str(file), "--session", "s1"]) == 0
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == printed[:2]
    assert "2 lines" in capsys.readouterr().err
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_export_into_a_folder_that_is_not_there_is_told(events, tmp_path, capsys):
    assert invoke(["events", "export", str(tmp_path / "none" / "x.jsonl")]) == 2
    assert "could not be written" in capsys.readouterr().err


def test_a_providers_form_needs_a_conversation(events, capsys):
    assert invoke(["events", "export", "--as", "claude"]) == 2
    assert "--session" in capsys.readouterr().err


@pytest.mark.requirement("events.retention")
def test_vacuum_lets_go_of_what_the_settings_do_not_keep(events, monkeypatch, capsys):
    assert invoke(["events", "vacuum", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"deleted": 1}
    monkeypatch.setenv("ROXY_EVENTS__MAX_ROWS", "1")
    assert invoke(["events", "vacuum"]) == 0
    assert "Events deleted: 1." in capsys.readouterr().out
    assert _names(capsys) == ["skill.granted"]


def test_a_sample_above_one_is_a_wrong_setting(monkeypatch, capsys):
    monkeypatch.setenv("ROXY_EVENTS__SAMPLE", "2")
    assert invoke(["events", "list"]) == 2
    assert "at most 1" in capsys.readouterr().err


def test_a_search_that_is_switched_off_says_so(events, monkeypatch, capsys):
    monkeypatch.setenv("ROXY_EVENTS__SEARCH", "false")
    assert invoke(["events", "list", "--search", "x"]) == 2
    assert "events.search" in capsys.readouterr().err


def test_events_are_read_and_let_go_while_a_roxy_runs(capsys):
    with served():
        assert invoke(["events", "list", "--json"]) == 0
        assert invoke(["events", "vacuum"]) == 0


@pytest.mark.parametrize("form", ["openai", "codex", "gemini", "claude"])
def test_a_conversation_is_exported_as_a_providers_own_objects(form, capsys):
    said = [
        Event(
            kind=kind,
            name="said",
            session_id="s1",
            data={"message": message_as_json(Message(role=role, parts=(TextPart(text=text),)))},
        )
        for kind, role, text in (
            (EventKind.REQUEST, Role.USER, "what time is it"),
            (EventKind.RESPONSE, Role.ASSISTANT, "noon"),
        )
    ]
    run(_kept(said, ""))
    assert invoke(["events", "export", "--session", "s1", "--as", form]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert "noon" in json.dumps(lines)
    if form == "openai":
        assert [line["role"] for line in lines] == ["user", "assistant"]
