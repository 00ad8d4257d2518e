"""Connectors through the real command: bound by two sessions, changed under a Roxy that runs."""

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

FAKES = Path(__file__).resolve().parents[1] / "fakes"


def roxy(home: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "roxy", *words],
        env=home, cwd=home["HOME"], capture_output=True, text=True, timeout=120, check=False, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def said(home: dict[str, str], *words: str):
    group = words[: 1 if words[0] == "ask" else 2 if words[1] == "call" else 3]
    done = roxy(home, *group, "--json", *words[len(group) :])
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def sessions(home) -> list[str]:
    """Two sessions, a connector, and what each of them binds of it."""
    home |= {"ACCOUNT_A": "account of a", "ACCOUNT_B": "account of b"}
    names = [said(home, "ask", "what time is it")["session_id"] for _ in range(2)]
    program = ["--", sys.executable, "-B", str(FAKES / "echo_server.py")]
    said(home, "mcp", "connectors", "add", "echo", "--set", "external=false", *program)
    for name, variable in zip(names, ("ACCOUNT_A", "ACCOUNT_B"), strict=True):
        said(home, "sessions", "config", "bind", name, "echo", "--env-key", variable)
    return names


@contextmanager
def owner(home: dict[str, str]):
    """A Roxy in the background for as long as the context is open."""
    with subprocess.Popen(
        [sys.executable, "-m", "roxy", "daemon", "run"], env=home, cwd=home["HOME"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.terminate()
            process.wait(20)


async def calls(home: dict[str, str], sessions: list[str]) -> list[dict]:
    """What the server of each session sees of its environment, asked at the same time."""

    async def call(session: str) -> dict:
        found = await asyncio.to_thread(said, home, "mcp", "call", "echo", "env", "--session", session)
        return {name: value for name, value in found["data"].items() if name.startswith("ACCOUNT")}

    async with asyncio.timeout(60):
        return list(await asyncio.gather(*(call(session) for session in sessions)))


@pytest.mark.requirement("connectors.sessions", "connectors.bindings")
async def test_two_sessions_talk_to_differently_configured_servers_at_the_same_time(home, sessions):
    assert await calls(home, sessions) == [{"ACCOUNT_A": "account of a"}, {"ACCOUNT_B": "account of b"}]


@pytest.mark.requirement("connectors.live", "connectors.sessions")
async def test_a_running_roxy_takes_what_another_command_changes_at_its_next_call(home, sessions):
    with owner(home):
        await until_owned(home)
        assert await calls(home, sessions) == [{"ACCOUNT_A": "account of a"}, {"ACCOUNT_B": "account of b"}]
        said(home, "sessions", "config", "bind", sessions[0], "echo", "--env-key", "ACCOUNT_B")
        assert await calls(home, sessions) == [{"ACCOUNT_B": "account of b"}] * 2
        said(home, "mcp", "connectors", "disable", "echo")
        refused = roxy(home, "mcp", "call", "echo", "env", "--session", sessions[0])
        assert refused.returncode == 1
        assert "roxy mcp connectors enable echo" in refused.stderr
        said(home, "mcp", "connectors", "remove", "echo", "--yes")
        gone = roxy(home, "mcp", "call", "echo", "env", "--session", sessions[0])
        assert (gone.returncode, "not_found" in gone.stderr) == (1, True)


async def until_owned(home: dict[str, str]) -> None:
    async with asyncio.timeout(30):
        while (await asyncio.to_thread(roxy, home, "daemon", "status")).returncode:
            pass


@pytest.mark.requirement("sessions.migrate", "connectors.secrets")
async def test_no_value_of_a_variable_is_kept(home, sessions):
    await calls(home, sessions)
    data = Path(home["ROXY_HOME"]) / "data"
    assert not [path for path in data.rglob("roxy.db*") if b"account of" in path.read_bytes()]
