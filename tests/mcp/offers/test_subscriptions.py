"""News of resources: subscribed to in the way of each era, and over every connection anew."""

import asyncio
import os
import signal

import pytest
from mcp.server.caching import CacheHint

from fakes.offering import WAYS, offering
from fakes.servers import echo, until
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
