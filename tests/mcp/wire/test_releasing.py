"""Large values are let go of in slices, and not before the last who has them."""

import asyncio
import gc
import weakref

from fakes.heart import heartbeat
from roxy.mcp.wire.releasing import Releasing


class Row(dict):
    """A row that can be watched."""


def watched(rows) -> list[asyncio.Event]:
    events = []
    for row in rows:
        events.append(asyncio.Event())
        weakref.finalize(row, events[-1].set)
    return events


async def freed(rows: list[asyncio.Event]) -> None:
    async with asyncio.timeout(20):
        for row in rows:
            await row.wait()


async def test_what_nobody_has_any_more_is_freed_and_what_somebody_has_stays():
    releasing = Releasing()
    lost, kept, named = [Row(n=n) for n in range(1000)], [Row(n=n) for n in range(1000)], {"a": Row(), "b": Row()}
    rows = watched((*lost, *named.values()))
    releasing.hold([lost, kept, named])
    del lost, named
    await freed(rows)
    assert len(kept) == 1000
    more = [Row()]
    rows = watched((*more, *kept))
    releasing.hold([more])
    del more, kept
    await freed(rows)
    await releasing.aclose()


async def test_what_stands_in_another_large_value_is_freed_after_it():
    releasing = Releasing()
    inner = [Row() for _ in range(1000)]
    outer = {"rows": inner, "more": [1]}
    rows = watched(inner)
    releasing.hold([outer, inner])
    del inner, outer
    await freed(rows)
    await releasing.aclose()


async def test_freeing_a_million_values_does_not_hold_up_the_loop():
    releasing = Releasing()
    many = [{"id": n, "name": f"row {n}", "tags": ["a"]} for n in range(300_000)]
    last = [Row()]
    rows = watched(last)
    releasing.hold([many, last])
    gc.disable()  # it may take longer than what is measured
    async with heartbeat() as beats:
        del many, last
        await freed(rows)
    gc.enable()
    assert max(beats) < 0.05  # all at once it is more, and a slice is 2 ms
    await releasing.aclose()


async def test_closing_holds_nothing_and_leaves_no_task():
    releasing = Releasing()
    large = [Row()]
    rows = watched(large)
    releasing.hold([large])
    del large
    await releasing.aclose()
    assert rows[0].is_set()
