"""What Roxy's adapters cost beside the bare SDKs, in one run against the same scripted server on loopback.

    python bench/models.py

For each provider the same streams are read through the official SDK alone and through Roxy's `ChatModel`; the rounds
alternate. Printed are medians of CPU time in milliseconds: of a whole answer of one word (a turn), and of each further
piece of an answer of 1000. The server runs in a process of its own, so that its work is not counted.
"""

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing import get_context
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any

import anthropic
import openai
from google import genai
from google.genai import types

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes import models as fake
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import ChatRequest, Message, Role, TextPart
from roxy.llm.model import make_model

ROUNDS = 9
PIECES = 1000
SHORT_TURNS = 20
GOAL_MS = 1.0
WORDS = [f"word{number} " for number in range(PIECES)]
STREAMS = {"openai": fake.chat_text, "anthropic": fake.anthropic_text, "gemini": fake.gemini_text}
Ask = Callable[[], Awaitable[int]]
Close = Callable[[], Awaitable[object]]


def serve(kind: str, urls: "Queue[str]") -> None:
    async def run() -> None:
        short, long = fake.Reply(STREAMS[kind](WORDS[0])), fake.Reply(STREAMS[kind](*WORDS))
        async with fake.model_server(short) as one, fake.model_server(long) as many:
            urls.put(one.url)
            urls.put(many.url)
            await asyncio.Event().wait()

    asyncio.run(run())


def roxy(kind: str, url: str) -> tuple[Ask, Close]:
    base_url = f"{url}/v1" if kind == "openai" else url
    known = ModelSettings(provider=kind, model="m", base_url=base_url, api_key="KEY")
    model = make_model("m", ModelsSettings(known={"m": known}), {"KEY": "none"})
    request = ChatRequest(messages=[Message(role=Role.USER, parts=(TextPart(text="hello"),))], timeout=60)

    async def ask() -> int:
        return sum([1 async for _ in model.stream(request)])

    return ask, model.aclose


def bare(kind: str, url: str) -> tuple[Ask, Close]:
    said: Any = [{"role": "user", "content": "hello"}]
    if kind == "openai":
        chat = openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1")

        async def ask() -> int:
            more: Any = {"stream_options": {"include_usage": True}}
            stream = await chat.chat.completions.create(model="m", messages=said, stream=True, **more)
            return sum([1 async for _ in stream])

        return ask, chat.close
    if kind == "anthropic":
        claude = anthropic.AsyncAnthropic(api_key="none", base_url=url)

        async def ask_claude() -> int:
            stream = await claude.messages.create(model="m", max_tokens=100, messages=said, stream=True)
            return sum([1 async for _ in stream])

        return ask_claude, claude.close
    options = types.HttpOptions(base_url=url, api_version="v1beta")
    gemini = genai.Client(api_key="none", vertexai=False, http_options=options)

    async def ask_gemini() -> int:
        stream = await gemini.aio.models.generate_content_stream(model="m", contents="hello")
        return sum([1 async for _ in stream])

    return ask_gemini, gemini.aio.aclose


async def cpu_ms(ask: Ask, times: int) -> float:
    began = time.process_time()
    for _ in range(times):
        assert await ask() > 0
    return (time.process_time() - began) * 1000 / times


async def compare(kind: str, one: str, many: str) -> None:
    makers = {"SDK": bare, "Roxy": roxy}
    made = {name: (make(kind, one), make(kind, many)) for name, make in makers.items()}
    asks = {name: (short[0], long[0]) for name, (short, long) in made.items()}
    for short, long in asks.values():
        await short()  # loads what is loaded at the first request
        await long()
    turns: dict[str, list[float]] = {name: [] for name in asks}
    pieces: dict[str, list[float]] = {name: [] for name in asks}
    for _ in range(ROUNDS):
        for name, (short, long) in asks.items():
            turn = await cpu_ms(short, SHORT_TURNS)
            turns[name].append(turn)
            pieces[name].append((await cpu_ms(long, 1) - turn) / (PIECES - 1))
    for short_made, long_made in made.values():
        await short_made[1]()
        await long_made[1]()
    turn_sdk, turn_roxy = (statistics.median(turns[name]) for name in asks)
    piece_sdk, piece_roxy = (statistics.median(pieces[name]) for name in asks)
    met = "met" if piece_roxy - piece_sdk <= GOAL_MS else "MISSED"
    print(f"{kind:10} a turn: SDK {turn_sdk:6.2f} ms, Roxy {turn_roxy:6.2f} ms, added {turn_roxy - turn_sdk:5.2f} ms")
    print(
        f"{'':10} a piece: SDK {piece_sdk:5.3f} ms, Roxy {piece_roxy:5.3f} ms, "
        f"added {piece_roxy - piece_sdk:5.3f} ms (goal {GOAL_MS} ms: {met})"
    )


def main() -> None:
    context = get_context("spawn")
    for kind in STREAMS:
        urls = context.Queue()
        server = context.Process(target=serve, args=(kind, urls), daemon=True)
        server.start()
        try:
            asyncio.run(compare(kind, urls.get(timeout=30), urls.get(timeout=30)))
        finally:
            server.kill()
            server.join()


if __name__ == "__main__":
    main()
