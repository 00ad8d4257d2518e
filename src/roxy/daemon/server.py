"""Lets others in: an `Assistant` as JSON over HTTP on the owner's unix socket.

    POST /v1/call/METHOD   {arguments}         -> {"value": …} | {"error": {…}}
    POST /v1/turn          an Utterance        -> lines: {"notice": …}*, then {"reply": …} | {"error": …}
    GET  /v1/notices?session_id=ID             -> lines: {"notice": …}* and one {"ready": true}, until one side leaves
    POST /v1/asking/METHOD, POST /v1/answer    a call in which a server may ask the caller: see `roxy.daemon.asking`

Order of events: the socket is bound, closed to other users and listening before anybody is told its path; a client
that leaves ends its turn; at the end the socket goes first, streams of notices end, turns in flight get `GRACE`
seconds, then they are cancelled. Starlette and uvicorn are imported here, in the owner only.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing, asynccontextmanager, contextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from roxy.contracts.doors import Assistant
from roxy.contracts.turns import Notice, Utterance
from roxy.daemon.asking import METHODS, Distant, Questions
from roxy.daemon.lock import Owned
from roxy.daemon.sockets import bound, is_own_user
from roxy.daemon.wire import CALLS, MAX_REQUEST_BYTES, decode, encode, error_to_wire
from roxy.errors import RoxyError, UsageError
from roxy.mcp.questions.person import answering
from roxy.observe.logs import get_logger

GRACE = 10.0
"""Seconds that turns in flight get when the owner leaves."""

_log = get_logger(__name__)


class Serving:
    """The open door; `hurry` ends the patience with turns in flight."""

    def __init__(self, server: uvicorn.Server, closing: asyncio.Event, running: asyncio.Task[None]) -> None:
        self._server = server
        self._closing = closing
        self._running = running

    def close(self) -> None:
        """Accept nobody any more and let turns in flight end."""
        self._closing.set()
        self._server.should_exit = True
        for listener in getattr(self._server, "servers", ()):  # uvicorn itself would do so at its next tick
            listener.close()

    def hurry(self) -> None:
        """Do not wait for turns in flight."""
        self.close()
        self._server.force_exit = True

    async def ended(self) -> None:
        """Wait until it was closed and nothing is in flight any more, or the grace is over."""
        await asyncio.wait({self._running})


@asynccontextmanager
async def serving(assistant: Assistant, owned: Owned, *, grace: float = GRACE) -> AsyncIterator[Serving]:
    """Serve `assistant` on the socket of the owned folder for as long as the context is open."""
    closing = asyncio.Event()
    config = uvicorn.Config(
        _application(assistant, closing),
        http=_OwnUserOnly,
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=max(1, round(grace)),
    )
    server = _Server(config)
    with bound(owned.folder) as (socket, path):
        running = asyncio.create_task(server.serve(sockets=[socket]), name="roxy socket")
        owned.listening_on(path)
        door = Serving(server, closing, running)
        try:
            yield door
        finally:
            owned.listening_on("")
            door.close()
            await door.ended()
            await _end(server)


async def _end(server: uvicorn.Server) -> None:
    """Cancel what is still in flight and wait for it: what it uses is closed next."""
    left = list(server.server_state.tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers: signals belong to the process's own door."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _OwnUserOnly(H11Protocol):
    """Hangs up on other users; the socket's mode keeps them out already, where the file system honours it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's own
        super().connection_made(transport)
        if not is_own_user(transport.get_extra_info("socket")):
            transport.abort()


def _application(assistant: Assistant, closing: asyncio.Event) -> Starlette:
    async def call(request: Request) -> Response:
        return Response(encode(await _answered(assistant, request)), media_type="application/json")

    asking = _Asking(assistant)

    async def turn(request: Request) -> Response:
        try:
            utterance = decode(Utterance, await _body(request))
        except (RoxyError, ValueError, TypeError, AttributeError) as error:
            return Response(encode({"error": _error(error)}), media_type="application/json")

        async def take(lines: _Ear) -> Any:
            return {"reply": await assistant.turn(utterance, lines)}

        return _Lines(lambda: _told(take))

    async def notices(request: Request) -> Response:
        session_id = request.query_params.get("session_id")
        return _Lines(lambda: _notices(assistant, session_id, closing))

    return Starlette(
        routes=[
            Route("/v1/call/{method}", call, methods=["POST"]),
            Route("/v1/asking/{method}", asking.call, methods=["POST"]),
            Route("/v1/answer", asking.answer, methods=["POST"]),
            Route("/v1/turn", turn, methods=["POST"]),
            Route("/v1/notices", notices),
        ]
    )


class _Asking:
    """Calls in which a server may ask whoever made them."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self._questions = Questions()

    async def call(self, request: Request) -> Response:
        """Answer with the questions, then with what the call gave."""
        method = request.path_params["method"]
        try:
            if method not in METHODS:
                raise _unknown(method)
            arguments = await _body(request)
        except RoxyError as error:
            return Response(encode({"error": _error(error)}), media_type="application/json")

        async def call(lines: _Ear) -> Any:
            with answering(Distant(self._questions, lines.put)):
                return {"value": await getattr(self._assistant, method)(**arguments)}

        return _Lines(lambda: _told(call))

    async def answer(self, request: Request) -> Response:
        """Take the answer to a question; whether it was still open."""
        try:
            given = await _body(request)
            answer: dict[str, Any] = {"value": self._questions.answer(str(given["id"]), given["answer"])}
        except (RoxyError, LookupError, TypeError) as error:
            answer = {"error": _error(error)}
        return Response(encode(answer), media_type="application/json")


async def _answered(assistant: Assistant, request: Request) -> dict[str, Any]:
    method = request.path_params["method"]
    if method not in CALLS:
        return {"error": error_to_wire(_unknown(method))}
    try:
        arguments = await _body(request)
        return {"value": await getattr(assistant, method)(**arguments)}
    except Exception as error:  # noqa: BLE001 -- a border: the one who asked must get an answer
        return {"error": _error(error)}


def _unknown(method: str) -> UsageError:
    unknown = f"The Roxy that owns the data does not know {method!r}."
    return UsageError(unknown, hint="It may be older: restart it.")


async def _body(request: Request) -> Any:
    """The parsed body; raises `UsageError` when it is over the limit or no JSON."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_REQUEST_BYTES:
            raise UsageError(f"That is too long: Roxy takes at most {MAX_REQUEST_BYTES // 2**20} MiB at once.")
    try:
        return json.loads(bytes(body) or b"{}")
    except ValueError as error:
        raise UsageError("The request is not JSON.") from error


def _error(error: Exception) -> dict[str, Any]:
    """The error for the wire; a defect is logged here and told without its values."""
    if isinstance(error, RoxyError):
        return error_to_wire(error)
    _log.error("request.failed", error)
    kind = type(error).__name__
    return error_to_wire(RoxyError(f"Something went wrong inside Roxy ({kind}).", hint="Its log file says where."))


async def _told(work: Callable[["_Ear"], Awaitable[Any]]) -> AsyncGenerator[bytes, None]:
    """What `work` says meanwhile, then what it gives; it ends with whoever listens."""
    lines = _Ear()
    task = asyncio.create_task(_take(work, lines), name="attached")
    try:
        while (line := await lines.next()) is not None:
            yield line
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _take(work: Callable[["_Ear"], Awaitable[Any]], lines: "_Ear") -> None:
    try:
        lines.put(await work(lines))
    except Exception as error:  # noqa: BLE001 -- a border: the one who asked must get an answer
        lines.put({"error": _error(error)})
    finally:
        lines.end()


async def _notices(assistant: Assistant, session_id: str | None, closing: asyncio.Event) -> AsyncGenerator[bytes, None]:
    lines = _Ear()
    watch = asyncio.create_task(closing.wait(), name="attached notices")
    watch.add_done_callback(lambda _: lines.end())
    try:
        async with assistant.listening(lines, session_id=session_id):
            lines.put({"ready": True})
            while (line := await lines.next()) is not None:
                yield line
    except RoxyError as error:
        yield encode({"error": _error(error)})
    finally:
        watch.cancel()


class _Ear:
    """A `Listener` that keeps what it hears as lines, in order."""

    def __init__(self) -> None:
        self._lines: asyncio.Queue[bytes | None] = asyncio.Queue()

    def heard(self, notice: Notice) -> None:
        """Take a notice as a line."""
        self.put({"notice": notice})

    def put(self, value: Any) -> None:
        """Add a line."""
        self._lines.put_nowait(encode(value))

    def end(self) -> None:
        """After this `next` gives None."""
        self._lines.put_nowait(None)

    async def next(self) -> bytes | None:
        """The next line; None at the end."""
        return await self._lines.get()


class _Lines(Response):
    """A stream of JSON lines that ends when its source does or when the client leaves, whichever is first.

    Starlette's own stream learns of a client that left only when it writes, which a waiting turn does not.
    """

    def __init__(self, source: Callable[[], AsyncGenerator[bytes, None]]) -> None:
        super().__init__(media_type="application/x-ndjson")
        del self.headers["content-length"]
        self._source = source

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as an ASGI application."""
        del scope
        sending = asyncio.ensure_future(self._send(send))
        leaving = asyncio.ensure_future(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            sending.cancel()
            leaving.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)

    async def _send(self, send: Callable[[Any], Awaitable[None]]) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        async with aclosing(self._source()) as lines:
            async for line in lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
