"""What a server that was started is told of the network."""

import asyncio
import dataclasses

from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager


async def test_a_started_server_is_told_of_proxies_and_certificates_and_of_no_other_variable(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/own-ca.pem")
    monkeypatch.setenv("MY_OWN_BUSINESS", "nobody's")
    monkeypatch.setenv("NO_PROXY", "everywhere")
    config = dataclasses.replace(echo(), env={"NO_PROXY": "only.here"})
    async with asyncio.timeout(30), MCPServerManager({"echo": config}, privacy=None) as servers:
        environment = (await servers.call_tool("echo", "env")).data
    assert environment["HTTPS_PROXY"] == "http://proxy.example.com:3128"
    assert environment["NODE_EXTRA_CA_CERTS"] == environment["SSL_CERT_FILE"] == "/etc/own-ca.pem"
    assert environment["NO_PROXY"] == "only.here"
    assert "MY_OWN_BUSINESS" not in environment
