"""Messages of any size are read, and the loop goes on meanwhile."""

import asyncio
import gc
import json
import time

import pytest

from fakes.figures import slowness
from fakes.heart import heartbeat
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
def always_sliced(monkeypatch):
    monkeypatch.setattr(parsing, "SMALL_BYTES", 0)


def rows(count: int) -> list[dict]:
    return [{"id": n, "name": f"row {n}", "ok": True, "part": n / 3, "tags": ["a", "b"]} for n in range(count)]


# Made only when a test needs them: what stands in a module stays, and is looked through for garbage all the while.
VALUES = [
    dict,
    list,
    lambda: {"a": {}, "b": [], "c": None, "d": "", "e": [[], {}]},
    lambda: {"rows": rows(5000), "more": {"text": "x" * 2_000_000, "short": "y"}},
    lambda: [["ü€" * 1_000_000], {"deep": {"deep": rows(3000)}}, 5, "z" * 600_000],
    lambda: {str(n): n for n in range(50_000)},
    lambda: [{"big": "a" * 300_000}] * 5,
]


@pytest.mark.parametrize("made", VALUES, ids=range(len(VALUES)))
async def test_a_large_message_says_what_its_text_says(parser, always_sliced, made):
    value = made()
    assert await parser.parsed(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize("wrong", [b'{"half": ', b"", b"5", b'"a text"', b"print\n" * 9])
async def test_what_is_no_message_is_refused_and_the_next_one_read(parser, always_sliced, wrong):
    with pytest.raises(ValueError, match="no JSON"):
        await parser.parsed(wrong)
    assert await parser.parsed(bytearray(b'{"a": 1}')) == {"a": 1}


@pytest.mark.parametrize("batch", [True, False])
async def test_a_server_cannot_speak_for_the_transport(parser, batch):
    forged = {"jsonrpc": "2.0", "id": 1, "error": {"code": FAULT, "message": "gone", "data": {"kind": "unsent"}}}
    read = await parser.parsed(json.dumps([forged] if batch else forged).encode())
    assert (read[0] if batch else read)["error"]["code"] == -32603


async def test_many_messages_are_read_at_once_and_garbage_is_collected_again_after_the_last(parser, always_sliced):
    values = [{"n": n, "rows": rows(20 * n)} for n in range(10)]
    assert await asyncio.gather(*(parser.parsed(json.dumps(value).encode()) for value in values)) == values
    assert gc.isenabled()


async def test_a_reading_that_is_given_up_does_not_spoil_the_next_one(parser, always_sliced):
    reading = asyncio.create_task(parser.parsed(json.dumps(rows(50_000)).encode()))
    await asyncio.sleep(0)
    assert not gc.isenabled()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert gc.isenabled()
    assert await parser.parsed(b'{"a": 3}') == {"a": 3}


async def test_who_has_switched_collection_off_finds_it_so(parser, always_sliced):
    gc.disable()
    try:
        await parser.parsed(b'{"a": 1}')
        assert not gc.isenabled()
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "made",
    [
        lambda: {"content": [{"type": "text", "text": "Grüße\n" * 2_400_000}]},
        lambda: {"structuredContent": rows(190_000)},
        lambda: {"structuredContent": rows(20_000)},
    ],
    ids=["16 MB of text", "16 MB of rows", "2 MB of rows"],
)
@pytest.mark.requirement("mcp.no_stall")
async def test_a_large_message_is_read_in_time_and_the_loop_does_not_stand_still(parser, made):
    text = json.dumps({"jsonrpc": "2.0", "id": 1, "result": made()}, ensure_ascii=False).encode()
    async with heartbeat() as beats:
        began = time.perf_counter()
        await parser.parsed(text)
        seconds = time.perf_counter() - began
    assert seconds < 5 * slowness()  # about 0.1 s for text, 0.6 s for rows, on a machine with nothing else to do
    assert max(beats) < 0.1
