import asyncio

import pytest

from roxy.observe.trace import Trace, bound, current


def test_outside_of_a_turn_there_are_no_ids():
    assert current() == Trace()


def test_what_is_not_given_stays_as_it_was():
    with bound(correlation_id="c", session_id="s"):
        with bound(hop=2) as inner:
            assert inner == current() == Trace(correlation_id="c", session_id="s", hop=2)
        assert current() == Trace(correlation_id="c", session_id="s")
    assert current() == Trace()


def test_ids_end_with_the_context_also_when_it_fails():
    with pytest.raises(ValueError, match="in the turn"), bound(correlation_id="c"):
        raise ValueError("in the turn")
    assert current() == Trace()


async def test_tasks_inherit_the_ids_and_do_not_share_them():
    async def turn(name: str, go: asyncio.Event) -> tuple[str | None, str | None]:
        with bound(correlation_id=name):
            child = asyncio.create_task(inner())
            await go.wait()
            return current().correlation_id, await child

    async def inner() -> str | None:
        return current().correlation_id

    async with asyncio.timeout(5):
        go = asyncio.Event()
        turns = [asyncio.create_task(turn(name, go)) for name in "ab"]
        go.set()
        assert await asyncio.gather(*turns) == [("a", "a"), ("b", "b")]
