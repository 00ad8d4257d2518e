"""What is written down of a model's work: events without real values, in the order in which things happened.

Redacting takes longer than a listener should wait for the next word, so it is done behind the turn, one after the
other, and begins when the request is on its way; closing waits for the last.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from typing import Any

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.ids import new_id
from roxy.contracts.models import Message, ToolCallPart, ToolResultPart, Usage
from roxy.contracts.privacy import Decision
from roxy.conversation.model.pieces import Pieces
from roxy.conversation.model.texts import bare, texts, with_texts
from roxy.errors import RoxyError
from roxy.events.decisions import count_decision, decision_as_json, is_plain
from roxy.events.messages import message_as_json
from roxy.events.sampling import Sampler
from roxy.observe import trace

_MOMENT = 0.05
"""Seconds that the first of them waits, so that the request goes out before."""

Redact = Callable[[Any, str | None], Awaitable[Any]]
"""A payload as records may keep it, under a session's vault: pseudonyms alone. Never raises for what it finds."""
MakeData = Callable[[Sequence[Any]], Mapping[str, Any]]
"""Puts the redacted texts into the data of an event."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where a tool is: its server, or the skill, and its name there."""

    server: str
    tool: str


class Record:
    """Writes events; `redact` makes pseudonyms of what is personal in them, `sampler` tells whose pieces are kept."""

    def __init__(self, events: EventSink, redact: Redact, sampler: Sampler) -> None:
        self._events = events
        self._redact = redact
        self._sampler = sampler
        self._last: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def aclose(self) -> None:
        """Wait until all of it is handed over."""
        self._closing.set()
        if self._last is not None:
            await asyncio.wait({self._last})

    def asked(self, message: Message, *, route: str, model: str) -> None:
        """The user's words go to a model."""
        self._message(EventKind.REQUEST, "model.asked", message, route, model)

    def answered(self, message: Message, usage: Usage, *, route: str, model: str) -> None:
        """A model's message is complete, and what it cost."""
        self._message(EventKind.RESPONSE, "model.answered", message, route, model)
        self._later(EventKind.USAGE, "model.usage", route, lambda _: asdict(usage), ())

    def summarised(self, usage: Usage, *, route: str, model: str) -> None:
        """A model wrote a summary, and what that cost. None of its words is written down."""
        data = {"model": model, **asdict(usage)}
        self._later(EventKind.USAGE, "model.summarised", route, lambda _: data, ())

    def pieces(self) -> Pieces | None:
        """Where to put the pieces of an answer that begins; None when those of this turn are not kept."""
        return Pieces() if self._sampler.takes(EventKind.CHUNK, trace.current().correlation_id or "") else None

    def shown(self, pieces: Pieces, *, route: str, model: str) -> None:
        """An answer was shown in these pieces, whole or until it broke off."""
        if not pieces.text:
            return
        event = _event(EventKind.CHUNK, "model.piece", {}, route)

        def told(found: Sequence[Any]) -> Iterator[Event]:
            for number, text, ms, at in pieces.told(str(found[0])):
                data = {"number": number, "text": text, "ms": ms, "model": model}
                yield replace(event, id=new_id("evt"), at=at, data=data)

        self._behind("pieces", [pieces.text], told)

    def failed(self, error: RoxyError, *, route: str, model: str) -> None:
        """A model did not answer."""

        def data(found: Sequence[Any]) -> Mapping[str, Any]:
            return {"code": error.code, "message": found[0], "model": model}

        self._later(EventKind.ERROR, "model.failed", route, data, [str(error)])

    def called(self, call: ToolCallPart, where: Where, *, route: str) -> None:
        """A model's call of a tool begins."""
        about = {"phase": "started", "call_id": call.id, "name": call.name, **asdict(where)}
        self._later(
            EventKind.TOOL_CALL,
            "model.tool",
            route,
            lambda found: {**about, "arguments": found[0]},
            [dict(call.arguments)],
        )

    def returned(self, result: ToolResultPart, where: Where, *, route: str) -> None:
        """A model's call of a tool has ended."""
        about = {"phase": "ended", "call_id": result.call_id, "name": result.name, **asdict(where)}
        about["is_error"] = result.is_error
        self._later(
            EventKind.TOOL_CALL, "model.tool", route, lambda found: {**about, "content": found[0]}, [result.content]
        )

    def _message(self, kind: EventKind, name: str, message: Message, route: str, model: str) -> None:
        plain = bare(message)

        def data(found: Sequence[Any]) -> Mapping[str, Any]:
            return {"message": message_as_json(with_texts(plain, found)), "model": model}

        self._later(kind, name, route, data, texts(plain))

    def decided(self, decision: Decision) -> None:
        """The privacy gateway decided about a request to a model. There is no value in a decision."""
        count_decision(decision)
        event = _event(EventKind.DECISION, f"privacy.{decision.outcome}", decision_as_json(decision), "")
        self._events.record(replace(event, redacted=is_plain(decision)))

    def _later(self, kind: EventKind, name: str, route: str, data: MakeData, found: Sequence[Any]) -> None:
        event = _event(kind, name, {}, route)
        self._behind(name, found, lambda told: [replace(event, data=data(told))])

    def _behind(self, name: str, found: Sequence[Any], make: Callable[[Sequence[Any]], Iterable[Event]]) -> None:
        work = self._write(trace.current().session_id, found, make, self._last)
        self._last = asyncio.create_task(work, name=f"record {name}")

    async def _write(
        self,
        session_id: str | None,
        found: Sequence[Any],
        make: Callable[[Sequence[Any]], Iterable[Event]],
        before: asyncio.Task[None] | None,
    ) -> None:
        if before is None or before.done():
            with suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), _MOMENT)
        else:
            await asyncio.wait({before})
        redacted = await self._redact(list(found), session_id)
        # What could not be looked at comes back as one text, which then stands for each of them.
        told = redacted if isinstance(redacted, list) else [redacted] * len(found)
        for event in make(told):
            self._events.record(event)


def _event(kind: EventKind, name: str, data: Mapping[str, Any], route: str) -> Event:
    ids = trace.current()
    return Event(
        kind=kind,
        name=name,
        data=data,
        session_id=ids.session_id,
        correlation_id=ids.correlation_id,
        hop=ids.hop,
        parent_id=ids.parent_id,
        route=route,
    )
