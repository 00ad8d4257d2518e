"""A server behind HTTP with server-sent events (specification 2024-11-05, deprecated since), as a channel.

Order of events: a GET opens the one stream; its first event names the address to post to, which must be the server's
own; each message is a POST, and all answers come in the stream. A stream that ends, ends the channel. An answer that is
too long is read away and ends its request; when its beginning does not tell whose answer it is, it ends the channel.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from roxy.contracts.servers import ServerConfig
from roxy.errors import RoxyError, ServerDisconnected, ServerProtocolError
from roxy.mcp import faults
from roxy.mcp.web.arrivals import Arrivals
from roxy.mcp.web.event_stream import TOO_LONG, EventParser, EventTooLong
from roxy.mcp.web.exchange import Fault, Web, checked_status, content_type, pieces, same_origin
from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import Message
from roxy.mcp.wire.parsing import Parser
from roxy.observe.logs import get_logger

_log = get_logger(__name__)

_EVENTS = "text/event-stream"


@asynccontextmanager
async def sse_channel(config: ServerConfig, parser: Parser) -> AsyncIterator["SseChannel"]:
    """Open the stream of `config.url` and wait for the address to post to; raises `RoxyError`."""
    async with Web(config) as web:
        channel = SseChannel(config, web, parser)
        try:
            await channel.open()
            yield channel
        finally:
            await channel.close()


class SseChannel:
    """A `Channel` over HTTP+SSE."""

    def __init__(self, config: ServerConfig, web: Web, parser: Parser) -> None:
        self._config = config
        self._web = web
        self._parser = parser
        self._arrivals = Arrivals(config.name)
        self._endpoint: asyncio.Future[httpx2.URL] = asyncio.get_running_loop().create_future()
        self._posts: set[asyncio.Task[None]] = set()
        self._reading: asyncio.Task[None] | None = None
        self._protocol: str | None = None
        self._told_one = False

    async def open(self) -> None:
        """Return as soon as messages can be posted; raises `RoxyError`. The deadline is the caller's."""
        self._reading = asyncio.create_task(self._read(), name=f"read {self._config.name}")
        either: set[asyncio.Future[Any]] = {self._reading, self._endpoint}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if not self._endpoint.done():
            raise self._arrivals.ending().fault or self._ended("")

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:
        """Post one message; the answer to a request comes through `receive`, also when posting it failed."""
        if self._arrivals.ended:
            raise self._arrivals.ending()
        body = framing.encoded(message)
        if "method" in message and "id" in message:
            task = asyncio.create_task(self._post(body, headers, message["id"]), name=f"post {self._config.name}")
            self._posts.add(task)
            task.add_done_callback(self._posts.discard)
        else:
            await self._post(body, headers, None)

    async def receive(self) -> Message:
        """The next message; see `Channel`."""
        return await self._arrivals.take()

    async def abandon(self, request_id: str | int) -> bool:  # noqa: ARG002 - the Protocol's
        """The server is not told here: all answers share one stream."""
        return False

    def speaks(self, protocol: str) -> None:
        """Name `protocol` in the header of all further messages, which later servers look at."""
        self._protocol = protocol

    async def close(self) -> None:
        """Close the stream and end what is being posted."""
        self._arrivals.end()
        tasks = {*self._posts, *({self._reading} if self._reading else ())}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _post(self, body: bytes, headers: Mapping[str, str] | None, request_id: Any) -> None:
        own = {"content-type": "application/json", "accept": "application/json"}
        if self._protocol is not None:
            own["mcp-protocol-version"] = self._protocol
        own |= {name.lower(): value for name, value in (headers or {}).items()}
        try:
            async with self._web.ask("POST", self._endpoint.result(), own, body) as response:
                checked_status(response)
        except Fault as fault:
            if request_id is not None:
                await self._arrivals.put(fault.answer(request_id))
            else:
                _log.debug("post.failed", server=self._config.name, kind=fault.kind, status=fault.status)

    async def _read(self) -> None:
        """Read the stream to its end, and end the channel with it."""
        try:
            async with self._web.ask("GET", self._web.url, {"accept": _EVENTS, "cache-control": "no-store"}) as stream:
                checked_status(stream)
                await self._events(stream)
            fault: RoxyError = self._ended("")
        except Fault as failed:
            fault = self._told(failed)
        except EventTooLong:
            fault = faults.endless(self._config) if self._told_one else faults.too_large(self._config)
        except RoxyError as failed:
            fault = failed
        except Exception as failed:  # noqa: BLE001 - the border to the HTTP library: whatever ends the stream, ends the channel
            fault = self._ended(type(failed).__name__)
        self._arrivals.end(fault)

    async def _events(self, stream: httpx2.Response) -> None:
        if content_type(stream) != _EVENTS:
            raise Fault("encoding", "it answers with something else than a stream of events")
        parser = EventParser(self._web.limit, spared=framing.SKIPPED_LIMITS * self._web.limit)
        async for piece in pieces(stream):
            for event in parser.feed(piece):
                self._told_one = self._told_one and event.kind == TOO_LONG
                if event.kind == "endpoint" and not self._endpoint.done():
                    self._endpoint.set_result(self._own_address(event.data))
                elif event.kind == TOO_LONG:
                    await self._refuse(event.data)
                elif event.kind == "message" and event.data:
                    await self._message(event.data)

    async def _refuse(self, head: bytes | bytearray) -> None:
        """End the one request whose answer is too long; raises `EventTooLong` when nobody knows whose it is."""
        request_id = framing.answered(head)
        if request_id is None:
            raise EventTooLong
        why = f"an event of more than {self._web.limit} bytes"
        await self._arrivals.put(framing.fault(request_id, "too_large", why))
        self._told_one = True

    async def _message(self, data: bytes | bytearray) -> None:
        try:
            message = await self._parser.parsed(framing.stripped(data))
        except ValueError:
            message = None
        if isinstance(message, dict):
            await self._arrivals.put(message)
        else:
            _log.warning("event.unreadable", server=self._config.name)

    def _own_address(self, data: bytes | bytearray) -> httpx2.URL:
        """Where to post: only at the server's own origin, since the declared headers go there."""
        try:
            address = self._web.url.join(data.decode("utf-8").strip())
        except (httpx2.InvalidURL, UnicodeError):
            address = httpx2.URL("")
        if not same_origin(address, self._web.url):
            raise ServerProtocolError(
                f"The server {self._config.name} names an address to post to that is not its own.",
                server=self._config.name,
            )
        return address

    def _told(self, failed: Fault) -> RoxyError:
        if failed.status is not None:
            return faults.refused(self._config, failed.status)
        if failed.kind == "unsent":
            return faults.unreachable(self._config, failed.why)
        if failed.kind == "encoding":
            name = self._config.name
            return ServerProtocolError(f"The server {name} cannot be read: {failed.why}.", server=name)
        return self._ended(failed.why)

    def _ended(self, why: str) -> ServerDisconnected:
        because = f" ({why})" if why else ""
        name = self._config.name
        return ServerDisconnected(f"The event stream of the server {name} ended{because}.", server=name)
