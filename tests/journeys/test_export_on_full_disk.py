"""An export that finds no room says so, and leaves what was there before."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fakes.program import places_of, roxy, roxy_on_full_disk
from roxy.cli.running import run
from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Message, Role, TextPart
from roxy.events.log import EventLog
from roxy.events.messages import message_as_json
from roxy.store.database import open_database

FORMS = [(), ("--session", "s1", "--as", "openai"), ("--session", "s1", "--as", "claude")]


@pytest.fixture
def filled(home):
    async def fill():
        async with open_database(places_of(home).data) as database, EventLog(database) as log:
            for number in range(100):
                message = Message(role=Role.USER, parts=(TextPart(text=f"{number} " * 500),))
                data = {"message": message_as_json(message)}
                log.record(Event(kind=EventKind.REQUEST, name="said", session_id="s1", data=data))

    run(fill())


@pytest.mark.requirement("store.bad", "cli.no_traceback")
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", FORMS, ids=["kept", "openai", "claude"])
def test_a_full_disk_in_an_export_is_told_and_the_earlier_file_stays(home, tmp_path, form):
    target = tmp_path / "events.jsonl"
    target.write_text("yesterday's\n")
    words = ["events", "export", str(target), *form]
    full = roxy_on_full_disk(home, 70_000, *words)
    assert full.returncode == 2
    assert f"{target} could not be written: there is no room left" in full.stderr
    assert "Traceback" not in full.stderr
    assert target.read_text() == "yesterday's\n"
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".events")] == []
    assert roxy(home, *words).returncode == 0
    assert len(target.read_text().splitlines()) >= 100


@pytest.mark.requirement("cli.no_traceback")
@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("form", FORMS, ids=["kept", "openai", "claude"])
def test_an_output_that_takes_no_more_ends_in_one_sentence(home, form):
    command = [sys.executable, "-m", "roxy", "events", "export", *form]
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(command, env=home, stdout=full, stderr=subprocess.PIPE, timeout=120, check=False)
    assert ended.returncode == 1
    assert ended.stderr.decode() == f"Error: The output cannot be written: {os.strerror(28)}.\n"
