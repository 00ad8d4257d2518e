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
    """Keeps `share` (0 to 1) of the verbose events; all events of one correlation id share their fate.

    Of pieces of responses, which are far more than all others, no more than the share `pieces` is kept.
    """

    def __init__(self, share: float = 1.0, pieces: float = 1.0) -> None:
        self._share = share
        self._pieces = min(share, pieces)

    def takes(self, kind: EventKind, key: str) -> bool:
        """Whether verbose events of this kind and this correlation id are kept."""
        return zlib.crc32(key.encode("utf-8", "replace")) < int(self._of(kind) * _HASHES)

    def kept(self, event: Event) -> Event | None:
        """The event as it is to be written, or None when it is not."""
        share = self._of(event.kind)
        if share >= 1 or not _is_verbose(event):
            return event
        if not self.takes(event.kind, event.correlation_id or event.id):
            return None
        return replace(event, extra={**event.extra, "roxy": {"sampled": share}})

    def _of(self, kind: EventKind) -> float:
        return self._pieces if kind is EventKind.CHUNK else self._share


def _is_verbose(event: Event) -> bool:
    if event.kind is EventKind.CHUNK:
        return True
    return event.kind is EventKind.TOOL_CALL and event.name == "tool.called" and event.data.get("success") is True
