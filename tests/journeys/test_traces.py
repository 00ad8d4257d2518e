"""What a day with Roxy leaves behind: all of it in the export, none of it in logs, and nothing after it was deleted."""

import json
import os
import shutil
import stat
import sys
from pathlib import Path

import pytest

from fakes.program import Terminal, add_skill, declare, places_of, roxy

RECORDER = Path(__file__).resolve().parents[1] / "fakes" / "recording_server.py"
TOKEN = "gh" + "p_" + "a1B2" * 9
NAMES = ("Vogelsang", "quill@example.com", "901820", "Zebra", "Albatross", TOKEN)
SEND = """
    sent = await context.mcp.call_tool("post", "send", {"to": context.parameters["to"], "text": context.user_input})
    return SkillResult(success=sent.success, response_text=sent.text or sent.error, code=sent.code)
"""
DAY = (
    "my name is Vogelsang",
    "remember that Mabel's mail is quill@example.com",
    f"remember that my token is {TOKEN}",
    "add an Albatross book to my shopping list",
    "make a note that the code is Zebra",
    "remind me tomorrow at 5 to call +49 30 901820",
    "write to quill@example.com",
    "yes",  # the skill may use the server
    "yes",  # and the server may have the address as it is
    f"Mabel Quill, +49 30 901820, {TOKEN}",
    "use the fault of Vogelsang",
)


@pytest.fixture(scope="module")
def lived(tmp_path_factory) -> Path:
    """Everything personal was said: to Roxy, over a pipe and typed, to a server outside, to a skill that fails."""
    folder = tmp_path_factory.mktemp("lived")
    home = {**os.environ, "HOME": str(folder), "ROXY_HOME": str(folder / "roxy")}
    recorder = {"command": sys.executable, "args": [str(RECORDER), str(folder / "told")], "external": True}
    declare(home, {"post": recorder})
    add_skill(home, "send", "write to {to}", SEND, {"tools": ["post.send"]})
    add_skill(home, "faulty", "use the fault of {whom}", 'raise ValueError(context.parameters["whom"])')
    said = roxy(home, "chat", said="\n".join(DAY), GITHUB_TOKEN=TOKEN).stdout
    assert "Sent to quill@example.com" in said
    assert "failed" in said
    with Terminal({**home, "TERM": "dumb"}) as chat:
        chat.expect("> ")
        chat.say("where is the Albatross book")
        chat.expect("> ")
        chat.say("/quit")
        assert chat.process.wait(timeout=90) == 0
    return folder / "roxy"


@pytest.fixture
def day(fresh_home, lived):
    """A home after that day."""
    shutil.copytree(lived, fresh_home["ROXY_HOME"])
    return fresh_home


def files(home) -> dict[Path, bytes]:
    root = Path(home["ROXY_HOME"])
    return {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def holding(home, word: str) -> set[str]:
    return {str(path) for path, content in files(home).items() if word.encode() in content}


@pytest.mark.requirement("observe.logs", "store.private", "privacy.record")
def test_only_the_local_store_holds_what_was_said_and_only_the_user_can_read_it(day):
    held = {name: holding(day, name) for name in NAMES}
    allowed = {"data/roxy.db", "data/roxy.db-wal", "data/chat_history"}
    for name, where in held.items():
        assert where <= allowed | ({"config/roxy.yaml"} if name == "Vogelsang" else set()), name
        assert where, name
    data = places_of(day).data
    for path in (data, *data.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    records = [json.loads(line) for line in (data / "logs" / "roxy.log").read_text().splitlines()]
    failed = [record for record in records if record.get("error") == "ValueError"]
    assert failed
    assert {"correlation_id", "session_id", "hop", "event", "level", "timestamp"} <= set(failed[0])


@pytest.mark.requirement("data.export_delete")
def test_all_that_was_said_is_in_the_export_and_no_byte_of_it_is_left_when_it_was_deleted(day):
    exported = roxy(day, "data", "export")
    assert exported.returncode == 0
    document = json.dumps(json.loads(exported.stdout), ensure_ascii=False)
    for said in (*DAY, *NAMES):
        assert json.dumps(said)[1:-1] in document, said
    for names in (("conversations",), ("memory", "notes", "reminders", "profile")):
        deleted = roxy(day, "data", "delete", *names, "--yes")
        assert deleted.returncode == 0, deleted.stderr
    for name in NAMES:
        assert holding(day, name) == set(), name
    said = roxy(day, "ask", "what do you remember").stdout
    assert "Mabel" not in said


@pytest.mark.requirement("data.export_delete")
def test_deleting_everything_leaves_the_folder_as_it_was_before_the_first_word(day):
    shown = roxy(day, "data", "delete", "--yes", "--json")
    assert json.loads(shown.stdout)["profile"] == 1
    assert {path.name for path in places_of(day).data.iterdir()} <= {"roxy.lock"}
    for name in NAMES:
        assert holding(day, name) == set(), name


@pytest.mark.requirement("observe.logs")
def test_a_log_that_is_full_rotates(home):
    (places_of(home).config / "roxy.yaml").write_text("logging: {max_bytes: 10000, keep: 2}\n")
    add_skill(home, "faulty", "fail", "raise ValueError")
    roxy(home, "chat", said="fail\n" * 150)
    logs = sorted(path.name for path in places_of(home).logs.iterdir() if path.is_file())
    assert logs == ["roxy.log", "roxy.log.1", "roxy.log.2"]
    assert all((places_of(home).logs / name).stat().st_size <= 10_000 for name in logs)
