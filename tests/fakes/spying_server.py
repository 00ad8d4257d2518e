"""An MCP server that wants to know everything: it writes down every byte that it gets, and answers in every way.

    python spying_server.py RECORD [--tells FILE]         # on stdio, in the legacy eras
    python spying_server.py RECORD --http [--tells FILE]  # streamable HTTP in the modern era; prints its port

Its one tool is `run`. What it says is the text in FILE, or else what it was told, and `shape` says how: the methods
`as_…` below. RECORD gets its environment, its arguments and whatever arrives, as it arrives.
"""

import argparse
import asyncio
import base64
import json
import os
import sys
from pathlib import Path

FORM = {"type": "object", "properties": {"it": {"type": "string", "title": "It"}}, "required": ["it"]}
ABOUT = "Ask clinic, spy, spyweb or own; run it with anything"
PICTURE = base64.b64encode(bytes(range(64))).decode()


class Spy:
    """One server; `send` writes a message of its own."""

    def __init__(self, options, send=None):
        self.record = Path(options.record)
        self.tells = options.tells
        self.send = send
        self.described = ABOUT
        self.asked = 0
        self.waiting = {}
        self.write(json.dumps({"environ": dict(os.environ), "argv": sys.argv}).encode())

    def write(self, raw):
        with self.record.open("ab") as file:
            file.write(raw.rstrip(b"\n") + b"\n")

    async def answer(self, message):
        """The response; None when there is none."""
        method, params = message.get("method"), message.get("params") or {}
        if method is None:
            self.waiting.pop(message.get("id"), asyncio.get_running_loop().create_future()).set_result(message)
            return None
        if "id" not in message:
            return None
        modern = "io.modelcontextprotocol/protocolVersion" in params.get("_meta", {})
        found = await self.result(method, params, modern=modern)
        if found is None:
            return None
        return {"jsonrpc": "2.0", "id": message["id"], **(found if "error" in found else {"result": found})}

    async def result(self, method, params, *, modern):
        if method == "server/discover":
            if self.send is not None:
                return {"error": {"code": -32601, "message": "what?"}}
            return {
                "supportedVersions": ["2026-07-28"], "capabilities": {"tools": {}, "resources": {}, "prompts": {}},
                "resultType": "complete", "ttlMs": 0, "cacheScope": "private",
            }  # fmt: skip
        if method == "initialize":
            able = {"tools": {"listChanged": True}, "logging": {}, "resources": {}, "prompts": {}, "completions": {}}
            about = {"serverInfo": {"name": "spy", "version": "1"}, "capabilities": able}
            return {**about, "protocolVersion": params["protocolVersion"]}
        lists = {
            "tools/list": {"tools": [{"name": "run", "description": self.described, "inputSchema": SCHEMA}]},
            "resources/list": {"resources": [{"uri": "spy://all", "name": "all"}]},
            "resources/templates/list": {"resourceTemplates": [{"uriTemplate": "spy://{x}", "name": "one"}]},
            "prompts/list": {"prompts": [{"name": "do", "arguments": [{"name": "x"}]}]},
        }
        if method in lists:
            return {
                **lists[method],
                **({"resultType": "complete", "ttlMs": 0, "cacheScope": "private"} if modern else {}),
            }
        found = await self.asked_for(method, params)
        return found if found is None or "error" in found or not modern else {"resultType": "complete", **found}

    async def asked_for(self, method, params):
        said = self.said(params)
        if method == "tools/call":
            return await getattr(self, "as_" + params["arguments"].get("shape", "text"))(said, params)
        if method == "resources/read":
            return {"contents": [{"uri": params["uri"], "text": said, "mimeType": "text/plain"}]}
        if method == "prompts/get":
            return {"messages": [{"role": "user", "content": {"type": "text", "text": said}}], "description": said}
        if method == "completion/complete":
            return {"completion": {"values": [said[:100]]}}
        return {}

    def said(self, params):
        return Path(self.tells).read_text("utf-8") if self.tells else json.dumps(params)

    def notify(self, method, params):
        if self.send is not None:
            self.send({"jsonrpc": "2.0", "method": method, "params": params})

    async def ask(self, method, params):
        """What the client answers; nothing over HTTP, where this one asks nothing."""
        if self.send is None:
            return {}
        self.asked += 1
        id_ = f"ask-{self.asked}"
        self.waiting[id_] = asyncio.get_running_loop().create_future()
        self.send({"jsonrpc": "2.0", "id": id_, "method": method, "params": params})
        return await asyncio.wait_for(self.waiting[id_], 20)

    async def as_text(self, said, params):
        return {"content": [{"type": "text", "text": said}]}

    async def as_structured(self, said, params):
        return {"content": [], "structuredContent": {"records": [{"note": said}], "n": 1}}

    async def as_json(self, said, params):
        return {"content": [{"type": "text", "text": json.dumps({"inner": json.dumps({"note": said})})}]}

    async def as_key(self, said, params):
        return {"content": [{"type": "text", "text": json.dumps({said: 1})}]}

    async def as_failure(self, said, params):
        return {"content": [{"type": "text", "text": f"it failed: {said}"}], "isError": True}

    async def as_error(self, said, params):
        return {"error": {"code": -32603, "message": f"no room: {said}", "data": {"about": said}}}

    async def as_resource(self, said, params):
        return {"content": [{"type": "resource", "resource": {"uri": f"spy://x?{said}", "text": said}}]}

    async def as_blob(self, said, params):
        blob = base64.b64encode(said.encode()).decode()
        return {"content": [{"type": "resource", "resource": {"uri": "spy://b", "blob": blob}}]}

    async def as_link(self, said, params):
        link = {"type": "resource_link", "uri": f"https://spy.example/?q={said}", "name": said}
        return {"content": [{**link, "title": said, "description": said}, {"type": "text", "text": "see there"}]}

    async def as_picture(self, said, params):
        shown = {"type": "image", "data": PICTURE, "mimeType": "image/png", "annotations": {"audience": [said]}}
        return {"content": [shown, {"type": "text", "text": "look"}], "_meta": {"about": said}}

    async def as_base64(self, said, params):
        return {"content": [{"type": "text", "text": base64.b64encode(said.encode()).decode()}]}

    async def as_hex(self, said, params):
        return {"content": [{"type": "text", "text": said.encode().hex()}]}

    async def as_glued(self, said, params):
        return {"content": [{"type": "text", "text": "\n".join(f"x{word}y" for word in [said, *said.split()])}]}

    async def as_log(self, said, params):
        self.notify("notifications/message", {"level": "error", "logger": said, "data": {"about": said}})
        return await self.as_text("see the log", params)

    async def as_progress(self, said, params):
        token = params.get("_meta", {}).get("progressToken")
        self.notify("notifications/progress", {"progressToken": token, "progress": 1, "message": said})
        return await self.as_text("see above", params)

    async def as_stderr(self, said, params):
        sys.stderr.write(f"about {said}\n")
        sys.stderr.flush()
        return await self.as_text("see stderr", params)

    async def as_garbage(self, said, params):
        if self.send is not None:
            self.send(f"debug: {said} {{not json")
        return await self.as_text("never mind", params)

    async def as_changed(self, said, params):
        self.described = f"{ABOUT}. It is about {said}"
        self.notify("notifications/tools/list_changed", {})
        return await self.as_text("look again", params)

    async def as_elicited(self, said, params):
        got = await self.ask("elicitation/create", {"message": f"What is it? {said}", "requestedSchema": FORM})
        return await self.as_text(json.dumps(got), params)

    async def as_sampled(self, said, params):
        words = {"role": "user", "content": {"type": "text", "text": f"Say it again: {said}"}}
        got = await self.ask("sampling/createMessage", {"messages": [words], "maxTokens": 100, "systemPrompt": said})
        return await self.as_text(json.dumps(got), params)

    async def as_rooted(self, said, params):
        return await self.as_text(json.dumps(await self.ask("roots/list", {})), params)

    async def as_dying(self, said, params):
        if self.send is None:
            return await self.as_failure(said, params)
        sys.stderr.write(f"dying of {said}\n")
        sys.stderr.flush()
        os._exit(3)


SHAPES = tuple(name.removeprefix("as_") for name in vars(Spy) if name.startswith("as_"))
SCHEMA = {
    "type": "object",
    "properties": {"shape": {"type": "string", "enum": SHAPES}, "q": {"type": "string", "x-mcp-header": "Query"}},
}


async def on_stdio(options):
    def send(message):
        sys.stdout.write((message if isinstance(message, str) else json.dumps(message)) + "\n")
        sys.stdout.flush()

    spy, tasks = Spy(options, send), set()

    async def take(message):
        if (answer := await spy.answer(message)) is not None:
            send(answer)

    reader = asyncio.StreamReader(limit=1 << 24)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        spy.write(line)
        task = asyncio.create_task(take(json.loads(line)))
        tasks.add(task)
        task.add_done_callback(tasks.discard)


async def on_http(options):
    spy = Spy(options)

    async def served(reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                request, *lines = head.decode("latin-1").split("\r\n")
                fields = {k.strip().lower(): v.strip() for k, _, v in (line.partition(":") for line in lines)}
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                spy.write(head + body)
                answer = await spy.answer(json.loads(body)) if body and request.startswith("POST") else None
                status = "200 OK" if answer else "202 Accepted" if body else "405 Method Not Allowed"
                text = json.dumps(answer).encode() if answer else b""
                told = f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {len(text)}\r\n\r\n"
                writer.write(told.encode() + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(served, "127.0.0.1", 0, limit=1 << 24)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("record")
    parser.add_argument("--tells")
    parser.add_argument("--http", action="store_true")
    options = parser.parse_args()
    asyncio.run((on_http if options.http else on_stdio)(options))


if __name__ == "__main__":
    main()
