"""HTTP clients for the requests to one server that are under way at the same time: one connection each.

A pool of many connections looks at every idle one of them, socket included, whenever a request begins or ends; with 32
calls in flight that was a third of a call's cost. So each request takes a client with a single connection: the one
that was used last, which is the most likely to be open still. What was idle for too long is closed in passing.
"""

import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar

import httpx2

from roxy.mcp.web.certificates import certificates

_IDLE_SECONDS = 4.0
"""Kept below the five seconds after which common servers (uvicorn, Node) close an idle connection: a request that is
sent into that moment has an unknown outcome."""
_MOST_IDLE = 32
"""As many as there may be calls in flight to one server."""
_ONE = httpx2.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE_SECONDS)


class Lanes:
    """The clients; cookies are theirs in common, for a balancer finds the right one of several servers by these."""

    def __init__(self, timeout: httpx2.Timeout) -> None:
        self._timeout = timeout
        self._cookies = CookieJar()
        self._idle: deque[tuple[float, httpx2.AsyncClient]] = deque()

    @asynccontextmanager
    async def lane(self) -> AsyncIterator[httpx2.AsyncClient]:
        """A client for one request and its whole answer."""
        client = self._idle.pop()[1] if self._idle else self._new()
        try:
            yield client
        finally:
            now = time.monotonic()
            self._idle.append((now, client))
            while len(self._idle) > _MOST_IDLE or self._idle[0][0] < now - _IDLE_SECONDS:
                await self._idle.popleft()[1].aclose()

    async def aclose(self) -> None:
        """Close all; nothing may be under way any more."""
        while self._idle:
            await self._idle.popleft()[1].aclose()

    def _new(self) -> httpx2.AsyncClient:
        return httpx2.AsyncClient(verify=certificates(), timeout=self._timeout, limits=_ONE, cookies=self._cookies)
