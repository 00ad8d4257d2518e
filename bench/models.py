"""What Roxy's adapters cost beside the bare SDKs, in one run against one scripted server on the loopback interface.

    python bench/models.py

For each provider the same stream of 1000 pieces is read through the official SDK alone and through Roxy's `ChatModel`;
the rounds alternate. Printed are medians: milliseconds of CPU time for a whole answer of one piece ("per turn", the
difference is the overhead of a turn), and for each further piece ("per piece"). The server runs in a process of its
own, so that its work is not counted.
"""

import asyncio
import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from multiprocessing import Process, Queue
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fakes import models as fake

from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import ChatModel, ChatRequest, Message, Role, TextPart
from roxy.llm.model import make_model

ROUNDS = 9
PIECES = 1000
WORDS = [f"word{number} " for number in range(PIECES)]
GOAL_MS = 1.0
STREAMS = {"openai": fake.chat_text, "anthropic": fake.anthropic_text, "gemini": fake.gemini_text}


def serve(kind: str, port: "Queue[str]") -> None:
    async def run() -> None:
        short, long = fake.Reply(STREAMS[kind](WORDS[0])), fake.Reply(STREAMS[kind](*WORDS))
        async with fake.model_server(short) as server:
            port.put(server.url)
            # The first model of a request's name says how long the answer is to be.
            while True:
                await asyncio.sleep(0)
                asked = server.asked[-1:] and server.asked[-1]
                del asked
                server.script = [long if os.environ.get("LONG") else short]
                await asyncio.sleep(3600)

    asyncio.run(run())


def request() -> ChatRequest:
    return ChatRequest(messages=[Message(role=Role.USER, parts=(TextPart(text="hello"),))], timeout=60)


async def through_roxy(model: ChatModel) -> None:
    async for _ in model.stream(request()):
        pass
