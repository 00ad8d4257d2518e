"""A server behind streamable HTTP (specification 2025-03-26 and later).

The SDK's transport is used with an HTTP client of Roxy's own that keeps what the SDK would lose: a request that never
left is told apart from one with an unknown outcome, a fault of one request does not end the connection, bodies are
bounded, and a session that the server has forgotten ends the connection so that a new one is made. Proxies and
certificates come from the usual environment variables, which httpx reads itself.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
from mcp.client.streamable_http import streamable_http_client

from roxy.contracts.servers import ServerConfig
from roxy.mcp.wire.channel import FAULT

_DELETE_SECONDS = 2.0  # ending a session is a courtesy, and must not hold up a stop


@dataclass
class Link:
    """What the HTTP client saw: for telling why a handshake failed, and whether the session is gone."""

    status: int | None = None
    """The last HTTP status of 400 and above."""
    lost: bool = False
    """The server no longer knows the session: the connection is of no use any more."""


@asynccontextmanager
async def http_streams(config: ServerConfig, link: Link) -> AsyncIterator[Any]:
    """Open the transport to `config.url`; nothing is sent before the first message."""
    timeout = httpx2.Timeout(config.timeout_connection, read=None)  # reading is bounded by the deadline of each call
    async with (
        _Client(link, config.max_message_bytes, headers=dict(config.headers), timeout=timeout) as client,
        streamable_http_client(
            str(config.url), http_client=client, max_sse_event_size=config.max_message_bytes
        ) as streams,
    ):
        yield streams


class _Client(httpx2.AsyncClient):
    def __init__(self, link: Link, limit: int, **options: Any) -> None:
        super().__init__(**options)
        self._link = link
        self._limit = limit
        # A bounded body must be bounded after decompression; the simplest bound is not to ask for compression.
        self.headers["accept-encoding"] = "identity"

    async def send(self, request: httpx2.Request, **options: Any) -> httpx2.Response:
        if request.method == "DELETE":
            request.extensions["timeout"] = httpx2.Timeout(_DELETE_SECONDS).as_dict()
        try:
            response = await super().send(request, **options)
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as unreachable:
            return _fault(request, "unsent", str(unreachable) or type(unreachable).__name__)
        except httpx2.TransportError as broken:
            return _fault(request, "broken", str(broken) or type(broken).__name__)
        return await self._checked(request, response)

    async def _checked(self, request: httpx2.Request, response: httpx2.Response) -> httpx2.Response:
        if response.status_code >= httpx2.codes.BAD_REQUEST:
            self._link.status = response.status_code
            if response.status_code == httpx2.codes.NOT_FOUND and "mcp-session-id" in request.headers:
                await response.aclose()
                self._link.lost = True
                return _fault(request, "unsent", "the server no longer knows the session")
            if response.is_server_error:
                await response.aclose()
                return _fault(request, "broken", f"HTTP status {response.status_code}")
        if response.headers.get("content-encoding", "identity") != "identity":
            await response.aclose()
            return _fault(request, "encoding", "it answered with compression that was not asked for")
        length = response.headers.get("content-length", "")
        if length.isdigit() and int(length) > self._limit:
            await response.aclose()
            return _fault(request, "too_large", f"a message of {length} bytes")
        if not response.headers.get("content-type", "").startswith("text/event-stream"):
            response.stream = _Bounded(response.stream, self._limit)  # events are bounded one by one by the SDK
        return response


class _Bounded(httpx2.AsyncByteStream):
    """A body that ends with an error when it is too long; as a `StreamError` it costs one request, no more."""

    def __init__(self, inner: Any, limit: int) -> None:
        self._inner = inner
        self._limit = limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for chunk in self._inner:
                size += len(chunk)
                if size > self._limit:
                    raise httpx2.StreamError(TOO_LARGE)
                yield chunk
        except httpx2.TransportError as broken:
            raise httpx2.StreamError(BROKEN) from broken

    async def aclose(self) -> None:
        await self._inner.aclose()


TOO_LARGE = "[roxy] too_large"
BROKEN = "[roxy] broken"


def _fault(request: httpx2.Request, kind: str, why: str) -> httpx2.Response:
    """An answer that makes the SDK end this one request with a JSON-RPC error of the code `FAULT`."""
    error = {"code": FAULT, "message": why, "data": {"kind": kind}}
    body = {"jsonrpc": "2.0", "id": None, "error": error}
    return httpx2.Response(httpx2.codes.BAD_GATEWAY, json=body, request=request)
