"""A model that says what its script tells it, in memory."""

import asyncio
from collections.abc import Mapping

from roxy.contracts.models import Finished, Message, Role, Started, StopReason, TextDelta, TextPart, ToolCallPart, Usage
from roxy.errors import RoxyError


def words(*pieces):
    """An answer in words, piece by piece."""
    parts = (TextPart(text="".join(pieces)),)
    deltas = [TextDelta(text=piece) for piece in pieces]
    return [*deltas, _finished(parts, StopReason.END)]


def calls(*wanted, say=""):
    """An answer that calls tools: `(name, arguments)` each."""
    parts = [
        ToolCallPart(id=f"call_{place}_{name}", name=name, arguments=args) for place, (name, args) in enumerate(wanted)
    ]
    said = [TextPart(text=say)] if say else []
    return [*(TextDelta(text=say) for _ in said), _finished((*said, *parts), StopReason.TOOL_CALLS)]


def _finished(parts, stop):
    message = Message(role=Role.ASSISTANT, parts=tuple(parts))
    return Finished(message=message, stop=stop, usage=Usage(input_tokens=10, output_tokens=5))


class ScriptedModel:
    """Implements `ChatModel`. Each request takes the next answer: events, errors to raise, or an asyncio.Event."""

    def __init__(self, *script, provider="openai", model="scripted"):
        self.provider = provider
        self.model = model
        self.script = list(script)
        self.asked = []
        self.closed = False
        self.left = asyncio.Event()
        """Set when a stream was closed before its end."""

    async def stream(self, request):
        self.asked.append(request)
        answer = self.script.pop(0)
        if callable(answer):
            answer = answer(request)
        done = False
        try:
            yield Started(provider=self.provider, model=self.model)
            for event in [answer] if isinstance(answer, RoxyError) else answer:
                if isinstance(event, RoxyError):
                    done = True
                    raise event
                if isinstance(event, asyncio.Event):
                    await event.wait()
                else:
                    done = isinstance(event, Finished)
                    yield event
        finally:
            if not done:
                self.left.set()

    async def aclose(self):
        self.closed = True

    def said(self, request=-1):
        """A request as plain values: `(role, part)`, parts as text, call or result."""
        return [(str(message.role), _plain(part)) for message in self.asked[request].messages for part in message.parts]


def _plain(part):
    if isinstance(part, TextPart):
        return part.text
    if isinstance(part, ToolCallPart):
        return ("call", part.name, dict(part.arguments) if isinstance(part.arguments, Mapping) else part.arguments)
    return ("result", part.name, part.content, part.is_error)
