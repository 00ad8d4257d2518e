"""The circuit breaker and what it lets through."""

import asyncio

import pytest

from fakes.servers import echo
from roxy.errors import ServerUnavailable
from roxy.mcp.limits import Gate
from roxy.mcp.servers import MCPServerManager


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def opened(clock) -> Gate:
    """A gate whose circuit has opened just now, for ten seconds."""
    gate = Gate(echo(breaker_after=3, breaker_pause=10.0), clock=clock)
    for _ in range(3):
        gate.timed_out()
    return gate


async def refused(gate: Gate) -> str:
    with pytest.raises(ServerUnavailable) as told:
        async with gate.admitted():
            raise AssertionError
    return told.value.hint or ""


async def test_fewer_time_outs_than_declared_and_answers_between_them_open_nothing():
    gate = Gate(echo(breaker_after=3))
    for _ in range(5):
        gate.timed_out()
        gate.timed_out()
        gate.answered()
    async with gate.admitted():
        assert gate.in_flight == 1


async def test_an_open_circuit_refuses_for_its_pause_and_says_how_long(opened, clock):
    clock.now = 4.0
    assert "in 6 s" in await refused(opened)


async def test_half_open_it_lets_one_call_through_at_a_time_and_an_answer_closes_it(opened, clock):
    clock.now = 10.0
    async with opened.admitted():
        assert "under way" in await refused(opened)
        opened.answered()
        async with opened.admitted():
            assert opened.in_flight == 2


async def test_a_trial_that_times_out_opens_the_circuit_for_another_pause(opened, clock):
    clock.now = 10.0
    async with opened.admitted():
        pass
    opened.timed_out()
    clock.now = 19.9
    await refused(opened)
    clock.now = 20.0
    async with opened.admitted():
        pass


async def test_a_trial_that_ends_without_word_from_the_server_leaves_the_next_call_to_try(opened, clock):
    clock.now = 10.0
    with pytest.raises(asyncio.CancelledError):
        async with opened.admitted():
            raise asyncio.CancelledError
    async with opened.admitted():
        opened.answered()


async def test_a_server_that_answers_again_is_called_again_after_the_declared_pause():
    config = echo(breaker_after=2, breaker_pause=0.3)
    async with asyncio.timeout(20), MCPServerManager({"echo": config}, privacy=None) as servers:
        await servers.start_server("echo")
        for _ in range(2):
            assert (await servers.call_tool("echo", "sleep", {"seconds": 20}, timeout=0.1)).code == "timeout"
        assert servers.status("echo").state == "degraded"
        assert (await servers.call_tool("echo", "say", {"text": "x"})).code == "unavailable"
        while not (result := await servers.call_tool("echo", "say", {"text": "back"})).success:
            assert result.code == "unavailable"
            await asyncio.sleep(0)
        assert result.text == "back"
        assert servers.status("echo").state == "running"
