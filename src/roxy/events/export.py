"""Events as JSON, one object a line, made while they are read: an export of any size needs the memory of one page."""

import json
from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from typing import Any

from roxy.contracts.events import Event, EventKind
from roxy.events.rows import COLUMNS
from roxy.events.search import EventQuery, stream
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
