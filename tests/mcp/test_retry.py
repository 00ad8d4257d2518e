"""What is sent again, and how often."""

import asyncio

import pytest

from roxy.contracts.calls import ToolCall, ToolInfo
from roxy.errors import MessageTooLarge, ServerDisconnected, ServerOverloaded, ServerTimeout, ToolFailed
from roxy.mcp import retry
from roxy.mcp.faults import Unsent

CALL = ToolCall("s", "t")
SAFE = ToolCall("s", "t", idempotent=True)
READS = ToolInfo("s", "t", annotations={"readOnlyHint": True})
REPEATS = ToolInfo("s", "t", annotations={"idempotentHint": True})
WRITES = ToolInfo("s", "t", annotations={"readOnlyHint": False, "destructiveHint": True})


@pytest.mark.parametrize(
    ("error", "call", "tool", "expected"),
    [
        (Unsent("x"), CALL, None, True),
        (Unsent("x"), CALL, WRITES, True),
        (ServerDisconnected("x"), CALL, None, False),
        (ServerDisconnected("x"), CALL, WRITES, False),
        (ServerDisconnected("x"), SAFE, WRITES, True),
        (ServerDisconnected("x"), CALL, READS, True),
        (ServerDisconnected("x"), CALL, REPEATS, True),
        (ServerTimeout("x"), SAFE, READS, False),
        (ToolFailed("x"), SAFE, READS, False),
        (MessageTooLarge("x"), SAFE, READS, False),
        (ServerOverloaded("x"), SAFE, READS, False),
    ],
)
def test_only_what_is_safe_may_be_sent_again(error, call, tool, expected):
    assert retry.repeatable(error, call, tool) is expected


async def attempts(failures: int, *, retries: int) -> int:
    sent = 0

    async def send() -> int:
        nonlocal sent
        sent += 1
        if sent <= failures:
            raise Unsent("not yet")
        return sent

    async with asyncio.timeout(5):
        return await retry.run(send, lambda error: isinstance(error, Unsent), retries=retries, backoff=0.001)


async def test_it_is_sent_until_it_succeeds():
    assert await attempts(0, retries=3) == 1
    assert await attempts(3, retries=3) == 4


async def test_after_the_last_retry_the_error_is_that_of_the_server():
    with pytest.raises(Unsent, match="not yet"):
        await attempts(4, retries=3)
    with pytest.raises(Unsent, match="not yet"):
        await attempts(1, retries=0)


async def test_an_error_of_another_kind_ends_the_repeating():
    errors = [Unsent("first"), ToolFailed("second"), Unsent("never")]

    async def send() -> None:
        raise errors.pop(0)

    with pytest.raises(ToolFailed):
        await retry.run(send, lambda error: isinstance(error, Unsent), retries=3, backoff=0.001)
    assert len(errors) == 1
