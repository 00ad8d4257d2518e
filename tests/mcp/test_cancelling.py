"""Deadlines, cancellation, progress and repetition of calls, at real servers."""

import asyncio
import gc
import json

import pytest

from fakes import sdk_server
from fakes.privacy import NAME, PSEUDONYM, KeptEvents, OneNameGuard
from fakes.servers import echo, until
from fakes.web import serving
from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager
from roxy.observe import trace

BATCH = 25


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(120):
        yield


def manager(config, guard=None, events=None) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=guard, events=events)


async def given_up(servers: MCPServerManager, server: str, count: int, begun: list[str] | None = None) -> None:
    """Begin `count` long calls, `BATCH` at a time, and give each of them up in the middle."""
    for batch in range(1, count // BATCH + 1):
        calls = [asyncio.create_task(servers.call_tool(server, "sleep", {"seconds": 30})) for _ in range(BATCH)]
        ping = "say" if server == "echo" else "echo"
        assert (await servers.call_tool(server, ping, {"text": "x"})).success
        if begun is not None:
            await until(lambda: len(begun) >= batch * BATCH)  # noqa: B023 - it is awaited at once
        for call in calls:
            call.cancel()
        async with asyncio.timeout(10):  # the slots are free again
            assert all(
                isinstance(end, asyncio.CancelledError) for end in await asyncio.gather(*calls, return_exceptions=True)
            )
            full = [servers.call_tool(server, ping, {"text": "x"}) for _ in range(BATCH)]
            assert all(result.success for result in await asyncio.gather(*full))


async def settled() -> set[str]:
    """The names of the tasks that are left once what was begun has ended."""
    for _ in range(20):
        await asyncio.sleep(0)
    return {task.get_name() for task in asyncio.all_tasks()}


@pytest.mark.requirement("mcp.cancel")
@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("protocol", ["legacy", "modern"])
async def test_calls_that_are_given_up_are_cancelled_at_the_server_and_leave_no_task(protocol, count):
    async with manager(echo(protocol=protocol, max_in_flight=BATCH + 1), events=KeptEvents()) as servers:
        await servers.start_server("echo")
        before = await settled()
        await given_up(servers, "echo", count)
        cancelled = json.loads((await servers.call_tool("echo", "cancelled")).text)
        assert len(cancelled) == len(set(cancelled)) == count
        gc.collect()
        assert await settled() == before


@pytest.mark.requirement("mcp.cancel")
@pytest.mark.parametrize("count", [50, pytest.param(1000, marks=pytest.mark.slow)])
@pytest.mark.parametrize("protocol", ["legacy", "modern"])
async def test_over_http_too_the_server_stops_working_on_what_was_given_up(protocol, count):
    sdk_server.STARTED.clear()
    sdk_server.CANCELLED.clear()
    with serving(sdk_server.make().streamable_http_app()) as url:
        config = ServerConfig(
            name="sdk", transport="http", url=f"{url}/mcp", protocol=protocol, external=False, max_in_flight=BATCH + 1
        )
        async with manager(config) as servers:
            await servers.start_server("sdk")
            before = len(await settled())
            await given_up(servers, "sdk", count, sdk_server.STARTED)
            await until(lambda: len(sdk_server.CANCELLED) == count)
            await until(lambda: len(asyncio.all_tasks()) <= before + 2)


@pytest.mark.requirement("mcp.deadline")
async def test_progress_reaches_its_callback_and_does_not_lengthen_the_deadline():
    heard = []

    async def on_progress(progress, total, message):
        heard.append((progress, total, message))

    async with manager(echo()) as servers:
        done = await servers.call_tool("echo", "drip", {"drops": 3, "pause": 0.01}, on_progress=on_progress)
        assert done.text == "dripped"
        assert heard[-1] == (3.0, 3.0, "drop 3")
        clock = asyncio.get_running_loop().time
        began, heard[:] = clock(), []
        late = await servers.call_tool(
            "echo", "drip", {"drops": 1000, "pause": 0.02}, timeout=0.6, on_progress=on_progress
        )
        assert (late.code, len(heard) > 3) == ("timeout", True)
        assert clock() - began < 10


async def test_progress_is_told_in_the_context_of_its_own_call():
    seen = []

    async def on_progress(*_):
        seen.append(trace.current().session_id)

    async with manager(echo()) as servers:
        with trace.bound(session_id="first"):
            await servers.call_tool("echo", "say", {"text": "x"})  # this starts the server
        with trace.bound(session_id="second"):
            await servers.call_tool("echo", "drip", {"drops": 2, "pause": 0.01}, on_progress=on_progress)
    assert set(seen) == {"second"}


async def test_what_a_server_says_of_its_progress_is_told_with_real_names():
    heard = []

    async def on_progress(progress, total, message):
        heard.append(message)

    async with manager(echo(external=True), OneNameGuard()) as servers:
        await servers.call_tool("echo", "drip", {"drops": 1, "pause": 0, "word": NAME}, on_progress=on_progress)
        await until(lambda: heard)
    assert heard == [f"{NAME} 1"]
    assert PSEUDONYM not in heard[0]


@pytest.mark.requirement("mcp.idempotency")
async def test_an_agreed_key_lets_a_call_with_an_unknown_outcome_be_sent_again_under_the_same_key(tmp_path):
    file = tmp_path / "keys"
    async with manager(echo(idempotency=True)) as servers:
        result = await servers.call_tool("echo", "keyed", {"file": str(file)}, idempotency_key="order-1")
        assert (result.text, result.attempts) == ("second time lucky", 2)
        assert file.read_text().split() == ["order-1", "order-1"]
        file.unlink()
        assert (await servers.call_tool("echo", "keyed", {"file": str(file)})).success
        first, second = file.read_text().split()
        assert first == second != "order-1"


@pytest.mark.requirement("mcp.idempotency")
async def test_without_an_agreement_a_key_is_not_sent_and_nothing_is_repeated(tmp_path):
    file = tmp_path / "keys"
    async with manager(echo()) as servers:
        result = await servers.call_tool("echo", "keyed", {"file": str(file)}, idempotency_key="order-1")
        assert (result.code, result.attempts) == ("disconnected", 1)
        assert file.read_text().split() == ["None"]


@pytest.mark.requirement("mcp.trace")
async def test_every_call_carries_its_hops_and_a_traceparent():
    async with manager(echo()) as servers:
        meta = json.loads((await servers.call_tool("echo", "meta")).text)
    assert meta["dev.roxy/hops"] == 1
    assert len(meta["traceparent"]) == 55
