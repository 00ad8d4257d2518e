"""What Roxy costs beside the bare SDKs, in one run against the same scripted servers on the loopback interface.

    python bench/models.py

For each provider the same streams are read through the official SDK alone and through Roxy's `ChatModel`; the rounds
alternate. Printed are medians of CPU time in milliseconds: of a whole answer of one word (a turn), and of each further
piece of an answer of 1000. The servers run in processes of their own, so that their work is not counted.

Then whole turns, with all that is around the model: skills are looked at, the conversation is kept, the privacy gateway
replaces the name, address and number in every question. Printed is the time to the first words of the answer, in
conversations of 10 turns: by the clock, and as CPU time, which other work on the machine does not stretch.
"""

import asyncio
import os
import statistics
import sys
import tempfile
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
from roxy.config.places import Places
from roxy.config.settings import ModelSettings, ModelsSettings, load_settings
from roxy.contracts.models import ChatRequest, Message, Role, TextPart
from roxy.contracts.turns import Notice, NoticeKind, Utterance
from roxy.llm.model import make_model
from roxy.orchestrator.opening import Roxy, opened

ROUNDS = 9
PIECES = 1000
SHORT_TURNS = 20
CONVERSATIONS, TURNS = 10, 10
GOAL_MS = 1.0
GOAL_FIRST_MS = 15
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


class Ear:
    """Notes when the first words of an answer come."""

    def __init__(self) -> None:
        self.first: tuple[float, float] | None = None

    def heard(self, notice: Notice) -> None:
        """Take a notice."""
        if notice.kind is NoticeKind.DELTA and self.first is None:
            self.first = now()


def now() -> tuple[float, float]:
    """The clock and the CPU time of this process, in milliseconds."""
    return time.perf_counter() * 1000, time.process_time() * 1000


def since(began: tuple[float, float], ended: tuple[float, float] | None) -> tuple[float, float]:
    assert ended is not None
    return ended[0] - began[0], ended[1] - began[1]


async def bare_first_ms(client: openai.AsyncOpenAI, question: str) -> tuple[float, float]:
    said: Any = [{"role": "user", "content": question}]
    began, first = now(), None
    stream = await client.chat.completions.create(model="m", messages=said, stream=True)
    async for chunk in stream:
        if first is None and chunk.choices and chunk.choices[0].delta.content:
            first = now()
    return since(began, first)


async def roxy_first_ms(assistant: Roxy, question: str, session_id: str | None) -> tuple[tuple[float, float], str]:
    ear = Ear()
    began = now()
    reply = await assistant.turn(Utterance(text=question, session_id=session_id, model="m"), ear)
    assert reply.route == "openai", reply
    return since(began, ear.first), reply.session_id


async def first_words(url: str, home: Path) -> None:
    environ = {**os.environ, "ROXY_HOME": str(home), "KEY": "none"}
    places = Places.from_environment(environ, home)
    places.config.mkdir(parents=True)
    known = f"m: {{model: m, base_url: '{url}/v1', api_key: '${{KEY}}'}}"
    text = f"models: {{default: m, known: {{{known}}}}}\nrouter: {{policy: model-first}}\n"
    (places.config / "roxy.yaml").write_text(text, encoding="utf-8")
    places.ready()
    client = openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1")
    times: list[tuple[tuple[float, float], tuple[float, float]]] = []
    async with opened(load_settings(places, environ), places, environ, long_lived=False) as assistant:
        await roxy_first_ms(assistant, "compare roses with tulips", None)  # loads what is loaded at the first turn
        await bare_first_ms(client, "hello there")
        for conversation in range(CONVERSATIONS):
            session_id = None
            for turn in range(TURNS):
                number = 1_000_000 + conversation * 1000 + turn
                question = f"Write to Ann Miller, ann{number}@example.org or +358 40 {number}, about the roses"
                alone = await bare_first_ms(client, question)
                whole, session_id = await roxy_first_ms(assistant, question, session_id)
                times.append((alone, whole))
    await client.close()
    for place, measure in enumerate(("by the clock", "CPU time")):
        alone = sorted(sdk[place] for sdk, _ in times)
        added = sorted(whole[place] - sdk[place] for sdk, whole in times)
        p95 = added[int(len(added) * 0.95)]
        print(
            f"first words, {measure:12} the SDK {statistics.median(alone):6.2f} ms, added: median "
            f"{statistics.median(added):6.2f} ms, p95 {p95:6.2f} ms "
            f"(goal {GOAL_FIRST_MS:g} ms: {'met' if p95 <= GOAL_FIRST_MS else 'MISSED'})"
        )


def main() -> None:
    context = get_context("spawn")
    for kind in STREAMS:
        urls = context.Queue()
        server = context.Process(target=serve, args=(kind, urls), daemon=True)
        server.start()
        try:
            one, many = urls.get(timeout=30), urls.get(timeout=30)
            asyncio.run(compare(kind, one, many))
            if kind == "openai":
                with tempfile.TemporaryDirectory() as home:
                    asyncio.run(first_words(one, Path(home)))
        finally:
            server.kill()
            server.join()


if __name__ == "__main__":
    main()
