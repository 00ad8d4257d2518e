"""Model servers that say what a script tells them, over real sockets.

All streams are hand-written from the types of the official SDKs (`openai`, `anthropic`, `google-genai`); none of them
is a recording of a real service.
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes.listening import listening

KEY = "the key of these tests".replace(" ", "-")
"""What the scripted servers are sent as a key."""


class Stall:
    """Say nothing more until the client hangs up."""


class Drop:
    """Break the connection without ending the answer."""


Piece = bytes | Stall | Drop


@dataclass
class Reply:
    """One answer: its pieces are sent one by one, as HTTP chunks."""

    pieces: Sequence[Piece] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"content-type": "text/event-stream"})
    stalled: bool = False
    """Send not even the status line."""
    every: tuple[bytes, float] | None = None
    """After the pieces this one again and again, with so many seconds between, until the client hangs up."""


@dataclass
class Asked:
    """One request that arrived."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class ModelServer:
    """Answers each request with the next reply of its script; the last one is repeated."""

    def __init__(self, script: Sequence[Reply]) -> None:
        self.script = list(script)
        self.asked: list[Asked] = []
        self.hung_up = asyncio.Event()
        """The client closed the connection while the answer was not complete."""
        self.arrived = asyncio.Event()
        """A request has arrived."""
        self.connections = 0
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (asked := await _request(reader)) is not None:
                self.asked.append(asked)
                self.arrived.set()
                if not await self._answer(self.reply_to(asked), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    def reply_to(self, asked: Asked) -> Reply:
        """The next one."""
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]

    async def _answer(self, reply: Reply, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        if reply.stalled:
            return await self._act(Stall(), reader, writer)
        head = {**reply.headers, "transfer-encoding": "chunked"}
        lines = [f"HTTP/1.1 {reply.status} Scripted", *(f"{name}: {value}" for name, value in head.items())]
        writer.write("\r\n".join([*lines, "", ""]).encode())
        for piece in reply.pieces:
            if isinstance(piece, bytes):
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
            elif not await self._act(piece, reader, writer):
                return False
        if reply.every is not None:
            await self._repeat(*reply.every, writer)
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True

    async def _repeat(self, piece: bytes, seconds: float, writer: asyncio.StreamWriter) -> None:
        try:
            while not writer.transport.is_closing():
                writer.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                await writer.drain()
                await asyncio.sleep(seconds)
        finally:
            self.hung_up.set()

    async def _act(self, piece: Piece, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        await writer.drain()
        if isinstance(piece, Drop):
            writer.transport.abort()
            return False
        try:
            gone = await reader.read(1) == b""
        except ConnectionError:
            gone = True
        if gone:
            self.hung_up.set()
        return False


@contextlib.asynccontextmanager
async def model_server(*script: Reply, server: ModelServer | None = None) -> AsyncIterator[ModelServer]:
    """A server on a free port of the loopback interface."""
    scripted = server or ModelServer(script)
    async with listening(scripted.serve) as port:
        scripted.url = f"http://127.0.0.1:{port}"
        yield scripted


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    line = await reader.readline()
    if not line:
        return None
    method, path, _ = line.decode().split(" ", 2)
    headers: dict[str, str] = {}
    while (line := await reader.readline()) not in {b"\r\n", b""}:
        name, _, value = line.decode().partition(":")
        headers[name.strip().lower()] = value.strip()
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, json.loads(body) if body else None)


def sse(*events: dict[str, Any], named: bool = False, done: bool = False) -> list[bytes]:
    """Server-sent events, one piece each; `named` writes each `type` as the event's name too."""
    pieces = []
    for event in events:
        name = f"event: {event['type']}\n" if named else ""
        pieces.append(f"{name}data: {json.dumps(event, ensure_ascii=False)}\n\n".encode())
    return [*pieces, b"data: [DONE]\n\n"] if done else pieces


def in_bytes(pieces: Sequence[bytes], size: int = 1) -> list[bytes]:
    """The same bytes in pieces of `size`, so that nothing ends where it should."""
    whole = b"".join(pieces)
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def failing(status: int, body: Any, **headers: str) -> Reply:
    """An HTTP error; underscores in the names of headers become hyphens."""
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply([text.encode()], status, {"content-type": "application/json", **named})


# OpenAI Chat Completions (openai.types.chat.ChatCompletionChunk)


def chat_chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m1-2026",
        "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        **more,
    }


CHAT_USAGE = {
    "prompt_tokens": 20,
    "completion_tokens": 7,
    "total_tokens": 27,
    "prompt_tokens_details": {"cached_tokens": 5},
    "completion_tokens_details": {"reasoning_tokens": 3},
}


def chat_text(*words: str) -> list[bytes]:
    """An answer of words, with usage."""
    first = chat_chunk({"role": "assistant", "content": ""})
    rest = [chat_chunk({"content": word}) for word in words]
    usage = {**chat_chunk({}), "choices": [], "usage": CHAT_USAGE}
    return sse(first, *rest, chat_chunk({}, "stop"), usage, done=True)


def chat_calls(*calls: tuple[str, str, Sequence[str]]) -> list[bytes]:
    """Parallel tool calls (id, name, pieces of arguments); their pieces come by turns."""
    chunks = [chat_chunk({"role": "assistant", "content": None})]
    for index, (id_, name, _) in enumerate(calls):
        call = {"index": index, "id": id_, "type": "function", "function": {"name": name, "arguments": ""}}
        chunks.append(chat_chunk({"tool_calls": [call]}))
    for turn in range(max(len(pieces) for _, _, pieces in calls)):
        for index, (_, _, pieces) in enumerate(calls):
            if turn < len(pieces):
                call = {"index": index, "function": {"arguments": pieces[turn]}}
                chunks.append(chat_chunk({"tool_calls": [call]}))
    usage = {**chat_chunk({}), "choices": [], "usage": CHAT_USAGE}
    return sse(*chunks, chat_chunk({}, "tool_calls"), usage, done=True)


# OpenAI Responses (openai.types.responses.ResponseStreamEvent)


def response_stream(items: Sequence[dict[str, Any]], status: str = "completed", **more: Any) -> list[bytes]:
    """A whole stream for the given output items; texts and arguments come in two pieces each."""
    events: list[dict[str, Any]] = [{"type": "response.created", "response": _response([], "in_progress")}]
    for index, item in enumerate(items):
        events.append({"type": "response.output_item.added", "output_index": index, "item": _begun(item)})
        events += _response_deltas(index, item)
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    last = {**_response(items, status), **more}
    events.append({"type": f"response.{status}", "response": last})
    return sse(*({**event, "sequence_number": number} for number, event in enumerate(events)), named=True)


def _response(items: Sequence[dict[str, Any]], status: str) -> dict[str, Any]:
    usage = {
        "input_tokens": 20,
        "input_tokens_details": {"cached_tokens": 5, "cache_write_tokens": 0},
        "output_tokens": 7,
        "output_tokens_details": {"reasoning_tokens": 3},
        "total_tokens": 27,
    }
    return {
        "id": "resp_1",
        "object": "response",
        "created_at": 1,
        "model": "m1-2026",
        "status": status,
        "output": list(items),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
        "usage": None if status == "in_progress" else usage,
    }


def _begun(item: dict[str, Any]) -> dict[str, Any]:
    if item["type"] == "function_call":
        return {**item, "arguments": "", "status": "in_progress"}
    return {**item, "content": [], "status": "in_progress"} if item["type"] == "message" else item


def _response_deltas(index: int, item: dict[str, Any]) -> list[dict[str, Any]]:
    base = {"output_index": index, "item_id": item["id"]}
    if item["type"] == "function_call":
        kind, text = "response.function_call_arguments", item["arguments"]
        end = {"type": f"{kind}.done", **base, "arguments": text, "name": item["name"]}
    elif item["type"] == "message":
        base |= {"content_index": 0}
        kind, text = "response.output_text", item["content"][0]["text"]
        end = {"type": f"{kind}.done", **base, "text": text, "logprobs": []}
    else:
        kind, text = "response.reasoning_summary_text", item["summary"][0]["text"]
        base |= {"summary_index": 0}
        end = {"type": f"{kind}.done", **base, "text": text}
    half = len(text) // 2
    return [{"type": f"{kind}.delta", **base, "delta": part} for part in (text[:half], text[half:])] + [end]


# Anthropic Messages (anthropic.types.RawMessageStreamEvent)


def anthropic_stream(
    blocks: Sequence[tuple[dict[str, Any], Sequence[dict[str, Any]]]], stop: str = "end_turn"
) -> list[bytes]:
    """A whole stream; each block is what begins it, and its deltas."""
    message = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m1-2026",
        "content": [],
        "stop_reason": None,
        "stop_sequence": None,
        "usage": {
            "input_tokens": 10,
            "cache_read_input_tokens": 5,
            "cache_creation_input_tokens": 5,
            "output_tokens": 1,
        },
    }
    events: list[dict[str, Any]] = [{"type": "message_start", "message": message}, {"type": "ping"}]
    for index, (begun, deltas) in enumerate(blocks):
        events.append({"type": "content_block_start", "index": index, "content_block": begun})
        events += [{"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas]
        events.append({"type": "content_block_stop", "index": index})
    usage = {"output_tokens": 7, "output_tokens_details": {"thinking_tokens": 3}}
    events.append({"type": "message_delta", "delta": {"stop_reason": stop, "stop_sequence": None}, "usage": usage})
    return sse(*events, {"type": "message_stop"}, named=True)


def anthropic_text(*words: str) -> list[bytes]:
    """An answer of words."""
    return anthropic_stream([({"type": "text", "text": ""}, [{"type": "text_delta", "text": word} for word in words])])


def anthropic_calls(*calls: tuple[str, str, Sequence[str]]) -> list[bytes]:
    """Tool calls (id, name, pieces of arguments), one block after another."""
    return anthropic_stream(
        [
            (
                {"type": "tool_use", "id": id_, "name": name, "input": {}},
                [{"type": "input_json_delta", "partial_json": piece} for piece in pieces],
            )
            for id_, name, pieces in calls
        ],
        "tool_use",
    )


# Gemini (google.genai.types.GenerateContentResponse, as JSON)


def gemini_chunk(parts: Sequence[dict[str, Any]], finish: str | None = None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": list(parts)}}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "modelVersion": "m1-2026",
        "responseId": "resp-1",
        "usageMetadata": {
            "promptTokenCount": 20,
            "cachedContentTokenCount": 5,
            "candidatesTokenCount": 4,
            "thoughtsTokenCount": 3,
            "totalTokenCount": 27,
        },
    }


def gemini_text(*words: str) -> list[bytes]:
    """An answer of words."""
    chunks = [gemini_chunk([{"text": word}]) for word in words[:-1]]
    return sse(*chunks, gemini_chunk([{"text": words[-1]}], "STOP"))


def gemini_calls(*calls: tuple[str, dict[str, Any]]) -> list[bytes]:
    """Tool calls (name, arguments); Gemini sends each whole."""
    chunks = [gemini_chunk([{"functionCall": {"name": name, "args": arguments}}]) for name, arguments in calls]
    return sse(*chunks, gemini_chunk([{"text": ""}], "STOP"))
