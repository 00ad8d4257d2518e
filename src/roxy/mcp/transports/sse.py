"""A server behind HTTP with server-sent events (specification 2024-11-05, deprecated since): one stream down, posts up.

The SDK's transport bounds an event to 1 MiB. A stream that ends, ends the connection.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from mcp.client.sse import sse_client

from roxy.contracts.servers import ServerConfig

_IDLE_SECONDS = 24 * 3600.0  # a quiet stream is no fault: calls have deadlines of their own


@asynccontextmanager
async def sse_streams(config: ServerConfig) -> AsyncIterator[Any]:
    """Open the event stream of `config.url` and wait for the address to post to."""
    async with sse_client(
        str(config.url),
        headers=dict(config.headers),
        timeout=config.timeout_connection,
        sse_read_timeout=_IDLE_SECONDS,
    ) as streams:
        yield streams
