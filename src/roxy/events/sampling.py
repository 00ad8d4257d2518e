"""Which of the many small events are kept: a share of the conversations' verbose traffic, whole or not at all.

Verbose are pieces of responses (the response itself comes again as a whole) and tool calls that succeeded. Failures,
decisions, audits and everything else are always kept. What was kept by sampling says so in
`extra["roxy"]["sampled"]`, the share, so that whoever counts can count up.
"""

import zlib
from dataclasses import replace

from roxy.contracts.events import Event, EventKind

_HASHES = 2**32


class Sampler:
    """Keeps `share` (0 to 1) of the verbose events; all events of one correlation id share their fate."""

    def __init__(self, share: float = 1.0) -> None:
        self._share = share
        self._below = int(share * _HASHES)

    def kept(self, event: Event) -> Event | None:
        """The event as it is to be written, or None when it is not."""
        if self._below >= _HASHES or not _is_verbose(event):
            return event
        if zlib.crc32((event.correlation_id or event.id).encode("utf-8", "replace")) >= self._below:
            return None
        return replace(event, extra={**event.extra, "roxy": {"sampled": self._share}})


def _is_verbose(event: Event) -> bool:
    if event.kind is EventKind.CHUNK:
        return True
    return event.kind is EventKind.TOOL_CALL and event.name == "tool.called" and event.data.get("success") is True
