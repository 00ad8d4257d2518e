"""Servers that do everything wrong: a sentence with the server's name and the reason, in time, and nothing is left."""

import json
import signal
import sys

import pytest

from fakes.program import Conversation, add_skill, declare, roxy, wait_until
from fakes.servers import ECHO, is_gone

GARBLING = "import sys\nfor line in sys.stdin: print('what is', line, flush=True)"
CRASHING = "import sys; print('no licence', file=sys.stderr); sys.exit(3)"
BROKEN = {
    "absent": ({"command": "no-such-program"}, "cannot be started: the command 'no-such-program' was not found"),
    "crashing": ({"command": sys.executable, "args": ["-c", CRASHING], "timeout_start": 20}, "exited with code 3"),
    "hanging": (["--hang", "init"], "did not answer within"),
    "garbling": ({"command": sys.executable, "args": ["-c", GARBLING]}, "did not answer within"),
    "refusing": ({"url": "http://127.0.0.1:9/mcp"}, "cannot be reached"),
    "keyless": ({"command": "cat", "env": {"KEY": "${NO_SUCH_KEY}"}}, "NO_SUCH_KEY"),
}
GOOD = {
    "command": sys.executable,
    "args": ["-B", str(ECHO)],
    "timeout_start": 30,
    "timeout_connection": 20,
    "timeout_request": 3,
}
IN_A_CALL = {
    "die": "The server good exited with code 1",
    "sleep": "The tool good.sleep did not answer within 3 s",
    "half": "The server good exited with code 0",
    "fail": "it went wrong",
    "garbage": "clean",
    "flood": "flooded",
}
USE = """
    server, tool = context.parameters["server"], context.parameters["tool"]
    called = await context.mcp.call_tool(server, tool, {"seconds": 60} if tool == "sleep" else {})
    return SkillResult(success=called.success, response_text=called.text or called.error, code=called.code)
"""


@pytest.fixture
def broken(home):
    declare(home, {name: given for name, (given, _) in BROKEN.items()}, timeout_start=2, timeout_connection=1)
    return home


@pytest.mark.requirement("bad.server", "cli.no_traceback", "mcp.never_raises")
def test_a_chat_names_each_broken_server_and_why_and_goes_on(broken):
    add_skill(broken, "use", "use {tool} of {server}", USE, {"servers": [*BROKEN, "good"]})
    declare(
        broken, {name: given for name, (given, _) in BROKEN.items()} | {"good": GOOD},
        timeout_start=3, timeout_connection=1, timeout_request=1,
    )  # fmt: skip
    with Conversation(broken, "chat") as chat:
        for name, (_, reason) in BROKEN.items():
            chat.say(f"use say of {name}")
            assert name in chat.expect(reason)
        for tool, reason in IN_A_CALL.items():
            chat.say(f"use {tool} of good")
            chat.expect("(yes / no / always)")
            chat.say("yes")
            chat.expect(reason)
        chat.say("what is 6 times 7")
        chat.expect("42")
        assert "Traceback" not in chat.leave()
        assert chat.process.returncode == 0


@pytest.mark.requirement("bad.server", "cli.json", "cli.exit_codes")
@pytest.mark.parametrize("name", ["absent", "crashing", "garbling"])
def test_commands_name_the_server_and_the_reason_and_keep_stdout_for_json(broken, name):
    reason = BROKEN[name][1]
    tested = roxy(broken, "mcp", "test", name)
    assert tested.returncode == 1
    assert name in tested.stdout
    found_early = {"absent": "was not found on PATH"}  # before anything is started
    assert found_early.get(name, reason) in " ".join(tested.stdout.split())
    steps = json.loads(roxy(broken, "mcp", "test", name, "--json").stdout)["steps"]
    assert any(step["ok"] is False and "roxy mcp" in step["detail"] + step["next"] for step in steps)
    called = roxy(broken, "mcp", "call", name, "say", '{"text": "hi"}', "--json")
    assert called.returncode == 1
    result = json.loads(called.stdout)
    assert result["success"] is False
    assert reason in result["error"]
    assert "Traceback" not in tested.stderr + called.stderr


@pytest.mark.requirement("mcp.deadline", "mcp.no_orphans")
def test_a_call_ends_by_its_deadline_and_leaves_no_process(home, tmp_path):
    started = tmp_path / "started"
    declare(home, {"stubborn": ["--ignore-eof", "--ignore-term", "--started", str(started)]})
    # Long enough for the server to say who it is, also on a busy machine.
    called = roxy(home, "mcp", "call", "stubborn", "sleep", '{"seconds": 60}', "--timeout", "5", "--json")
    assert called.returncode == 1
    assert json.loads(called.stdout)["code"] == "timeout"
    assert all(is_gone(int(pid)) for pid in started.read_text().split())


@pytest.mark.requirement("mcp.no_orphans")
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_command_that_is_ended_in_a_call_leaves_no_process(home, tmp_path, end):
    started = tmp_path / "started"
    declare(home, {"stubborn": ["--ignore-eof", "--ignore-term", "--started", str(started)]})
    with Conversation(home, "mcp", "call", "stubborn", "sleep", '{"seconds": 60}') as command:
        wait_until(lambda: started.exists() and started.read_text().endswith("\n"))
        pid = int(started.read_text().splitlines()[0])
        command.process.send_signal(end)
        code = command.process.wait(timeout=90)
    assert code == {signal.SIGKILL: -9, signal.SIGTERM: 143, signal.SIGINT: 130}[end]
    wait_until(lambda: is_gone(pid), seconds=20)
