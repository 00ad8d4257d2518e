"""The channel over streamable HTTP, against servers of raw sockets and of the SDK."""

import asyncio
import functools
import gzip
import json
import ssl
import time
from contextlib import asynccontextmanager

import pytest
from mcp import MCPError

from fakes import sdk_server
from fakes.figures import slowness
from fakes.raw_http import END, answer_to, chunk, drip, empty, event, head, polite, raw_http, silence, stream, whole
from fakes.servers import open_files, until
from fakes.talking import LEGACY, MODERN, far, talking
from fakes.web import serving
from roxy.errors import ConfigError
from roxy.mcp.transports.http import http_channel
from roxy.mcp.wire.channel import FAULT


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(30):
        yield


def over(url: str, **settings):
    return talking(functools.partial(http_channel, far(url, **settings)))


@asynccontextmanager
async def greeted(behave, **settings):
    """A raw server with a polite handshake, and a dispatcher that has gone through it."""

    async def respond(request, writer):
        said = polite(request)
        if said is not None:
            writer.write(said)
        elif request.method == "GET" and "last-event-id" not in request.headers and not settings.get("pushes"):
            writer.write(empty(405))
        else:
            await behave(request, writer)

    options = {key: value for key, value in settings.items() if key != "pushes"}
    async with raw_http(respond) as server, over(server.url, **options) as talk:
        await talk.greet()
        yield server, talk


def calls(server):
    return [request for request in server.requests if request.method == "POST" and "tools/call" in str(request.body)]


async def fault_of(talk, **options) -> MCPError:
    with pytest.raises(MCPError) as failed:
        await talk.call(**options)
    return failed.value


@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_calls_of_both_eras_are_answered_by_a_server_of_the_sdk(era):
    with serving(sdk_server.make().streamable_http_app()) as url:
        async with over(f"{url}/mcp") as talk:
            if era == "legacy":
                assert (await talk.greet())["protocolVersion"] == LEGACY
            texts = await asyncio.gather(*(talk.call("echo", modern=era == "modern", text=str(n)) for n in range(40)))
            assert texts == [str(n) for n in range(40)]


async def test_a_message_has_the_headers_that_the_specification_asks_for():
    async def behave(request, writer):
        writer.write(whole(answer_to(request)))

    async with greeted(behave, headers={"X-Key": "k", "Accept": "text/plain"}) as (server, talk):
        await talk.call()
        await talk.call(modern=True)
    first, legacy, modern = server.requests[0], *calls(server)
    assert "mcp-protocol-version" not in first.headers
    assert first.headers["accept"] == "application/json, text/event-stream"
    assert (legacy.headers["mcp-session-id"], legacy.headers["mcp-protocol-version"]) == ("s-1", LEGACY)
    assert (legacy.headers["x-key"], legacy.headers["content-type"]) == ("k", "application/json")
    assert (modern.headers["mcp-protocol-version"], modern.headers["mcp-method"]) == (MODERN, "tools/call")


async def test_an_answer_may_be_a_stream_with_other_messages_before_it():
    async def behave(request, writer):
        told = {"jsonrpc": "2.0", "method": "notifications/message", "params": {"level": "info"}}
        asked = {"jsonrpc": "2.0", "id": 99, "method": "elicitation/create", "params": {}}
        if "tools/call" in str(request.body):
            writer.write(
                stream() + chunk(b": ping\n\n") + event(told) + event([asked]) + event(answer_to(request)) + END
            )

    async with greeted(behave) as (server, talk):
        assert await talk.call() == "fine"
        await until(lambda: len(talk.notified) == 2)
        assert {method for method, _ in talk.notified} == {"notifications/message", "elicitation/create"}
        await until(lambda: server.requests[-1].message.get("result") == {"answered": "elicitation/create"})
        assert talk.strays == 0


async def test_the_connection_of_a_stream_that_ended_is_used_again():
    async def behave(request, writer):
        writer.write(stream() + event(answer_to(request)))
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(END)

    async with greeted(behave) as (server, talk):
        for _ in range(20):
            assert await talk.call() == "fine"
        assert server.connections <= 4
        assert talk.strays == 0


async def test_a_batch_of_answers_is_taken_apart():
    async def behave(request, writer):
        told = {"jsonrpc": "2.0", "method": "notifications/message", "params": {}}
        writer.write(whole([told, answer_to(request)]))

    async with greeted(behave) as (_, talk):
        assert await talk.call() == "fine"
        await talk.heard.wait()


async def test_what_the_server_says_unasked_comes_in_the_get_stream_which_is_taken_up_again_without_duplicates():
    news = [{"jsonrpc": "2.0", "method": "notifications/message", "params": {"n": n}} for n in range(4)]
    asked = []

    async def behave(request, writer):
        asked.append((request.headers.get("last-event-id"), time.monotonic()))
        if len(asked) == 1:
            writer.write(stream() + event(news[0], id="1", retry=500) + event(news[1], id="2") + END)
        elif len(asked) == 2:
            writer.write(stream() + event(news[1], id="2") + event(news[2], id="3"))
            await writer.drain()
            writer.transport.abort()
        else:
            writer.write(stream() + event(news[3], id="4"))
            await silence()

    async with greeted(behave, pushes=True) as (_, talk):
        await until(lambda: len(talk.notified) == 4)
        assert [params["n"] for _, params in talk.notified] == [0, 1, 2, 3]
    assert [last for last, _ in asked] == [None, "2", "3"]
    assert 0.45 <= asked[1][1] - asked[0][1] <= 0.9


@pytest.mark.parametrize("cut", ["ended", "reset"])
async def test_a_stream_that_ends_before_its_answer_is_taken_up_again_where_it_ended(cut):
    async def behave(request, writer):
        if request.method == "POST":
            writer.write(stream() + event(id="a-1", retry=500))
            await writer.drain()
            if cut == "ended":
                writer.write(END)
            else:
                writer.transport.abort()
        else:
            answer = {"jsonrpc": "2.0", "id": calls(server)[0].message["id"], "result": {"content": [{"text": "late"}]}}
            writer.write(stream() + event(answer, id="a-2") + END)

    async with greeted(behave) as (server, talk):
        began = time.monotonic()
        assert await talk.call() == "late"
        assert 0.45 <= time.monotonic() - began <= 0.45 + 0.75 * slowness()
        assert len(calls(server)) == 1
        assert server.requests[-1].headers["last-event-id"] == "a-1"


@pytest.mark.parametrize("modern", [False, True])
async def test_a_stream_that_ends_without_answer_and_without_place_is_a_broken_request(modern):
    async def behave(request, writer):
        writer.write(stream() + event(id="1" if modern else None) + END)

    async with greeted(behave) as (server, talk):
        error = await fault_of(talk, modern=modern)
        assert (error.code, error.data["kind"]) == (FAULT, "broken")
        assert len(calls(server)) == 1


def answered_with(payload: bytes):
    async def behave(request, writer):
        writer.write(payload)
        if b"content-length" not in payload and b"chunked" not in payload:
            writer.close()

    return behave


_BOMB = gzip.compress(b'{"x": "' + b"x" * 20_000_000 + b'"}', compresslevel=1)


@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (empty(202), "encoding"),
        (whole(b"<html>hello</html>"), "encoding"),
        (whole(b""), "encoding"),
        (whole(b"[]"), "encoding"),
        (whole({"jsonrpc": "2.0", "method": "notifications/message"}), "encoding"),
        (whole(b"{}", content_encoding="br"), "encoding"),
        (whole(b"no gzip", content_encoding="gzip"), "encoding"),
        (stream() + chunk(b"data: {not json}\n\n") + END, "encoding"),
        (head(200, content_length=100_000_000), "too_large"),
        (head(200) + b"x" * 3_000_000, "too_large"),
        (stream() + chunk(b"data: " + b"x" * 3_000_000) + END, "too_large"),
        (whole(_BOMB, content_encoding="gzip"), "too_large"),
        (head(200, "text/event-stream", content_encoding="gzip", content_length=len(_BOMB)) + _BOMB, "too_large"),
        (whole(b"{}", 500), "broken"),
        (empty(503), "broken"),
        (head(200, content_length=1000) + b'{"half"', "broken"),
        (b"HTTP/1.1 nonsense\r\n\r\n", "broken"),
        (b"", "broken"),
        (empty(429), "unsent"),
        (empty(401), "refused"),
        (whole({"error": {"code": 1, "message": "no"}}, 403), "refused"),
        (whole(b"what?", 400), "refused"),
        (empty(301, location="/elsewhere"), "refused"),
        (empty(307, location="http://127.0.0.2:1/mcp"), "refused"),
        (empty(307, location="http://user:pass@127.0.0.1/mcp"), "refused"),
    ],
    ids=range(25),
)
async def test_a_fault_costs_one_request_tells_its_kind_and_is_sent_once(payload, kind):
    async def behave(request, writer):
        if len(calls(server)) == 1:
            writer.write(payload)
            await writer.drain()
            if b"content-length" not in payload or kind == "broken":
                writer.close()
        else:
            writer.write(whole(answer_to(request)))

    async with greeted(behave, max_message_bytes=1_000_000) as (server, talk):
        error = await fault_of(talk)
        assert (error.code, error.data["kind"]) == (FAULT, kind), error.message
        assert len(calls(server)) == 1
        assert await talk.call() == "fine"
        assert not talk.ended.is_set()


async def test_a_server_that_cannot_be_reached_is_told_as_unsent():
    async with raw_http(answered_with(b"")) as server:
        url = server.url
    async with over(url) as talk:
        error = await fault_of(talk)
        assert (error.code, error.data["kind"]) == (FAULT, "unsent")


async def test_an_error_of_the_protocol_in_a_refusal_is_the_answer():
    async def behave(request, writer):
        error = {"code": -32602, "message": "no such tool"}
        writer.write(whole({"jsonrpc": "2.0", "id": None, "error": error}, 400))

    async with greeted(behave) as (_, talk):
        error = await fault_of(talk)
        assert (error.code, error.message) == (-32602, "no such tool")
        assert talk.channel.refusal == 400


async def test_a_redirect_within_the_origin_is_followed():
    async def behave(request, writer):
        writer.write(empty(308, location="/mcp/") if request.path != "/mcp/" else whole(answer_to(request)))

    async with greeted(behave, headers={"X-Key": "k"}) as (server, talk):
        assert await talk.call() == "fine"
        assert server.requests[-1].headers["x-key"] == "k"


async def test_redirects_in_a_ring_end():
    async def behave(request, writer):
        writer.write(empty(307, location="/round"))

    async with greeted(behave) as (server, talk):
        assert (await fault_of(talk)).data["kind"] == "refused"
        assert len(calls(server)) <= 4


@pytest.mark.requirement("mcp.own_origin")
async def test_declared_headers_are_not_sent_to_another_origin():
    async with raw_http(answered_with(whole(b"{}"))) as elsewhere:

        async def behave(request, writer):
            writer.write(empty(307, location=f"{elsewhere.url}/mcp"))

        async with greeted(behave, headers={"Authorization": "Bearer x"}) as (_, talk):
            error = await fault_of(talk)
            assert error.data == {"kind": "refused", "status": 307}
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "refusal",
    [empty(404), whole({"error": {"code": -32000, "message": "Bad Request: No valid session ID provided"}}, 400)],
)
async def test_a_session_the_server_has_forgotten_ends_the_channel_after_all_who_wait_were_told(refusal):
    async def behave(request, writer):
        await together.wait()
        writer.write(refusal)

    together = asyncio.Barrier(3)
    async with greeted(behave) as (server, talk):
        errors = await asyncio.gather(*(fault_of(talk) for _ in range(3)))
        assert [error.data["kind"] for error in errors] == ["unsent"] * 3
        await talk.ended.wait()
        assert "session" in str(talk.fault)
    assert "DELETE" not in {request.method for request in server.requests}


async def test_a_server_without_a_stream_to_get_may_say_that_it_is_not_found():
    async def behave(request, writer):
        writer.write(empty(404) if request.method == "GET" else whole(answer_to(request)))

    async with greeted(behave, pushes=True) as (server, talk):
        await until(lambda: server.requests[-1].method == "GET")
        assert [await talk.call(), await talk.call()] == ["fine", "fine"]
        assert not talk.ended.is_set()


@pytest.mark.parametrize("modern", [False, True])
async def test_hundreds_of_calls_that_nobody_waits_for_leave_nothing_behind(modern):
    async def behave(request, writer):
        writer.write(stream())
        await drip(writer, lambda _: chunk(b": ping\n\n"))

    async def given_up(talk):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await talk.call(modern=modern)

    async with greeted(behave) as (_, talk):
        await given_up(talk)
        await until(lambda: not talk.channel._requests and not talk.channel._others)
        tasks, files = len(asyncio.all_tasks()), open_files()
        for _ in range(10):
            await asyncio.gather(*(given_up(talk) for _ in range(30)))
        await until(lambda: not talk.channel._requests and not talk.channel._others)
        await until(lambda: len(asyncio.all_tasks()) <= tasks + 4)
        await until(lambda: open_files() <= files + 8)


async def test_the_session_is_ended_at_the_end():
    async with greeted(answered_with(b"")) as (server, _):
        pass
    assert (server.requests[-1].method, server.requests[-1].headers["mcp-session-id"]) == ("DELETE", "s-1")


async def test_a_server_that_does_not_answer_the_end_of_its_session_does_not_hold_it_up():
    async def respond(request, writer):
        if request.method == "DELETE":
            await silence()
        writer.write(polite(request) or empty(405))

    async with raw_http(respond) as server:
        async with over(server.url) as talk:
            await talk.greet()
            began = time.monotonic()
        assert time.monotonic() - began < 2.5 * slowness()


@pytest.mark.parametrize("modern", [False, True])
async def test_a_call_that_nobody_waits_for_is_cancelled_as_its_era_does_it(modern):
    closed = asyncio.Event()

    async def behave(request, writer):
        writer.write(stream() + event(id="1"))
        await drip(writer, lambda _: chunk(b": ping\n\n"))
        closed.set()

    async with greeted(behave) as (server, talk):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await talk.call(modern=modern)
        await closed.wait()
        told = [request for request in server.requests if request.message.get("method") == "notifications/cancelled"]
        assert len(told) == (0 if modern else 1)
        assert talk.channel._requests == {}


@pytest.mark.parametrize("part", ["nothing", "head", "body", "stream"])
async def test_a_server_slow_without_end_costs_one_call_its_deadline(part):
    begun = {
        "nothing": b"",
        "head": b"HTTP/1.1 200 OK\r\n",
        "body": head(200, content_length=10_000),
        "stream": stream(),
    }

    async def behave(request, writer):
        writer.write(begun[part])
        drops = {"head": b"x-%d: y\r\n", "body": b" ", "stream": chunk(b": x\n"), "nothing": b""}
        await drip(writer, lambda number: drops[part] % number if part == "head" else drops[part])

    async with greeted(behave) as (_, talk):
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await talk.call()
        assert time.monotonic() - began < 0.5 + 0.5 * slowness()


async def test_an_answer_of_another_type_is_still_read_when_it_is_json():
    async def behave(request, writer):
        writer.write(
            head(200, "text/plain", content_length=len(body := json.dumps(answer_to(request)).encode())) + body
        )

    async with greeted(behave) as (_, talk):
        assert await talk.call() == "fine"


async def test_a_compressed_answer_is_read():
    async def behave(request, writer):
        text = gzip.compress(json.dumps(answer_to(request, "x" * 300_000)).encode())
        writer.write(whole(text, content_encoding="gzip"))

    async with greeted(behave) as (server, talk):
        assert await talk.call() == "x" * 300_000
        assert server.requests[-1].headers["accept-encoding"] == "gzip"


async def test_an_answer_with_the_id_as_a_text_or_without_one_is_still_the_answer():
    async def behave(request, writer):
        wrong = {**answer_to(request), "id": str(request.message["id"])}
        writer.write(whole(wrong) if len(calls(server)) == 1 else stream() + event({**wrong, "id": None}) + END)

    async with greeted(behave) as (server, talk):
        assert [await talk.call(), await talk.call()] == ["fine", "fine"]


@pytest.mark.parametrize("name", ["X-Ké", "X-Key"])
async def test_a_header_that_cannot_be_sent_is_a_configuration_error_without_its_value(name):
    config = far("http://127.0.0.1:1", headers={name: "sécret"})
    with pytest.raises(ConfigError) as failed:
        await _open(config)
    assert name.lower() in str(failed.value)
    assert "cret" not in str(failed.value)


async def _open(config):
    async with http_channel(config, None):
        pass


@pytest.mark.parametrize("url", ["ftp://x/", "no address", "http://", "http://[::1"])
async def test_an_address_that_is_none_is_a_configuration_error(url):
    with pytest.raises(ConfigError, match="url"):
        await _open(far(url))


async def test_a_cookie_of_a_balancer_is_sent_back():
    async def behave(request, writer):
        writer.write(whole(answer_to(request), set_cookie="node=a; Path=/"))

    async with greeted(behave) as (server, talk):
        await talk.call()
        await talk.call()
        assert server.requests[-1].headers["cookie"] == "node=a"


async def test_a_proxy_of_the_environment_is_used_and_left_out_where_it_should_be(monkeypatch):
    async def behave(request, writer):
        writer.write(whole(answer_to(request, "direct" if request.path == "/mcp" else "by proxy")))

    async with raw_http(behave) as server:
        monkeypatch.setenv("HTTP_PROXY", server.url)
        async with over("http://far.example/mcp") as talk:
            assert await talk.call() == "by proxy"
            assert server.requests[-1].path == "http://far.example/mcp"
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        async with over(f"{server.url}/mcp") as talk:
            assert await talk.call() == "direct"


async def test_a_proxy_that_refuses_is_told_as_unsent(monkeypatch):
    async def behave(request, writer):
        writer.write(empty(502))

    async with raw_http(behave) as server:
        monkeypatch.setenv("HTTPS_PROXY", server.url)
        async with over("https://far.example/mcp") as talk:
            assert (await fault_of(talk)).data["kind"] == "unsent"
        assert server.requests[-1].method == "CONNECT"


async def test_a_server_whose_certificate_is_not_trusted_is_told_as_unsent():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0, ssl=context)
    async with server, over(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/mcp") as talk:
        assert (await fault_of(talk)).data["kind"] == "unsent"
