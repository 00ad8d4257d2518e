"""The channel over HTTP with server-sent events (2024-11-05)."""

import asyncio
import functools
import json
import time

import pytest
from mcp import MCPError

from fakes import sdk_server
from fakes.figures import slowness
from fakes.raw_http import END, chunk, drip, empty, event, head, raw_http, silence, stream, whole
from fakes.talking import LEGACY, far, talking
from fakes.web import serving
from roxy.errors import (
    MessageTooLarge,
    ServerDisconnected,
    ServerNotRunning,
    ServerProtocolError,
)
from roxy.mcp.faults import Unsent
from roxy.mcp.transports.sse import sse_channel
from roxy.mcp.wire.channel import FAULT


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(20):
        yield


def over(url: str, **settings):
    return talking(functools.partial(sse_channel, far(url, "sse", **settings)))


class Server:
    """Answers every post in its stream, by `respond(message)`, a list of bytes to put there."""

    def __init__(self, respond, endpoint: str = "/post", status: int = 202) -> None:
        self.respond = respond
        self.endpoint = endpoint
        self.status = status
        self.stream = None

    async def __call__(self, request, writer):
        if request.method == "GET":
            self.stream = writer
            writer.write(stream() + chunk(b"event: endpoint\ndata: " + self.endpoint.encode() + b"\n\n"))
            await writer.drain()
            await silence()
        writer.write(empty(self.status))
        await writer.drain()
        for piece in self.respond(request.message):
            self.stream.write(piece)
            await self.stream.drain()


def fine(message, text="fine"):
    return [event({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"text": text}]}})]


async def test_calls_are_answered_by_a_server_of_the_sdk():
    with serving(sdk_server.make().sse_app()) as url:
        async with over(f"{url}/sse") as talk:
            assert (await talk.greet())["protocolVersion"] == LEGACY
            texts = await asyncio.gather(*(talk.call("echo", text=str(n)) for n in range(40)))
            assert texts == [str(n) for n in range(40)]


async def test_messages_are_posted_to_the_address_that_the_server_names_with_the_declared_headers():
    async with raw_http(Server(fine, "post?id=7")) as server:
        async with over(f"{server.url}/deep/sse", headers={"X-Key": "k"}) as talk:
            assert await talk.call() == "fine"
        posted = server.requests[-1]
        assert (posted.path, posted.headers["x-key"]) == ("/deep/post?id=7", "k")


async def test_an_event_of_several_megabytes_passes_up_to_the_limit():
    async with raw_http(Server(lambda message: fine(message, "x" * 9_000_000))) as server, over(server.url) as talk:
        assert len(await talk.call()) == 9_000_000


@pytest.mark.parametrize("kind", ["event", "line", "comment"])
async def test_an_event_over_the_limit_ends_the_channel_and_says_so(kind):
    begin = {"event": b"data: ", "line": b"x", "comment": b": "}[kind]
    endless = [chunk(begin)] + [chunk(b"x" * 65536 + (b"\ndata: " if kind == "event" else b""))] * 1600
    async with raw_http(Server(lambda message: endless)) as server, over(server.url) as talk:
        began = time.monotonic()
        with pytest.raises(MCPError):
            await talk.call()
        assert time.monotonic() - began < 2 * slowness()
        assert isinstance(talk.fault, MessageTooLarge)


@pytest.mark.parametrize("lines", [1, 9])
@pytest.mark.requirement("mcp.size")
async def test_an_answer_over_the_limit_ends_its_request_and_not_the_channel(lines):
    def respond(message):
        size = message["params"]["arguments"]["size"]
        answer = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"text": "x" * size}]}})
        step = len(answer) // lines + 1
        parts = [answer[begin : begin + step] for begin in range(0, len(answer), step)]
        return (
            [*(chunk(b"data: " + part.encode() + b"\n") for part in parts), chunk(b"\n")]
            if size > 99
            else fine(message)
        )

    async with raw_http(Server(respond)) as server, over(server.url, max_message_bytes=100_000) as talk:
        for size in (200_000, 1, 400_000, 1):
            if size == 1:
                assert await talk.call(size=size) == "fine"
            else:
                with pytest.raises(MCPError) as refused:
                    await talk.call(size=size)
                assert (refused.value.code, refused.value.data["kind"]) == (FAULT, "too_large")
        assert talk.fault is None


async def test_a_stream_that_ends_ends_the_channel():
    async with raw_http(Server(lambda message: [END])) as server, over(server.url) as talk:
        with pytest.raises(MCPError):
            await talk.call()
        assert isinstance(talk.fault, ServerDisconnected)
        with pytest.raises(MCPError):
            await talk.call()


async def test_what_is_no_message_is_skipped():
    noise = [event("text"), chunk(b"data: {half\n\n"), chunk(b"event: other\ndata: {}\n\n"), event()]
    async with raw_http(Server(lambda message: [*noise, *fine(message)])) as server, over(server.url) as talk:
        assert await talk.call() == "fine"


@pytest.mark.parametrize(("status", "kind"), [(500, "broken"), (404, "refused"), (429, "unsent"), (401, "refused")])
async def test_a_post_that_fails_costs_one_request(status, kind):
    double = Server(lambda message: fine(message) if double.status == 202 else [], status=status)
    async with raw_http(double) as server, over(server.url) as talk:
        with pytest.raises(MCPError) as failed:
            await talk.call()
        assert (failed.value.code, failed.value.data) == (FAULT, {"kind": kind, "status": status})
        double.status = 202
        assert await talk.call() == "fine"


@pytest.mark.requirement("mcp.own_origin")
@pytest.mark.parametrize(
    "endpoint", ["http://127.0.0.2:1/post", "//elsewhere/post", "https://127.0.0.1/", "http://[", "ftp:x"]
)
async def test_an_address_to_post_to_that_is_not_the_servers_own_is_refused(endpoint):
    async with raw_http(Server(fine, endpoint)) as server:
        with pytest.raises(ServerProtocolError, match="not its own"):
            async with over(server.url):
                pass
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("payload", "error"),
    [
        (empty(401), ServerNotRunning),
        (empty(404), ServerNotRunning),
        (empty(503), Unsent),
        (whole(b"{}"), ServerProtocolError),
        (stream() + END, ServerDisconnected),
        (head(200, "text/event-stream", content_length=99), ServerDisconnected),
    ],
    ids=["401", "404", "503", "json", "ended", "cut"],
)
async def test_a_stream_that_cannot_be_opened_says_why(payload, error):
    async def behave(request, writer):
        writer.write(payload)
        await writer.drain()
        writer.close()

    async with raw_http(behave) as server:
        with pytest.raises(error):
            async with over(server.url):
                pass
    with pytest.raises(Unsent, match=r"cannot be reached at 127\.0\.0\.1"):
        async with over(server.url):
            pass


async def test_the_stream_is_closed_at_the_end():
    closed = asyncio.Event()

    async def behave(request, writer):
        writer.write(stream() + chunk(b"event: endpoint\ndata: /post\n\n"))
        await drip(writer, lambda _: chunk(b": ping\n\n"))
        closed.set()

    async with raw_http(behave) as server:
        async with over(server.url):
            pass
        await closed.wait()
