"""An MCP server over streamable HTTP (legacy era) in a process of its own: fast, small, and nothing but loopback.

python http_echo.py      prints its port, then serves until its stdin ends
"""

import asyncio
import json
import sys


async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            request, *lines = head.decode("latin-1").split("\r\n")
            fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
            body = await reader.readexactly(int(fields.get("content-length", 0)))
            status, answer = await answered(request, json.loads(body) if body else {})
            text = json.dumps(answer).encode() if answer is not None else b""
            writer.write(
                f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n".encode()
                + text
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def answered(request: str, message: dict) -> tuple[str, dict | None]:
    method = message.get("method")
    if not request.startswith("POST"):
        return "405 Method Not Allowed", None
    if "id" not in message:
        return "202 Accepted", None
    if method == "initialize":
        version = message["params"]["protocolVersion"]
        info = {"name": "echo", "version": "1"}
        result = {"protocolVersion": version, "capabilities": {"tools": {}}, "serverInfo": info}
    elif method == "tools/list":
        schema = {"type": "object"}
        result = {"tools": [{"name": name, "inputSchema": schema} for name in ("say", "sleep")]}
    elif method == "tools/call":
        arguments = message["params"]["arguments"]
        await asyncio.sleep(arguments.get("seconds", 0))
        result = {"content": [{"type": "text", "text": arguments.get("text", "slept")}]}
    else:
        result = {}
    return "200 OK", {"jsonrpc": "2.0", "id": message["id"], "result": result}


async def main() -> None:
    server = await asyncio.start_server(served, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
