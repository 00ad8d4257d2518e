"""What Roxy costs beside the bare SDKs, in one run against the same scripted servers on the loopback interface.

    python bench/models.py [sdk] [loop]

`sdk`: for each provider the same streams are read through the official SDK alone and through Roxy's `ChatModel`; the
rounds alternate. Printed are medians of CPU time in milliseconds: of a whole answer of one word (a turn), and of each
further piece of an answer of 1000. The servers run in processes of their own, so that their work is not counted.

`loop`: whole turns of a Roxy that stays open, with all that is around the model: skills and a server of 40 tools are
offered, the conversation is kept, and with privacy on the name, the address and the number in every question are
replaced. The SDK alone answers requests of the same size in between. Printed is what Roxy adds: to the time until the
first words, to each further piece, and to the whole turn with what is written down behind it; by the clock, and as CPU
time, which other work on the machine does not stretch. The first turn of a process is told apart: it loads.
"""

import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from multiprocessing import get_context
from multiprocessing.context import SpawnContext
from multiprocessing.queues import Queue
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, Self

import anthropic
import openai
from google import genai
from google.genai import types

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from fakes import many_tools
from fakes import models as fake
from roxy.config.places import Places
from roxy.config.settings import ModelSettings, ModelsSettings, load_settings
from roxy.contracts.calls import ToolInfo
from roxy.contracts.models import ChatRequest, Message, Role, TextPart
from roxy.contracts.turns import Notice, NoticeKind, Reply, Utterance
from roxy.llm.model import make_model
from roxy.orchestrator.opening import Roxy
from roxy.orchestrator.opening import opened as roxy_opened

ROUNDS = 9
PIECES = 1000
SHORT_TURNS = 20
CONVERSATIONS, TURNS, EARLIER = 3, 16, 20
"""In so many conversations, so many turns are measured after so many earlier messages."""
NEW = 16
"""So many first turns of new conversations."""
SETTLED = 0.1
WARMED = 3.0
"""Seconds until nothing is done behind a turn any more, and until all is loaded."""
GOAL_MS = 1.0
GOAL_FIRST_MS = 15
SAID = [f"word{number} " for number in range(100)]
GIVEN = ("Ann", "Robert", "Maria", "Peter", "Susan", "David", "Laura", "Thomas", "Helen", "Frank")
FAMILY = ("Miller", "Virtanen", "Schmidt", "Rossi", "Tanaka", "Garcia", "Novak", "Jensen", "Dubois", "Kowalski")
LINES = {"first": "to the first words", "piece": "to a further piece", "whole": "to the whole turn"}
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


def serve_said(urls: "Queue[str]") -> None:
    async def run() -> None:
        async with fake.model_server(fake.Reply(fake.chat_text(*SAID))) as server:
            urls.put(server.url)
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
    """Notes when the first and the last words of an answer come."""

    def __init__(self) -> None:
        self.times: list[Moment] = []

    def heard(self, notice: Notice) -> None:
        """Take a notice."""
        if notice.kind is NoticeKind.DELTA:
            self.times.append(now())


class Moment(NamedTuple):
    """A point in time, or a length of time, in milliseconds."""

    clock: float
    cpu: float
    """CPU time of this process, which other work on the machine does not stretch."""

    def since(self, began: "Moment") -> "Moment":
        """How long after `began` it is."""
        return Moment(self.clock - began.clock, self.cpu - began.cpu)


def now() -> Moment:
    return Moment(time.perf_counter() * 1000, time.process_time() * 1000)


class Spent(NamedTuple):
    """What one answer took: until its first words, for each further piece, and for all that was done about it."""

    first: Moment
    piece: Moment
    whole: Moment


async def timed(ask: Callable[[Ear], Awaitable[object]]) -> Spent:
    """One answer; what is written down behind it is waited for, and counts into the CPU time of the whole."""
    ear = Ear()
    began = now()
    await ask(ear)
    ended = now()
    await asyncio.sleep(SETTLED)
    first, last = ear.times[0], ear.times[-1]
    between = last.since(first)
    steps = len(SAID) - 1
    whole = Moment(ended.clock - began.clock, now().cpu - began.cpu)
    return Spent(first.since(began), Moment(between.clock / steps, between.cpu / steps), whole)


class Office:
    """A Roxy as somebody has it who works with it all day, and the bare SDK, asking the same scripted model.

    `MODELS` are the same model twice: one that sees pseudonyms, one that is the user's own.
    """

    MODELS: ClassVar = {"privacy on": "cloud", "privacy off": "own"}

    def __init__(self, assistant: Roxy, url: str) -> None:
        self._assistant = assistant
        self._client = openai.AsyncOpenAI(api_key="none", base_url=f"{url}/v1")
        self._tools: Any = []
        self._asked = 0

    @classmethod
    @asynccontextmanager
    async def opened(cls, url: str, home: Path) -> AsyncIterator[Self]:
        """One whose data folder is `home`, and whose models are at `url`."""
        environ = {**os.environ, "ROXY_HOME": str(home), "KEY": "none"}
        places = Places.from_environment(environ, home)
        places.config.mkdir(parents=True)
        model = f"model: m, base_url: '{url}/v1', api_key: '${{KEY}}'"
        known = f"cloud: {{{model}, external: true}}, own: {{{model}, external: false}}"
        text = f"models: {{default: cloud, known: {{{known}}}}}\nrouter: {{policy: model-first}}\n"
        (places.config / "roxy.yaml").write_text(text, encoding="utf-8")
        office = "office: {transport: module, module: fakes.many_tools, external: false}"
        (places.config / "mcp_servers.yaml").write_text(
            f"servers:\n  {office}\nstartup: {{auto_start: [office]}}\n", encoding="utf-8"
        )
        places.ready()
        async with roxy_opened(load_settings(places, environ), places, environ, long_lived=True) as assistant:
            self = cls(assistant, url)
            tools = await assistant.list_tools("office")
            assert len(tools) == many_tools.COUNT
            self._tools = [_function(tool) for tool in tools]
            try:
                yield self
            finally:
                await self._client.close()

    def question(self) -> str:
        """One with a name, an address and a number that were never said before."""
        self._asked += 1
        number = 1_000_000 + self._asked
        person = f"{GIVEN[self._asked % len(GIVEN)]} {FAMILY[self._asked // len(GIVEN) % len(FAMILY)]}"
        return (
            f"Find the mail in which {person} (ann{number}@example.org, +358 40 {number}) asked about the roses, "
            "and tell me in a few words what is still to be done before we meet on Monday."
        )

    async def alone(self, earlier: int) -> Spent:
        """The SDK's own answer to a request of the same size."""
        lines: Any = [{"role": ("user", "assistant")[at % 2], "content": self.question()} for at in range(earlier + 1)]

        async def ask(ear: Ear) -> None:
            stream = await self._client.chat.completions.create(
                model="m", messages=lines, tools=self._tools, stream=True, stream_options={"include_usage": True}
            )
            async for chunk in stream:
                if chunk.choices and chunk.choices[0].delta.content:
                    ear.heard(Notice(kind=NoticeKind.DELTA, text=chunk.choices[0].delta.content))

        return await timed(ask)

    async def turn(self, model: str, session_id: str | None) -> tuple[Spent, str]:
        """A whole turn of Roxy's; gives its session too."""
        replies: list[Reply] = []

        async def ask(ear: Ear) -> None:
            said = Utterance(text=self.question(), session_id=session_id, model=model)
            replies.append(await self._assistant.turn(said, ear))

        spent = await timed(ask)
        assert replies[0].route == "openai", replies
        return spent, replies[0].session_id

    async def talk(self, model: str, turns: int) -> str:
        """So many turns of a new session."""
        session_id: str | None = None
        for _ in range(turns):
            _, session_id = await self.turn(model, session_id)
        assert session_id is not None
        return session_id


def _function(tool: ToolInfo) -> Any:
    about = {"name": tool.name, "description": tool.description, "parameters": tool.input_schema}
    return {"type": "function", "function": about}


Rows = list[tuple[Spent, Spent]]
"""The SDK's and Roxy's, taken one after the other."""


async def conversations(office: Office) -> dict[str, dict[str, Rows]]:
    """By when in a conversation, and by whether pseudonyms are sent."""
    found: dict[str, dict[str, Rows]] = {
        when: {how: [] for how in Office.MODELS}
        for when in ("a conversation's first turn", f"after {EARLIER} messages")
    }
    first, later = found.values()
    for _ in range(NEW):
        for how, model in Office.MODELS.items():
            alone = await office.alone(0)
            first[how].append((alone, (await office.turn(model, None))[0]))
    for _ in range(CONVERSATIONS):
        sessions = {how: await office.talk(model, EARLIER // 2) for how, model in Office.MODELS.items()}
        for _ in range(TURNS):
            for how, model in Office.MODELS.items():
                alone = await office.alone(EARLIER)
                later[how].append((alone, (await office.turn(model, sessions[how]))[0]))
    return found


def show(found: dict[str, dict[str, Rows]]) -> None:
    for when, by_how in found.items():
        for how, rows in by_how.items():
            print(f"{when}, {how}, {len(rows)} turns:")
            for name, goal in (("first", GOAL_FIRST_MS), ("piece", GOAL_MS), ("whole", None)):
                parts = [_figures(rows, name, place) for place in ("clock", "cpu")]
                p95 = _p95([_added(row, name, "clock") for row in rows])
                met = "" if goal is None else f" (goal {goal:g} ms: {'met' if p95 <= goal else 'MISSED'})"
                print(f"  {LINES[name]:21} {'; '.join(parts)}{met}")


def _figures(rows: Rows, name: str, place: str) -> str:
    alone = statistics.median(getattr(getattr(sdk, name), place) for sdk, _ in rows)
    added = [_added(row, name, place) for row in rows]
    label = {"clock": "by the clock", "cpu": "CPU"}[place]
    return f"{label}: SDK {alone:6.3f} ms, added p50 {statistics.median(added):6.3f}, p95 {_p95(added):6.3f} ms"


def _added(row: tuple[Spent, Spent], name: str, place: str) -> float:
    alone, whole = (getattr(getattr(one, name), place) for one in row)
    return float(whole - alone)


def _p95(values: list[float]) -> float:
    return sorted(values)[int(len(values) * 0.95)]


async def whole_turns(url: str, home: Path) -> None:
    async with Office.opened(url, home) as office:
        alone = await office.alone(0)
        spent, _ = await office.turn("cloud", None)
        print(f"the first turn of a process: SDK {alone.first.clock:.0f} ms, Roxy {spent.first.clock:.0f} ms")
        await asyncio.sleep(WARMED)
        await office.alone(0)
        await office.turn("own", None)
        show(await conversations(office))


def main(wanted: list[str]) -> None:
    context = get_context("spawn")
    for kind in STREAMS if "sdk" in wanted else ():
        with served(context, serve, kind) as urls:
            asyncio.run(compare(kind, urls.get(timeout=30), urls.get(timeout=30)))
    if "loop" in wanted:
        with served(context, serve_said) as urls, tempfile.TemporaryDirectory() as home:
            asyncio.run(whole_turns(urls.get(timeout=30), Path(home)))
    print("load average " + " ".join(f"{one:.2f}" for one in os.getloadavg()))


@contextmanager
def served(context: SpawnContext, target: Callable[..., None], *what: str) -> Iterator["Queue[str]"]:
    """A server in a process of its own; its addresses come through the queue."""
    urls = context.Queue()
    server = context.Process(target=target, args=(*what, urls), daemon=True)
    server.start()
    try:
        yield urls
    finally:
        server.kill()
        server.join()


if __name__ == "__main__":
    main(sys.argv[1:] or ["sdk", "loop"])
