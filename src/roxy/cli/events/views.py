"""Events as people read them."""

import json
from collections.abc import Mapping, Sequence
from textwrap import shorten
from typing import Any

from roxy.cli import output
from roxy.contracts.events import Event

_WIDTH = 200


def listed(events: Sequence[Event]) -> output.View | str:
    """A table, newest first."""
    if not events:
        return "There is no such event."
    headers = ["when", "kind", "name", "id", "what"]
    rows = [[f"{e.at.astimezone():%m-%d %H:%M:%S}", e.kind.value, e.name, e.id, _words(e.data)] for e in events]
    return output.table(headers, rows)


def shown(event: Event) -> output.View:
    """All of one event."""
    return output.pairs(
        {
            "id": event.id,
            "when": f"{event.at.astimezone():%Y-%m-%d %H:%M:%S.%f}",
            "kind": event.kind.value,
            "name": event.name,
            "session": event.session_id,
            "thread": event.thread_id,
            "caused by": event.parent_id,
            "correlation": event.correlation_id,
            "hop": event.hop or None,
            "route": event.route,
            "transport": event.transport,
            "data": _document(event.data),
            "extra": _document(event.extra),
            "version": event.version,
        }
    )


def _words(data: Mapping[str, Any]) -> str:
    """The beginning of the data on one line; what is empty is left out."""
    told = (
        f"{name}={value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)}"
        for name, value in data.items()
        if value not in (None, "", [], {})
    )
    return shorten(" ".join(told), _WIDTH, placeholder=" …")


def _document(data: Mapping[str, Any]) -> str:
    return output.as_document(data) if data else ""
