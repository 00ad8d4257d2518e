"""Sending again, where that does no harm.

Safe to repeat are: a request that certainly never left; one that only reads; a call that its caller calls idempotent; a
tool that the server says changes nothing or may be repeated (`readOnlyHint`, `idempotentHint`: untrusted, and so only
believed for this); a call to a server that is declared to do it only once for one idempotency key. A call whose outcome
is unknown is never repeated otherwise: it may have been done. Time-outs are not repeated at all, for the deadline is
that of the whole call. Which of these a request is, it says itself (`roxy.mcp.requests`).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

from roxy.errors import ServerDisconnected

_MAX_WAIT = 30.0

T = TypeVar("T")


async def run(
    send: Callable[[], Awaitable[T]], may_repeat: Callable[[BaseException], bool], *, retries: int, backoff: float
) -> T:
    """`send()`, and up to `retries` times again after waits of `backoff` seconds, doubled each time, with jitter."""
    try:
        return await send()
    except ServerDisconnected as failed:  # the only kind that may be repeated; the common way costs nothing
        if retries <= 0 or not may_repeat(failed):
            raise
        first = failed
    again = AsyncRetrying(
        stop=stop_after_attempt(retries + 1),
        wait=wait_exponential(multiplier=backoff, max=_MAX_WAIT) + wait_random(0, backoff / 2),
        retry=retry_if_exception(may_repeat),
        reraise=True,
    )
    async for attempt in again:
        with attempt:
            if attempt.retry_state.attempt_number == 1:
                raise first
            return await send()
    raise first
