"""The manager against servers that nobody here wrote."""

import asyncio
import os
import shutil
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from roxy.contracts.servers import ServerConfig
from roxy.mcp.servers import MCPServerManager

PEERS = Path(__file__).parents[1] / "peers"

needs_npm = pytest.mark.skipif(
    not (PEERS / "node_modules").is_dir() or shutil.which("node") is None,
    reason="needs Node, and the servers of tests/peers (cd tests/peers && npm ci)",
)


def python_server(module: str, *args: str) -> ServerConfig:
    pytest.importorskip(module)
    return ServerConfig(name="peer", command=sys.executable, args=["-m", module, *args], external=False)


def node_server(package: str, entry: str, *args: str, **settings) -> ServerConfig:
    path = PEERS / "node_modules" / "@modelcontextprotocol" / package / entry
    return ServerConfig(name="peer", command="node", args=[str(path), *args], external=False, **settings)


def manager(config: ServerConfig) -> MCPServerManager:
    return MCPServerManager({config.name: config}, privacy=None)


@pytest.fixture(autouse=True)
async def _bounded():
    async with asyncio.timeout(55):
        yield


@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_time_server_converts_a_time():
    async with manager(python_server("mcp_server_time")) as servers:
        arguments = {"source_timezone": "Europe/Berlin", "time": "12:00", "target_timezone": "Asia/Tokyo"}
        result = await servers.call_tool("peer", "convert_time", arguments)
        assert result.success, result.error
        assert "Asia/Tokyo" in result.text
        assert {tool.name for tool in servers.get_tools("peer")} == {"convert_time", "get_current_time"}
        # Also on a machine so slow that the probe is given up before the server has started.
        assert servers.status("peer").protocol == "2026-07-28"


@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_git_server_tells_the_status_of_a_repository(tmp_path):
    await asyncio.to_thread(subprocess.run, ["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "new.txt").write_text("new")
    async with manager(python_server("mcp_server_git", "--repository", str(tmp_path))) as servers:
        result = await servers.call_tool("peer", "git_status", {"repo_path": str(tmp_path)})
        assert result.success, result.error
        assert "new.txt" in result.text


@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_fetch_server_reads_a_local_page():
    class Page(BaseHTTPRequestHandler):
        def do_GET(self):
            body = b"<html><body><h1>A page</h1><p>with a sentence of some length in it.</p></body></html>"
            self.send_response(200 if self.path == "/page" else 404)
            self.send_header("content-type", "text/html")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=web.serve_forever, daemon=True).start()
    try:
        async with manager(python_server("mcp_server_fetch", "--ignore-robots-txt", "--allow-private-ips")) as servers:
            url = f"http://127.0.0.1:{web.server_port}/page"
            result = await servers.call_tool("peer", "fetch", {"url": url, "raw": True})
            assert result.success, result.error
            assert "with a sentence" in result.text
    finally:
        web.shutdown()
        web.server_close()


@needs_npm
@pytest.mark.npm
@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_everything_server_echoes_and_shows_an_image():
    async with manager(node_server("server-everything", "dist/index.js")) as servers:
        result = await servers.call_tool("peer", "echo", {"message": "hi"})
        assert (result.error, "hi" in result.text) == ("", True)
        image = await servers.call_tool("peer", "get-tiny-image")
        assert "image" in {block["type"] for block in image.content}
        assert servers.status("peer").protocol == "2025-11-25"


@needs_npm
@pytest.mark.npm
async def test_the_everything_server_is_reached_over_http(unused_tcp_port):
    process = await asyncio.create_subprocess_exec(
        "node",
        str(PEERS / "node_modules/@modelcontextprotocol/server-everything/dist/index.js"),
        "streamableHttp",
        env={"PATH": os.environ["PATH"], "PORT": str(unused_tcp_port)},
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    try:
        while b"listening" not in await process.stderr.readline():
            pass
        config = ServerConfig(
            name="peer", transport="http", url=f"http://127.0.0.1:{unused_tcp_port}/mcp", external=False
        )
        async with manager(config) as servers:
            result = await servers.call_tool("peer", "echo", {"message": "hi"})
            assert (result.error, "hi" in result.text, result.route) == ("", True, "mcp:http")
    finally:
        process.kill()
        await process.wait()
        process._transport.close()


@needs_npm
@pytest.mark.npm
@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_filesystem_server_reads_within_its_folder(tmp_path):
    (tmp_path / "note.txt").write_text("a note")
    async with manager(node_server("server-filesystem", "dist/index.js", str(tmp_path))) as servers:
        result = await servers.call_tool("peer", "read_text_file", {"path": str(tmp_path / "note.txt")})
        assert (result.error, "a note" in result.text) == ("", True)
        outside = await servers.call_tool("peer", "read_text_file", {"path": "/etc/hostname"})
        assert outside.code == "tool_error"


@needs_npm
@pytest.mark.npm
@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_memory_server_remembers(tmp_path):
    env = {"MEMORY_FILE_PATH": str(tmp_path / "memory.jsonl")}
    async with manager(node_server("server-memory", "dist/index.js", env=env)) as servers:
        entity = {"name": "Roxy", "entityType": "assistant", "observations": ["is private"]}
        made = await servers.call_tool("peer", "create_entities", {"entities": [entity]})
        assert made.success, made.error
        found = await servers.call_tool("peer", "search_nodes", {"query": "private"})
        assert "Roxy" in found.text


@needs_npm
@pytest.mark.npm
@pytest.mark.requirement("mcp.foreign_servers")
async def test_the_sequential_thinking_server_counts_the_thoughts():
    async with manager(node_server("server-sequential-thinking", "dist/index.js")) as servers:
        thought = {"thought": "one", "nextThoughtNeeded": True, "thoughtNumber": 1, "totalThoughts": 2}
        result = await servers.call_tool("peer", "sequentialthinking", thought)
        assert (result.error, result.data["thoughtHistoryLength"]) == ("", 1)
        again = await servers.call_tool("peer", "sequentialthinking", {**thought, "thoughtNumber": 2})
        assert again.data["thoughtHistoryLength"] == 2
