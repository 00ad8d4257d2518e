import asyncio
from contextlib import asynccontextmanager

import pytest

from fakes.listening import listening
from roxy.errors import Denied, RoxyError, UsageError
from roxy.skills import fetching
from roxy.skills.fetching import fetch, is_private


@asynccontextmanager
async def web(answer):
    """A server on the loopback that answers `answer(path, headers)` with (status, headers, body)."""

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        status, more, body = await answer(head[0].split()[1], headers)
        lines = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in more.items())]
        lines += [f"Content-Length: {len(body)}", "Connection: close", "", ""]
        writer.write("\r\n".join(lines).encode() + body)
        await writer.drain()
        writer.close()

    async with listening(serve) as port:
        yield f"http://127.0.0.1:{port}"


def allow(*names, others=False):
    asked = []

    async def permit(host):
        asked.append(host)
        if host not in names and not others:
            raise Denied(f"{host} was not granted")
        return host in names

    permit.asked = asked
    return permit


async def get(url, permit, **more):
    return await fetch(url, headers=more.get("headers"), timeout=more.get("timeout", 5), allow=permit)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in fetching._PROXIES:
        monkeypatch.delenv(name, raising=False)


async def test_a_page_is_fetched_with_status_text_and_headers():
    async def answer(path, headers):
        assert headers["user-agent"].startswith("roxy/")
        return 200, {"Content-Type": "text/plain; charset=latin-1"}, f"{path} ü".encode("latin-1")

    async with web(answer) as url:
        reply = await get(f"{url}/page", allow("127.0.0.1"))
    assert (reply.status, reply.text, reply.headers["content-type"]) == (200, "/page ü", "text/plain; charset=latin-1")


@pytest.mark.requirement("skills.permissions")
async def test_every_hop_of_a_redirect_is_checked():
    async def answer(path, headers):
        return (302, {"Location": "http://localhost:1/private"}, b"") if path == "/" else (200, {}, b"")

    permit = allow("127.0.0.1")
    async with web(answer) as url:
        with pytest.raises(Denied, match="localhost"):
            await get(f"{url}/", permit)
    assert permit.asked == ["127.0.0.1", "localhost"]


async def test_a_secret_header_does_not_follow_to_another_origin():
    seen = {}

    async def second(path, headers):
        seen.update(headers)
        return 200, {}, b"ok"

    async with web(second) as other:

        async def first(path, headers):
            return 302, {"Location": f"{other}/x"}, b""

        async with web(first) as url:
            reply = await get(f"{url}/", allow("127.0.0.1"), headers={"Authorization": "x", "Accept": "text/html"})
    assert reply.text == "ok"
    assert "authorization" not in seen
    assert seen["accept"] == "text/html"


@pytest.mark.requirement("skills.permissions")
@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]"]
)
async def test_the_own_network_is_closed_unless_it_was_granted_by_name(host):
    with pytest.raises(Denied, match="own network"):
        await get(f"http://{host}:1/", allow(others=True))


async def test_the_connected_address_is_checked_too():
    class Response:
        def __init__(self):
            self.extensions = {"network_stream": self}

        def get_extra_info(self, name):
            return ("192.168.1.1", 80)

    with pytest.raises(Denied):
        fetching._refuse_peer("rebound.example", Response())


@pytest.mark.parametrize("url", ["", "file:///etc/passwd", "example.com", "http://", "http://[", "ftp://a/"])
async def test_what_is_no_web_address_says_so(url):
    with pytest.raises(UsageError, match="not a web address"):
        await get(url, allow(others=True))


async def test_a_circle_a_silent_host_and_nobody_there_are_sentences():
    async def circle(path, headers):
        return 302, {"Location": "/again"}, b""

    async with web(circle) as url:
        with pytest.raises(RoxyError, match="circle"):
            await get(url, allow("127.0.0.1"))
        port = int(url.rpartition(":")[2])
    with pytest.raises(RoxyError, match=r"127\.0\.0\.1 could not be reached"):
        await get(f"http://127.0.0.1:{port}/", allow("127.0.0.1"))

    async def silent(path, headers):
        await asyncio.Event().wait()

    async with web(silent) as url:
        with pytest.raises(RoxyError, match="did not answer within"):
            await get(url, allow("127.0.0.1"), timeout=0.2)


async def test_a_flood_is_cut_off(monkeypatch):
    monkeypatch.setattr(fetching, "MAX_BYTES", 1000)

    async def flood(path, headers):
        return 200, {}, b"x" * 100_000

    async with web(flood) as url:
        assert len((await get(url, allow("127.0.0.1"))).text) == 1000


@pytest.mark.parametrize(
    ("address", "private"),
    [
        ("8.8.8.8", False),
        ("2606:4700::1111", False),
        ("192.168.0.1", True),
        ("fe80::1%eth0", True),
        ("0.0.0.0", True),
        ("a.localhost", True),
        ("a.org", False),
    ],
)
def test_private_addresses(address, private):
    assert is_private(address) is private
