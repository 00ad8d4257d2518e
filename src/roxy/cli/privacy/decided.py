"""The decisions of the privacy gateway, read from the events, for `roxy privacy audit`."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from datetime import datetime
from typing import Any

from roxy.cli.opening import here
from roxy.config.settings import load_settings
from roxy.contracts.events import Event, EventKind
from roxy.events.search import EventQuery, stream
from roxy.store.database import open_database

_CONSENTS = ("privacy.allowed", "privacy.refused")


@asynccontextmanager
async def decided(
    session: str | None, since: datetime | None, until: datetime | None
) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
    """All of them, oldest first, as `roxy privacy audit --json` shows them."""
    settings, places = load_settings(here(), os.environ), here()
    query = EventQuery(session_id=session, kinds=(EventKind.DECISION, EventKind.AUDIT), since=since, until=until)
    async with open_database(places.data, settings.store.url) as database, aclosing(stream(database, query)) as events:
        yield (_row(event) async for event in events if event.name.startswith("privacy."))


def _row(event: Event) -> Mapping[str, Any]:
    data = event.data
    values = data.get("redactions", ())
    if event.name in _CONSENTS:
        values = [{"type": data.get("type"), "path": data.get("path"), "action": data.get("answer")}]
    return {
        "at": event.at.isoformat(timespec="seconds"),
        "outcome": event.name.removeprefix("privacy."),
        "destination": data.get("destination") or "",
        "tool": data.get("tool") or "",
        "policy": data.get("policy") or "",
        "code": data.get("code") or "",
        "reason": data.get("reason") or "",
        "ms": round(float(data.get("ms") or 0), 2),
        "session": event.session_id or "",
        "values": list(values),
    }
