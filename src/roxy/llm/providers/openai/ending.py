"""Whether a stream said that it is at its end: its last line is `data: [DONE]`, which the SDK keeps to itself.

Some servers send that line without any `finish_reason` before it. Then the answer is whole all the same; without the
line it broke off. This module loads the HTTP client: `client.connect` imports it, in its thread.
"""

from collections.abc import AsyncIterator

import httpx2

_END = b"[DONE]"
_KEPT = 64
"""Bytes; the line and what may stand after it."""


class Ending(httpx2.AsyncByteStream):
    """The bytes of a response on their way to the SDK."""

    def __init__(self, source: httpx2.AsyncByteStream) -> None:
        self._source = source
        self._last = b""

    @property
    def told(self) -> bool:
        """Has the end been told? Words of a model cannot look like it: they are inside of JSON."""
        return self._last.rstrip().endswith(_END)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._source:
            self._last = (self._last + piece)[-_KEPT:]
            yield piece

    async def aclose(self) -> None:
        """Close the connection."""
        await self._source.aclose()


async def watch(response: httpx2.Response) -> None:
    """The HTTP client's hook: runs before the body is read."""
    if isinstance(response.stream, httpx2.AsyncByteStream):
        response.stream = Ending(response.stream)
