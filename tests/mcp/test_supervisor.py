"""Restarting, giving up, and starting once for all who wait."""

import asyncio
import os
import signal

import pytest

from fakes.figures import slowness
from fakes.servers import echo, until
from roxy.contracts.servers import ServerConfig, ServerState
from roxy.mcp import health, supervisor
from roxy.mcp.offers.listing import RELIST_SECONDS
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


@pytest.mark.requirement("mcp.on_demand")
async def test_a_hundred_calls_that_come_together_start_one_process(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--started", str(starts), "--start-delay", "0.3", protocol="legacy")
    async with manager(config) as servers:
        calls = [servers.call_tool("echo", "say", {"text": str(number)}) for number in range(100)]
        results = await asyncio.gather(*calls)
        assert [result.text for result in results] == [str(number) for number in range(100)]
    assert len(starts.read_text().splitlines()) == 1


@pytest.mark.requirement("mcp.on_demand")
async def test_a_call_that_comes_while_the_server_stops_waits_and_starts_it_again():
    async with manager(echo("--ignore-eof", "--ignore-term")) as servers:
        await servers.call_tool("echo", "say", {"text": "x"})
        pid = servers.status("echo").pid
        stopping = asyncio.create_task(servers.stop_server("echo"))
        await until(lambda: servers.status("echo").state is ServerState.STOPPING)
        results = await asyncio.gather(*(servers.call_tool("echo", "say", {"text": "y"}) for _ in range(5)))
        assert [result.text for result in results] == ["y"] * 5
        assert await stopping
        assert servers.status("echo").state is ServerState.RUNNING
        assert servers.status("echo").pid != pid


async def test_several_stops_and_calls_at_once_end_with_every_call_answered():
    async with manager(echo("--ignore-eof")) as servers:
        await servers.call_tool("echo", "say", {"text": "x"})
        stops = [asyncio.create_task(servers.stop_server("echo")) for _ in range(5)]
        await until(lambda: servers.status("echo").state is ServerState.STOPPING)
        results = await asyncio.gather(*(servers.call_tool("echo", "say", {"text": "y"}) for _ in range(5)), *stops)
        assert [result.text for result in results[:5]] == ["y"] * 5


async def test_a_call_that_comes_while_roxy_ends_starts_nothing(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--ignore-eof", "--started", str(starts), protocol="legacy")
    async with manager(config) as servers:
        await servers.call_tool("echo", "say", {"text": "x"})
        closing = asyncio.create_task(servers.__aexit__())
        await until(lambda: servers.status("echo").state is ServerState.STOPPING)
        assert (await servers.call_tool("echo", "say", {"text": "y"})).code == "not_running"
        await closing
    assert len(starts.read_text().splitlines()) == 1


async def test_servers_started_with_roxy_and_modules_are_not_stopped_for_being_idle():
    module = ServerConfig(name="whole", transport="module", module="fakes.whole_server", idle_stop=0.1)
    kept, idle = echo(name="kept", auto_start=True, idle_stop=0.1), echo(idle_stop=0.4)
    async with MCPServerManager({c.name: c for c in (module, kept, idle)}, privacy=None) as servers:
        await asyncio.gather(*(servers.start_server(name) for name in ("whole", "kept", "echo")))
        await until(lambda: servers.status("echo").state is ServerState.STOPPED)
        assert [servers.status(name).state for name in ("whole", "kept")] == [ServerState.RUNNING] * 2


@pytest.mark.requirement("mcp.relists")
async def test_a_storm_of_changed_lists_is_followed_at_most_once_a_second(tmp_path):
    lists = tmp_path / "lists"
    async with manager(echo("--lists", str(lists), protocol="legacy")) as servers:
        await servers.list_tools("echo")
        before = len(lists.read_text().splitlines())
        storm = {"method": "notifications/tools/list_changed", "params": {}, "count": 2000}
        began = asyncio.get_running_loop().time()
        while (took := asyncio.get_running_loop().time() - began) < 2.5:
            assert (await servers.call_tool("echo", "storm", storm)).success
        asked = len(lists.read_text().splitlines()) - before
        assert 1 <= asked <= took / RELIST_SECONDS + 1


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
        async with asyncio.timeout(2 * slowness()):
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
        async with asyncio.timeout(20):
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
