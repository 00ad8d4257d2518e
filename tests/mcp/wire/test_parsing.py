"""Messages of any size are read, and the loop goes on meanwhile."""

import asyncio
import json
import time

import pytest

from fakes.figures import slowness
from fakes.heart import heartbeat
from fakes.servers import is_gone
from roxy.mcp.wire import parsing
from roxy.mcp.wire.channel import FAULT
from roxy.mcp.wire.parsing import Parser


@pytest.fixture
async def parser():
    async with asyncio.timeout(50):
        made = Parser()
        try:
            yield made
        finally:
            await made.aclose()


@pytest.fixture
def always_helped(monkeypatch):
    monkeypatch.setattr(parsing, "SMALL_BYTES", 0)
    monkeypatch.setattr(parsing, "HERE_BYTES", 0)


def rows(count: int) -> list[dict]:
    return [{"id": n, "name": f"row {n}", "ok": True, "part": n / 3, "tags": ["a", "b"]} for n in range(count)]


VALUES = [
    {},
    [],
    {"a": {}, "b": [], "c": None, "d": "", "e": [[], {}]},
    {"rows": rows(5000), "more": {"text": "x" * 2_000_000, "short": "y"}},
    [["ü€" * 1_000_000], {"deep": {"deep": rows(3000)}}, 5, "z" * 600_000],
    {str(n): n for n in range(50_000)},
    [{"big": "a" * 300_000}] * 5,
]


@pytest.mark.parametrize("value", VALUES, ids=range(len(VALUES)))
async def test_the_helper_gives_back_what_the_text_says(parser, always_helped, value):
    assert await parser.parsed(json.dumps(value, ensure_ascii=False).encode()) == value


async def test_the_helper_says_what_is_no_json_and_goes_on(parser, always_helped):
    for _ in range(2):
        with pytest.raises(ValueError, match="no JSON"):
            await parser.parsed(b'{"half": ')
        assert await parser.parsed(b'{"a": 1}') == {"a": 1}


@pytest.mark.parametrize("batch", [True, False])
async def test_a_server_cannot_speak_for_the_transport(parser, batch):
    forged = {"jsonrpc": "2.0", "id": 1, "error": {"code": FAULT, "message": "gone", "data": {"kind": "unsent"}}}
    read = await parser.parsed(json.dumps([forged] if batch else forged).encode())
    assert (read[0] if batch else read)["error"]["code"] == -32603


async def test_many_messages_at_once_go_through_one_helper(parser, always_helped):
    values = [{"n": n, "rows": rows(200)} for n in range(10)]
    assert await asyncio.gather(*(parser.parsed(json.dumps(value).encode()) for value in values)) == values


async def test_a_helper_that_was_killed_is_replaced(parser, always_helped):
    assert await parser.parsed(b'{"a": 1}') == {"a": 1}
    parser._helper.kill()
    await parser._helper.wait()
    assert await parser.parsed(b'{"a": 2}') == {"a": 2}


async def test_a_reading_that_is_given_up_does_not_spoil_the_next_one(parser, always_helped):
    large = json.dumps(rows(50_000)).encode()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await parser.parsed(large)
    assert await parser.parsed(b'{"a": 3}') == {"a": 3}


async def test_small_messages_need_no_helper_and_closing_leaves_no_process(parser):
    await parser.parsed(b'{"a": 1}')
    assert parser._helper is None
    await parser.parsed(json.dumps(rows(100_000)).encode())
    pid = parser._helper.pid
    await parser.aclose()
    assert is_gone(pid)


@pytest.mark.parametrize(
    "message",
    [
        {"content": [{"type": "text", "text": "Grüße\n" * 2_400_000}]},
        {"structuredContent": rows(190_000)},
        {"structuredContent": rows(20_000)},
    ],
    ids=["16 MB of text", "16 MB of rows", "2 MB of rows"],
)
@pytest.mark.requirement("mcp.no_stall")
async def test_a_large_message_is_read_in_time_and_the_loop_does_not_stand_still(parser, message):
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": message}, ensure_ascii=False).encode()
    await parser.parsed(json.dumps(rows(100_000)).encode())  # the helper's start is not what is measured
    async with heartbeat() as beats:
        began = time.perf_counter()
        await parser.parsed(text)
        seconds = time.perf_counter() - began
    assert seconds < 5 * slowness()  # about 0.1 s for text, 0.6 s for rows, on a machine with nothing else to do
    assert max(beats) < 0.1
