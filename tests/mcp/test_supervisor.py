"""Restarting, giving up, and starting once for all who wait."""

import asyncio
import os
import signal

import pytest

from fakes.servers import echo, until
from roxy.contracts.servers import ServerState
from roxy.mcp import health, supervisor
from roxy.mcp.servers import MCPServerManager


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(40):
        yield


@pytest.fixture
def quick(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.05)


def manager(config, **options) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=None, **options)


async def test_a_crash_loop_ends_in_failed_after_five_starts_and_a_person_can_start_again(quick, tmp_path):
    starts = tmp_path / "starts"
    config = echo("--exit", "1", "--started", str(starts), auto_start=True, protocol="legacy")
    async with manager(config) as servers:
        assert await servers.start_auto_start_servers() == {"echo": False}
        await until(lambda: servers.status("echo").state is ServerState.FAILED)
        assert len(starts.read_text().splitlines()) == 5
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert result.code == "unavailable"
        assert "roxy mcp start echo" in result.error
        assert "exited with code 1" in result.error
        assert len(starts.read_text().splitlines()) == 5
        assert await servers.start_server("echo") is False
        assert len(starts.read_text().splitlines()) > 5


async def test_a_server_that_fails_at_its_first_call_is_not_started_in_the_background(tmp_path):
    starts = tmp_path / "starts"
    async with manager(echo("--exit", "4", "--started", str(starts), protocol="legacy")) as servers:
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert result.code == "not_running"
        assert "did not start" in result.error
        assert "exited with code 4. Its last words: cannot start: no licence" in result.error
        assert "roxy mcp logs echo" in result.error
        assert servers.status("echo").state is ServerState.STOPPED
        assert len(starts.read_text().splitlines()) == 1


async def test_a_killed_server_is_running_again_within_two_seconds():
    seen = asyncio.Event()
    states = []

    def heard(status):
        states.append(status.state)
        if states[-2:] == [ServerState.STARTING, ServerState.RUNNING] and ServerState.BACKOFF in states:
            seen.set()

    async with manager(echo(), on_change=heard) as servers:
        await servers.start_server("echo")
        os.kill(servers.status("echo").pid, signal.SIGKILL)
        async with asyncio.timeout(2):
            await seen.wait()
        assert servers.status("echo").restarts == 1


@pytest.mark.parametrize(("policy", "code", "runs_again"), [
    ("always", 0, True), ("on-failure", 0, False), ("on-failure", 1, True), ("never", 1, False),
])  # fmt: skip
async def test_the_restart_policy_decides_what_follows_an_end(quick, policy, code, runs_again):
    states = []
    over = asyncio.Event()

    def heard(status):
        states.append(status.state)
        if len(states) > 2 and status.state in {ServerState.STOPPED, ServerState.RUNNING}:
            over.set()

    async with manager(echo(restart=policy), on_change=heard) as servers:
        await servers.start_server("echo")
        await servers.call_tool("echo", "die", {"code": code})
        await over.wait()
        assert (states[-1] is ServerState.RUNNING) is runs_again


async def test_stopping_a_server_that_waits_for_its_next_start_ends_the_waiting(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 30.0)
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        await servers.call_tool("echo", "die")
        await until(lambda: servers.status("echo").state is ServerState.BACKOFF)
        call = asyncio.create_task(servers.call_tool("echo", "say", {"text": "x"}))
        await until(lambda: call.get_coro().cr_await is not None)
        await servers.stop_server("echo")
        assert servers.status("echo").state is ServerState.STOPPED
        assert (await call).code == "not_running"


async def test_starting_by_hand_does_not_wait_for_the_pause(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 30.0)
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        await servers.call_tool("echo", "die")
        await until(lambda: servers.status("echo").state is ServerState.BACKOFF)
        async with asyncio.timeout(5):
            assert await servers.start_server("echo")


async def test_a_call_that_gives_up_does_not_end_the_start_others_wait_for():
    async with manager(echo("--start-delay", "1")) as servers:
        patient = asyncio.create_task(servers.call_tool("echo", "say", {"text": "patient"}))
        hasty = await servers.call_tool("echo", "say", {"text": "hasty"}, timeout=0.2)
        assert hasty.code == "timeout"
        assert "not ready in time" in hasty.error
        assert (await patient).text == "patient"


async def test_a_server_that_fails_its_health_checks_is_degraded_and_then_restarted(quick, monkeypatch):
    monkeypatch.setattr(health, "GIVE_UP_AFTER", 2)
    states = []
    config = echo("--era", "legacy", health_interval=0.1, timeout_connection=0.3, timeout_start=10)
    async with manager(config, on_change=lambda status: states.append(status.state)) as servers:
        await servers.start_server("echo")
        os.kill(servers.status("echo").pid, signal.SIGSTOP)
        await until(lambda: servers.status("echo").restarts)
        assert states[2:4] == [ServerState.DEGRADED, ServerState.BACKOFF]
