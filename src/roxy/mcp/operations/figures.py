"""What is counted of the requests to one server: how many, how many failed, how long the latest took."""

import time
from collections import deque
from datetime import UTC, datetime

from roxy.errors import RoxyError
from roxy.mcp.connection import Connection
from roxy.observe import metrics

KEPT = 512
"""Of so many of the latest requests the times are kept."""


class Figures:
    """The counts of one server since Roxy started, its restarts included; times are seconds."""

    __slots__ = ("_latest", "calls", "failed", "last_error", "last_error_at")

    def __init__(self) -> None:
        self.calls = 0
        self.failed = 0
        self.last_error = ""
        """What went wrong last with the server itself, also when it is well again."""
        self.last_error_at: datetime | None = None
        self._latest: deque[float] = deque(maxlen=KEPT)

    def add(self, seconds: float, *, success: bool) -> None:
        """A request has ended after `seconds`."""
        self.calls += 1
        self.failed += not success
        self._latest.append(seconds)

    def trouble(self, error: RoxyError) -> None:
        """The server could not be started, ended, or did not answer."""
        self.last_error = error.message
        self.last_error_at = datetime.now(UTC)

    def percentile(self, share: float) -> float | None:
        """The time that `share` (0 to 1) of the latest requests took at most (nearest rank); None without any."""
        ordered = sorted(self._latest)
        if not ordered:
            return None
        rank = -int(-share * len(ordered) // 1)  # rounded up
        return ordered[max(rank, 1) - 1]


def session_ended(connection: Connection) -> float:
    """Count a connection that is over; returns how many seconds it has lasted."""
    seconds = time.monotonic() - connection.since
    metrics.session_ended(
        connection.config.name,
        transport=str(connection.transport),
        protocol=connection.protocol,
        seconds=seconds,
        error_type=str(connection.fault.code) if connection.fault else "",
    )
    return seconds
