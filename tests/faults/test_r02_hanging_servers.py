"""R2: a server hangs or freezes while it starts, lists its tools, or is called."""

import asyncio
import os
import signal
import time

import pytest

from fakes.figures import slowness
from fakes.servers import echo, is_gone, until
from roxy.contracts.servers import ServerState
from roxy.mcp.servers import MCPServerManager

pytestmark = pytest.mark.requirement("faults.hang")


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.parametrize("where", ["init", "list"])
async def test_a_server_that_hangs_at_its_start_costs_the_time_out_and_a_second_at_most(where):
    config = echo("--hang", where, "--ignore-eof", timeout_start=1, timeout_connection=1)
    async with MCPServerManager({"echo": config}, privacy=None) as servers:
        began = time.monotonic()
        started = await servers.start_server("echo")
        assert (
            time.monotonic() - began < 1 + (1 + 5 * (not started)) * slowness()
        )  # one that did not start was stopped meanwhile
        state = servers.status("echo").state
        assert (started, state) == ((True, ServerState.DEGRADED) if where == "list" else (False, ServerState.STOPPED))
        assert "did not" in servers.status("echo").error


@pytest.mark.parametrize("frozen", [False, True])
async def test_a_server_that_hangs_in_a_call_costs_the_time_out_is_degraded_at_once_and_stopped_in_time(frozen):
    async with MCPServerManager(
        {"echo": echo("--ignore-eof", "--ignore-term", protocol="legacy")}, privacy=None
    ) as servers:
        await servers.start_server("echo")
        pid = servers.status("echo").pid
        if frozen:
            os.kill(pid, signal.SIGSTOP)
        began = time.monotonic()
        result = await servers.call_tool("echo", "sleep", {"seconds": 60}, timeout=0.5)
        assert (result.code, time.monotonic() - began < 0.5 + slowness()) == ("timeout", True)
        assert servers.status("echo").state is ServerState.DEGRADED
        assert "did not answer within 0.5 s" in servers.status("echo").error
        async with asyncio.timeout(5 * slowness()):
            await servers.stop_server("echo")
        assert is_gone(pid)


async def test_a_server_that_freezes_unasked_is_seen_to_be_degraded_within_the_interval_and_the_time_out():
    config = echo(protocol="legacy", health_interval=0.5, timeout_connection=1)
    async with MCPServerManager({"echo": config}, privacy=None) as servers:
        await servers.start_server("echo")
        os.kill(servers.status("echo").pid, signal.SIGSTOP)
        async with asyncio.timeout(0.5 + 1 + 0.5 * slowness()):
            await until(lambda: servers.status("echo").state is ServerState.DEGRADED)
        os.kill(servers.status("echo").pid, signal.SIGCONT)
        await until(lambda: servers.status("echo").state is ServerState.RUNNING)
