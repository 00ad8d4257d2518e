"""Bad networks and servers over HTTP, SSE and WebSocket: slow, silent, cut, reset, gone and back (R3, R5, R10, R23)."""

import asyncio
import json
import time
from contextlib import asynccontextmanager, suppress
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from fakes.fault_proxy import fault_proxy
from fakes.raw_http import (
    answer_to,
    chunk,
    drip,
    empty,
    event,
    handshake,
    head,
    polite,
    raw_http,
    silence,
    stream,
    whole,
)
from fakes.servers import until
from fakes.talking import far
from roxy.contracts.servers import ServerState
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.wire.peer import RequestOptions

TRANSPORTS = {"http": "http", "sse": "sse", "ws": "websocket"}
SOON = 20.0
"""Seconds: half a second in truth, but the machine may be busy. A call that nothing ends would take thirty and more."""


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(150):
        yield


def manager(*configs) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None)


class Far:
    """A legacy server over any of the three; a tool call is answered with `text`, after `held` is set."""

    def __init__(self, kind: str, text: str = "fine") -> None:
        self.kind = kind
        self.text = text
        self.calls = 0
        self.held = asyncio.Event()
        self.held.set()
        self.down = False
        self.knows: set[str] = set()
        self.knocks: list[float] = []
        self.stream: asyncio.StreamWriter | None = None

    @asynccontextmanager
    async def serving(self):
        """The port it listens on."""
        if self.kind == "ws":
            async with serve(self._socket, "127.0.0.1", 0, subprotocols=["mcp"], close_timeout=0.1) as server:
                yield server.sockets[0].getsockname()[1]
        else:
            async with raw_http(self._sse if self.kind == "sse" else self._http) as server:
                yield urlsplit(server.url).port

    async def _answered(self, message) -> dict:
        said = handshake(message)
        if said is None:
            self.calls += 1
            await self.held.wait()
            said = {"id": message["id"], "result": {"content": [{"type": "text", "text": self.text}]}}
        return {"jsonrpc": "2.0", **said}

    async def _http(self, request, writer):
        if request.method != "POST":
            writer.write(empty(405))
        elif "id" not in request.message:
            writer.write(empty(202))
        else:
            answer = await self._answered(request.message)
            writer.write(whole(answer, 400 if "error" in answer else 200))

    async def _sse(self, request, writer):
        if request.method == "GET":
            self.stream = writer
            writer.write(stream() + chunk(b"event: endpoint\ndata: /post\n\n"))
            await writer.drain()
            await silence()
        writer.write(empty(202))
        await writer.drain()
        if "id" in request.message and self.stream is not None:
            self.stream.write(event(await self._answered(request.message)))

    async def _socket(self, socket):
        with suppress(ConnectionClosed):
            async for text in socket:
                message = json.loads(text)
                if "id" in message:
                    await socket.send(json.dumps(await self._answered(message)))


@asynccontextmanager
async def behind_a_proxy(kind: str, text: str = "fine", **settings):
    """A far server, the proxy before it, and a started manager."""
    server = Far(kind, text)
    async with server.serving() as port, fault_proxy(port) as proxy:
        scheme = "ws" if kind == "ws" else "http"
        chosen = {"protocol": "legacy", "backoff": 0.05, **settings}
        config = far(f"{scheme}://127.0.0.1:{proxy.port}/mcp", TRANSPORTS[kind], **chosen)
        async with manager(config) as servers:
            assert await servers.start_server("far"), servers.status("far").error
            yield server, proxy, servers


@pytest.mark.parametrize("kind", TRANSPORTS)
@pytest.mark.requirement("mcp.network_faults")
async def test_a_late_network_costs_its_lateness_or_the_deadline(kind):
    async with behind_a_proxy(kind) as (_, proxy, servers):
        proxy.latency = 0.5
        began = time.monotonic()
        assert (await servers.call_tool("far", "t")).text == "fine"
        assert 0.4 <= time.monotonic() - began <= SOON
        began = time.monotonic()
        assert (await servers.call_tool("far", "t", timeout=0.2)).code == "timeout"
        assert time.monotonic() - began <= SOON
        proxy.latency = 0
        assert (await servers.call_tool("far", "t")).text == "fine"


@pytest.mark.parametrize("kind", TRANSPORTS)
@pytest.mark.requirement("mcp.network_faults")
async def test_a_network_of_a_kilobyte_a_second_costs_the_deadline(kind):
    async with behind_a_proxy(kind, "x" * 64_000) as (_, proxy, servers):
        proxy.rate = 1000
        began = time.monotonic()
        assert (await servers.call_tool("far", "t", timeout=1)).code == "timeout"
        assert time.monotonic() - began <= SOON


@pytest.mark.parametrize("how", ["reset", "half-close"])
@pytest.mark.parametrize("kind", TRANSPORTS)
@pytest.mark.requirement("mcp.network_faults", "mcp.retry")
async def test_a_connection_cut_in_an_answer_ends_the_call_at_once_and_it_is_repeated_only_when_that_is_safe(kind, how):
    async with behind_a_proxy(kind, "x" * 10_000) as (server, proxy, servers):
        proxy.how, proxy.cut_after = how, 3000
        began = time.monotonic()
        result = await servers.call_tool("far", "t", timeout=40)
        assert (result.code, result.attempts, server.calls) == ("disconnected", 1, 1)
        assert time.monotonic() - began <= SOON
        proxy.cut_after = 3000
        again = await servers.call_tool("far", "t", timeout=20, idempotent=True)
        assert (again.text, again.attempts, server.calls) == ("x" * 10_000, 2, 3)
        assert proxy.cuts == 2


@pytest.mark.parametrize("how", ["reset", "half-close"])
@pytest.mark.requirement("mcp.sse_resume")
async def test_a_stream_cut_again_and_again_is_resumed_without_loss_and_without_duplicates(how):
    news = [
        {"jsonrpc": "2.0", "method": "notifications/progress", "params": {"progressToken": "p", "progress": n}}
        for n in range(12)
    ]
    log: list[dict] = []

    async def behave(request, writer):
        if (said := polite(request)) is not None:
            writer.write(said)
        elif request.method == "POST" or "last-event-id" in request.headers:
            if request.method == "POST":
                token = request.message["params"]["_meta"]["progressToken"]
                log.extend({**one, "params": {**one["params"], "progressToken": token}} for one in news)
                log.append(answer_to(request, "done"))
            after = int(request.headers.get("last-event-id", 0))
            writer.write(stream() + event(id=str(after), retry=500))
            for number, one in enumerate(log[after:], after + 1):
                writer.write(event(one, id=str(number)))
                await writer.drain()
        else:
            writer.write(empty(405))

    heard: list[float] = []

    async def progress(value, total, message):
        heard.append(value)

    async with raw_http(behave) as server, fault_proxy(urlsplit(server.url).port) as proxy:
        config = far(f"http://127.0.0.1:{proxy.port}/mcp", protocol="legacy")
        async with manager(config) as servers:
            await servers.start_server("far")
            proxy.how, proxy.cut_after = how, 700
            connection = servers._servers["far"].connection
            calling = asyncio.create_task(connection.call_tool("t", {}, RequestOptions(on_progress=progress)))
            await until(lambda: proxy.cuts == 1)
            proxy.cut_after = 700
            await until(lambda: proxy.cuts == 2)
            result = await calling
            assert result["content"][0]["text"] == "done"
            assert heard == sorted(set(heard))
            assert heard[-1] == 11
            asked = [request for request in server.requests if "tools/call" in str(request.body)]
            assert len(asked) == 1


@pytest.mark.parametrize("kind", TRANSPORTS)
@pytest.mark.requirement("mcp.deadline", "mcp.network_faults")
async def test_a_server_that_never_answers_costs_the_deadline_and_no_other_server_anything(kind):
    neighbour = Far("http")
    async with neighbour.serving() as port, behind_a_proxy(kind) as (server, _, servers):
        servers.register_server(far(f"http://127.0.0.1:{port}/mcp", protocol="legacy", name="near"))
        await servers.start_server("near")
        server.held.clear()
        waiting = [asyncio.create_task(servers.call_tool("far", "t", timeout=50)) for _ in range(20)]
        assert {(await servers.call_tool("near", "t")).text for _ in range(50)} == {"fine"}
        assert not any(call.done() for call in waiting)
        server.held.set()
        assert {(await call).text for call in waiting} == {"fine"}
        server.held.clear()
        began = time.monotonic()
        waiting = [asyncio.create_task(servers.call_tool("far", "t", timeout=0.5)) for _ in range(20)]
        assert {(await call).code for call in waiting} == {"timeout"}
        assert time.monotonic() - began <= SOON
        server.held.set()
        await servers.restart_server("far")  # the circuit is open after so many
        assert (await servers.call_tool("far", "t")).text == "fine"


@pytest.mark.parametrize("part", ["half", "head", "line"])
@pytest.mark.requirement("mcp.deadline")
async def test_half_an_answer_ends_with_the_connection_or_with_the_deadline(part):
    begun = {
        "half": head(200, content_length=99) + b'{"jsonrpc"',
        "head": b"HTTP/1.1 200 OK\r\ncontent-",
        "line": b"HTTP/1",
    }
    leave = asyncio.Event()

    async def behave(request, writer):
        if request.method == "GET":
            writer.write(empty(405))
        elif (said := polite(request)) is not None:
            writer.write(said)
        else:
            writer.write(begun[part])
            await writer.drain()
            await leave.wait()
            writer.close()

    async with raw_http(behave) as server, manager(far(server.url, protocol="legacy")) as servers:
        await servers.start_server("far")
        began = time.monotonic()
        assert (await servers.call_tool("far", "t", timeout=0.5)).code == "timeout"
        assert time.monotonic() - began <= SOON
        waiting = asyncio.create_task(servers.call_tool("far", "t", timeout=40))
        await until(lambda: "tools/call" in str(server.requests[-1].body))
        leave.set()
        left = time.monotonic()
        assert (await waiting).code == "disconnected"
        assert time.monotonic() - left <= SOON


@pytest.mark.parametrize("what", ["headers", "stream"])
@pytest.mark.parametrize("transport", ["http", "sse"])
@pytest.mark.requirement("mcp.deadline")
async def test_a_handshake_without_end_costs_the_time_to_connect(what, transport):
    async def behave(request, writer):
        writer.write(stream() if what == "stream" else b"HTTP/1.1 200 OK\r\n")
        await drip(writer, lambda number: chunk(b": x\n") if what == "stream" else b"x-%d: y\r\n" % number)

    async with raw_http(behave) as server, manager(far(server.url, transport, timeout_start=0.5)) as servers:
        began = time.monotonic()
        assert await servers.start_server("far") is False
        assert time.monotonic() - began <= SOON
        assert "0.5 s" in servers.status("far").error


class Flapping:
    """A legacy server with sessions and a GET stream, which can be down: then it resets whoever knocks."""

    def __init__(self) -> None:
        self.up = True
        self.session = 0
        self.greeted = 0
        self.knocks: list[float] = []
        self.streams: list[asyncio.StreamWriter] = []

    def go_down(self) -> None:
        self.up = False
        self.session += 1
        self.knocks = []
        for writer in self.streams:
            writer.transport.abort()
        self.streams = []

    async def __call__(self, request, writer):
        if not self.up:
            self.knocks.append(time.monotonic())
            writer.transport.abort()
            return
        known = request.headers.get("mcp-session-id")
        if request.method == "POST" and request.message.get("method") == "initialize":
            self.greeted = self.session
            writer.write(whole(handshake(request.message), mcp_session_id=f"s{self.session}"))
        elif known != f"s{self.session}":
            writer.write(empty(404))
        elif request.method == "GET":
            self.streams.append(writer)
            writer.write(stream())
            await writer.drain()
            await silence()
        else:
            writer.write(polite(request) or whole(answer_to(request)))


async def storm(count: int, rounds: int, knocks: int) -> list[float]:
    """Take `count` servers down and up together `rounds` times; seconds until all were connected again, by round."""
    doubles = [Flapping() for _ in range(count)]
    seconds = []
    async with asyncio.timeout(rounds * 60):
        contexts = [raw_http(double) for double in doubles]
        servers = [await context.__aenter__() for context in contexts]
        try:
            configs = [far(s.url, name=f"far{n}", protocol="legacy", auto_start=True) for n, s in enumerate(servers)]
            async with manager(*configs) as house:
                assert all((await house.start_auto_start_servers()).values())
                await until(lambda: all(double.streams for double in doubles))
                for _ in range(rounds):
                    down = time.monotonic()
                    for double in doubles:
                        double.go_down()
                    await until(lambda: all(len(double.knocks) >= knocks for double in doubles))
                    took = time.monotonic() - down
                    for double in doubles:
                        assert len(double.knocks) <= 2 * took + 1
                        double.up = True
                    up = time.monotonic()
                    await until(lambda: all(d.greeted == d.session and d.streams for d in doubles))
                    await until(lambda: {status.state for status in house.statuses()} == {ServerState.RUNNING})
                    seconds.append(time.monotonic() - up)
                    first = [double.knocks[0] - down for double in doubles]
                    assert max(first) - min(first) > 0.05  # they do not come all at once
                    texts = await asyncio.gather(*(house.call_tool(f"far{n}", "t") for n in range(count)))
                    assert {result.text for result in texts} == {"fine"}
        finally:
            for context in contexts:
                await context.__aexit__(None, None, None)
    return seconds


@pytest.mark.requirement("mcp.reconnect")
async def test_servers_that_come_back_together_are_connected_again_soon_and_are_not_stormed():
    assert max(await storm(5, 2, knocks=2)) <= 10


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.requirement("mcp.reconnect")
async def test_twenty_five_servers_go_down_and_come_back_ten_times():
    assert max(await storm(25, 10, knocks=4)) <= 10
