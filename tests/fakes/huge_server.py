"""A server in a process of its own whose answers are as large as asked: `python huge_server.py http|sse|ws`.

It prints its port. A tool call's arguments say what comes: `size` (bytes of text) and `kind`: `json`, `event` or `gzip`
for a whole answer of that size over HTTP, `endless` for a line without an end. It is a program, so it imports nothing
of the tests but the handshake.
"""

import asyncio
import json
import sys
import zlib
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from websockets.asyncio.server import serve

from fakes.raw_http import Request, chunk, empty, handshake, head, raw_http, silence, stream, whole

PIECE = b"x" * (1 << 16)


def envelope(message: dict) -> tuple[bytes, bytes]:
    """What stands before and after the text of an answer."""
    answer = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"type": "text", "text": "|"}]}}
    before, _, after = json.dumps(answer).encode().partition(b"|")
    return before, after


async def pour(writer: asyncio.StreamWriter, size: int | None, frame) -> None:
    """`size` bytes of text, or text without an end, each piece framed by `frame`."""
    left = size
    while left is None or left > 0:
        piece = PIECE if left is None else PIECE[:left]
        writer.write(frame(piece))
        await writer.drain()
        left = None if left is None else left - len(piece)


async def answer_http(message: dict, writer: asyncio.StreamWriter) -> None:
    asked = message["params"]["arguments"]
    size, kind = asked["size"], asked.get("kind", "json")
    before, after = envelope(message)
    if kind == "json":
        writer.write(head(200, content_length=len(before) + size + len(after)) + before)
        await pour(writer, size, bytes)
        writer.write(after)
    elif kind == "gzip":
        packing = zlib.compressobj(9, wbits=31)
        packed = b"".join(packing.compress(PIECE) for _ in range(size // len(PIECE))) + packing.flush()
        writer.write(whole(packed, content_encoding="gzip"))
    else:
        writer.write(stream() + chunk(b"data: " + before))
        await pour(writer, None if kind == "endless" else size, chunk)
        writer.write(chunk(after + b"\n\n") + b"0\r\n\r\n")


async def http(request: Request, writer: asyncio.StreamWriter) -> None:
    if request.method != "POST":
        writer.write(empty(405))
    elif "id" not in request.message:
        writer.write(empty(202))
    elif (said := handshake(request.message)) is not None:
        writer.write(whole(said, 400 if "error" in said else 200))
    else:
        await answer_http(request.message, writer)


class Sse:
    """HTTP+SSE with one client."""

    def __init__(self) -> None:
        self.stream: asyncio.StreamWriter | None = None

    async def __call__(self, request: Request, writer: asyncio.StreamWriter) -> None:
        if request.method == "GET":
            self.stream = writer
            writer.write(stream() + chunk(b"event: endpoint\ndata: /post\n\n"))
            await writer.drain()
            await silence()
        writer.write(empty(202))
        if "id" not in request.message or self.stream is None:
            return
        said = handshake(request.message)
        if said is not None:
            self.stream.write(chunk(b"data: " + json.dumps(said).encode() + b"\n\n"))
            return
        asked = request.message["params"]["arguments"]
        before, after = envelope(request.message)
        self.stream.write(chunk(b"data: " + before))
        await pour(self.stream, None if asked.get("kind") == "endless" else asked["size"], chunk)
        self.stream.write(chunk(after + b"\n\n"))


async def socket(connection) -> None:
    async for text in connection:
        message = json.loads(text)
        if "id" not in message:
            continue
        said = handshake(message)
        if said is not None:
            await connection.send(json.dumps(said))
            continue
        asked = message["params"]["arguments"]
        before, after = envelope(message)
        if asked.get("kind") == "endless":

            async def endless():
                while True:
                    yield PIECE

            await connection.send(endless(), text=True)
        else:
            await connection.send(before + b"x" * asked["size"] + after, text=True)


def say(port: object) -> None:
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()


async def main(kind: str) -> None:
    if kind == "ws":
        async with serve(socket, "127.0.0.1", 0, subprotocols=["mcp"], compression=None, ping_interval=None) as server:
            say(server.sockets[0].getsockname()[1])
            await silence()
    async with raw_http(http if kind == "http" else Sse()) as server:
        say(server.url.rpartition(":")[2])
        await silence()


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(main(sys.argv[1]))
