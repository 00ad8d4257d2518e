"""An HTTP server that speaks MCP by hand, so that it can answer a call in any wrong way."""

import asyncio
import json


async def body_of(receive) -> dict:
    body = b""
    while True:
        event = await receive()
        body += event.get("body", b"")
        if not event.get("more_body"):
            return json.loads(body) if body else {}


async def answer(send, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
    lines = [
        (b"content-type", kind.encode()),
        *((k.replace("_", "-").encode(), v.encode()) for k, v in headers.items()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": lines})
    await send({"type": "http.response.body", "body": body})


class Hostile:
    """A legacy streamable HTTP server whose `tools/call` is answered by `misbehave`."""

    def __init__(self, misbehave) -> None:
        self.misbehave = misbehave
        self.calls = 0

    async def __call__(self, scope, receive, send) -> None:
        if scope["type"] != "http":
            return
        message = await body_of(receive)
        method = message.get("method")
        if scope["method"] != "POST" or method == "server/discover":
            await answer(send, 405 if scope["method"] != "POST" else 400, b"{}")
        elif "id" not in message:
            await answer(send, 202, b"")
        elif method == "tools/call":
            self.calls += 1
            await self.misbehave(self, message, send)
        else:
            tool = {"name": "t", "inputSchema": {"type": "object"}}
            version = message.get("params", {}).get("protocolVersion")
            hello = {
                "protocolVersion": version,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "h", "version": "1"},
            }
            result = hello if method == "initialize" else {"tools": [tool]}
            await answer(send, 200, reply(message, result))


def reply(message: dict, result: dict) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}).encode()


def text(value: str) -> dict:
    return {"content": [{"type": "text", "text": value}]}


async def drip(server, message, send):
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
    for _ in range(100):
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.05)
