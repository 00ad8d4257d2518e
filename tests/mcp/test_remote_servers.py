"""The manager against real servers over HTTP and SSE, and against a server in this process."""

import asyncio
import gzip
from urllib.parse import urlsplit

import pytest

from fakes import sdk_server
from fakes.hostile import Hostile, answer, drip, reply, text
from fakes.servers import until
from fakes.web import serving
from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager


def remote(url: str, name: str = "far", **settings) -> ServerConfig:
    chosen = {"transport": "http", "external": False, "timeout_connection": 3, "backoff": 0.05, **settings}
    return ServerConfig(name=name, url=url, **chosen)


def manager(*configs: ServerConfig, **options) -> MCPServerManager:
    return MCPServerManager({config.name: config for config in configs}, privacy=None, **options)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


@pytest.mark.parametrize("protocol", ["auto", "legacy", "modern"])
@pytest.mark.requirement("mcp.transports")
async def test_a_tool_is_called_over_streamable_http(protocol):
    with serving(sdk_server.make().streamable_http_app()) as url:
        async with manager(remote(f"{url}/mcp", protocol=protocol)) as servers:
            result = await servers.call_tool("far", "echo", {"text": "hi"})
            assert (result.error, result.text, result.route) == ("", "hi", "mcp:http")
            assert servers.status("far").protocol == ("2025-11-25" if protocol == "legacy" else "2026-07-28")
            assert await servers.health_check("far")
            assert (await servers.call_tool("far", "hops", hops=2)).text == "3"


@pytest.mark.requirement("mcp.transports")
async def test_a_tool_is_called_over_sse():
    with serving(sdk_server.make().sse_app()) as url:
        async with manager(remote(f"{url}/sse", transport="sse")) as servers:
            result = await servers.call_tool("far", "echo", {"text": "hi"})
            assert (result.error, result.text, result.route) == ("", "hi", "mcp:sse")
            assert servers.status("far").transport == "sse"


async def test_http_falls_back_to_sse_when_the_server_refuses_streamable_http():
    with serving(sdk_server.make().sse_app()) as url:
        async with manager(remote(f"{url}/sse")) as servers:
            result = await servers.call_tool("far", "echo", {"text": "hi"})
            assert (result.error, result.route) == ("", "mcp:sse")


async def test_a_server_that_cannot_be_reached_is_named_without_its_whole_address():
    with serving(sdk_server.make().streamable_http_app()) as url:
        closed = url
    async with manager(remote(f"{closed}/mcp?key=hidden")) as servers:
        result = await servers.call_tool("far", "echo", {"text": "hi"})
        assert result.code == "disconnected"
        assert "cannot be reached at 127.0.0.1" in result.error
        assert "hidden" not in result.error


async def test_a_server_that_went_away_is_reached_again_when_it_is_back():
    with serving(sdk_server.make().streamable_http_app()) as url:
        port = urlsplit(url).port
        servers = manager(remote(f"{url}/mcp"))
        assert (await servers.call_tool("far", "echo", {"text": "1"})).success
    gone = await servers.call_tool_with_retry("far", "echo", {"text": "2"}, max_retries=0)
    assert (gone.code, gone.success) == ("disconnected", False)
    with serving(sdk_server.make().streamable_http_app(), port):
        assert (await servers.call_tool("far", "echo", {"text": "3"})).text == "3"
        await servers.stop_all()


async def test_a_session_the_server_has_forgotten_is_made_anew():
    with serving(sdk_server.make().streamable_http_app()) as url:
        port = urlsplit(url).port
        servers = manager(remote(f"{url}/mcp", protocol="legacy"))
        assert (await servers.call_tool("far", "echo", {"text": "1"})).success
    with serving(sdk_server.make().streamable_http_app(), port):
        result = await servers.call_tool("far", "echo", {"text": "2"})
        assert (result.error, result.text) == ("", "2")
        await servers.stop_all()


async def test_the_deadline_of_a_call_over_http_is_total_and_the_server_is_told():
    sdk_server.CANCELLED.clear()
    with serving(sdk_server.make().streamable_http_app()) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            await servers.start_server("far")
            result = await servers.call_tool("far", "sleep", {"seconds": 20}, timeout=0.3)
            assert result.code == "timeout"
            assert result.latency_ms < 1300
            await until(lambda: sdk_server.CANCELLED)


async def test_a_refused_token_is_a_failure_that_says_where_to_look():
    async def unauthorised(scope, receive, send):
        if scope["type"] == "http":
            await answer(send, 401, b"{}")

    with serving(unauthorised) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            result = await servers.call_tool("far", "echo")
            assert result.code == "not_running"
            assert "401" in result.error
            assert "`headers`" in result.error


async def test_the_declared_headers_are_sent():
    seen = {}

    async def misbehave(server, message, send):
        await answer(send, 200, reply(message, text("ok")))

    hostile = Hostile(misbehave)

    async def app(scope, receive, send):
        seen.update(dict(scope.get("headers", [])))
        await hostile(scope, receive, send)

    with serving(app) as url:
        async with manager(remote(f"{url}/mcp", headers={"X-Key": "k"})) as servers:
            assert (await servers.call_tool("far", "t")).text == "ok"
            assert seen[b"x-key"] == b"k"


async def test_a_body_that_never_ends_costs_the_deadline_of_one_call():

    with serving(Hostile(drip)) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            await servers.start_server("far")
            result = await servers.call_tool("far", "t", timeout=0.5)
            assert (result.code, result.latency_ms < 1500) == ("timeout", True)


@pytest.mark.parametrize("kind", ["json", "chunked", "event"])
async def test_a_message_over_the_limit_costs_one_call_and_not_the_connection(kind):
    async def misbehave(server, message, send):
        if server.calls > 1:
            await answer(send, 200, reply(message, text("fine")))
        elif kind == "json":
            await answer(send, 200, b"x" * 2_000_000, content_length="2000000")
        elif kind == "event":
            data = b"event: message\ndata: " + reply(message, text("x" * 2_000_000)) + b"\n\n"
            await answer(send, 200, data, "text/event-stream")
        else:
            await answer(send, 200, reply(message, text("x" * 2_000_000)))

    with serving(Hostile(misbehave)) as url:
        async with manager(remote(f"{url}/mcp", max_message_bytes=1_000_000)) as servers:
            await servers.start_server("far")
            assert (await servers.call_tool("far", "t")).code == "message_too_large"
            assert (await servers.call_tool("far", "t")).text == "fine"
            assert servers.status("far").restarts == 0


@pytest.mark.parametrize(("coding", "code"), [("gzip", "message_too_large"), ("br", "protocol_error")])
async def test_compression_neither_fills_the_memory_nor_is_it_guessed(coding, code):
    async def misbehave(server, message, send):
        bomb = gzip.compress(reply(message, text("x" * 50_000_000)))
        await answer(send, 200, bomb, content_encoding=coding)

    with serving(Hostile(misbehave)) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            await servers.start_server("far")
            result = await servers.call_tool("far", "t")
            assert result.code == code
            assert servers.status("far").restarts == 0


@pytest.mark.parametrize("idempotent", [False, True])
async def test_a_connection_cut_in_the_answer_is_repeated_only_when_that_is_safe(idempotent):
    async def cut(server, message, send):
        if server.calls > 1:
            await answer(send, 200, reply(message, text("second")))
            return
        lines = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 200, "headers": lines})
        await send({"type": "http.response.body", "body": b'{"half', "more_body": True})
        raise ConnectionResetError

    hostile = Hostile(cut)
    with serving(hostile) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            await servers.start_server("far")
            result = await servers.call_tool("far", "t", idempotent=idempotent)
            if idempotent:
                assert (result.text, result.attempts, hostile.calls) == ("second", 2, 2)
            else:
                assert (result.code, result.attempts, hostile.calls) == ("disconnected", 1, 1)


async def test_a_bad_content_block_over_http_is_dropped():
    async def mixed(server, message, send):
        await answer(send, 200, reply(message, {"content": [{"type": "text", "text": "good"}, {"type": "?"}]}))

    with serving(Hostile(mixed)) as url:
        async with manager(remote(f"{url}/mcp")) as servers:
            assert (await servers.call_tool("far", "t")).text == "good"


@pytest.mark.requirement("mcp.transports")
async def test_a_module_runs_in_this_process_and_gets_the_services():
    config = ServerConfig(name="here", transport="module", module="fakes.sdk_server", external=False)
    async with manager(config, services="the services") as servers:
        result = await servers.call_tool("here", "echo", {"text": "hi"})
        assert (result.error, result.text, result.route) == ("", "hi", "mcp:module")
        assert (await servers.call_tool("here", "services_seen")).text == "'the services'"
        assert (await servers.call_tool("here", "hops", hops=1)).text == "2"
        assert servers.status("here").pid is None
        assert await servers.health_check("here")


async def test_a_modern_server_tells_of_its_new_tools():
    with serving(sdk_server.make().streamable_http_app()) as url:
        here = ServerConfig(name="here", transport="module", module="fakes.sdk_server", external=False)
        async with manager(remote(f"{url}/mcp"), here) as servers:
            for name in ("far", "here"):
                assert (await servers.call_tool(name, "grow")).error == ""
                await until(lambda name=name: "grown" in {tool.name for tool in servers.get_tools(name)})
                assert (await servers.call_tool(name, "grown")).text == "grown"


async def test_the_cancellation_of_a_call_reaches_a_module():
    sdk_server.CANCELLED.clear()
    config = ServerConfig(name="here", transport="module", module="fakes.sdk_server", external=False)
    async with manager(config) as servers:
        assert (await servers.call_tool("here", "echo", {"text": "up"})).text == "up"
        result = await servers.call_tool("here", "sleep", {"seconds": 40}, timeout=1)
        assert result.code == "timeout"
        await until(lambda: sdk_server.CANCELLED == ["sleep"])


@pytest.mark.parametrize(("module", "why"), [("no.such.module", "was not found"), ("json", "exports no MCP server")])
async def test_a_module_without_a_server_is_a_configuration_error(module, why):
    async with manager(ServerConfig(name="here", transport="module", module=module)) as servers:
        result = await servers.call_tool("here", "x")
        assert result.code == "config_error"
        assert why in result.error


async def test_a_module_that_cannot_be_imported_is_a_configuration_error(tmp_path, monkeypatch):
    (tmp_path / "broken_server.py").write_text("raise ValueError('no luck')")
    (tmp_path / "wrapped_server.py").write_text(
        "from fakes.sdk_server import make\nclass Fast:\n    _mcp_server = make()._lowlevel_server\nmcp = Fast()\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    broken = ServerConfig(name="broken", transport="module", module="broken_server")
    wrapped = ServerConfig(name="wrapped", transport="module", module="wrapped_server", external=False)
    async with manager(broken, wrapped) as servers:
        result = await servers.call_tool("broken", "x")
        assert (result.code, "no luck" in result.error) == ("config_error", True)
        assert (await servers.call_tool("wrapped", "echo", {"text": "fast"})).text == "fast"
