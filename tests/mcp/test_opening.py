"""Finding the protocol era of a server, and remembering it."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.contracts.servers import ServerConfig, ServerTransport
from roxy.errors import ConfigError
from roxy.mcp.opening import plan
from roxy.mcp.servers import MCPServerManager


def manager(config: ServerConfig) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=None)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.parametrize(
    ("era", "protocol", "spoken"),
    [
        ("dual", "auto", "2026-07-28"),
        ("dual", "legacy", "2025-11-25"),
        ("dual", "modern", "2026-07-28"),
        ("legacy", "auto", "2025-11-25"),
        ("legacy", "legacy", "2025-11-25"),
        ("modern", "auto", "2026-07-28"),
        ("modern", "modern", "2026-07-28"),
    ],
)
async def test_every_era_meets_every_setting_that_allows_it(era, protocol, spoken):
    async with manager(echo("--era", era, protocol=protocol)) as servers:
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert servers.status("echo").protocol == spoken


async def test_a_modern_setting_is_not_met_by_a_legacy_server():
    async with manager(echo("--era", "legacy", protocol="modern")) as servers:
        assert await servers.start_server("echo") is False
        assert "does not speak the modern protocol" in servers.status("echo").error


@pytest.mark.requirement("mcp.eras")
async def test_a_server_that_dies_of_the_probe_is_started_again_at_once_in_the_legacy_era(tmp_path):
    starts = tmp_path / "starts"
    async with manager(echo("--probe", "die", "--started", str(starts))) as servers:
        async with asyncio.timeout(2):
            assert await servers.start_server("echo")
        assert servers.status("echo").protocol == "2025-11-25"
        assert servers.status("echo").restarts == 0
        assert len(starts.read_text().splitlines()) == 2
        await servers.restart_server("echo")
        assert len(starts.read_text().splitlines()) == 3  # the era is remembered


@pytest.mark.requirement("mcp.eras")
async def test_a_server_silent_at_the_probe_is_greeted_after_two_seconds_in_the_same_process(tmp_path):
    starts = tmp_path / "starts"
    async with manager(echo("--probe", "silent", "--started", str(starts))) as servers:
        async with asyncio.timeout(4):
            assert await servers.start_server("echo")
        assert servers.status("echo").protocol == "2025-11-25"
        assert len(starts.read_text().splitlines()) == 1


async def test_a_server_wedged_by_the_probe_is_started_again_in_the_legacy_era(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--probe", "wedge", "--started", str(starts), timeout_start=9.0)
    async with manager(config) as servers:
        assert await servers.start_server("echo"), servers.status("echo").error
        assert servers.status("echo").protocol == "2025-11-25"
        assert len(starts.read_text().splitlines()) == 2


async def test_a_modern_server_slower_than_the_probe_is_still_spoken_to_in_the_modern_era(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--era", "modern", "--start-delay", "2.5", "--started", str(starts))
    async with manager(config) as servers:
        assert await servers.start_server("echo"), servers.status("echo").error
        assert servers.status("echo").protocol == "2026-07-28"
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert len(starts.read_text().splitlines()) == 1


@pytest.mark.parametrize(("before", "after"), [("legacy", "modern"), ("modern", "legacy")])
async def test_an_era_that_no_longer_works_is_looked_for_anew(tmp_path, before, after):
    spoken = {"legacy": "2025-11-25", "modern": "2026-07-28"}
    switch = tmp_path / "switch"
    switch.write_text(before)
    script = tmp_path / "server.py"
    shared = echo()
    script.write_text(
        "import runpy, sys, pathlib\n"
        f"sys.argv = ['echo', '--era', pathlib.Path({str(switch)!r}).read_text()]\n"
        f"runpy.run_path({shared.args[1]!r}, run_name='__main__')\n"
    )
    config = ServerConfig(name="echo", command=str(shared.command), args=[str(script)], external=False)
    async with manager(config) as servers:
        await servers.start_server("echo")
        assert servers.status("echo").protocol == spoken[before]
        switch.write_text(after)
        assert await servers.restart_server("echo"), servers.status("echo").error
        assert servers.status("echo").protocol == spoken[after]


def test_http_is_followed_by_sse_and_sse_stands_alone():
    url = "http://127.0.0.1:1/mcp"
    steps = plan(ServerConfig(name="x", transport="http", url=url), None)
    assert [step.transport for step in steps] == [ServerTransport.HTTP, ServerTransport.SSE]
    assert len(plan(ServerConfig(name="x", transport="sse", url=url), None)) == 1
    assert len(plan(ServerConfig(name="x", transport="http", url=url, protocol="modern"), None)) == 1
    with pytest.raises(ConfigError, match="websocket"):
        plan(ServerConfig(name="x", transport="websocket", url="ws://127.0.0.1:1"), None)
