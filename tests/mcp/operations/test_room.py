"""How many servers run at once: who makes room, who is refused, and what a change of the limit does."""

import asyncio

import pytest

from fakes.servers import echo, is_gone, until
from roxy.config.servers import load_server_file
from roxy.contracts.calls import Code
from roxy.contracts.servers import ServerState
from roxy.errors import ConfigError, ServerOverloaded
from roxy.mcp.operations.room import Room
from roxy.mcp.servers import MCPServerManager


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


class Tenant:
    def __init__(self, name, idle_since):
        self.name = name
        self.idle_since = idle_since
        self.stopped = False

    async def stop(self):
        await asyncio.sleep(0)
        self.stopped = True


@pytest.mark.requirement("mcp.max_running")
async def test_the_one_that_is_idle_for_longest_makes_room():
    room, tenants = Room(3), [Tenant("a", 20.0), Tenant("b", 10.0), Tenant("c", None)]
    for tenant in tenants:
        await room.enter(tenant)
    await room.enter(Tenant("d", None))
    assert [tenant.stopped for tenant in tenants] == [False, True, False]


@pytest.mark.requirement("mcp.max_running")
async def test_where_nobody_is_idle_the_next_one_is_refused_with_the_names():
    room = Room(2)
    await room.enter(Tenant("b", None))
    busy = Tenant("a", None)
    await room.enter(busy)
    with pytest.raises(ServerOverloaded, match=r"The server c .* no more than 2 .* \(a, b\)"):
        await room.enter(Tenant("c", 1.0))
    room.leave(busy)
    room.leave(busy)
    await room.enter(Tenant("c", None))


async def test_many_that_enter_at_the_same_time_never_go_beyond_the_limit():
    room = Room(2)
    tenants = [Tenant(str(number), float(number)) for number in range(20)]
    await asyncio.gather(*map(room.enter, tenants))
    assert sum(not tenant.stopped for tenant in tenants) == 2


async def test_whoever_gives_up_at_the_door_has_no_place():
    class Slow(Tenant):
        async def stop(self):
            await asyncio.Event().wait()

    room, slow = Room(1), Slow("slow", 1.0)
    await room.enter(slow)
    waiting = asyncio.create_task(room.enter(Tenant("b", None)))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.wait({waiting})
    room.leave(slow)
    async with asyncio.timeout(5):
        await room.enter(Tenant("c", None))


def manager(most, *configs) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None, max_running=most)


def states(servers) -> dict[str, str]:
    return {status.name: str(status.state) for status in servers.statuses()}


@pytest.mark.requirement("mcp.max_running")
async def test_a_call_stops_the_server_that_nobody_used_for_longest_and_that_one_comes_back():
    async with manager(2, *(echo("--quiet", name=name) for name in "abc")) as servers:
        assert await servers.start_server("a")
        assert await servers.start_server("b")
        pid = servers.status("b").pid
        assert (await servers.call_tool("a", "say", {"text": "hi"})).success
        assert (await servers.call_tool("c", "say", {"text": "hi"})).success
        assert states(servers) == {"a": "running", "b": "stopped", "c": "running"}
        await until(lambda: is_gone(pid))
        assert (await servers.call_tool("b", "say", {"text": "hi"})).success
        assert states(servers)["a"] == "stopped"


@pytest.mark.requirement("mcp.max_running")
async def test_a_server_in_use_or_started_with_roxy_is_not_stopped_and_the_call_is_refused():
    declared = echo("--quiet", name="a"), echo("--quiet", name="b", auto_start=True), echo("--quiet", name="c")
    async with manager(2, *declared) as servers:
        await servers.start_auto_start_servers()
        call = asyncio.create_task(servers.call_tool("a", "sleep", {"seconds": 300}, timeout=300))
        await until(lambda: servers.status("a").in_flight and servers.status("a").state is ServerState.RUNNING)
        for _ in range(servers._find("c").config.max_starts + 1):  # what had no room does not count as a start
            result = await servers.call_tool("c", "say", {"text": "hi"})
        assert (result.success, result.code, result.attempts) == (False, Code.OVERLOADED, 0)
        assert "no more than 2 may run at once, and those that run (a, b)" in result.error
        assert "startup.max_running" in result.error
        assert states(servers)["c"] == "stopped"
        call.cancel()
        await asyncio.wait({call})
        assert (await servers.call_tool("c", "say", {"text": "hi"})).success
        assert states(servers) == {"a": "stopped", "b": "running", "c": "running"}
        servers.room.most = None
        assert (await servers.call_tool("a", "say", {"text": "hi"})).success
        assert set(states(servers).values()) == {"running"}


async def test_a_server_that_cannot_start_gives_its_place_back():
    async with manager(1, echo("--exit", "3", name="broken", restart="never"), echo("--quiet", name="b")) as servers:
        assert not await servers.start_server("broken")
        assert (await servers.call_tool("b", "say", {"text": "hi"})).success
        assert (await servers.call_tool("b", "die")).code == Code.DISCONNECTED
        assert (await servers.call_tool("b", "say", {"text": "hi"})).success


@pytest.mark.requirement("mcp.max_running")
@pytest.mark.parametrize("wrong", ["0", "-1", "1.5", "many", "[2]"])
def test_a_limit_that_is_none_is_refused_with_its_line(tmp_path, wrong):
    path = tmp_path / "servers.yaml"
    path.write_text(f"startup:\n  max_running: {wrong}\n")
    with pytest.raises(ConfigError, match=r"max_running"):
        load_server_file(path, {})
