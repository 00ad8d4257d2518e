"""May a real value leave? The person in whose name a request was made is asked, with the value before their eyes.

The deadline of the request rests meanwhile. Every answer is an audit event before anything goes, without the value.
"""

import asyncio
from typing import Literal

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import Ask, Question
from roxy.contracts.skills import Dialogue
from roxy.errors import NeedsInput
from roxy.mcp.questions.fields import plain
from roxy.mcp.questions.inquiry import ANSWER_SECONDS, OpenCall

_YES = frozenset({"yes", "y"})
_ALWAYS = "always"


def asker(call: OpenCall, events: EventSink | None) -> Ask | None:
    """Who puts the gateway's questions about `call`; None where nobody can be asked."""
    dialogue = call.dialogue
    if dialogue is None:
        return None

    async def ask(question: Question) -> Literal["yes", "always", "no"]:
        with call.resting():
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    answer = _meaning(await _said(question, dialogue), question)
            except TimeoutError:
                raise NeedsInput("Nobody answered whether a real value may leave.") from None
        await _note(question, answer, call, events)
        return answer

    return ask


async def _said(question: Question, dialogue: Dialogue) -> str:
    """What the person answered; a yes given beforehand counts for what came from them, not for what others said."""
    choices = ["yes", _ALWAYS, "no"] if question.rememberable else ["yes", "no"]
    text = plain(question.text)
    try:
        return await dialogue.ask(text, choices=choices)
    except NeedsInput:
        if not question.rememberable:
            raise
        return "yes" if await dialogue.confirm(text) else "no"


def _meaning(said: str, question: Question) -> Literal["yes", "always", "no"]:
    word = said.strip().lower()
    if word == _ALWAYS:
        return "always" if question.rememberable else "yes"
    return "yes" if word in _YES else "no"


async def _note(question: Question, answer: str, call: OpenCall, events: EventSink | None) -> None:
    if events is None:
        return
    data = {
        "destination": question.destination,
        "tool": question.tool,
        "path": question.path,
        "type": question.type,
        "sources": list(question.sources),
        "answer": answer,
    }
    name = "privacy.refused" if answer == "no" else "privacy.allowed"
    await events.audit(Event(kind=EventKind.AUDIT, name=name, data=data, session_id=call.session_id))
