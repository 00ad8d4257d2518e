"""A server behind streamable HTTP (specification 2025-03-26 and later), as a channel.

Order of events: every request is a POST in a task of its own; the answer comes as JSON or as a stream of events, which
may bring notifications and requests of the server before it. In the legacy eras the answer to `initialize` may name a
session, which goes with every later request; once the handshake is done a GET stream brings what the server says
unasked, and a stream that breaks off in the middle of an answer is taken up again where it ended (`Last-Event-ID`).
The modern era knows none of that: there, closing the stream of a request is what cancels it.

A fault of one request is told as the answer to this one request. Only a session that the server has forgotten ends the
channel, so that a new one is made.
"""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from http import HTTPStatus
from typing import Any

import httpx2
from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerDisconnected
from roxy.mcp.faults import Unsent
from roxy.mcp.web.arrivals import Arrivals
from roxy.mcp.web.event_stream import Event, EventParser, EventTooLong, Place
from roxy.mcp.web.exchange import Fault, Web, checked_status, content_type, pieces
from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import Message
from roxy.mcp.wire.parsing import Parser
from roxy.observe.logs import get_logger

_log = get_logger(__name__)

_SESSION = "mcp-session-id"
_VERSION = "mcp-protocol-version"
_EVENTS = "text/event-stream"
_NO_SESSION = "session id"
"""Servers made after the examples of older SDKs answer 400 with these words where the specification asks for 404."""
_FIRST_REVISION = "2025-03-26"
"""Of its servers some serve nobody any more once a session was ended; left alone, their sessions expire."""
_FORGOTTEN = "The server {} no longer knows the session."
_DELETE_SECONDS = 2.0
"""Ending a session is a courtesy, and must not hold up a stop."""
_DRAIN_SECONDS = 0.2
"""How long a stream may take to end after its answer, for its connection to be used again."""
_LOST_SECONDS = 1.0
"""How long other requests of a lost session may take to learn of it themselves."""
_RESUMPTIONS = 5
"""Vain attempts in a row to take up a broken stream."""
_CLIENT_ERROR = set(range(400, 500))
_ASKS_CREDENTIALS = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED}


@asynccontextmanager
async def http_channel(config: ServerConfig, parser: Parser) -> AsyncIterator["HttpChannel"]:
    """Open the way to `config.url`; nothing is sent before the first message. Raises `ConfigError`."""
    async with Web(config) as web:
        channel = HttpChannel(config.name, web, parser)
        try:
            yield channel
        finally:
            await channel.close()


class HttpChannel:
    """A `Channel` over streamable HTTP."""

    def __init__(self, server: str, web: Web, parser: Parser) -> None:
        self.refusal: int | None = None
        """The HTTP status of 400 and above that answered the last request; None when it was answered otherwise."""
        self._server = server
        self._web = web
        self._parser = parser
        self._arrivals = Arrivals(server)
        self._session: str | None = None
        self._protocol: str | None = None
        self._requests: dict[str | int, asyncio.Task[None]] = {}
        self._modern: set[str | int] = set()
        self._others: set[asyncio.Task[None]] = set()
        self._lost = False
        self._streams = False

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:
        """Post one message; a request is answered through `receive`, what else there is has no answer."""
        if self._arrivals.ended:
            raise self._arrivals.ending()
        if self._lost:
            raise Unsent(_FORGOTTEN.format(self._server), server=self._server)
        body = framing.encoded(message)
        own = self._headers(headers)
        method, request_id = message.get("method"), message.get("id")
        if method == "initialize":
            own.pop(_VERSION, None)
        if method is not None and request_id is not None:
            task = asyncio.create_task(self._request(request_id, body, own), name=f"post {self._server}")
            self._requests[request_id] = task
            if own.get(_VERSION) in MODERN_PROTOCOL_VERSIONS:
                self._modern.add(request_id)
            return
        await self._tell(body, own)
        if method == "notifications/initialized":
            self._aside(self._pushes())
        elif method == "notifications/cancelled":
            self._drop((message.get("params") or {}).get("requestId"))

    async def receive(self) -> Message:
        """The next message; see `Channel`."""
        return await self._arrivals.take()

    async def abandon(self, request_id: str | int) -> bool:
        """Close the stream of a modern request; a legacy one is closed when its cancellation has been sent."""
        if request_id in self._modern:
            self._drop(request_id)
            return True
        asyncio.get_running_loop().call_later(_LOST_SECONDS, self._drop, request_id)
        return False

    def speaks(self, protocol: str) -> None:
        """Name `protocol` in the header of all further requests that do not name one themselves."""
        self._protocol = protocol

    async def close(self) -> None:
        """End all streams, and the session; returns within `_DELETE_SECONDS`."""
        self._arrivals.end()
        tasks = {*self._requests.values(), *self._others}
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        if self._session is None or self._lost or self._protocol == _FIRST_REVISION:
            return
        with suppress(Fault, TimeoutError):
            async with (
                asyncio.timeout(_DELETE_SECONDS),
                self._web.ask("DELETE", self._web.url, self._headers(None)),
            ):
                pass

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        headers = {"accept": f"application/json, {_EVENTS}", "content-type": "application/json"}
        if self._protocol is not None:
            headers[_VERSION] = self._protocol
        if self._session is not None:
            headers[_SESSION] = self._session
        for name, value in (more or {}).items():
            headers[name.lower()] = value
        return headers

    async def _request(self, request_id: str | int, body: bytes, headers: dict[str, str]) -> None:
        """Post one request and hand on all that comes for it; at the end there is an answer, whatever happened."""
        try:
            await self._asked(request_id, body, headers)
        except Fault as fault:
            await self._arrivals.put(fault.answer(request_id))
        except Exception as failed:  # noqa: BLE001 - the border to the HTTP library: whoever waits must be told, whatever it is
            await self._arrivals.put(Fault("broken", f"{type(failed).__name__}: {failed}").answer(request_id))
        finally:
            self._done(request_id)

    def _done(self, request_id: str | int) -> None:
        if self._requests.get(request_id) is asyncio.current_task():
            del self._requests[request_id]
            self._modern.discard(request_id)

    async def _asked(self, request_id: str | int, body: bytes, headers: dict[str, str]) -> None:
        place = Place()
        self.refusal = None
        async with self._web.ask("POST", self._web.url, headers, body) as response:
            if response.status_code >= HTTPStatus.BAD_REQUEST:
                self.refusal = response.status_code
            if response.status_code >= HTTPStatus.MULTIPLE_CHOICES:
                await self._refused(request_id, response, headers)
                return
            self._session = response.headers.get(_SESSION) or self._session
            if content_type(response) != _EVENTS:
                await self._whole(request_id, response)
                return
            async with aclosing(pieces(response)) as flow:
                with suppress(_Broken):
                    if await self._read(flow, place, request_id):
                        self._done(request_id)
                        await _drain(flow)
                        return
        if place.last_id is None or headers.get(_VERSION) in MODERN_PROTOCOL_VERSIONS:
            raise Fault("broken", "the stream ended without an answer")
        await self._resumed(request_id, place)

    async def _whole(self, request_id: str | int, response: httpx2.Response) -> None:
        """The answer is the whole body."""
        if response.status_code == HTTPStatus.ACCEPTED:
            raise Fault("encoding", "it took a request without answering it")
        body = await self._web.whole(response)
        try:
            messages = await self._messages(body)
        except ValueError:
            kind = content_type(response) or "something without a type"
            raise Fault("encoding", f"it answered with {kind} that is no JSON-RPC message") from None
        if not await self._hand_on(messages, request_id):
            raise Fault("encoding", "its answer is not the answer to the request")

    async def _refused(self, request_id: str | int, response: httpx2.Response, headers: Mapping[str, str]) -> None:
        """An HTTP error: the session is gone, or the body says what is wrong, or the status is all there is."""
        status = response.status_code
        if status == HTTPStatus.NOT_FOUND and _SESSION in headers:
            raise self._forgotten()
        error = await self._error_in(response) if status in _CLIENT_ERROR - _ASKS_CREDENTIALS else None
        if error is None:
            checked_status(response)
        elif _SESSION in headers and _NO_SESSION in str(error.get("message")).lower():
            raise self._forgotten()
        else:
            await self._arrivals.put({"jsonrpc": "2.0", "id": request_id, "error": error})

    async def _error_in(self, response: httpx2.Response) -> dict[str, Any] | None:
        """The JSON-RPC error in the body of a refusal, if there is one."""
        try:
            messages = await self._messages(await self._web.whole(response))
        except (Fault, ValueError):
            return None
        error = messages[0].get("error")
        return error if isinstance(error, dict) else None

    async def _read(self, flow: AsyncIterator[bytes], place: Place, request_id: str | int | None) -> bool:
        """Hand on what a stream says; True as soon as the answer to `request_id` was in it."""
        parser = EventParser(self._web.limit)
        try:
            async for piece in flow:
                for event in parser.feed(piece):
                    if not place.is_new(event) or not event.data or event.kind != "message":
                        continue
                    if await self._event(event, request_id):
                        return True
        except EventTooLong:
            raise Fault("too_large", f"an event of more than {self._web.limit} bytes") from None
        except httpx2.TransportError as broken:
            raise _Broken from broken
        return False

    async def _event(self, event: Event, request_id: str | int | None) -> bool:
        try:
            messages = await self._messages(event.data)
        except ValueError:
            if request_id is not None:
                raise Fault("encoding", "an event holds something that is no JSON-RPC message") from None
            _log.warning("event.unreadable", server=self._server)
            return False
        return await self._hand_on(messages, request_id)

    async def _hand_on(self, messages: list[dict[str, Any]], request_id: str | int | None) -> bool:
        """Give `messages` to whoever receives; True when the answer to `request_id` was among them."""
        answered = False
        for message in messages:
            if request_id is not None and "method" not in message and self._answers(message, request_id):
                message["id"] = request_id
                answered = True
            await self._arrivals.put(message)
        return answered

    async def _messages(self, body: bytes | bytearray) -> list[dict[str, Any]]:
        """The messages of a body or an event: one, or a batch (2025-03-26); raises `ValueError`."""
        decoded = await self._parser.parsed(framing.stripped(body))
        found = decoded if isinstance(decoded, list) else [decoded]
        if not found or not all(isinstance(message, dict) for message in found):
            raise ValueError("no JSON-RPC message")
        return found

    def _answers(self, message: Mapping[str, Any], request_id: str | int) -> bool:
        """An answer in the stream of a request is its own, unless it bears the id of another one under way."""
        found = message.get("id")
        return found == request_id or not isinstance(found, str | int) or found not in self._requests

    async def _resumed(self, request_id: str | int, place: Place) -> None:
        """Take up a broken stream until the answer has come; raises `Fault` when that is vain."""
        vain = 0
        while vain <= _RESUMPTIONS:
            await asyncio.sleep(place.pause(vain))
            place.heard = False
            try:
                if await self._follow(place, request_id):
                    return
            except _Broken:
                pass
            except Fault as fault:
                if fault.kind not in {"unsent", "broken"}:
                    raise Fault("broken", fault.why, fault.status) from fault
            else:
                vain = 0
                continue
            vain = 0 if place.heard else vain + 1
        raise Fault("broken", "the stream ended without an answer and could not be taken up again")

    async def _follow(self, place: Place, request_id: str | int | None) -> bool:
        """Ask for a stream with GET, from `place` on, and read it; True when the answer to `request_id` was in it."""
        headers = self._headers(None)
        del headers["content-type"]
        headers["accept"] = _EVENTS
        if place.last_id is not None:
            headers["last-event-id"] = place.last_id
        async with self._web.ask("GET", self._web.url, headers) as response:
            if response.status_code == HTTPStatus.NOT_FOUND and _SESSION in headers and self._streams:
                raise self._forgotten()  # from a server that never had a stream it means that there is none
            checked_status(response)
            if content_type(response) != _EVENTS:
                raise Fault("refused", "it answered GET with something else than a stream", response.status_code)
            self._streams = True
            async with aclosing(pieces(response)) as flow:
                return await self._read(flow, place, request_id)

    async def _pushes(self) -> None:
        """What the server says unasked; a server without such a stream answers 405, and that is no fault."""
        place, vain = Place(), 0
        while not self._lost:
            place.heard = False
            try:
                await self._follow(place, None)
            except _Broken:
                pass
            except Fault as fault:
                if fault.kind in {"refused", "encoding"}:
                    return
                if fault.kind == "too_large":
                    place.last_id = None  # else the same event would come again
            vain = 0 if place.heard else vain + 1
            await asyncio.sleep(place.pause(vain))

    async def _tell(self, body: bytes, headers: dict[str, str]) -> None:
        """Post what has no answer. That it did not arrive cannot be told to anyone; a lost session can."""
        try:
            async with self._web.ask("POST", self._web.url, headers, body) as response:
                if response.status_code == HTTPStatus.NOT_FOUND and _SESSION in headers:
                    raise self._forgotten()
                checked_status(response)
        except Fault as fault:
            _log.debug("post.failed", server=self._server, kind=fault.kind, status=fault.status)

    def _forgotten(self) -> Fault:
        """The server no longer knows the session: the channel ends, once others that wait have learned it too."""
        if not self._lost:
            self._lost = True
            self._aside(self._end_soon())
        return Fault("unsent", "the server no longer knows the session")

    async def _end_soon(self) -> None:
        if self._requests:
            await asyncio.wait(set(self._requests.values()), timeout=_LOST_SECONDS)
        self._arrivals.end(ServerDisconnected(_FORGOTTEN.format(self._server), server=self._server))

    def _drop(self, request_id: Any) -> None:
        """Close the stream of a request that nobody waits for."""
        task = self._requests.pop(request_id, None) if isinstance(request_id, str | int) else None
        self._modern.discard(request_id)
        if task is not None:
            self._others.add(task)
            task.add_done_callback(self._others.discard)
            task.cancel()

    def _aside(self, work: Any) -> None:
        task = asyncio.create_task(work, name=f"{work.__name__} {self._server}")
        self._others.add(task)
        task.add_done_callback(self._others.discard)


class _Broken(Exception):  # noqa: N818 - what happened is the name
    """A stream broke off; what was read of it stands in its `Place`."""


async def _drain(flow: AsyncIterator[bytes]) -> None:
    """Read what follows the answer, so that the connection can be used again; a stream that goes on is cut."""
    with suppress(TimeoutError, httpx2.TransportError, Fault):
        async with asyncio.timeout(_DRAIN_SECONDS):
            async for _ in flow:
                pass
