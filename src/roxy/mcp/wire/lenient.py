"""A read stream between transport and SDK that keeps one bad item from losing the whole answer.

The SDK validates an answer as a whole: one invalid tool schema loses the list, one unknown content block the result.
Here an answer that does not pass is taken apart, and what is invalid by itself is dropped. Order of events: `receive`
takes a message from the transport, `mended` looks at answers that hold `tools` or `content`, the SDK gets the rest.
`ended` is set when the transport has nothing more, which is how the owner of the connection learns of its death.
"""

import asyncio
from typing import Any, Self

import anyio
from mcp.shared.message import SessionMessage
from mcp_types import ContentBlock, JSONRPCResponse
from mcp_types import methods as surface
from mcp_types.version import LATEST_HANDSHAKE_VERSION
from pydantic import TypeAdapter, ValidationError

from roxy.observe.logs import get_logger

_log = get_logger(__name__)

_BLOCKS: TypeAdapter[list[ContentBlock]] = TypeAdapter(list[ContentBlock])


class LenientStream:
    """Reads from `inner`; closing it leaves the transport open, so that a second client can take over the streams."""

    def __init__(self, inner: Any, ended: asyncio.Event) -> None:
        self._inner = inner
        self._ended = ended
        self._closed = False
        self.version = LATEST_HANDSHAKE_VERSION
        self.late: dict[str | int, dict[str, Any]] = {}
        """Answers to requests of the probe, by id; `None` is never a key."""

    @property
    def last_context(self) -> Any:
        """The context of the sender of the last message, where the transport keeps it (the SDK asks for it)."""
        return getattr(self._inner, "last_context", None)

    async def receive(self) -> SessionMessage | Exception:
        """The next message; raises `anyio.EndOfStream` when the transport has ended."""
        if self._closed:
            raise anyio.ClosedResourceError
        try:
            item: SessionMessage | Exception = await self._inner.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            self._ended.set()
            raise anyio.EndOfStream from None
        if isinstance(item, SessionMessage) and isinstance(item.message, JSONRPCResponse):
            answer = item.message
            if isinstance(answer.id, str):  # the SDK's own ids are numbers; the probe's is a text
                self.late[answer.id] = answer.result
            answer.result = mended(answer.result, self.version)
        return item

    async def aclose(self) -> None:
        """Stop reading here; the transport is closed by whoever opened it."""
        self._closed = True

    def reopened(self) -> "LenientStream":
        """The same stream for the next client."""
        fresh = LenientStream(self._inner, self._ended)
        fresh.late = self.late
        return fresh

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except (anyio.EndOfStream, anyio.ClosedResourceError):
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class SoftWriteStream:
    """Writes to `inner`; closing it leaves the transport open."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner
        self.send = inner.send

    async def aclose(self) -> None:
        """Leave the transport as it is."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave the transport as it is."""


def mended(result: dict[str, Any], version: str) -> dict[str, Any]:
    """`result` without the items for which it would be refused; `result` itself when there is nothing to drop."""
    tools, content = result.get("tools"), result.get("content")
    if isinstance(tools, list) and not _tools_pass(tools, version):
        return {**result, "tools": _reported("tools", tools, [t for tool in tools for t in _usable(tool, version)])}
    if isinstance(content, list) and not _blocks_pass(content):
        return {**result, "content": _reported("content", content, [b for b in content if _blocks_pass([b])])}
    return result


def _reported(kind: str, items: list[Any], kept: list[Any]) -> list[Any]:
    _log.warning("answer.mended", kind=kind, dropped=len(items) - len(kept), kept=len(kept))
    return kept


def _usable(tool: Any, version: str) -> list[Any]:
    """What may stay of a tool: all of it, or it without its output schema, for it can be called without one."""
    if _tools_pass([tool], version):
        return [tool]
    slim = {k: v for k, v in tool.items() if k != "outputSchema"} if isinstance(tool, dict) else tool
    return [slim] if slim != tool and _tools_pass([slim], version) else []


def _tools_pass(tools: list[Any], version: str) -> bool:
    frame = {"tools": tools, "resultType": "complete", "ttlMs": 0, "cacheScope": "private"}
    try:
        surface.validate_server_result("tools/list", version, frame)
    except (ValidationError, ValueError, KeyError):
        return False
    return True


def _blocks_pass(blocks: list[Any]) -> bool:
    try:
        _BLOCKS.validate_python(blocks, by_name=False)
    except ValidationError:
        return False
    return True
