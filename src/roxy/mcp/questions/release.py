"""May a real value leave? The person in whose name a request was made is asked, with the value before their eyes.

The deadline of the request rests meanwhile. Every answer is an audit event before anything goes, without the value.
"""

import asyncio
from typing import Literal

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import Ask, Question
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
        choices = ["yes", _ALWAYS, "no"] if question.rememberable else ["yes", "no"]
        said = ""
        with call.resting():
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    said = (await dialogue.ask(plain(question.text), choices=choices)).strip().lower()
            except TimeoutError:
                raise NeedsInput("Nobody answered whether a real value may leave.") from None
        answer: Literal["yes", "always", "no"] = "no"
        if said == _ALWAYS:
            answer = "always" if question.rememberable else "yes"
        elif said in _YES:
            answer = "yes"
        await _note(question, answer, call, events)
        return answer

    return ask


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
