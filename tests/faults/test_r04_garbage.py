"""R4: a server prints garbage between its messages: a thousand lines for an answer, binary, a BOM, CRLF."""

import asyncio
import time

import pytest

from fakes.servers import echo
from roxy.mcp.servers import MCPServerManager
from roxy.mcp.transports import stdio


@pytest.mark.requirement("faults.garbage", "mcp.tolerance")
async def test_a_thousand_lines_of_garbage_cost_a_right_answer_200_ms_at_most_and_the_log_ten_lines(tmp_path):
    async with asyncio.timeout(30), MCPServerManager({"echo": echo()}, privacy=None, log_dir=tmp_path) as servers:
        await servers.start_server("echo")
        quick = slow = 0.0
        for lines in (0, 1000):
            quick, began = slow, time.process_time()
            result = await servers.call_tool("echo", "garbage", {"lines": lines})
            slow = time.process_time() - began
            assert (result.text, result.error) == ("clean", "")
        print(f"\nR4: 1,000 lines of garbage cost {(slow - quick) * 1000:.1f} ms")
        assert slow - quick < 0.2
        logged = [line for line in servers.log_tail("echo", 1000) if "not a message" in line]
        assert len(logged) == 10
        assert servers.status("echo").dropped["messages"] >= 1000


@pytest.mark.parametrize(("minute", "more"), [(0.0, True), (1000.0, False)])
@pytest.mark.requirement("faults.garbage")
async def test_of_the_garbage_of_each_minute_ten_lines_are_logged(tmp_path, monkeypatch, minute, more):
    monkeypatch.setattr(stdio, "_MINUTE", minute)
    async with asyncio.timeout(30), MCPServerManager({"echo": echo()}, privacy=None, log_dir=tmp_path) as servers:
        for _ in range(2):
            assert (await servers.call_tool("echo", "garbage", {"lines": 30})).text == "clean"
        logged = [line for line in servers.log_tail("echo", 1000) if "not a message" in line]
        assert len(logged) >= 60 if more else len(logged) == 10
