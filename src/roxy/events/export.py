"""Events as JSON, one object a line, made while they are read: an export of any size needs the memory of one page.

A provider's form begins or ends with what only the whole conversation tells, so it is read twice: once to see, and once
to write. Between the two only the ids of calls are kept, and while it is written what waits for the result of a call.
"""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, Protocol

from roxy.contracts.events import Event, EventKind
from roxy.events.rows import COLUMNS
from roxy.events.search import EventQuery, stream
from roxy.events.translators.transcript import Seen, Writer
from roxy.store.database import Database


def event_as_json(event: Event) -> dict[str, Any]:
    """All that is kept of an event, in the order of its columns; `at` is ISO 8601 with its zone."""
    plain = {name: getattr(event, name) for name in COLUMNS}
    return plain | {"at": event.at.isoformat(), "kind": event.kind.value}


def event_from_json(plain: Mapping[str, Any]) -> Event:
    """The event that `event_as_json` wrote; raises `ValueError`, `KeyError` or `TypeError` for anything else."""
    return Event(**{**plain, "at": datetime.fromisoformat(plain["at"]), "kind": EventKind(plain["kind"])})


async def json_lines(database: Database, query: EventQuery) -> AsyncIterator[str]:
    """The events that fit, oldest first, each as one line of JSON without its line feed."""
    async for event in stream(database, query):
        yield json.dumps(event_as_json(event), ensure_ascii=False)


class Translator(Protocol):
    """A module of `roxy.events.translators`."""

    PROVIDER: str

    def writer(self, seen: Seen, /) -> Writer:
        """What writes a conversation that was seen."""
        ...


async def translated(
    database: Database, query: EventQuery, translator: Translator
) -> AsyncGenerator[dict[str, Any], None]:
    """The events that fit, as the objects of a provider; what comes in meanwhile is written if it can be."""
    seen = Seen(translator.PROVIDER)
    async with aclosing(stream(database, query)) as events:
        async for event in events:
            seen.note(event)
    writer = translator.writer(seen)
    async with aclosing(stream(database, query)) as events:
        async for event in events:
            for line in writer.lines(event):
                yield line
    for line in writer.end():
        yield line
