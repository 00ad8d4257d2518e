"""`roxy privacy audit`: what was decided, without a value."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from roxy.cli import main
from roxy.contracts.events import Event, EventKind
from roxy.contracts.privacy import Decision, Redaction
from roxy.events.decisions import decision_as_json
from roxy.events.log import EventLog
from roxy.store.database import open_database


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ROXY_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    return tmp_path


def decided(outcome, *values, destination="mail", session="s1", at=None, **more):
    made = [Redaction(kind, path, "0" * 16, action) for kind, path, action in values]
    decision = Decision(destination, "send", outcome, tuple(made), **more)
    data = decision_as_json(decision)
    event = Event(kind=EventKind.DECISION, name=f"privacy.{outcome}", data=data, session_id=session, redacted=True)
    return replace(event, at=at or event.at)


async def keep(home, *events):
    async with asyncio.timeout(30), open_database(home / "data") as database, EventLog(database) as log:
        for event in events:
            await log.append(event)


OLD = datetime(2020, 1, 2, 3, tzinfo=UTC)
STOPPED = Redaction("PHONE_NUMBER", "/to", "0" * 16, "block")
EMAIL = ("EMAIL_ADDRESS", "/to", "allow")
NAME = ("PERSON", "/body", "pseudonym")


@pytest.fixture
def kept(home):
    consent = {"destination": "mail", "tool": "send", "path": "/to", "type": "EMAIL_ADDRESS", "answer": "yes"}
    asyncio.run(
        keep(
            home,
            decided("redacted", EMAIL, NAME, NAME),
            decided("passed", destination="web", policy="strict", ms=6.0),
            decided("blocked", code="denied", session="s2", stopped=(STOPPED,), reason="The user said no.", at=OLD),
            Event(kind=EventKind.AUDIT, name="privacy.allowed", data=consent, session_id="s1", redacted=True),
            Event(kind=EventKind.AUDIT, name="server.asked", data={}, redacted=True),
        )
    )


def audit(capsys, *words):
    assert main.invoke(["privacy", "audit", *words, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.mark.requirement("privacy.audit")
def test_decisions_and_answers_are_listed_newest_first_and_summed_up(capsys, kept):
    found = audit(capsys)
    assert [row["outcome"] for row in found["decisions"]] == ["allowed", "blocked", "passed", "redacted"]
    assert found["sums"] == [
        {"destination": "mail", "type": "EMAIL_ADDRESS", "action": "allow", "count": 1},
        {"destination": "mail", "type": "PERSON", "action": "pseudonym", "count": 2},
        {"destination": "mail", "type": "PHONE_NUMBER", "action": "block", "count": 1},
    ]
    totals = {"decisions": 3, "passed": 1, "redacted": 1, "blocked": 1, "allowed": 1, "refused": 0, "mean_ms": 2.0}
    assert found["totals"] == totals
    assert {*found["decisions"][3]} == {
        *("at", "outcome", "destination", "tool", "policy", "code", "reason", "ms", "session", "values")
    }
    assert found["decisions"][1]["values"] == [
        {"type": "PHONE_NUMBER", "path": "/to", "digest": "0" * 16, "action": "block"}
    ]
    assert audit(capsys, "--limit", "1")["sums"] == found["sums"]


@pytest.mark.parametrize(
    ("words", "outcomes"),
    [
        (["--to", "web"], ["passed"]),
        (["--tool", "send", "--type", "PERSON"], ["redacted"]),
        (["--outcome", "blocked"], ["blocked"]),
        (["--session", "s2"], ["blocked"]),
        (["--type", "PHONE_NUMBER"], ["blocked"]),
        (["--policy", "strict"], ["passed"]),
        (["--since", "1h"], ["allowed", "passed", "redacted"]),
        (["--until", "2021-01-01"], ["blocked"]),
        (["--since", "2020-01-01T00:00+00:00", "--until", "2w"], ["blocked"]),
        (["--to", "nowhere"], []),
    ],
)
def test_the_list_can_be_narrowed(capsys, kept, words, outcomes):
    assert [row["outcome"] for row in audit(capsys, *words)["decisions"]] == outcomes


def test_people_see_two_tables_or_that_there_is_nothing(capsys, home, kept):
    assert main.invoke(["privacy", "audit"]) == 0
    shown = capsys.readouterr().out
    assert "what became of it" in shown
    assert "PERSON pseudonym (2)" in " ".join(shown.split())
    assert "Decisions: 3 (1 passed, 1 redacted, 1 blocked), 2 ms each. Your answers: 1 allowed." in shown
    assert main.invoke(["privacy", "audit", "--outcome", "blocked"]) == 0
    assert "The user said no." in capsys.readouterr().out
    assert main.invoke(["privacy", "audit", "--outcome", "allowed"]) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "Your answers: 1 allowed."
    assert main.invoke(["privacy", "audit", "--to", "nowhere"]) == 0
    assert "Nothing was decided" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["--since", "yesterday"], ["--until", "99999-01-01"], ["--outcome", "blokd"]])
def test_a_word_that_says_nothing_is_refused(capsys, home, words):
    assert main.invoke(["privacy", "audit", *words]) == 2
    err = capsys.readouterr().err
    assert words[0] in err
    assert words[1] in err
