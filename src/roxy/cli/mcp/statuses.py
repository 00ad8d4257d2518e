"""What `roxy mcp list` and `status`, and the chat's /servers, show of servers, readable in narrow terminals too."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from operator import attrgetter

from roxy.cli import output
from roxy.cli.mcp.views import first_line
from roxy.contracts.servers import ServerState, ServerStatus

UP = frozenset({ServerState.RUNNING, ServerState.DEGRADED})
"""States in which a server can be called at once."""


_STYLES = {
    ServerState.RUNNING: "green",
    ServerState.STARTING: "yellow",
    ServerState.STOPPING: "yellow",
    ServerState.BACKOFF: "yellow",
    ServerState.DEGRADED: "yellow",
    ServerState.FAILED: "red",
}
NONE = "No server is declared. Declare one in mcp_servers.yaml of your configuration folder."


def servers(statuses: Sequence[ServerStatus]) -> output.View | str:
    """One row per server: what there is."""
    return _table(_BEING, statuses, least=("transport", "tools"), numbers=("tools", "held"))


def doing(statuses: Sequence[ServerStatus]) -> output.View | str:
    """One row per server: how it does."""
    least = ("busy", "by", "pid", "restarts", "up", "calls", "p50/p95")
    return _table(_DOING, statuses, least=least, numbers=("pid", "up", "restarts", "calls", "p50/p95", "busy", "held"))


def server(status: ServerStatus) -> output.View:
    """Everything about one server."""
    return output.pairs(
        {
            "server": status.name,
            "state": status.state if status.enabled else f"{status.state}, disabled",
            "about": status.description,
            "declared": status.where,
            "transport": status.transport,
            "protocol": f"{status.protocol} ({status.era})" if status.protocol else "",
            "external": "yes: personal data is replaced before it leaves" if status.external else "no",
            "starts": "with Roxy" if status.auto_start else "at its first call",
            "process": status.pid,
            "up for": None if status.uptime is None else timedelta(seconds=round(status.uptime)),
            "restarts": status.restarts or None,
            **_activity(status),
            "error": status.why,
            "next step": status.next,
            "last error": "" if status.error else _with_age(status.last_error, status),
            "stderr": "\n".join(status.stderr),
        }
    )


def _activity(status: ServerStatus) -> dict[str, str]:
    """What it offers and what was asked of it."""
    told = {}
    if status.tools is not None:
        told["tools"] = f"{status.tools}, listed {ago(status.listed)}" if status.listed else str(status.tools)
    if status.held:
        told["held"] = f"{status.held}, until you approve them: roxy mcp diff {status.name}"
    if status.calls:
        told["calls"] = f"{status.calls}: {status.calls - status.failed_calls} done, {status.failed_calls} failed"
    if status.p50_ms is not None and status.p95_ms is not None:
        told["time of a call"] = f"{_ms(status.p50_ms)} in the middle (p50), {_ms(status.p95_ms)} at p95"
    if status.in_flight:
        told["now"] = f"{status.in_flight} under way, {status.waiting} waiting"
    told["dropped"] = ", ".join(f"{count} {kind}" for kind, count in status.dropped.items())
    return told


def duration(seconds: float) -> str:
    """A length of time in at most four or five characters: `12s`, `3m`, `5h`, `2d`; hours are whole from ten on."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "m")):
        if seconds >= size:
            return (
                f"{seconds / size:.0f}{unit}" if seconds >= 10 * size or unit == "m" else f"{seconds / size:.1f}{unit}"
            )
    return f"{seconds:.0f}s"


def _state(status: ServerStatus) -> output.Cell:
    if not status.enabled:
        return output.Cell("disabled", "dim")
    return output.Cell(str(status.state), _STYLES.get(status.state, "dim"))


def _times(status: ServerStatus) -> str:
    if status.p50_ms is None or status.p95_ms is None:
        return ""
    return f"{_ms(status.p50_ms)}/{_ms(status.p95_ms)}"


def _ms(value: float) -> str:
    """Milliseconds, with as many digits as say something; seconds from one on."""
    if value >= 1000:  # noqa: PLR2004 - a second
        return f"{value / 1000:.1f}s"
    return f"{value:.0f}ms" if value >= 10 else f"{value:.1f}ms"  # noqa: PLR2004 - two digits are enough


def _busy(status: ServerStatus) -> str:
    if not status.in_flight:
        return ""
    return f"{status.in_flight}+{status.waiting}" if status.waiting else str(status.in_flight)


def first_sentence(text: str) -> str:
    """What a failure comes down to."""
    return re.split(r"(?<=[.!?])\s", first_line(text), maxsplit=1)[0]


def _last_error(status: ServerStatus) -> str:
    """In one sentence; with its age when it is over."""
    first = first_sentence(status.why or status.last_error)
    return first if status.error else _with_age(first, status)


def _with_age(said: str, status: ServerStatus) -> str:
    return f"{said} ({ago(status.last_error_at)})" if said and status.last_error_at else said


def ago(moment: datetime) -> str:
    """How long ago a moment was, such as `3m ago`."""
    return f"{duration(max(0.0, (datetime.now(UTC) - moment).total_seconds()))} ago"


_Columns = Mapping[str, Callable[[ServerStatus], object]]
_BEING: _Columns = {
    "server": attrgetter("name"),
    "state": _state,
    "transport": attrgetter("transport"),
    "tools": attrgetter("tools"),
    "held": lambda status: status.held or None,
    "about": lambda status: first_line(status.why or status.description),
}
_DOING: _Columns = {
    "server": attrgetter("name"),
    "state": _state,
    "by": lambda status: f"{status.transport} {status.era}".strip(),
    "pid": attrgetter("pid"),
    "up": lambda status: None if status.uptime is None else duration(status.uptime),
    "restarts": lambda status: status.restarts or None,
    "calls": lambda status: status.calls or None,
    "p50/p95": _times,
    "busy": _busy,
    "held": lambda status: status.held or None,
    "last error": _last_error,
}


def _table(
    columns: _Columns, statuses: Sequence[ServerStatus], *, least: Sequence[str], numbers: Sequence[str]
) -> output.View | str:
    if not statuses:
        return NONE
    cells = {name: [cell(status) for status in statuses] for name, cell in columns.items()}
    return output.fitting(cells, least=least, numbers=numbers)
