"""The channel over a WebSocket."""

import asyncio
import functools
import json
import time
from contextlib import asynccontextmanager

import pytest
from mcp import MCPError
from websockets.asyncio.server import serve

from fakes import sdk_server
from fakes.figures import slowness
from fakes.raw_http import empty, raw_http
from fakes.talking import LEGACY, far, talking
from fakes.web import serving
from fakes.ws_server import ws_app
from roxy.errors import ConfigError, MessageTooLarge, ServerDisconnected, ServerNotRunning, ServerProtocolError
from roxy.mcp.faults import Unsent
from roxy.mcp.transports.websocket import websocket_channel
from roxy.mcp.wire.channel import FAULT


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(20):
        yield


def over(url: str, **settings):
    return talking(functools.partial(websocket_channel, far(url.replace("http", "ws", 1), "websocket", **settings)))


@asynccontextmanager
async def behaving(behave, **options):
    """A WebSocket server whose every message is answered by `behave(socket, message)`."""

    async def handle(socket):
        async for text in socket:
            await behave(socket, json.loads(text))

    chosen = {"subprotocols": ["mcp"], "compression": None, "close_timeout": 0.1, **options}
    async with serve(handle, "127.0.0.1", 0, **chosen) as server:
        yield f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def fine(message, text="fine") -> str:
    return json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": {"content": [{"text": text}]}})


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_calls_of_both_eras_are_answered_by_a_server_of_the_sdk(era):
    seen = []
    with serving(ws_app(sdk_server.make(), seen)) as url:
        async with over(f"{url}/ws", headers={"X-Key": "k"}) as talk:
            if era == "legacy":
                assert (await talk.greet())["protocolVersion"] == LEGACY
            texts = await asyncio.gather(*(talk.call("echo", modern=era == "modern", text=str(n)) for n in range(40)))
            assert texts == [str(n) for n in range(40)]
    assert (seen[0]["sec-websocket-protocol"], seen[0]["x-key"]) == ("mcp", "k")
    assert seen[0]["user-agent"].startswith("roxy/")


async def test_what_is_no_message_is_skipped_and_a_binary_frame_is_read():
    async def behave(socket, message):
        await socket.send("{half")
        await socket.send("[1]")
        await socket.send(b"\xff\xfe")
        await socket.send(fine(message).encode())

    async with behaving(behave) as url, over(url) as talk:
        assert await talk.call() == "fine"


async def test_a_message_up_to_the_limit_passes_and_one_over_it_ends_the_channel_and_says_so():
    async def behave(socket, message):
        size = message["params"]["arguments"]["size"]
        if size < 3_000_000:
            await socket.send(fine(message, "x" * size))
            return
        socket.transport.write(b"\x81\x7f" + size.to_bytes(8, "big"))
        while not socket.transport.is_closing():
            if not socket.transport.get_write_buffer_size():
                socket.transport.write(b"x" * (1 << 20))
            await asyncio.sleep(0)

    async with behaving(behave) as url, over(url, max_message_bytes=3_000_000) as talk:
        assert len(await talk.call(size=2_900_000)) == 2_900_000
        began = time.monotonic()
        with pytest.raises(MCPError):
            await talk.call(size=100_000_000)
        assert time.monotonic() - began < 2 * slowness()
        assert isinstance(talk.fault, MessageTooLarge)


async def in_frames(text: str, size: int = 50_000):
    for begin in range(0, len(text), size):
        yield text[begin : begin + size]


@pytest.mark.requirement("mcp.size")
async def test_an_answer_over_the_limit_in_several_frames_ends_its_request_and_not_the_channel():
    async def behave(socket, message):
        await socket.send(in_frames(fine(message, "x" * message["params"]["arguments"]["size"])))

    async with behaving(behave) as url, over(url, max_message_bytes=300_000) as talk:
        for size in (200_000, 400_000, 299_000, 1_000_000, 10):
            if size < 300_000:
                assert len(await talk.call(size=size)) == size
            else:
                with pytest.raises(MCPError) as refused:
                    await talk.call(size=size)
                assert (refused.value.code, refused.value.data["kind"]) == (FAULT, "too_large")
        assert talk.fault is None


@pytest.mark.parametrize("text", ["x" * 500_000, "[" * 500_000, json.dumps({"id": 1, "method": "x" * 500_000})])
@pytest.mark.requirement("mcp.size")
async def test_a_message_over_the_limit_that_answers_nobody_ends_the_channel(text):
    async def behave(socket, message):
        await socket.send(in_frames(text))

    async with behaving(behave) as url, over(url, max_message_bytes=300_000) as talk:
        with pytest.raises(MCPError):
            await talk.call()
        assert isinstance(talk.fault, MessageTooLarge)


@pytest.mark.parametrize(
    ("code", "said"), [(1000, "closed the connection."), (1001, "1001"), (1009, "1009"), (4001, "4001")]
)
async def test_a_socket_that_is_closed_ends_the_channel_with_the_code(code, said):
    async def behave(socket, message):
        await socket.close(code)

    async with behaving(behave) as url, over(url) as talk:
        with pytest.raises(MCPError):
            await talk.call()
        assert isinstance(talk.fault, ServerDisconnected)
        assert said in str(talk.fault)
        with pytest.raises(MCPError):
            await talk.call()


async def test_a_connection_that_breaks_ends_the_channel():
    async def behave(socket, message):
        socket.transport.abort()

    async with behaving(behave) as url, over(url) as talk:
        with pytest.raises(MCPError):
            await talk.call()
        assert isinstance(talk.fault, ServerDisconnected)


async def test_a_server_that_breaks_the_rules_of_frames_is_told_apart():
    async def behave(socket, message):
        socket.transport.write(b"\xff\xff\xff\xff")

    async with behaving(behave) as url, over(url) as talk:
        with pytest.raises(MCPError):
            await talk.call()
        assert isinstance(talk.fault, ServerProtocolError)


@pytest.mark.requirement("mcp.own_origin")
@pytest.mark.parametrize("status", [401, 404, 302])
async def test_a_refused_handshake_says_why_and_no_redirect_is_followed(status):
    async def behave(request, writer):
        writer.write(empty(status, location="ws://127.0.0.2:1/"))

    async with raw_http(behave) as server:
        with pytest.raises(ServerNotRunning, match=str(status)):
            async with over(server.url):
                pass


async def test_a_server_that_is_not_there_or_is_none_says_so():
    async def behave(request, writer):
        writer.write(b"220 smtp ready\r\n")
        await writer.drain()
        writer.close()

    async with raw_http(behave) as server:
        with pytest.raises(ServerProtocolError):
            async with over(server.url):
                pass
    with pytest.raises(Unsent, match=r"cannot be reached at 127\.0\.0\.1"):
        async with over(server.url):
            pass


@pytest.mark.parametrize("url", ["ws://", "ws://[::1", "ws://x:port"])
async def test_an_address_that_is_none_is_a_configuration_error(url):
    with pytest.raises(ConfigError):
        async with over(url):
            pass


async def test_a_server_that_does_not_read_costs_one_call_its_deadline():
    over_now = asyncio.Event()

    async def behave(socket, message):
        await over_now.wait()

    async with behaving(behave, max_size=None) as url:
        async with over(url) as talk:
            began = time.monotonic()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.4):
                    await asyncio.gather(*(talk.call(text="x" * 1_000_000) for _ in range(30)))
            assert time.monotonic() - began < 0.4 + slowness()
        assert time.monotonic() - began < 4 * slowness()
        over_now.set()


async def test_a_proxy_of_the_environment_is_used(monkeypatch):
    async def behave(request, writer):
        writer.write(empty(503))

    async with raw_http(behave) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        with pytest.raises(Unsent):
            async with over("ws://far.example/mcp"):
                pass
        assert (server.requests[-1].method, server.requests[-1].path) == ("CONNECT", "far.example:80")
