"""An utterance through the real command, a user's skill, the privacy gateway and a real stdio server, and back."""

import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from roxy.config.places import Places
from roxy.config.trust import TrustFile
from roxy.skills.finding import ANY_CHANGE

FAKES = Path(__file__).resolve().parents[1] / "fakes"
SAID = "mail anna.schmidt@example.com that my phone is +49 30 901820"


@pytest.fixture
def told(home, tmp_path) -> Path:
    """Declare the server and the skill that uses it; returns the file of what the server was told."""
    places = Places.from_environment(home, tmp_path).ready()
    told = tmp_path / "told.txt"
    post = {"command": sys.executable, "args": [str(FAKES / "recording_server.py"), str(told)]}
    (places.config / "mcp_servers.yaml").write_text(json.dumps({"servers": {"post": post}}), encoding="utf-8")
    skill = places.skills / "mail"
    skill.mkdir(parents=True)
    (skill / "SKILL.md").write_text("---\nname: mail\ndescription: Sends mail.\n---\n", encoding="utf-8")
    (skill / "roxy.yaml").write_text(
        dedent("""
            intents:
              send:
                sentences: ["mail {to} that {text}"]
                slots: {to: {type: text}, text: {type: text}}
                confirm: true
                description: Send a mail
            permissions: {tools: [post.send]}
        """),
        encoding="utf-8",
    )
    (skill / "skill.py").write_text(
        dedent("""
            from roxy import RoxySkill, SkillContext, SkillResult


            class Mail(RoxySkill):
                async def execute(self, context: SkillContext) -> SkillResult:
                    sent = await context.mcp.call_tool("post", "send", dict(context.parameters))
                    return SkillResult(success=sent.success, response_text=sent.text or sent.error, code=sent.code)
        """),
        encoding="utf-8",
    )
    TrustFile(places.trust_file).approve("skill", "mail", ANY_CHANGE)
    return told


def ask(home: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roxy", "ask", *words],
        env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def everything_kept(folder: Path) -> str:
    """All bytes under the data folder but the local store's own tables of what the user said."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("roxy.db")]
    return "\n".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.mark.requirement(
    "journey.stdio_skill", "privacy.path", "privacy.restore", "privacy.record", "mcp.on_demand", "cli.json"
)
def test_the_server_sees_pseudonyms_but_for_whom_it_sends_to_and_the_record_no_real_value(told, home, tmp_path):
    asked = ask(home, SAID, "--yes", "--json")
    assert asked.returncode == 0, asked.stderr
    reply = json.loads(asked.stdout)
    assert reply["reply"] == "Sent to anna.schmidt@example.com: my phone is +49 30 901820"
    assert (reply["route"], reply["tools"]) == ("skill:mail", ["post.send"])

    to, text = told.read_text(encoding="utf-8").strip().split("\t")
    assert to == "anna.schmidt@example.com"  # the tool plainly needs it, the user said it and said yes
    assert "901820" not in text

    data = tmp_path / "roxy" / "data"
    with sqlite3.connect(data / "roxy.db") as database:
        events = database.execute("SELECT kind, data FROM events").fetchall()
    decisions = [json.loads(text) for kind, text in events if kind == "decision"]
    [decision] = decisions
    values = [(one["type"], one["path"], one["action"]) for one in decision["redactions"]]
    assert decision["outcome"] == "redacted"
    assert values == [("PHONE_NUMBER", "/text", "pseudonym"), ("EMAIL_ADDRESS", "/to", "allow")]
    assert [json.loads(text)["answer"] for kind, text in events if kind == "audit" and "answer" in text] == ["yes"]
    assert "tool_call" in {kind for kind, _ in events}
    record = json.dumps(events) + everything_kept(data)
    assert "schmidt" not in record.lower()
    assert "901820" not in record


@pytest.mark.requirement("dialogue.one_shot", "skills.permissions", "cli.exit_codes")
def test_without_yes_the_question_is_printed_and_nothing_is_sent(told, home):
    asked = ask(home, SAID)
    assert asked.returncode == 1
    assert "anna.schmidt@example.com" in asked.stdout + asked.stderr
    assert not told.exists()


@pytest.mark.requirement("bad.server")
def test_a_server_that_cannot_start_ends_in_a_sentence_that_names_it_and_why(told, home):
    config = Path(home["ROXY_HOME"]) / "config" / "mcp_servers.yaml"
    config.write_text(json.dumps({"servers": {"post": {"command": "no-such-program-here"}}}), encoding="utf-8")
    asked = ask(home, SAID, "--yes")
    assert asked.returncode == 1
    assert "post" in asked.stdout + asked.stderr
    assert "no-such-program-here" in asked.stdout + asked.stderr
    assert "Traceback" not in asked.stdout + asked.stderr


@pytest.mark.requirement("privacy.secrets")
def test_a_secret_is_masked_and_never_comes_back(told, home):
    secret = "gh" + "p_" + "a1B2" * 9
    asked = ask({**home, "GITHUB_TOKEN": secret}, f"mail bob@example.com that the token is {secret}", "--yes")
    assert asked.returncode == 0, asked.stderr
    assert secret not in told.read_text(encoding="utf-8")
    assert secret not in asked.stdout
    assert os.environ.get("GITHUB_TOKEN") is None
