"""Manifests under the manager: known before anything runs, replaced by each list, and how a server was reached."""

import asyncio
import json
import sys
import time
from pathlib import Path

import pytest

from fakes.servers import ECHO, echo, until
from roxy.contracts.servers import ServerConfig, ServerState
from roxy.mcp.known import catalog as catalogs
from roxy.mcp.known.manifest import Head, Manifest, digest_of, identity, taken
from roxy.mcp.known.shelf import Shelf
from roxy.mcp.servers import MCPServerManager


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(40):
        yield


def manager(folder: Path, *configs: ServerConfig, **options) -> MCPServerManager:
    return MCPServerManager(
        {config.name: config for config in configs}, privacy=None, manifests=folder / "manifests", **options
    )


def changing(tmp_path: Path, *names: str, **settings) -> ServerConfig:
    """The echo server with tools of these names besides; another call changes what its next run offers."""
    (tmp_path / "extra").write_text(json.dumps(names))
    return echo("--extra", str(tmp_path / "extra"), **settings)


def kept(folder: Path, config: ServerConfig, count: int) -> None:
    """As if `config` had listed `count` tools before."""
    schema = {"type": "object", "properties": {"text": {"type": "string", "description": "The text of it"}}}
    items = [
        {
            "name": f"tool_{number}",
            "description": "Search for every mail that fits the words" * 3,
            "inputSchema": schema,
        }
        for number in range(count)
    ]
    tools, digests, _ = taken(items)
    head = Head(
        server=config.name,
        identity=identity(config),
        listed=time.time(),
        counts={"tools": count},
        digest=digest_of(digests),
    )
    assert Shelf(folder / "manifests").save(config, Manifest(head, tools, digests))


@pytest.mark.requirement("mcp.manifest_first")
async def test_after_a_restart_the_tools_are_known_and_nothing_runs(tmp_path):
    async with manager(tmp_path, echo()) as servers:
        before = await servers.list_tools("echo")
    async with manager(tmp_path, echo()) as servers:
        status = servers.status("echo")
        assert (status.state, status.pid, status.tools, status.protocol) == (
            ServerState.STOPPED,
            None,
            len(before),
            "2026-07-28",
        )
        assert abs(time.time() - status.listed.timestamp()) < 60
        assert servers.get_tools("echo") == before == servers.known_tools()


@pytest.mark.requirement("mcp.manifest_first")
async def test_the_lists_of_fifty_servers_are_there_at_once_without_a_process(tmp_path):
    configs = [ServerConfig(name=f"s{number}", command="does-not-exist") for number in range(50)]
    for config in configs:
        kept(tmp_path, config, 20)
    began = time.process_time()
    async with manager(tmp_path, *configs) as servers:
        assert len(servers.known_tools()) == 1000
        assert time.process_time() - began < 1.0
        assert all(status.state is ServerState.STOPPED and status.tools == 20 for status in servers.statuses())


@pytest.mark.requirement("mcp.manifest_first")
async def test_a_list_of_ten_thousand_tools_is_read_quickly(tmp_path):
    config = ServerConfig(name="huge", command="does-not-exist")
    kept(tmp_path, config, 10_000)
    figures = []
    for _ in range(3):
        async with manager(tmp_path, config) as servers:
            began = time.process_time()
            assert len(servers.get_tools("huge")) == 10_000
            figures.append(time.process_time() - began)
    assert min(figures) < 0.3  # a tenth of a second on a quiet machine: bench/mcp_calls.py tells


@pytest.mark.requirement("mcp.manifest_first")
async def test_what_differs_from_the_last_run_is_told_and_takes_its_place(tmp_path):
    told, recorded = [], []

    class Sink:
        def record(self, event):
            recorded.append(event)

    config = changing(tmp_path, "old")
    async with manager(tmp_path, config) as servers:
        await servers.list_tools("echo")
    changing(tmp_path, "new")
    options = {"events": Sink(), "on_tools": lambda server, differs: told.append((server, differs))}
    async with manager(tmp_path, config, **options) as servers:
        assert {tool.name for tool in servers.get_tools("echo")} >= {"old"}
        await servers.call_tool("echo", "say", {"text": "x"})
        names = {tool.name for tool in servers.get_tools("echo")}
    ((server, differs),) = told
    assert (server, list(differs.added), list(differs.removed), list(differs.changed)) == ("echo", ["new"], ["old"], [])
    assert "new: new; gone: old" in differs.told("echo")
    (event,) = [event for event in recorded if event.name == "tools.changed"]
    assert (event.data["server"], event.data["added"], event.data["after_start"]) == ("echo", ["new"], True)
    assert names >= {"new"}
    assert "old" not in names
    async with manager(tmp_path, config, **options) as servers:
        assert {tool.name for tool in servers.get_tools("echo")} == names
        await servers.list_tools("echo")
    assert len(told) == 1


async def test_the_first_list_of_a_server_is_no_change(tmp_path):
    told = []
    async with manager(tmp_path, echo(), on_tools=lambda *said: told.append(said)) as servers:
        await servers.list_tools("echo")
    assert told == []


@pytest.mark.requirement("mcp.manifest_first")
async def test_the_era_is_remembered_over_a_restart(tmp_path):
    starts = tmp_path / "starts"
    config = echo("--era", "legacy", "--probe", "die", "--started", str(starts))
    async with manager(tmp_path, config) as servers:
        assert await servers.start_server("echo")
    first = len(starts.read_text().splitlines())
    assert first > 1  # the race: nothing was known
    async with manager(tmp_path, config) as servers:
        assert await servers.start_server("echo")
        assert servers.status("echo").protocol == "2025-11-25"
    assert len(starts.read_text().splitlines()) == first + 1


@pytest.mark.requirement("mcp.manifest_first")
@pytest.mark.parametrize("probe", ["die", "answer"])
async def test_a_remembered_era_that_no_longer_holds_is_found_out_anew_in_the_same_call(tmp_path, probe):
    config = ServerConfig(name="echo", command=sys.executable, args=["-B", str(tmp_path / "server")], external=False)
    source = f"import sys, runpy; sys.argv = [{str(ECHO)!r}, *%r]; runpy.run_path({str(ECHO)!r}, run_name='__main__')"
    (tmp_path / "server").write_text(source % (["--era", "modern"],))
    async with manager(tmp_path, config) as servers:
        assert await servers.start_server("echo")
        assert servers.status("echo").protocol == "2026-07-28"
    (tmp_path / "server").write_text(source % (["--era", "legacy", "--probe", probe],))
    async with manager(tmp_path, config) as servers:
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert servers.status("echo").protocol == "2025-11-25"


async def test_a_variant_of_one_session_leaves_no_manifest(tmp_path):
    async with manager(tmp_path) as servers:
        servers.register_variant("s1", echo())
        await servers.list_tools("echo", "s1")
    assert not (tmp_path / "manifests").exists()


async def test_a_server_without_a_folder_for_manifests_is_known_while_roxy_runs():
    async with MCPServerManager({"echo": echo()}, privacy=None) as servers:
        assert servers.get_tools("echo") == ()
        assert servers.status("echo").tools is None
        await servers.list_tools("echo")
        await servers.stop_server("echo")
        assert servers.status("echo").tools == len(servers.get_tools("echo")) > 10


async def test_what_else_a_server_offers_and_says_of_itself_is_kept(tmp_path):
    module = ServerConfig(name="whole", transport="module", module="fakes.whole_server", external=False)
    async with manager(tmp_path, module) as servers:
        await servers.list_tools("whole")
        await until(lambda: servers.known("whole") and servers.known("whole").head.counts.get("prompts"))
    found = Shelf(tmp_path / "manifests").load(module)
    assert found.head.counts == {"tools": 1, "resources": 1, "templates": 1, "prompts": 1}
    assert (found.head.name, found.head.version) == ("whole", "3.1")
    assert found.more["instructions"] == "Ask before you write."
    assert found.more["resources"][0]["uri"] == "notes://all"
    assert found.more["templates"][0]["uriTemplate"] == "notes://{day}"
    assert found.more["prompts"][0]["name"] == "sum_up"


async def test_lists_that_do_not_differ_are_not_written_again_and_again(tmp_path, monkeypatch):
    monkeypatch.setattr(catalogs, "QUIET_SECONDS", 1000.0)
    async with manager(tmp_path, echo()) as servers:
        await servers.list_tools("echo")
        await until(lambda: list(tmp_path.glob("manifests/*.json")))
        (path,) = tmp_path.glob("manifests/*.json")
        written = path.stat().st_mtime_ns
        for _ in range(3):
            await servers.list_tools("echo")
    assert path.stat().st_mtime_ns == written
