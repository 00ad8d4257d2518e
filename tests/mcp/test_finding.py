"""Finding the transport and the era of a server of which only the address is known, and changing the transport."""

import asyncio
import json

import pytest
from websockets.asyncio.server import serve

from fakes import sdk_server
from fakes.raw_http import END, answer_to, chunk, empty, event, handshake, polite, raw_http, stream, whole
from fakes.servers import until
from fakes.talking import LEGACY, MODERN, far
from fakes.web import serving
from fakes.ws_server import ws_app
from roxy.mcp.servers import MCPServerManager


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


def manager(*configs) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None)


def methods(server) -> list[str]:
    return [f"{request.method} {request.message.get('method', '')}".strip() for request in server.requests]


@pytest.mark.parametrize(("protocol", "spoken"), [("auto", MODERN), ("legacy", LEGACY), ("modern", MODERN)])
@pytest.mark.requirement("mcp.transports", "mcp.finding")
async def test_a_websocket_carries_every_era(protocol, spoken):
    with serving(ws_app(sdk_server.make())) as url:
        config = far(f"{url.replace('http', 'ws', 1)}/ws", "websocket", protocol=protocol)
        async with manager(config) as servers:
            result = await servers.call_tool("far", "echo", {"text": "hi"})
            assert (result.error, result.text, result.route) == ("", "hi", "mcp:websocket")
            assert servers.status("far").protocol == spoken
            assert await servers.health_check("far")
            assert (await servers.call_tool("far", "hops", hops=2)).text == "3"
            assert (await servers.call_tool("far", "grow")).error == ""
            if spoken == MODERN:
                await until(lambda: "grown" in {tool.name for tool in servers.get_tools("far")})


@pytest.mark.requirement("mcp.finding")
async def test_an_address_that_only_speaks_sse_is_found_and_remembered():
    streams = []

    async def behave(request, writer):
        if request.method == "GET":
            streams.append(asyncio.Queue())
            writer.write(stream() + chunk(b"event: endpoint\ndata: /post\n\n"))
            while True:
                writer.write(event(await streams[-1].get()))
                await writer.drain()
        elif request.path == "/post":
            writer.write(empty(202))
            if "id" in request.message:
                streams[-1].put_nowait(handshake(request.message) or answer_to(request))
        else:
            writer.write(empty(405))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert (await servers.call_tool("far", "t")).route == "mcp:sse"
        assert methods(server)[:3] == ["POST server/discover", "POST initialize", "GET"]
        seen = len(server.requests)
        assert await servers.restart_server("far")
        assert methods(server)[seen] == "GET"


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.requirement("mcp.finding")
async def test_missing_credentials_end_the_search_at_once(status):
    async def behave(request, writer):
        writer.write(whole({"jsonrpc": "2.0", "id": None, "error": {"code": -32000, "message": "who?"}}, status))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert await servers.start_server("far") is False
        assert str(status) in servers.status("far").error
        assert "`headers`" in servers.status("far").error
        assert methods(server) == ["POST server/discover"]


@pytest.mark.parametrize("code", [-32020, -32021])
@pytest.mark.requirement("mcp.finding")
async def test_an_error_of_the_modern_era_ends_the_search(code):
    async def behave(request, writer):
        error = {"code": code, "message": "modern, but no"}
        writer.write(whole({"jsonrpc": "2.0", "id": request.message["id"], "error": error}, 400))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert await servers.start_server("far") is False
        assert "modern, but no" in servers.status("far").error
        assert methods(server) == ["POST server/discover"]


@pytest.mark.parametrize("status", [400, 404, 405, 406, 500, 501])
@pytest.mark.requirement("mcp.finding")
async def test_a_refusal_of_the_probe_that_is_none_of_the_modern_era_leads_to_the_handshake(status):
    async def behave(request, writer):
        if request.message.get("method") == "server/discover":
            writer.write(empty(status))
        elif request.method == "GET":
            writer.write(empty(405))
        else:
            writer.write(polite(request) or whole(answer_to(request)))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert (await servers.call_tool("far", "t")).text == "fine"
        assert servers.status("far").protocol == LEGACY
        seen = len(server.requests)
        assert await servers.restart_server("far")
        assert "POST server/discover" not in methods(server)[seen:]


async def test_where_nothing_is_found_the_refusal_that_says_most_is_told():
    async def behave(request, writer):
        error = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32600, "message": "say the word"}}
        writer.write(whole(error, 400) if request.method == "POST" else empty(405))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert await servers.start_server("far") is False
        assert "HTTP status 400: say the word" in servers.status("far").error
        assert methods(server) == ["POST server/discover", "POST initialize", "GET"]


async def test_a_server_that_is_down_is_asked_once():
    async def behave(request, writer):
        writer.write(empty(503))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert await servers.start_server("far") is False
        assert "503" in servers.status("far").error
        assert len(server.requests) == 1


async def test_a_redirect_to_another_origin_says_where_it_points_and_not_with_which_key():
    async def behave(request, writer):
        writer.write(empty(307, location="https://elsewhere.example/mcp?key=hidden"))

    async with raw_http(behave) as server, manager(far(server.url)) as servers:
        assert await servers.start_server("far") is False
        assert "https://elsewhere.example/mcp" in servers.status("far").error
        assert "hidden" not in servers.status("far").error


@pytest.mark.requirement("mcp.switching")
async def test_the_transport_is_changed_while_a_call_is_under_way_which_ends_on_the_old_one():
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def behave(request, writer):
        if request.method == "GET":
            writer.write(empty(405))
        elif (said := polite(request)) is not None:
            writer.write(said)
        else:
            begun.set()
            await go_on.wait()
            writer.write(stream() + event(answer_to(request, "from the old one")) + END)

    async with raw_http(behave) as server:
        with serving(ws_app(sdk_server.make())) as url:
            async with manager(far(server.url)) as servers:
                waiting = asyncio.create_task(servers.call_tool("far", "t"))
                await begun.wait()
                servers.redeclare("far", far(f"{url.replace('http', 'ws', 1)}/ws", "websocket"))
                new = await servers.call_tool("far", "echo", {"text": "from the new one"})
                assert (new.text, new.route) == ("from the new one", "mcp:websocket")
                go_on.set()
                old = await waiting
                assert (old.text, old.route) == ("from the old one", "mcp:http")
                await until(lambda: server.requests[-1].method == "DELETE")


async def test_a_websocket_server_that_is_silent_at_the_probe_is_greeted_on_the_same_socket():
    sockets = []

    async def handle(socket):
        sockets.append(socket)
        async for text in socket:
            message = json.loads(text)
            if message.get("method") != "server/discover" and "id" in message:
                content = {"content": [{"type": "text", "text": "fine"}]}
                answer = handshake(message) or {"jsonrpc": "2.0", "id": message["id"], "result": content}
                await socket.send(json.dumps(answer))

    async with serve(handle, "127.0.0.1", 0, subprotocols=["mcp"]) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with manager(far(url, "websocket")) as servers:
            assert (await servers.call_tool("far", "t")).text == "fine"
            assert servers.status("far").protocol == LEGACY
            assert len(sockets) == 1


async def test_a_websocket_server_that_dies_of_the_probe_is_reached_in_the_legacy_era():
    sockets = []

    async def handle(socket):
        sockets.append(socket)
        async for text in socket:
            message = json.loads(text)
            if message.get("method") == "server/discover":
                await socket.close(1011)
                return
            if "id" in message:
                await socket.send(json.dumps(handshake(message)))

    async with serve(handle, "127.0.0.1", 0, subprotocols=["mcp"]) as server:
        url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with manager(far(url, "websocket")) as servers:
            assert await servers.start_server("far"), servers.status("far").error
            assert (servers.status("far").protocol, len(sockets)) == (LEGACY, 2)
            assert await servers.restart_server("far")
            assert len(sockets) == 3
