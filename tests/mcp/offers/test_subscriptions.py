"""News of resources: subscribed to in the way of each era, and over every connection anew."""

import asyncio
import os
import signal
import sys

import pytest
from mcp.server.caching import CacheHint

from fakes.offering import WAYS, offering
from fakes.servers import echo, until
from roxy.contracts.servers import ServerConfig
from roxy.mcp.offers import news
from roxy.mcp.questions.person import answering, present
from roxy.mcp.servers import MCPServerManager
from roxy.observe import trace
from roxy.testing.doubles import DialogueDouble


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


def manager(config) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=None)


class Heard(list):
    """A callback that keeps what it hears."""

    async def __call__(self, uri: str) -> None:
        self.append(uri)


@pytest.mark.requirement("mcp.subscriptions")
@pytest.mark.parametrize("way", ["stdio modern", "http modern"])
async def test_who_has_subscribed_to_a_resource_hears_of_its_changes_until_unsubscribed(way):
    heard = Heard()
    with offering(way) as config:
        async with manager(config) as servers:
            assert (await servers.subscribe("offering", "note://today", heard)).success
            await servers.call_tool("offering", "touch", {"uri": "note://today"})
            await until(lambda: heard == ["note://today"])
            await servers.call_tool("offering", "touch", {"uri": "note://other"})
            assert await servers.unsubscribe("offering", "note://today")
            assert not await servers.unsubscribe("offering", "note://today")
            await servers.call_tool("offering", "touch", {"uri": "note://today"})
            assert heard == ["note://today"]


@pytest.mark.requirement("mcp.subscriptions")
async def test_a_legacy_server_is_told_who_listens_and_pushes_the_news():
    heard = Heard()
    async with manager(echo(protocol="legacy")) as servers:
        for _ in range(2):  # two subscribers are one subscription
            assert (await servers.subscribe("echo", "note://a", heard)).success
        assert (await servers.call_tool("echo", "touch", {"uri": "note://a"})).text == "touched"
        await until(lambda: heard == ["note://a"] * 2)
        assert await servers.unsubscribe("echo", "note://a")
        assert (await servers.call_tool("echo", "touch", {"uri": "note://a"})).text == "nobody"


async def test_a_callback_that_raises_or_is_slow_costs_nobody_else_their_news():
    heard, gate = Heard(), asyncio.Event()

    async def broken(_):
        raise ValueError("no")

    async def slow(_):
        slow_heard.append(1)
        await gate.wait()

    slow_heard: list[int] = []
    async with manager(echo(protocol="legacy")) as servers:
        for callback in (broken, slow, heard):
            await servers.subscribe("echo", "note://a", callback)
        for count in (1, 2, 3):
            await servers.call_tool("echo", "touch", {"uri": "note://a"})
            await until(lambda: len(heard) == count)  # noqa: B023 - it is awaited at once
        assert slow_heard == [1]
        gate.set()
        await until(lambda: slow_heard == [1, 1])  # what came meanwhile is one piece of news


async def test_news_are_told_without_the_person_or_session_of_the_call_that_started_the_server():
    seen = []

    async def callback(_):
        seen.append((present(), trace.current().session_id))

    async with manager(echo(protocol="legacy")) as servers:
        with trace.bound(session_id="first"), answering(DialogueDouble()):
            await servers.subscribe("echo", "note://a", callback)
        await servers.call_tool("echo", "touch", {"uri": "note://a"})
        await until(lambda: seen)
    assert seen == [(None, None)]


async def test_an_idle_server_that_somebody_has_subscribed_to_is_not_stopped():
    async with manager(echo(protocol="legacy", idle_stop=0.1)) as servers:
        await servers.subscribe("echo", "note://a", Heard())
        pid = servers.status("echo").pid
        assert (await servers.call_tool("echo", "sleep", {"seconds": 0.5})).success
        assert servers.status("echo").pid == pid
        await servers.unsubscribe("echo", "note://a")
        await servers.call_tool("echo", "say", {"text": "x"})
        await until(lambda: servers.status("echo").pid is None)


@pytest.mark.parametrize("way", ["stdio legacy"])
async def test_a_server_that_tells_of_no_changes_refuses_the_subscription(way):
    with offering(way) as config:
        async with manager(config) as servers:
            refused = await servers.subscribe("offering", "note://today", Heard())
            assert (refused.success, refused.code) == (False, "not_found")
            assert not await servers.unsubscribe("offering", "note://today")


@pytest.mark.requirement("mcp.subscriptions")
async def test_a_subscription_outlives_the_death_of_its_server_and_is_told_that_something_may_have_changed():
    heard = Heard()
    with offering("stdio modern") as config:
        async with manager(config) as servers:
            await servers.subscribe("offering", "note://today", heard)
            os.kill(servers.status("offering").pid, signal.SIGKILL)
            await until(lambda: heard == ["note://today"])
            await servers.call_tool("offering", "touch", {"uri": "note://today"})
            await until(lambda: len(heard) == 2)


@pytest.mark.parametrize("way", [way for way in WAYS if "modern" in way])
async def test_a_list_that_has_changed_is_asked_for_again_though_it_was_said_to_hold(way):
    hints = {"resources/list": CacheHint(ttl_ms=600_000, scope="public")}
    with offering(way, hints=hints, env={"OFFERING_TTL": "600"}) as config:
        async with manager(config) as servers:
            assert len(await servers.list_resources("offering")) == 2
            assert (await servers.call_tool("offering", "grow")).success
            supervisor = servers._find("offering")
            await until(lambda: supervisor.cache.find(("resources/list",), None) is None)
            assert len(await servers.list_resources("offering")) == 3


FICKLE = """
import json, sys
listened = 0
def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    method, id = asked["method"], asked.get("id")
    whole = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    if method == "server/discover":
        offered = {"tools": {"listChanged": True}}
        say(id=id, result={**whole, "supportedVersions": ["2026-07-28"], "capabilities": offered})
    elif method == "tools/list":
        tools = [{"name": f"tool_{number}", "inputSchema": {"type": "object"}} for number in range(listened + 1)]
        say(id=id, result={**whole, "tools": tools})
    elif method == "subscriptions/listen":
        listened += 1
        if sys.argv[1] == "refuses":
            say(id=id, error={"code": -32601, "message": "Method not found"})
            continue
        meta = {"io.modelcontextprotocol/subscriptionId": id}
        kinds = {"notifications": {"toolsListChanged": True}, "_meta": meta}
        say(method="notifications/subscriptions/acknowledged", params=kinds)
        if listened < 3:  # it ends the first streams by itself
            say(id=id, result={"resultType": "complete", "_meta": meta})
    elif id is not None:
        say(id=id, result={**whole, "content": [{"type": "text", "text": str(listened)}]})
"""


@pytest.mark.parametrize(("how", "least"), [("ends", 3), ("refuses", 1)])
@pytest.mark.requirement("mcp.subscriptions")
async def test_the_news_of_the_lists_are_asked_for_again_when_their_stream_ends_unless_there_are_none(
    how, least, monkeypatch
):
    monkeypatch.setattr(news, "_FIRST_PAUSE", 0.01)
    config = ServerConfig(name="fickle", command=sys.executable, args=["-c", FICKLE, how], protocol="modern")
    async with manager(config) as servers:
        await servers.start_server("fickle")

        async def listened() -> int:
            return int((await servers.call_tool("fickle", "tool_0")).text)

        async with asyncio.timeout(20):
            while await listened() < least:
                pass
        if how == "ends":  # what has changed while nobody listened is learned all the same
            await until(lambda: len(servers.get_tools("fickle")) == least + 1)
        else:
            for _ in range(20):
                assert await listened() == 1
