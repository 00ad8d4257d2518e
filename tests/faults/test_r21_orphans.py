"""R21: what a server starts hides, ignores TERM, is frozen, writes without end or holds the pipes; Roxy is killed."""

import asyncio
import json
import os
import signal
import sys

import pytest

from fakes.children import python
from fakes.figures import slowness
from fakes.servers import ECHO, echo, is_gone, until
from roxy.mcp.servers import MCPServerManager

pytestmark = pytest.mark.requirement("faults.orphans", "mcp.no_orphans")

DAEMONS = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has subreapers, which find such a process")


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(40):
        yield


CASES = {
    "child": ("spawn", {}),
    "child in a session of its own": ("spawn", {"session": True}),
    **({"daemon without an environment": ("hide", {})} if sys.platform == "linux" else {}),
    "holder of the pipes": ("hold", {}),
    "flood on stdout": ("noise", {"to": "stdout"}),
    "flood on stderr": ("noise", {"to": "stderr"}),
}


async def test_whatever_a_server_has_started_stopping_takes_five_seconds_at_most_and_leaves_nothing():
    configs = {name: echo("--ignore-term", "--ignore-eof", name=name, protocol="legacy") for name in CASES}
    async with MCPServerManager(configs, privacy=None) as servers:
        pids = {}
        for name, (tool, arguments) in CASES.items():
            result = await servers.call_tool(name, tool, arguments)
            assert result.success
            pids[name] = [servers.status(name).pid, *([result.data["pid"]] if "pid" in result.text else [])]
        assert not any(is_gone(pid) for both in pids.values() for pid in both)
        async with asyncio.timeout(5 * slowness()):
            await asyncio.gather(*(servers.stop_server(name) for name in CASES))
        assert [name for name, both in pids.items() if not all(is_gone(pid) for pid in both)] == []


async def test_a_frozen_server_and_its_frozen_child_are_stopped_within_five_seconds():
    async with MCPServerManager({"echo": echo()}, privacy=None) as servers:
        child = (await servers.call_tool("echo", "spawn", {"session": True})).data["pid"]
        pid = servers.status("echo").pid
        for frozen in (pid, child):
            os.kill(frozen, signal.SIGSTOP)
        async with asyncio.timeout(5 * slowness()):
            await servers.stop_server("echo")
        assert is_gone(pid)
        assert is_gone(child)


async def test_what_a_server_that_crashed_leaves_behind_is_gone_when_it_is_restarted():
    async with MCPServerManager({"echo": echo()}, privacy=None) as servers:
        child = (await servers.call_tool("echo", "spawn", {"session": True})).data["pid"]
        await servers.call_tool("echo", "die")
        await until(lambda: servers.status("echo").restarts and servers.status("echo").state == "running")
        assert is_gone(child)


@pytest.mark.parametrize("tool", ["spawn", pytest.param("hide", marks=DAEMONS)])
async def test_a_roxy_that_is_killed_leaves_nothing_of_its_servers(tool):
    killed = await python(
        """
        import asyncio, json, sys
        from roxy.contracts.servers import ServerConfig
        from roxy.mcp.servers import MCPServerManager

        async def main():
            config = ServerConfig(name="echo", command=sys.executable, external=False,
                                  args=["-B", sys.argv[1], "--ignore-term", "--ignore-eof"])
            async with MCPServerManager({"echo": config}, privacy=None) as servers:
                await servers.start_server("echo")
                child = (await servers.call_tool("echo", sys.argv[2])).data["pid"]
                print(json.dumps([servers.status("echo").pid, child]), flush=True)
                await asyncio.Event().wait()

        asyncio.run(main())
        """,
        ECHO,
        tool,
    )
    pids = json.loads(await killed.stdout.readline())
    assert not any(is_gone(pid) for pid in pids)
    killed.kill()
    await killed.communicate()
    async with asyncio.timeout(20):
        await until(lambda: all(is_gone(pid) for pid in pids))
