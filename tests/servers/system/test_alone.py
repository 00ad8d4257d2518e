"""The server as any MCP client starts it: `python -m roxy.servers.system` over stdio, with a home of its own."""

import asyncio
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from roxy.servers.system.alone import opened

pytestmark = pytest.mark.requirement("server.system")


def environment(home):
    source = next(path for path in sys.path if path.endswith("src"))
    return {"ROXY_HOME": str(home), "PYTHONPATH": source, "TZ": "Europe/Berlin", "PATH": ""}


@asynccontextmanager
async def started(home, mode="auto"):
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "roxy.servers.system"], env=environment(home), cwd=str(home)
    )
    async with asyncio.timeout(40), Client(stdio_client(command), mode=mode) as client:
        yield client


async def test_memory_outlives_the_process_and_files_are_those_of_the_settings(tmp_path):
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "tax.txt").write_text("The refund is 120.")
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "roxy.yaml").write_text(
        f"files: {{folders: ['{documents}']}}\nuser: {{timezone: Asia/Tokyo}}\n"
    )
    async with started(tmp_path) as client:
        await client.call_tool("memory_store", {"text": "Anna's birthday is on 4 June"})
        read = await client.call_tool("file_read", {"path": str(documents / "tax.txt")})
        outside = await client.call_tool("file_read", {"path": str(tmp_path / "config" / "roxy.yaml")})
        now = await client.call_tool("time_now", {})
    assert read.structured_content["text"] == "The refund is 120."
    assert outside.is_error
    assert now.structured_content["zone"] == "Asia/Tokyo"
    async with opened(environment(tmp_path), tmp_path) as services:
        found = await services.memory.search("when is annas birthday")
    assert [item.text for item in found] == ["Anna's birthday is on 4 June"]
    assert services.status() == ()


async def test_a_client_of_the_legacy_era_is_served_too(tmp_path):
    async with started(tmp_path, mode="legacy") as client:
        status = await client.call_tool("status", {})
    assert status.structured_content["folders"] == []


def test_a_wrong_setting_ends_it_with_one_sentence_and_nothing_on_stdout(tmp_path):
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "roxy.yaml").write_text("files: {folder: [x]}\n")
    ended = subprocess.run(
        [sys.executable, "-m", "roxy.servers.system"],
        env=environment(tmp_path),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert "folders" in ended.stderr
    assert "Traceback" not in ended.stderr
