"""Lets a server that the owner calls ask the person at another process's door.

    POST /v1/asking/METHOD {arguments}         -> lines: {"say": …} | {"ask": {"id", "question", "choices"}} |
                                                  {"confirm": {"id", "question"}}, then {"value": …} | {"error": …}
    POST /v1/answer        {"id", "answer"}    -> {"value": whether the question was still open}

Order of events: a call that is made in the name of somebody (`roxy.mcp.questions.person`) goes this way; each question
is a line of its answer, which the door answers by a request of its own; the id, which nobody can guess, says which
question is meant. A door that leaves ends its call.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from typing import Any

from roxy.contracts.ids import new_id
from roxy.contracts.skills import Dialogue

METHODS = frozenset({"call_tool", "get_prompt", "read_resource"})
"""The methods of `Assistant` in which a server may ask something back."""


class Questions:
    """The questions that are open, of all doors."""

    def __init__(self) -> None:
        self._open: dict[str, asyncio.Future[Any]] = {}

    def answer(self, question: str, answer: Any) -> bool:
        """Give the answer to whoever waits for it; False when nobody does."""
        waiting = self._open.get(question)
        if waiting is None or waiting.done():
            return False
        waiting.set_result(answer)
        return True

    async def put(self, ask: Callable[[str], None]) -> Any:
        """Ask with a new id, and wait for the answer."""
        question = new_id("qst")
        self._open[question] = asyncio.get_running_loop().create_future()
        try:
            ask(question)
            return await self._open[question]
        finally:
            del self._open[question]


class Distant:
    """Somebody at another process's door; implements `Dialogue`. `tell` gets the lines for that door."""

    def __init__(self, questions: Questions, tell: Callable[[Mapping[str, Any]], None]) -> None:
        self._questions = questions
        self._tell = tell

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        """Ask, and wait for the answer."""
        asked = {"question": question, "choices": list(choices)}
        return str(await self._questions.put(lambda key: self._tell({"ask": {**asked, "id": key}})))

    async def confirm(self, question: str) -> bool:
        """Ask for yes or no."""
        return (
            await self._questions.put(lambda key: self._tell({"confirm": {"question": question, "id": key}}))
        ) is True

    async def say(self, text: str) -> None:
        """Say something."""
        self._tell({"say": text})


async def conversed(
    lines: AsyncIterator[Mapping[str, Any]], dialogue: Dialogue, answer: Callable[[str, Any], Any]
) -> Mapping[str, Any] | None:
    """Let `dialogue` answer the questions among `lines`; the line that is none, None when it never comes."""
    asking: set[asyncio.Task[None]] = set()
    try:
        async for line in lines:
            if "say" in line:
                await dialogue.say(line["say"])
            elif "ask" in line or "confirm" in line:
                # Beside the reading: whoever asked may be gone before there is an answer.
                task = asyncio.create_task(_answered(line, dialogue, answer), name="question")
                asking.add(task)
                task.add_done_callback(asking.discard)
            else:
                return line
        return None
    finally:
        for task in list(asking):
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)


async def _answered(line: Mapping[str, Any], dialogue: Dialogue, answer: Callable[[str, Any], Any]) -> None:
    if (asked := line.get("ask")) is not None:
        said: Any = await dialogue.ask(asked["question"], choices=tuple(asked["choices"]))
    else:
        asked = line["confirm"]
        said = await dialogue.confirm(asked["question"])
    await answer(asked["id"], said)
