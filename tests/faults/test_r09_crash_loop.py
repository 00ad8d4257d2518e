"""R9: a server that dies at every start."""

import asyncio
import time

import pytest

from fakes.servers import echo, until
from roxy.contracts.servers import ServerState
from roxy.mcp import supervisor
from roxy.mcp.servers import MCPServerManager

pytestmark = pytest.mark.requirement("faults.crash_loop")


class Starts:
    """Hears when starts began."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def __call__(self, status) -> None:
        if status.state is ServerState.STARTING:
            self.at.append(time.monotonic())

    def pauses(self) -> list[float]:
        return [after - before for before, after in zip(self.at, self.at[1:], strict=False)]


async def failed(servers: MCPServerManager) -> None:
    await servers.start_auto_start_servers()
    await until(lambda: servers.status("echo").state is ServerState.FAILED)


@pytest.mark.parametrize("allowed", [2, 5])
async def test_after_the_declared_number_of_starts_it_has_failed_and_a_person_can_start_it(monkeypatch, allowed):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    starts = Starts()
    config = echo("--exit", "1", auto_start=True, protocol="legacy", max_starts=allowed, start_window=30)
    async with asyncio.timeout(30), MCPServerManager({"echo": config}, privacy=None, on_change=starts) as servers:
        await failed(servers)
        assert len(starts.at) == allowed
        assert "has failed too often" in (await servers.call_tool("echo", "say")).error
        assert "no licence" in servers.status("echo").error
        servers.redeclare("echo", echo(auto_start=True))
        assert await servers.start_server("echo")
    async with asyncio.timeout(30), MCPServerManager({"echo": config}, privacy=None, on_change=starts) as servers:
        await failed(servers)
        before = len(starts.at)
        assert not await servers.start_server("echo")
        assert len(starts.at) > before


async def test_a_window_that_has_passed_lets_it_be_started_again(monkeypatch):
    monkeypatch.setattr(supervisor, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", 0.01)
    starts = Starts()
    config = echo("--exit", "1", auto_start=True, protocol="legacy", max_starts=2, start_window=0.01)
    async with asyncio.timeout(30), MCPServerManager({"echo": config}, privacy=None, on_change=starts) as servers:
        starting = asyncio.create_task(servers.start_auto_start_servers())
        await until(lambda: len(starts.at) > 6)
        await servers.stop_all()
        await starting


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_the_pauses_of_a_crash_loop_grow_from_half_a_second_and_it_costs_next_to_nothing():
    starts = Starts()
    config = echo("--exit", "1", auto_start=True, protocol="legacy")
    async with asyncio.timeout(80), MCPServerManager({"echo": config}, privacy=None, on_change=starts) as servers:
        began, busy = time.monotonic(), time.process_time()
        await failed(servers)
        share = (time.process_time() - busy) / (time.monotonic() - began)
        pauses = starts.pauses()
        print(f"\nR9: pauses {', '.join(f'{pause:.2f}' for pause in pauses)} s; Roxy's processor time {share:.1%}")
        assert len(starts.at) == 5
        for number, pause in enumerate(pauses):
            assert 0.5 * 2**number <= pause <= 0.75 * 2**number + 1.5
        assert share <= 0.02
