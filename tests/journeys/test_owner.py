"""The commands that look after servers, with a Roxy that runs and without one; and how that Roxy ends."""

import json
import signal

import pytest

from fakes.program import Conversation, Terminal, add_skill, declare, places_of, roxy, wait_until
from fakes.servers import is_gone

STALL = """
    Path(context.parameters["file"]).write_text("begun")
    await asyncio.Event().wait()
    return SkillResult(success=True)
"""


KEPT = {"roxy.db", "roxy.lock", "logs", "manifests", "pins", "vaults", "work"}


@pytest.fixture
def daemon(home, tmp_path):
    declare(home, {"good": ["--started", str(tmp_path / "started")], "crashing": ["--exit", "3"]})
    with Conversation(home, "daemon", "run") as running:
        running.expect("ready")
        yield running


def document(home, *words, code=0):
    """What the command prints with --json: one document, and nothing else on stdout."""
    shown = roxy(home, *words, "--json")
    assert shown.returncode == code, shown.stderr
    assert "Traceback" not in shown.stderr
    return json.loads(shown.stdout)


@pytest.mark.requirement("cli.json", "cli.exit_codes", "owner.socket", "observe.metrics", "mcp.no_orphans")
def test_servers_are_looked_after_through_the_roxy_that_runs_and_it_ends_with_all_of_them(home, daemon, tmp_path):
    assert document(home, "mcp", "start", "good")["state"] == "running"
    assert document(home, "mcp", "call", "good", "say", "--arg", "text=hi")["text"] == "hi"
    assert document(home, "mcp", "call", "good", "fail", code=1)["code"] == "tool_error"
    before = document(home, "mcp", "status", "good")["pid"]
    restarted = document(home, "mcp", "restart", "good")
    assert restarted["pid"] != before
    assert "say" in {tool["name"] for tool in document(home, "mcp", "tools", "good")}
    assert document(home, "mcp", "test", "good")["tools"] > 1
    assert "exited with code 3" in document(home, "mcp", "start", "crashing", code=1)["error"]
    assert "exited with code 3" in document(home, "mcp", "status", "crashing", code=1)["error"]
    states = {server["name"]: server["state"] for server in document(home, "mcp", "list")}
    assert (states["good"], states["crashing"], states["system"]) == ("running", "stopped", "stopped")
    assert "no licence" in roxy(home, "mcp", "logs", "crashing").stdout
    metrics = roxy(home, "metrics").stdout
    counted = 'gen_ai_tool_name="say",mcp_method_name="tools/call"'
    assert "mcp_client_operation_duration_seconds_count" in metrics
    assert counted in metrics
    assert document(home, "mcp", "stop", "good")["state"] == "stopped"
    document(home, "mcp", "start", "good")

    daemon.process.send_signal(signal.SIGTERM)
    assert daemon.process.wait(timeout=90) == 0
    assert {path.name for path in places_of(home).data.iterdir()} <= KEPT
    assert all(is_gone(int(pid)) for pid in (tmp_path / "started").read_text().split())


@pytest.mark.requirement("cli.json", "cli.exit_codes", "cli.no_traceback")
def test_without_a_roxy_that_runs_commands_do_their_work_and_leave_or_say_what_to_run(home):
    declare(home, {"good": [], "crashing": ["--exit", "3"]})
    assert document(home, "mcp", "status", "good")["state"] == "stopped"
    assert document(home, "mcp", "tools", "good")
    for words in (["start", "good"], ["stop", "good"], ["restart", "good"]):
        refused = roxy(home, "mcp", *words)
        assert (refused.returncode, refused.stdout) == (2, "")
        assert "roxy daemon start" in refused.stderr
    assert roxy(home, "mcp", "test", "crashing", "--json").returncode == 1
    assert "no licence" in roxy(home, "mcp", "logs", "crashing").stdout
    unknown = roxy(home, "mcp", "test", "goood")
    assert unknown.returncode == 1
    assert "good" in unknown.stderr.splitlines()[-1]
    for wrong in (["mcp", "call", "good", "say", "{"], ["nonsense"], ["ask"], ["ask", "x", "--session", "ses_x"]):
        told = roxy(home, *wrong)
        assert (told.returncode, told.stdout, "Traceback" in told.stderr) == (2, "", False)


@pytest.mark.requirement("chat.interrupt")
def test_ctrl_c_cancels_the_turn_of_a_real_chat_and_a_second_one_leaves_with_130(home, tmp_path):
    add_skill(home, "stall", "stall at {file}", STALL)
    (places_of(home).config / "roxy.yaml").write_text("user: {name: Ada}\n")
    with Terminal({**home, "TERM": "xterm"}) as chat:
        chat.expect("Ctrl-D leaves")
        for number in (1, 2):
            file = tmp_path / str(number)
            chat.say(f"stall at {file}")
            wait_until(file.exists)
            chat.type("\x03")
            chat.expect("Stopped.")
        chat.say("what is 6 times 7")
        chat.expect("42")
        chat.expect(">")
        chat.type("\x03")
        chat.expect("again")
        chat.expect(">")
        chat.type("\x03")
        assert chat.process.wait(timeout=90) in {0, 130}


@pytest.mark.requirement("cli.exit_codes")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_question_that_is_interrupted_ends_with_the_code_of_the_signal(home, tmp_path, number, code):
    add_skill(home, "stall", "stall at {file}", STALL)
    file = tmp_path / "begun"
    with Conversation(home, "ask", f"stall at {file}") as ask:
        wait_until(file.exists)
        ask.process.send_signal(number)
        assert ask.process.wait(timeout=90) == code
        assert "Traceback" not in ask.leave()
