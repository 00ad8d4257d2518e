"""Finding the protocol era of a server, and remembering it."""

import asyncio
from pathlib import Path

import pytest

from fakes.servers import echo, is_gone, until
from roxy.contracts.servers import ProtocolEra, ServerConfig, ServerTransport
from roxy.mcp import opening
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


def started(file: Path) -> list[int]:
    return [int(line) for line in file.read_text().splitlines()] if file.exists() else []


async def only_left(pid: int, file: Path) -> None:
    """Wait until of the processes in `file` only `pid` is left."""
    await until(lambda: all(is_gone(other) for other in started(file) if other != pid))
    assert not is_gone(pid)


@pytest.mark.parametrize(
    ("options", "seconds", "spoken"),
    [
        (["--probe", "die"], 2, "2025-11-25"),
        (["--probe", "silent"], 3, "2025-11-25"),
        (["--probe", "wedge"], 3, "2025-11-25"),
        (["--era", "legacy"], 2, "2025-11-25"),
        (["--era", "dual"], 2, "2026-07-28"),
        (["--era", "modern"], 2, "2026-07-28"),
    ],
)
@pytest.mark.requirement("mcp.eras")
async def test_at_first_contact_two_processes_race_and_the_one_that_is_not_kept_is_ended(
    tmp_path, options, seconds, spoken
):
    starts = tmp_path / "starts"
    async with manager(echo(*options, "--started", str(starts))) as servers:
        async with asyncio.timeout(seconds):
            assert await servers.start_server("echo")
        status = servers.status("echo")
        assert (status.protocol, status.restarts) == (spoken, 0)
        assert status.stderr.count("echo server starting") == 1
        await only_left(status.pid, starts)
        await servers.stop_server("echo")
        raced = len(started(starts))
        assert raced <= 2  # one may be ended before it has come so far as to say that it has started
        await servers.start_server("echo")
        assert len(started(starts)) == raced + 1  # the era is remembered
        assert servers.status("echo").protocol == spoken
    assert all(is_gone(pid) for pid in started(starts))


async def test_a_modern_server_slower_than_any_probe_is_spoken_to_in_the_modern_era(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--era", "modern", "--start-delay", "2.5", "--started", str(starts))
    async with manager(config) as servers:
        assert await servers.start_server("echo"), servers.status("echo").error
        assert servers.status("echo").protocol == "2026-07-28"
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        await only_left(servers.status("echo").pid, starts)


@pytest.mark.parametrize("options", [["--probe", "die"], ["--probe", "silent"], ["--era", "legacy"], []])
async def test_a_server_that_bears_no_second_process_of_its_kind_is_reached_all_the_same(tmp_path, options):
    config = echo(*options, "--alone", str(tmp_path / "lock"), "--started", str(tmp_path / "starts"))
    async with manager(config) as servers:
        assert await servers.start_server("echo"), servers.status("echo").error
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        await only_left(servers.status("echo").pid, tmp_path / "starts")


async def test_a_server_that_cannot_start_says_so_once_and_leaves_nothing(tmp_path):
    starts = tmp_path / "starts"
    async with manager(echo("--exit", "3", "--started", str(starts))) as servers:
        assert await servers.start_server("echo") is False
        assert "exited with code 3" in servers.status("echo").error
        assert "cannot start: no licence" in servers.status("echo").stderr
        assert all(is_gone(pid) for pid in started(starts))


@pytest.mark.requirement("mcp.no_orphans")
@pytest.mark.parametrize(("taken", "patience"), [(0.2, 1.0), (4.8, 1.2), (60.0, 1.5)])
def test_a_silent_probe_costs_a_quick_server_a_second_and_a_slow_one_half_a_second_more(taken, patience):
    assert opening._patience(taken) == pytest.approx(patience)


async def test_a_race_that_runs_into_the_deadline_leaves_no_process(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--hang", "init", "--ignore-eof", "--started", str(starts), timeout_start=1.0)
    async with manager(config) as servers:
        assert await servers.start_server("echo") is False
        assert "did not answer within 1 s" in servers.status("echo").error
        assert started(starts)
        assert all(is_gone(pid) for pid in started(starts))


async def test_a_stop_in_the_middle_of_the_race_leaves_no_process(tmp_path):
    starts = tmp_path / "starts"
    async with manager(echo("--hang", "init", "--started", str(starts))) as servers:
        starting = asyncio.create_task(servers.start_server("echo"))
        await until(lambda: len(started(starts)) == 2)
        await servers.stop_server("echo")
        assert await starting is False
        assert all(is_gone(pid) for pid in started(starts))


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
    steps = plan(ServerConfig(name="x", transport="websocket", url="ws://127.0.0.1:1"), None)
    assert [step.era for step in steps] == [ProtocolEra.AUTO, ProtocolEra.LEGACY]
