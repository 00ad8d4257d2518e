import asyncio

import httpx
import pytest

from roxy.config.network import network_environment

PROXY = "http://proxy.example.com:3128"


def test_without_a_proxy_or_certificates_nothing_is_handed_on():
    assert network_environment({"HOME": "/home/ann", "PATH": "/bin", "HTTPS_PROXY": ""}) == {}


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "all_proxy"])
def test_a_proxy_is_handed_on_and_node_is_told_to_heed_it(name):
    environ = {name: PROXY, "NO_PROXY": "localhost", "API_KEY": "x"}
    assert network_environment(environ) == {name: PROXY, "NO_PROXY": "localhost", "NODE_USE_ENV_PROXY": "1"}


def test_own_certificates_reach_node_too():
    assert network_environment({"SSL_CERT_FILE": "/ca.pem"}) == {
        "SSL_CERT_FILE": "/ca.pem",
        "NODE_EXTRA_CA_CERTS": "/ca.pem",
    }


def test_what_the_user_chose_for_node_stays():
    environ = {"SSL_CERT_FILE": "/a", "NODE_EXTRA_CA_CERTS": "/b", "HTTP_PROXY": PROXY, "NODE_USE_ENV_PROXY": "0"}
    assert network_environment(environ) == environ


async def test_what_roxy_fetches_itself_goes_through_the_proxy(monkeypatch):
    asked: list[bytes] = []

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")[0])
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
        await writer.drain()
        writer.close()

    async with asyncio.timeout(10), await asyncio.start_server(proxy, "127.0.0.1", 0) as server:
        for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
        async with httpx.AsyncClient() as client:
            assert (await client.get("http://nowhere.invalid/page")).text == "hi"
    assert asked == [b"GET http://nowhere.invalid/page HTTP/1.1"]
