"""Every move of the table happens, with a real server; and whatever is done in whatever order, no other one does."""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from itertools import pairwise

import pytest

from fakes.servers import echo, until
from roxy.contracts.servers import ServerConfig, ServerState
from roxy.mcp import health, supervisor
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.states import CONNECTED, MOVES, may_move

S = ServerState
Act = Callable[[MCPServerManager], Awaitable[object]]


async def start(servers: MCPServerManager) -> None:
    await servers.start_server("echo")


async def start_and_stop(servers: MCPServerManager) -> None:
    await servers.start_server("echo")
    await servers.stop_server("echo")


async def stop_while_starting(servers: MCPServerManager) -> None:
    starting = asyncio.create_task(servers.start_server("echo"))
    await until(lambda: servers.status("echo").state is S.STARTING)
    await servers.stop_server("echo")
    assert await starting is False


async def auto_start(servers: MCPServerManager) -> None:
    await servers.start_auto_start_servers()
    await until(lambda: servers.status("echo").state is S.FAILED)


async def start_what_has_failed(servers: MCPServerManager) -> None:
    await auto_start(servers)
    await servers.start_server("echo")


async def call(servers: MCPServerManager) -> None:
    await servers.call_tool("echo", "say", {"text": "x"})


async def crash(servers: MCPServerManager) -> None:
    await servers.start_server("echo")
    await servers.call_tool("echo", "die")
    await until(lambda: servers.status("echo").restarts or servers.status("echo").state is S.STOPPED)
    await until(lambda: servers.status("echo").state in {S.RUNNING, S.STOPPED})


async def crash_and_stop(servers: MCPServerManager) -> None:
    await servers.start_server("echo")
    await servers.call_tool("echo", "die")
    await until(lambda: servers.status("echo").state is S.BACKOFF)
    await servers.stop_server("echo")


async def degrade(servers: MCPServerManager) -> None:
    await servers.start_server("echo")
    assert (await servers.call_tool("echo", "sleep", {"seconds": 60}, timeout=0.1)).code == "timeout"


async def degrade_and_recover(servers: MCPServerManager) -> None:
    await degrade(servers)
    await call(servers)


async def degrade_and_stop(servers: MCPServerManager) -> None:
    await degrade(servers)
    await servers.stop_server("echo")


async def degrade_and_crash(servers: MCPServerManager) -> None:
    await degrade(servers)
    os.kill(servers.status("echo").pid, signal.SIGKILL)
    await until(lambda: servers.status("echo").state not in CONNECTED)


async def freeze(servers: MCPServerManager) -> None:
    await servers.start_server("echo")
    os.kill(servers.status("echo").pid, signal.SIGSTOP)
    await until(lambda: servers.status("echo").state is S.BACKOFF)


NEVER = echo(restart="never")
CRASHING = echo("--exit", "1", auto_start=True, protocol="legacy", max_starts=2)
LIVES: dict[tuple[S, S], tuple[ServerConfig, Act]] = {
    (S.STOPPED, S.STARTING): (echo(), start),
    (S.STOPPED, S.FAILED): (echo(missing=["KEY"], auto_start=True), auto_start),
    (S.STARTING, S.RUNNING): (echo(), start),
    (S.STARTING, S.STOPPED): (echo("--exit", "1"), call),
    (S.STARTING, S.STOPPING): (echo("--start-delay", "30"), stop_while_starting),
    (S.STARTING, S.BACKOFF): (CRASHING, auto_start),
    (S.STARTING, S.FAILED): (ServerConfig(name="echo", command="no-such-command", auto_start=True), auto_start),
    (S.RUNNING, S.DEGRADED): (echo(), degrade),
    (S.RUNNING, S.BACKOFF): (echo(), crash),
    (S.RUNNING, S.STOPPING): (echo(), start_and_stop),
    (S.RUNNING, S.STOPPED): (NEVER, crash),
    (S.DEGRADED, S.RUNNING): (echo(), degrade_and_recover),
    (S.DEGRADED, S.BACKOFF): (echo("--era", "legacy", health_interval=0.1, timeout_connection=0.3), freeze),
    (S.DEGRADED, S.STOPPING): (echo(), degrade_and_stop),
    (S.DEGRADED, S.STOPPED): (NEVER, degrade_and_crash),
    (S.BACKOFF, S.STARTING): (echo(), crash),
    (S.BACKOFF, S.STOPPING): (echo(), crash_and_stop),
    (S.BACKOFF, S.FAILED): (CRASHING, auto_start),
    (S.STOPPING, S.STOPPED): (echo(), start_and_stop),
    (S.FAILED, S.STOPPED): (CRASHING, start_what_has_failed),
}


def test_every_move_of_the_table_has_a_life_below_and_no_other_move_is_one():
    assert set(LIVES) == {(old, new) for old, moves in MOVES.items() for new in moves}
    assert not any(may_move(state, state) for state in S)


@pytest.mark.parametrize("move", LIVES, ids=lambda move: f"{move[0]} to {move[1]}")
@pytest.mark.requirement("mcp.states")
async def test_a_server_makes_the_move_and_none_that_is_not_in_the_table(move, monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.05)
    monkeypatch.setattr(health, "GIVE_UP_AFTER", 2)
    config, act = LIVES[move]
    states = [S.STOPPED]
    async with asyncio.timeout(30):
        async with MCPServerManager(
            {"echo": config}, privacy=None, on_change=lambda status: states.append(status.state)
        ) as servers:
            await act(servers)
            made = list(pairwise(states))
            assert move in made
        assert all(may_move(*pair) for pair in pairwise(states))
        assert states[-1] in {S.STOPPED, S.FAILED}


@pytest.mark.requirement("mcp.states")
async def test_a_call_that_comes_together_with_a_stop_gets_an_answer():
    async with asyncio.timeout(20), MCPServerManager({"echo": echo()}, privacy=None) as servers:
        for _ in range(3):
            calling = asyncio.create_task(servers.call_tool("echo", "say", {"text": "x"}))
            stopping = [asyncio.create_task(servers.stop_server("echo")) for _ in range(2)]
            result = await calling
            assert result.code in {"", "not_running"}
            assert await asyncio.gather(*stopping) == [True, True]
            await servers.stop_server("echo")
            assert servers.status("echo").state is S.STOPPED
