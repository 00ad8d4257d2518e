"""What a server sends unasked is bounded."""

import asyncio

import pytest
from mcp import MCPError

from fakes.channels import MemoryChannel, dispatching
from fakes.servers import until
from roxy.mcp.wire import inbox


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(10):
        yield


async def test_a_request_of_the_server_is_answered():
    async def on_request(context, method, params):
        return {"id": context.request_id, "method": method, "params": params}

    channel = MemoryChannel()
    async with dispatching(channel, on_request):
        channel.feed({"id": "s1", "method": "roots/list", "params": {"a": 1}}, {"id": 2, "method": "ping"})
        await until(lambda: len(channel.sent) == 2)
        answers = {message["id"]: message["result"] for message in channel.sent}
        assert answers == {"s1": {"id": "s1", "method": "roots/list", "params": {"a": 1}}, 2: {}}


@pytest.mark.parametrize(
    ("raised", "code"), [(MCPError(-32602, "no"), -32602), (RuntimeError("secret"), -32603), (KeyError("x"), -32603)]
)
async def test_a_handler_that_raises_answers_with_an_error_that_tells_nothing(raised, code):
    async def on_request(*_):
        raise raised

    channel = MemoryChannel()
    async with dispatching(channel, on_request):
        channel.feed({"id": 1, "method": "sampling/createMessage"})
        await until(lambda: channel.sent)
        assert channel.sent[0]["error"]["code"] == code
        assert "secret" not in str(channel.sent)


async def test_a_request_that_the_server_takes_back_is_ended_and_not_answered():
    ended = asyncio.Event()

    async def on_request(*_):
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()

    channel = MemoryChannel()
    async with dispatching(channel, on_request) as dispatcher:
        channel.feed({"id": 1, "method": "elicitation/create"})
        await until(lambda: dispatcher.inbox.tasks)
        channel.feed({"method": "notifications/cancelled", "params": {"requestId": "1"}})
        await ended.wait()
        await until(lambda: not any(task.get_name().startswith("request") for task in dispatcher.inbox.tasks))
        assert channel.sent == []


async def test_of_a_flood_of_requests_a_few_are_worked_on_and_the_others_are_refused():
    busy = asyncio.Event()
    most = 0
    working = 0

    async def on_request(*_):
        nonlocal most, working
        working += 1
        most = max(most, working)
        await busy.wait()
        return {}

    channel = MemoryChannel()
    async with dispatching(channel, on_request) as dispatcher:
        channel.feed(*({"id": n, "method": "sampling/createMessage"} for n in range(1000)))
        await until(lambda: dispatcher.inbox.refused == 1000 - inbox.MAX_REQUESTS)
        assert most == inbox.MAX_REQUESTS
        busy.set()
        await until(lambda: sum("result" in message for message in channel.sent) == inbox.MAX_REQUESTS)
        assert all(message["error"]["message"] == "Too many requests" for message in channel.sent if "error" in message)


async def test_requests_one_after_the_other_are_limited_in_their_rate():
    now = 0.0
    answered = []

    async def answer(message):
        answered.append(message)

    async def on_request(*_):
        return {}

    async def ask(numbers):
        for number in numbers:
            taken.request(number, "roots/list", None)
            await until(lambda: not taken.tasks)

    taken = inbox.Inbox(None, answer, clock=lambda: now)
    taken.open(on_request, on_request)
    await ask(range(100))
    assert taken.refused == 100 - inbox.REQUEST_BURST
    now = 1.0
    await ask(range(100, 130))
    assert taken.refused == 100 - inbox.REQUEST_BURST + 30 - inbox.REQUEST_RATE
    assert len(answered) == 130


async def test_a_storm_of_the_same_notification_becomes_one_and_the_others_stay_bounded():
    told = []
    gate = asyncio.Event()

    async def on_notify(_, method, params):
        told.append((method, params))
        await gate.wait()

    channel = MemoryChannel(lambda _: {"result": {}})
    changed = {"method": "notifications/tools/list_changed"}
    async with dispatching(channel, on_notify=on_notify) as dispatcher:
        channel.feed(changed)
        await until(lambda: told)
        channel.feed(*[changed] * 10_000)
        channel.feed(*({"method": "notifications/message", "params": {"n": n}} for n in range(1000)))
        channel.feed(*[{"method": "notifications/resources/updated", "params": {"uri": "a:b"}}] * 100)
        await dispatcher.send_raw_request("after", {})
        gate.set()
        await until(lambda: len(told) == 1 + inbox.MAX_NOTIFICATIONS)
        assert dispatcher.inbox.dropped == 1000 + 2 - inbox.MAX_NOTIFICATIONS
        assert told[-1] == ("notifications/resources/updated", {"uri": "a:b"})
        assert told[-2] == ("notifications/message", {"n": 999})


async def test_a_notification_handler_that_raises_costs_one_notification():
    told = []

    async def on_notify(_, method, params):
        told.append(method)
        raise RuntimeError("handler")

    channel = MemoryChannel()
    async with dispatching(channel, on_notify=on_notify):
        channel.feed({"method": "a"}, {"method": "b"})
        await until(lambda: told == ["a", "b"])


async def test_the_intercept_sees_every_notification_in_order_and_may_keep_it():
    seen, told = [], []

    async def on_notify(_, method, params):
        told.append(method)

    channel = MemoryChannel()
    async with dispatching(channel, on_notify=on_notify, intercept=lambda m, _: seen.append(m) or m == "kept"):
        channel.feed(*({"method": method} for method in ("kept", "a", "notifications/cancelled", "b")))
        await until(lambda: len(told) == 3)
        assert seen == ["kept", "a", "notifications/cancelled", "b"]
        assert told == ["a", "notifications/cancelled", "b"]
