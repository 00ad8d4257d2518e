"""Answers that still hold are not asked for again; what is private stays with its session."""

import asyncio

import pytest
from mcp.server.caching import CacheHint

from fakes import offering_server
from fakes.offering import offering
from fakes.servers import until
from roxy.mcp.offers.cache import MAX_ENTRIES, Cache
from roxy.mcp.servers import MCPServerManager

READ = ("resources/read", "note://today")


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(60):
        yield


@pytest.fixture
def clock():
    return [0.0]


@pytest.fixture
def cache(clock):
    return Cache(clock=lambda: clock[0])


def answer(ttl=1000, scope="public", text="x"):
    return {"contents": [{"uri": "note://today", "text": text}], "ttlMs": ttl, "cacheScope": scope}


@pytest.mark.requirement("mcp.cache_hints")
def test_an_answer_holds_for_as_long_as_its_server_says(cache, clock):
    cache.keep(READ, None, answer(), own=False)
    clock[0] = 0.9
    assert cache.find(READ, "any") is not None
    clock[0] = 1.0
    assert cache.find(READ, "any") is None


@pytest.mark.requirement("mcp.cache_hints")
@pytest.mark.parametrize(("scope", "own"), [("private", False), ("public", True), ("nonsense", False)])
def test_what_is_private_or_was_asked_with_own_pseudonyms_is_found_by_its_session_alone(cache, scope, own):
    cache.keep(READ, "a", answer(scope=scope), own=own)
    assert cache.find(READ, "a") is not None
    assert cache.find(READ, "b") is None
    assert cache.find(READ, None) is None


@pytest.mark.parametrize("ttl", [0, -5, None, "1000", True, float("nan")])
def test_an_answer_that_says_nothing_of_use_is_not_kept(cache, ttl):
    cache.keep(READ, None, answer(ttl=ttl), own=False)
    assert cache.find(READ, None) is None


def test_there_are_bounds_to_how_much_is_kept(cache):
    cache.keep(READ, None, answer(text="x" * 2_000_000), own=False)
    assert cache.find(READ, None) is None
    for number in range(MAX_ENTRIES + 1):
        cache.keep(("resources/read", str(number)), None, answer(), own=False)
    assert cache.find(("resources/read", "0"), None) is None
    assert cache.find(("resources/read", "1"), None) is not None


def test_news_drop_what_they_are_about_and_nothing_else(cache):
    for key in (READ, ("resources/read", "note://other"), ("prompts/list",)):
        cache.keep(key, None, answer(), own=False)
    cache.drop(*READ)
    assert cache.find(READ, None) is None
    cache.drop("resources/list")
    assert cache.find(("resources/read", "note://other"), None) is not None
    assert cache.find(("prompts/list",), None) is not None


@pytest.mark.requirement("mcp.cache_hints")
async def test_a_read_that_still_holds_does_not_reach_the_server_again():
    hints = {"resources/read": CacheHint(ttl_ms=600_000), "resources/list": CacheHint(ttl_ms=600_000, scope="public")}
    offering_server.READS.clear()
    with offering("http modern", hints=hints) as config:
        async with MCPServerManager({config.name: config}, privacy=None) as servers:
            for session in ("a", "a", "b"):
                read = await servers.read_resource("offering", "note://today", session_id=session)
                assert read.text == "buy milk"
            assert offering_server.READS == ["today", "today"]
            assert (await servers.read_resource("offering", "note://today", session_id="a")).attempts == 0
            first = await servers.list_resources("offering", session_id="a")
            assert await servers.list_resources("offering", session_id="b") == first


@pytest.mark.requirement("mcp.cache_hints")
async def test_a_list_of_tools_that_still_holds_is_not_asked_for_again():
    hints = {"tools/list": CacheHint(ttl_ms=600_000)}
    with offering("http modern", hints=hints) as config:
        async with MCPServerManager({config.name: config}, privacy=None) as servers:
            await servers.list_tools("offering")
            supervisor = servers._find("offering")
            await until(lambda: supervisor._listing._soon is None or supervisor._listing._soon.done())
            listed = supervisor.catalog.head.listed
            assert await servers.list_tools("offering")
            assert supervisor.catalog.head.listed == listed
