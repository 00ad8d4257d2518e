"""Tools that a real server changes: never called, also at once, over restarts and for one session."""

import asyncio
import json
from pathlib import Path

import pytest

from fakes.servers import echo, until
from roxy.contracts.calls import Code
from roxy.mcp.servers import MCPServerManager

ODD = {"say": {"description": "Something else"}}


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


@pytest.fixture
def offer(tmp_path):
    """Says what the next list of the echo server differs in."""

    def offer(changes) -> None:
        (tmp_path / "changes").write_text(json.dumps(changes))

    offer({})
    return offer


def declared(folder: Path, *options: str, **settings):
    return echo("--changes", str(folder / "changes"), "--quiet", *options, **settings)


def manager(folder: Path, *options: str, told=None, **settings) -> MCPServerManager:
    return MCPServerManager(
        {"echo": declared(folder, *options, **settings)},
        privacy=None,
        manifests=folder / "manifests",
        pins=folder / "pins",
        on_tools=lambda _, differs: told.extend(differs.held) if told is not None else None,
    )


def held(tools) -> set[str]:
    return {tool.name for tool in tools if tool.held}


@pytest.mark.requirement("mcp.held", "mcp.held_told_once", "mcp.approve")
async def test_a_tool_that_changes_between_two_runs_is_not_called_before_it_is_approved(tmp_path, offer):
    told = []
    async with manager(tmp_path, told=told) as servers:
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
    offer(ODD)
    async with manager(tmp_path, told=told) as servers:
        result = await servers.call_tool("echo", "say", {"text": "hi"})
        assert (result.success, result.code, result.attempts) == (False, Code.NOT_APPROVED, 0)
        assert "changed since you approved it: its description" in result.error
        assert (await servers.call_tool("echo", "add", {"a": 1})).success
        assert servers.status("echo").held == 1
    async with manager(tmp_path, told=told) as servers:
        assert held(servers.get_tools("echo")) == {"say"}  # with nothing running
        (change,) = servers.changes("echo")
        assert await servers.approve("echo", {"say": change.digest}) == ("say",)
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).text == "hi"
        assert servers.status("echo").held == 0
    assert told == ["say"]


@pytest.mark.requirement("mcp.held", "mcp.trust_setting")
async def test_a_change_while_it_runs_is_held_and_told_and_another_setting_holds_at_once(tmp_path, offer):
    told = []
    async with manager(tmp_path, "--era", "legacy", told=told) as servers:
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).success
        pid = servers.status("echo").pid
        offer(ODD)
        assert (await servers.call_tool("echo", "changed")).success
        await until(lambda: told)
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).code == Code.NOT_APPROVED
        servers.redeclare("echo", declared(tmp_path, "--era", "legacy", trust="always"))
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).success
        servers.redeclare("echo", declared(tmp_path, "--era", "legacy"))
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).code == Code.NOT_APPROVED
        assert servers.status("echo").pid == pid
    assert told == ["say"]


@pytest.mark.requirement("mcp.trust_setting")
async def test_a_strict_server_is_not_asked_for_tools_that_it_does_not_list(tmp_path, offer):
    offer(dict.fromkeys(("say", "add")))
    async with manager(tmp_path, trust="strict") as servers:
        everything = await servers.list_tools("echo")
        assert held(everything) == {tool.name for tool in everything} != set()
        assert (await servers.call_tool("echo", "say", {"text": "x"})).code == Code.NOT_FOUND
        offer({tool.name: None for tool in everything} | {"say": None, "add": None, "flaky": None, "flaky_read": None})
        assert await servers.list_tools("echo") == ()
        result = await servers.call_tool("echo", "say", {"text": "x"})
        assert (result.code, result.attempts) == (Code.NOT_APPROVED, 0)
        servers.redeclare("echo", declared(tmp_path))
        assert (await servers.call_tool("echo", "say", {"text": "x"})).success


async def test_a_sessions_own_server_is_approved_for_the_session(tmp_path, offer):
    async with manager(tmp_path) as servers:
        servers.register_variant("s1", declared(tmp_path))
        assert held(await servers.list_tools("echo", "s1")) == set()
        offer(ODD)
        assert held(await servers.list_tools("echo", "s1")) == {"say"}
        assert held(await servers.list_tools("echo")) == set()  # its first list
        called = {"arguments": {"text": "x"}, "session_id": "s1"}
        assert (await servers.call_tool("echo", "say", **called)).code == Code.NOT_APPROVED
        (change,) = servers.changes("echo", session_id="s1")
        await servers.approve("echo", {"say": change.digest}, session_id="s1")
        assert (await servers.call_tool("echo", "say", **called)).success


async def test_without_a_folder_approvals_last_as_long_as_the_manager(tmp_path, offer):
    async with MCPServerManager({"echo": declared(tmp_path)}, privacy=None) as servers:
        assert held(await servers.list_tools("echo")) == set()
        offer(ODD)
        assert held(await servers.list_tools("echo")) == {"say"}
        (change,) = servers.changes("echo")
        await servers.approve("echo", {"say": change.digest})
        assert (await servers.call_tool("echo", "say", {"text": "hi"})).success
