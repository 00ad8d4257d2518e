"""Requests out, answers back: correlation, cancellation, progress, and what a bad server sends instead."""

import asyncio

import pytest
from mcp import MCPError

from fakes.channels import MemoryChannel, dispatching
from fakes.servers import until
from roxy.errors import InvalidArguments, MessageTooLarge
from roxy.mcp.wire.channel import FAULT


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(10):
        yield


def result(message) -> dict:
    return {"result": {"method": message["method"], "params": message.get("params")}}


async def test_each_request_gets_its_own_answer_whatever_the_order():
    channel = MemoryChannel()
    async with dispatching(channel) as dispatcher:
        asked = [asyncio.create_task(dispatcher.send_raw_request("m", {"n": n})) for n in range(50)]
        await until(lambda: len(channel.sent) == 50)
        for message in reversed(channel.sent):
            channel.feed({"jsonrpc": "2.0", "id": message["id"], "result": {"n": message["params"]["n"]}})
        assert [answer["n"] for answer in await asyncio.gather(*asked)] == list(range(50))
        assert len({message["id"] for message in channel.sent}) == 50
        assert dispatcher.in_flight == 0


async def test_an_id_given_back_as_text_is_still_the_same_id():
    channel = MemoryChannel(lambda message: {"id": str(message["id"]), "result": {"ok": True}})
    async with dispatching(channel) as dispatcher:
        assert await dispatcher.send_raw_request("m", None) == {"ok": True}
        assert "params" not in channel.sent[0]


async def test_a_chosen_id_is_used_and_its_collision_refused():
    channel = MemoryChannel()
    async with dispatching(channel) as dispatcher:
        first = asyncio.create_task(dispatcher.send_raw_request("m", {}, {"request_id": "7"}))
        await until(lambda: channel.sent)
        with pytest.raises(ValueError, match="already in flight"):
            await dispatcher.send_raw_request("m", {}, {"request_id": 7})
        others = [asyncio.create_task(dispatcher.send_raw_request("m", {})) for _ in range(9)]
        await until(lambda: len(channel.sent) == 10)
        assert [message["id"] for message in channel.sent] == ["7", 1, 2, 3, 4, 5, 6, 8, 9, 10]
        for message in channel.sent:
            channel.feed({"jsonrpc": "2.0", "id": message["id"], "result": {}})
        await asyncio.gather(first, *others)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"error": {"code": -32602, "message": "no", "data": [1]}}, -32602),
        ({"error": {"code": -32602}}, -32602),
        ({"error": {"code": "x", "message": "no"}}, FAULT),
        ({"error": "no"}, FAULT),
        ({"result": [1]}, FAULT),
        ({"result": None}, FAULT),
        ({}, FAULT),
    ],
)
async def test_an_error_or_an_answer_of_a_wrong_type_ends_the_call_at_once(answer, code):
    async with dispatching(MemoryChannel(lambda _: answer)) as dispatcher:
        with pytest.raises(MCPError) as failed:
            await dispatcher.send_raw_request("m", {})
        assert failed.value.code == code


async def test_what_nobody_waits_for_is_counted_and_does_no_harm():
    channel = MemoryChannel(result)
    strays = [{}, {"id": 99, "result": {}}, {"id": True, "result": {}}, {"id": {}, "error": {}}, {"method": 5}]
    async with dispatching(channel) as dispatcher:
        channel.feed(*strays)
        assert (await dispatcher.send_raw_request("m", {}))["method"] == "m"
        assert dispatcher.strays == len(strays)


async def test_a_cancelled_request_is_told_to_the_server_before_the_next_request_and_its_answer_is_dropped():
    channel = MemoryChannel()
    async with dispatching(channel) as dispatcher:
        asked = asyncio.create_task(dispatcher.send_raw_request("tools/call", {}))
        await until(lambda: channel.sent)
        asked.cancel()
        await asyncio.wait({asked})
        following = asyncio.create_task(dispatcher.send_raw_request("next", {}))
        await until(lambda: len(channel.sent) == 3)
        assert channel.methods() == ["tools/call", "notifications/cancelled", "next"]
        assert channel.sent[1]["params"]["requestId"] == channel.sent[0]["id"]
        assert channel.abandoned == [channel.sent[0]["id"]]
        channel.feed({"id": channel.sent[0]["id"], "result": {}}, {"id": channel.sent[2]["id"], "result": {}})
        assert await following == {}
        assert dispatcher.strays == 1


async def test_a_timeout_ends_a_request_like_a_cancellation():
    channel = MemoryChannel()
    async with dispatching(channel) as dispatcher:
        with pytest.raises(MCPError) as failed:
            await dispatcher.send_raw_request("m", {}, {"timeout": 0.01})
        assert failed.value.code == -32001
        await until(lambda: len(channel.sent) == 2)
        assert channel.methods() == ["m", "notifications/cancelled"]


@pytest.mark.parametrize("how", ["initialize", "option", "by_itself"])
async def test_the_server_is_not_told_where_that_is_forbidden_or_the_transport_does_it(how):
    channel = MemoryChannel()
    channel.tells_by_itself = how == "by_itself"
    method = "initialize" if how == "initialize" else "m"
    async with dispatching(channel) as dispatcher:
        with pytest.raises(MCPError):
            await dispatcher.send_raw_request(method, {}, {"timeout": 0.01, "cancel_on_abandon": how != "option"})
        await until(lambda: channel.abandoned)
        await asyncio.sleep(0)
        assert channel.methods() == [method]


async def test_a_server_that_reads_nothing_holds_up_no_cancellation():
    channel = MemoryChannel()
    channel.blocked = asyncio.Event()
    async with dispatching(channel) as dispatcher:
        for _ in range(1000):
            with pytest.raises(MCPError):
                await dispatcher.send_raw_request("m", {}, {"timeout": 0.0001})
        assert channel.sent == []
        assert dispatcher.in_flight == 0


async def test_the_end_of_the_channel_ends_every_request_and_every_later_one():
    channel = MemoryChannel()
    fault = MessageTooLarge("too much", server="memory")
    async with dispatching(channel) as dispatcher:
        asked = [asyncio.create_task(dispatcher.send_raw_request("m", {})) for _ in range(3)]
        await until(lambda: len(channel.sent) == 3)
        channel.end(fault)
        failures = await asyncio.gather(*asked, return_exceptions=True)
        assert [failure.code for failure in failures] == [-32000] * 3
        assert dispatcher.ended.is_set()
        assert dispatcher.fault is fault
        with pytest.raises(MCPError, match="Connection closed"):
            await dispatcher.send_raw_request("m", {})
        await dispatcher.notify("n", None)  # dropped


async def test_what_json_cannot_hold_is_refused_without_its_value():
    class Unsendable(MemoryChannel):
        async def send(self, message, *, headers=None):
            raise InvalidArguments("The request cannot be written as JSON.")

    async with dispatching(Unsendable()) as dispatcher:
        with pytest.raises(InvalidArguments):
            await dispatcher.send_raw_request("m", {"secret": object()})
        assert dispatcher.in_flight == 0


async def test_headers_go_beside_the_message():
    channel = MemoryChannel(result)
    async with dispatching(channel) as dispatcher:
        await dispatcher.send_raw_request("m", {}, {"headers": {"mcp-method": "m"}})
        assert channel.headers == [{"mcp-method": "m"}]


async def test_progress_reaches_its_own_request_and_a_flood_of_it_is_coalesced_to_the_newest():
    channel = MemoryChannel()
    told = []
    slow = asyncio.Event()

    async def on_progress(progress, total, message):
        told.append((progress, total, message))
        await slow.wait()

    async with dispatching(channel) as dispatcher:
        asked = asyncio.create_task(dispatcher.send_raw_request("m", {"_meta": {"a": 1}}, {"on_progress": on_progress}))
        await until(lambda: channel.sent)
        token = channel.sent[0]["params"]["_meta"]["progressToken"]
        assert channel.sent[0]["params"]["_meta"] == {"a": 1, "progressToken": token}
        bad = [
            {"progressToken": token, "progress": "much"},
            {"progressToken": [], "progress": 1},
            {"progress": 1},
            None,
        ]
        for params in (*bad, *({"progressToken": token, "progress": n, "total": 9} for n in range(10_000))):
            channel.feed({"method": "notifications/progress", "params": params})
        await until(lambda: told)
        tasks = len(asyncio.all_tasks())
        channel.feed({"method": "notifications/progress", "params": {"progressToken": token, "progress": 10_000}})
        channel.feed({"method": "ping-like"})
        slow.set()
        await until(lambda: told[-1][0] == 10_000)
        assert len(asyncio.all_tasks()) <= tasks + 1
        assert len(told) < 100
        channel.feed({"id": channel.sent[0]["id"], "result": {}})
        await asked


async def test_a_progress_callback_that_raises_costs_no_answer():
    async def on_progress(*_):
        raise RuntimeError("callback")

    channel = MemoryChannel()
    async with dispatching(channel) as dispatcher:
        asked = asyncio.create_task(dispatcher.send_raw_request("m", {}, {"on_progress": on_progress}))
        await until(lambda: channel.sent)
        channel.feed({"method": "notifications/progress", "params": {"progressToken": 1, "progress": 1}})
        channel.feed({"id": 1, "result": {"fine": True}})
        assert await asked == {"fine": True}
