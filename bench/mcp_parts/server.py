"""The server of the benchmarks, without the SDK: it costs little, so that what is measured is the client.

    python server.py [--http | --events] [--tools N] [--legacy]

On stdio, or on a port of the loopback that it prints; with `--events` each answer is a stream. Its tools: `echo` gives
its arguments back as text, `prepare` makes a large answer ready and `large` gives it.
"""

import argparse
import asyncio
import json
import sys
from functools import cache

MEGABYTE = 1_000_000
ANY = {"type": "object"}
ROW = '{"id": %d, "name": "row %d", "ok": true, "part": %f, "tags": ["a", "b"]}'


@cache
def prepared(kind: str, megabytes: int) -> str:
    """The result of a call, as JSON of about `megabytes`: one long text, or rows of small values."""
    if kind == "text":
        text = "Grüße\n" * (megabytes * MEGABYTE // 9)
        block = {"type": "text", "text": text}
        return json.dumps({"resultType": "complete", "content": [block]}, ensure_ascii=False)
    count = megabytes * MEGABYTE // len(ROW % (99999, 99999, 9999.5))
    rows = ", ".join(ROW % (number, number, number / 3) for number in range(count))
    return f'{{"resultType": "complete", "content": [], "structuredContent": {{"rows": [{rows}]}}}}'


def listed(count: int) -> list[dict[str, object]]:
    """The tools: `echo`, `prepare`, `large`, and as many more as are asked for, with a schema as they have it."""
    schema = {
        "type": "object",
        "properties": {
            "title": {"type": "string", "description": "The title, or words from it."},
            "limit": {"type": "integer", "minimum": 1, "maximum": 100, "default": 10},
            "archived": {"type": "boolean", "description": "Whether archived ones count too."},
        },
        "required": ["title"],
    }
    more = [
        {"name": f"tool_{number}", "description": f"Find number {number} by its title.", "inputSchema": schema}
        for number in range(count)
    ]
    return [{"name": name, "inputSchema": ANY} for name in ("echo", "prepare", "large")] + more


class Answers:
    """What each request is answered, as the text of the whole response."""

    def __init__(self, tools: int, *, legacy: bool) -> None:
        self._tools = json.dumps({**self._head(), "ttlMs": 0, "cacheScope": "private", "tools": listed(tools)})
        self._legacy = legacy

    def to(self, message: dict) -> str | None:
        """The response to `message`; None when it gets none."""
        if "id" not in message or "method" not in message:
            return None
        result = self._result(message["method"], message.get("params", {}))
        if result is None:
            error = {"code": -32601, "message": "Method not found"}
            return json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error})
        return f'{{"jsonrpc": "2.0", "id": {json.dumps(message["id"])}, "result": {result}}}'

    def _result(self, method: str, params: dict) -> str | None:
        if method == "tools/call":
            return self._called(params["name"], params.get("arguments", {}))
        if method == "tools/list":
            return self._tools
        if method == "ping":
            return "{}"
        if method == "initialize":
            about = {"serverInfo": {"name": "bench", "version": "1"}, "capabilities": {"tools": {}}}
            return json.dumps({**about, "protocolVersion": params["protocolVersion"]})
        if method == "server/discover" and not self._legacy:
            hints = {"ttlMs": 0, "cacheScope": "private"}
            return json.dumps({
                **self._head(), **hints, "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}},
            })  # fmt: skip
        return None

    def _called(self, tool: str, arguments: dict) -> str:
        if tool == "echo":
            said = {"type": "text", "text": json.dumps(arguments)}
            return json.dumps({**self._head(), "content": [said]})
        ready = prepared(**arguments)
        return '{"resultType": "complete", "content": []}' if tool == "prepare" else ready

    @staticmethod
    def _head() -> dict[str, object]:
        return {"resultType": "complete"}


def serve_stdio(answers: Answers) -> None:
    """One message a line."""
    for line in sys.stdin:
        if (answer := answers.to(json.loads(line))) is not None:
            sys.stdout.write(answer + "\n")
            sys.stdout.flush()


async def serve_http(answers: Answers, *, events: bool) -> None:
    """POST alone, answered with JSON or with a stream of one event; connections are kept."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                first, _, rest = head.partition(b"\r\n")
                fields = (line.partition(b":") for line in rest.split(b"\r\n"))
                headers = {name.lower(): value.strip() for name, _, value in fields}
                body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
                writer.write(_response(answers, first, body, events=events))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


def _response(answers: Answers, first: bytes, body: bytes, *, events: bool) -> bytes:
    if not first.startswith(b"POST"):
        return b"HTTP/1.1 405 Method Not Allowed\r\ncontent-length: 0\r\n\r\n"
    answer = answers.to(json.loads(body))
    if answer is None:
        return b"HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"
    if events:
        chunk = b"data: %s\n\n" % answer.encode()
        head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
        return b"%s%x\r\n%s\r\n0\r\n\r\n" % (head, len(chunk), chunk)
    encoded = answer.encode()
    head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(encoded)
    return head + encoded


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--http", action="store_true")
    parser.add_argument("--events", action="store_true")
    parser.add_argument("--legacy", action="store_true")
    parser.add_argument("--tools", type=int, default=0)
    options = parser.parse_args()
    answers = Answers(options.tools, legacy=options.legacy)
    if options.http or options.events:
        asyncio.run(serve_http(answers, events=options.events))
    else:
        serve_stdio(answers)


if __name__ == "__main__":
    main()
