import asyncio
import re

import pytest

from roxy.observe.trace import HOPS_KEY, Trace, bound, current, from_meta, to_meta

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


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

    async with asyncio.timeout(20):
        go = asyncio.Event()
        turns = [asyncio.create_task(turn(name, go)) for name in "ab"]
        go.set()
        assert await asyncio.gather(*turns) == [("a", "a"), ("b", "b")]


@pytest.mark.requirement("mcp.trace")
def test_each_request_is_a_span_of_its_own_in_the_trace_of_its_utterance():
    with bound(correlation_id="cor_1"):
        first, second = to_meta(1)["traceparent"], to_meta(2)["traceparent"]
    with bound(correlation_id="cor_2"):
        other = to_meta(1)["traceparent"]
    for parent in (first, second, other, to_meta(1)["traceparent"]):
        assert re.fullmatch(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", parent)
        assert set(parent.split("-")[1]) != {"0"} != set(parent.split("-")[2])
    assert first.split("-")[1] == second.split("-")[1] != other.split("-")[1]
    assert first.split("-")[2] != second.split("-")[2]


@pytest.mark.requirement("mcp.trace")
def test_what_a_caller_says_is_taken_up_and_handed_on():
    with from_meta({HOPS_KEY: 3, "traceparent": PARENT, "tracestate": "vendor=1"}) as now:
        assert now.hop == 3
        meta = to_meta(4)
    assert meta[HOPS_KEY] == 4
    assert meta["traceparent"].startswith("00-4bf92f3577b34da6a3ce929d0e0e4736-")
    assert "00f067aa0ba902b7" not in meta["traceparent"]
    assert meta["tracestate"] == "vendor=1"
    assert current() == Trace()


@pytest.mark.parametrize(
    "parent",
    [
        None,
        5,
        "",
        PARENT.upper(),
        PARENT + "-more",
        PARENT.replace("00-4b", "ff-4b"),
        f"00-{'0' * 32}-00f067aa0ba902b7-01",
        f"00-{'a' * 32}-{'0' * 16}-01",
        PARENT + "\n",
    ],
)
def test_a_traceparent_that_is_not_well_formed_is_ignored(parent):
    with from_meta({"traceparent": parent, "tracestate": "vendor=1"}) as now:
        assert now == Trace()


def test_a_later_version_of_traceparent_may_have_more_at_its_end():
    with from_meta({"traceparent": "01" + PARENT[2:] + "-what-comes"}) as now:
        assert now.trace_id == "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize("hops", [None, -1, True, "9", 2.5])
def test_hops_that_are_no_count_are_ignored(hops):
    with from_meta({HOPS_KEY: hops}) as now:
        assert now.hop == 0


def test_without_meta_nothing_changes():
    with bound(hop=2), from_meta(None) as now:
        assert now.hop == 2
