"""What is sent again, and how often."""

import asyncio
from types import SimpleNamespace

import pytest

from roxy.contracts.calls import ToolCall
from roxy.contracts.servers import ServerConfig
from roxy.errors import MessageTooLarge, ServerDisconnected, ServerOverloaded, ServerTimeout, ToolFailed
from roxy.mcp import retry
from roxy.mcp.faults import Unsent
from roxy.mcp.known.catalog import About, Catalog
from roxy.mcp.requests.offers import PromptRequest, ReadRequest
from roxy.mcp.requests.request import Terms
from roxy.mcp.requests.tool import ToolRequest

READS = {"readOnlyHint": True}
REPEATS = {"idempotentHint": True}
WRITES = {"readOnlyHint": False, "destructiveHint": True}


async def request(annotations: dict | None, *, idempotent: bool = False) -> ToolRequest:
    """A call of a tool that was listed with these annotations; None: nothing is known of it."""
    catalog = Catalog(ServerConfig(name="s", command="true"))
    if annotations is not None:
        tool = {"name": "t", "inputSchema": {}, "annotations": annotations}
        await catalog.take([tool], About(transport="stdio", era="modern", protocol="2026-07-28"))
    made = ToolRequest(ToolCall("s", "t"), Terms(idempotent=idempotent))
    if annotations is not None:
        await made.located(SimpleNamespace(catalog=catalog))
    return made


@pytest.mark.parametrize(
    ("error", "idempotent", "annotations", "expected"),
    [
        (Unsent("x"), False, None, True),
        (Unsent("x"), False, WRITES, True),
        (ServerDisconnected("x"), False, None, False),
        (ServerDisconnected("x"), False, WRITES, False),
        (ServerDisconnected("x"), True, WRITES, True),
        (ServerDisconnected("x"), False, READS, True),
        (ServerDisconnected("x"), False, REPEATS, True),
        (ServerTimeout("x"), True, READS, False),
        (ToolFailed("x"), True, READS, False),
        (MessageTooLarge("x"), True, READS, False),
        (ServerOverloaded("x"), True, READS, False),
    ],
)
async def test_only_what_is_safe_may_be_sent_again(error, idempotent, annotations, expected):
    call = await request(annotations, idempotent=idempotent)
    assert call.repeatable(error, agreed=False) is expected


async def test_a_key_that_was_agreed_on_lets_an_unknown_outcome_be_repeated_and_a_time_out_not():
    call = await request(WRITES)
    assert call.repeatable(ServerDisconnected("x"), agreed=True)
    assert not call.repeatable(ServerTimeout("x"), agreed=True)


def test_reads_may_always_be_sent_again():
    for one in (ReadRequest("s", "a:b", Terms()), PromptRequest("s", "p", {}, Terms())):
        assert one.repeatable(ServerDisconnected("x"), agreed=False)


async def attempts(failures: int, *, retries: int) -> int:
    sent = 0

    async def send() -> int:
        nonlocal sent
        sent += 1
        if sent <= failures:
            raise Unsent("not yet")
        return sent

    async with asyncio.timeout(20):
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
