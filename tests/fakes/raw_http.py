"""An HTTP server of raw sockets in the test's own loop, so that it can break every rule of HTTP, byte by byte."""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from fakes.listening import listening


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def message(self) -> dict[str, Any]:
        return json.loads(self.body) if self.body else {}


Behave = Callable[[Request, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class RawServer:
    behave: Behave
    url: str = ""
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while not writer.is_closing():
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, path, _ = head[0].split(" ")
                headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
                cased = dict(line.split(": ", 1) for line in head[1:] if line)
                headers |= {name.lower(): value for name, value in cased.items()}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                request = Request(method, path, headers, body)
                self.requests.append(request)
                await self.behave(request, writer)
                await writer.drain()
        writer.close()


@asynccontextmanager
async def raw_http(behave: Behave, port: int = 0) -> AsyncIterator[RawServer]:
    """Serve `behave`, which writes whatever it likes; a connection stays open until `behave` closes its writer."""
    served = RawServer(behave)
    async with listening(served.serve, port=port, limit=1 << 20) as got:
        served.url = f"http://127.0.0.1:{got}"
        yield served


def head(status: int = 200, kind: str = "application/json", **headers: object) -> bytes:
    lines = [f"HTTP/1.1 {status} Any", f"content-type: {kind}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def whole(value: object, status: int = 200, **headers: object) -> bytes:
    """A whole JSON response."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return head(status, content_length=len(body), **headers) + body


def empty(status: int, **headers: object) -> bytes:
    return head(status, content_length=0, **headers)


def stream(**headers: object) -> bytes:
    """The head of a stream of events, in chunks."""
    return head(200, "text/event-stream", transfer_encoding="chunked", **headers)


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


END = b"0\r\n\r\n"


def event(value: object = None, *, id: str | None = None, retry: int | None = None) -> bytes:
    """One event, as a chunk of a stream."""
    lines = [] if id is None else [f"id: {id}"]
    lines += [] if retry is None else [f"retry: {retry}"]
    lines.append(f"data: {json.dumps(value)}" if value is not None else "data:")
    return chunk(("\n".join(lines) + "\n\n").encode())


def answer_to(request: Request, text: str = "fine") -> dict[str, Any]:
    """The result of a tool call."""
    return {"jsonrpc": "2.0", "id": request.message["id"], "result": {"content": [{"type": "text", "text": text}]}}


def handshake(message: dict[str, Any]) -> dict[str, Any] | None:
    """What a legacy server with one tool answers to all but a tool call."""
    method = message.get("method")
    if method == "server/discover":
        return {"jsonrpc": "2.0", "id": message["id"], "error": {"code": -32601, "message": "what?"}}
    result: dict[str, Any] = {}
    if method == "tools/call":
        return None
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "raw", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        result = {"tools": [{"name": "t", "inputSchema": {"type": "object"}}]}
    return {"jsonrpc": "2.0", "id": message["id"], "result": result}


def polite(request: Request) -> bytes | None:
    """The same over HTTP, with a session; None for a tool call and for GET."""
    message = request.message
    if request.method == "DELETE":
        return empty(200)
    if request.method != "POST" or message.get("method") == "tools/call":
        return None
    if "id" not in message:
        return empty(202)
    headers = {"mcp_session_id": "s-1"} if message["method"] == "initialize" else {}
    return whole(handshake(message), 400 if message["method"] == "server/discover" else 200, **headers)


async def silence() -> None:
    """Say nothing more, until the server ends."""
    await asyncio.sleep(3600)


async def drip(writer: asyncio.StreamWriter, drop: Callable[[int], bytes], seconds: float = 0.02) -> None:
    """Write a little again and again until the client has gone away."""
    with suppress(ConnectionError):
        for number in itertools.count():
            writer.write(drop(number))
            await writer.drain()
            await asyncio.sleep(seconds)
