"""The ids that join everything one utterance causes: correlation, session and hop, carried by the current context.

A door binds them when an utterance comes in; tasks started on the way inherit them. Hops count how often a request
has passed through a Roxy, so that two Roxys that call each other notice.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where we are: ids are `roxy.contracts.ids`, `hop` counts from 0 where the utterance was heard."""

    correlation_id: str | None = None
    session_id: str | None = None
    hop: int = 0
    parent_id: str | None = None
    """The event that caused what happens here: a session was asked by another one."""


_CURRENT: ContextVar[Trace] = ContextVar("roxy_trace", default=Trace())  # noqa: B039 -- it is frozen


def current() -> Trace:
    """The ids of the current context; empty outside of a turn."""
    return _CURRENT.get()


@contextmanager
def bound(
    *,
    correlation_id: str | None = None,
    session_id: str | None = None,
    hop: int | None = None,
    parent_id: str | None = None,
) -> Iterator[Trace]:
    """Carry these ids for as long as the context is open; what is not given stays as it was."""
    before = _CURRENT.get()
    now = Trace(
        correlation_id=before.correlation_id if correlation_id is None else correlation_id,
        session_id=before.session_id if session_id is None else session_id,
        hop=before.hop if hop is None else hop,
        parent_id=before.parent_id if parent_id is None else parent_id,
    )
    token = _CURRENT.set(now)
    try:
        yield now
    finally:
        _CURRENT.reset(token)
