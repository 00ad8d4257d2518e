"""Servers on stdio that send too much, or the wrong thing, or do not listen."""

import asyncio
import json
import sys
import time

import pytest

from fakes.figures import slowness
from fakes.heart import heartbeat
from fakes.inputs import Answers
from fakes.servers import echo, is_gone
from roxy.contracts.servers import ServerConfig
from roxy.errors import NeedsInput
from roxy.mcp.connection import Connection
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.transports.stdio import Child, stdio_channel
from roxy.mcp.wire.channel import ChannelEnded
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.stderr import StderrLog


def manager(*configs: ServerConfig) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(50):
        yield


@pytest.mark.requirement("bad.server")
async def test_half_an_answer_ends_its_own_call_at_once_and_no_other():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        slow = asyncio.create_task(servers.call_tool("echo", "sleep", {"seconds": 0.5}))
        broken = await servers.call_tool("echo", "broken")
        assert broken.code == "protocol_error"
        assert broken.latency_ms < 1000
        assert (await slow).text == "slept"
        assert servers.status("echo").dropped == {"messages": 1}


async def test_a_thousand_lines_of_garbage_cost_an_answer_next_to_nothing():
    async with manager(echo()) as servers:
        await servers.start_server("echo")
        result = await servers.call_tool("echo", "garbage", {"lines": 1000})
        assert (result.text, result.latency_ms < 1000) == ("clean", True)
        assert servers.status("echo").dropped["messages"] >= 1000


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("notifications/progress", {"progressToken": 1, "progress": 1}),
        ("notifications/message", {"level": "info", "data": "x" * 100}),
        ("notifications/tools/list_changed", {}),
        ("notifications/unheard_of", {}),
        ("", {}),
    ],
)
@pytest.mark.requirement("mcp.no_stall")
async def test_a_storm_of_messages_costs_the_neighbours_nothing_much(method, params):
    async with manager(echo("--era", "legacy"), echo(name="neighbour")) as servers:
        await servers.start_server("echo")
        await servers.start_server("neighbour")
        async with heartbeat() as beats:
            storm = {"method": method, "params": params, "count": 20_000}
            flood = asyncio.create_task(servers.call_tool("echo", "storm", storm))
            calls = 0
            while not flood.done():
                assert (await servers.call_tool("neighbour", "say", {"text": "x"})).success
                calls += 1
        assert (await flood).text == "calm"
        assert calls
        assert max(beats) < 0.1
        assert len(asyncio.all_tasks()) < 30


@pytest.mark.requirement("mcp.no_stall")
async def test_a_large_answer_with_many_values_is_taken_in_while_others_go_on():
    async with manager(echo(max_message_bytes=1 << 26), echo(name="neighbour")) as servers:
        await servers.start_server("echo")
        await servers.start_server("neighbour")
        async with heartbeat() as beats:
            result = await servers.call_tool("echo", "rows", {"count": 200_000})
            assert len(result.data["rows"]) == 200_000
        assert max(beats) < 0.1


@pytest.mark.requirement("mcp.no_stall")
async def test_a_long_text_that_is_json_is_read_while_others_go_on_and_one_that_is_none_stays_a_text():
    said = json.dumps([{"id": n, "name": f"row {n}", "tags": ["a"]} for n in range(100_000)])
    async with manager(echo(max_message_bytes=1 << 26)) as servers:
        await servers.start_server("echo")
        async with heartbeat() as beats:
            result = await servers.call_tool("echo", "say", {"text": said})
        assert result.data[99_999] == {"id": 99_999, "name": "row 99999", "tags": ["a"]}
        assert result.text == said
        assert max(beats) < 0.1
        assert (await servers.call_tool("echo", "say", {"text": said[:-1]})).data == said[:-1]


@pytest.mark.requirement("mcp.bounded")
async def test_a_server_that_does_not_listen_costs_the_deadline_and_a_bounded_amount_of_memory():
    config = ServerConfig(name="deaf", command=sys.executable, args=["-c", "import signal; signal.pause()"])
    child = Child("deaf", lambda _: None)
    message = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"text": "x" * 300_000}}
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"reason": "x" * 1000}}
    async with stdio_channel(config, child, Parser()) as channel:
        for _ in range(20):
            try:
                async with asyncio.timeout(0.05):
                    await channel.send(message)
            except TimeoutError:
                pass
        async with asyncio.timeout(20):
            for _ in range(10_000):
                await channel.send(note)
        assert 0 < channel._stdin.transport.get_write_buffer_size() < 2_000_000
    assert is_gone(child.pid)
    with pytest.raises(ChannelEnded):
        await channel.send(message)


async def test_calls_to_a_server_that_no_longer_listens_end_at_their_deadlines():
    async with manager(echo()) as servers:
        assert (await servers.call_tool("echo", "deaf")).success
        text = {"text": "x" * 1_000_000}
        calls = [servers.call_tool("echo", "say", text, timeout=0.3) for _ in range(8)]
        assert {result.code for result in await asyncio.gather(*calls)} <= {"timeout", "unavailable"}
        began = time.perf_counter()
        await servers.stop_server("echo")
        assert time.perf_counter() - began < 5 * slowness()


def connection(config: ServerConfig, on_input=None) -> Connection:
    return Connection(
        config,
        stderr=StderrLog("echo", None),
        parser=Parser(),
        remembered={},
        on_news=lambda *_: None,
        on_input=on_input,
    )


@pytest.mark.requirement("mcp.input_required")
@pytest.mark.parametrize("protocol", ["legacy", "modern"])
async def test_what_a_server_asks_of_the_user_reaches_one_handler_in_both_eras(protocol):
    asked = []

    async def on_input(method, params):
        asked.append((method, params["message"]))
        return {"action": "accept", "content": {"name": "Ada"}}

    opened = connection(echo(protocol=protocol), Answers(on_input))
    await opened.open(10)
    try:
        answer = json.loads((await opened.call_tool("ask", {}))["content"][0]["text"])
        assert (answer["action"], answer["content"]) == ("accept", {"name": "Ada"})
        assert asked == [("elicitation/create", "Your name?")]
    finally:
        await opened.close()


@pytest.mark.requirement("mcp.input_required")
async def test_without_a_handler_a_server_is_refused_what_it_asks_for():
    opened = connection(echo(protocol="legacy"))
    await opened.open(10)
    try:
        answer = json.loads((await opened.call_tool("ask", {}))["content"][0]["text"])
        assert answer["message"] == "Elicitation not supported"
    finally:
        await opened.close()
    opened = connection(echo(protocol="modern"))
    await opened.open(10)
    try:
        with pytest.raises(NeedsInput, match=r"Your name\?"):
            await opened.call_tool("ask", {})
    finally:
        await opened.close()


async def test_an_answer_of_the_handler_that_is_none_is_an_error_to_the_server():
    async def on_input(*_):
        raise NeedsInput("Nobody is there.")

    async def nonsense(*_):
        return {"action": "perhaps"}

    for handler, said in ((on_input, "Nobody is there."), (nonsense, "no valid answer")):
        opened = connection(echo(protocol="legacy"), Answers(handler))
        await opened.open(10)
        try:
            assert said in (await opened.call_tool("ask", {}))["content"][0]["text"]
        finally:
            await opened.close()
