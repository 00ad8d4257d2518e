"""The ids that join everything one utterance causes: correlation, session and hop, carried by the current context.

A door binds them when an utterance comes in; tasks started on the way inherit them. Hops count how often a request
has passed through a Roxy, so that two Roxys that call each other notice. Over MCP both travel in `_meta` (`to_meta`),
and whoever is called takes them up from there (`from_meta`): the hops under `dev.roxy/hops`, the trace as W3C Trace
Context has it (`traceparent` version 00, `tracestate`).
"""

import hashlib
import random
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

HOPS_KEY = "dev.roxy/hops"
"""The key in `_meta` that counts through how many assistants a call has passed; other clients leave it alone."""
_MOST_HOPS = 1_000_000
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_TRACESTATE_CHARS = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """Where we are: ids are `roxy.contracts.ids`, `hop` counts from 0 where the utterance was heard."""

    correlation_id: str | None = None
    session_id: str | None = None
    hop: int = 0
    parent_id: str | None = None
    """The event that caused what happens here: a session was asked by another one."""
    trace_id: str = ""
    """32 hex digits; empty where no caller brought one, then it follows from the correlation id."""
    flags: str = "01"
    """Two hex digits; 01: the caller may have recorded this."""
    tracestate: str = ""
    """What other systems on the way want to be handed on."""


_CURRENT: ContextVar[Trace] = ContextVar("roxy_trace", default=Trace())  # noqa: B039 -- it is frozen


def current() -> Trace:
    """The ids of the current context; empty outside of a turn."""
    return _CURRENT.get()


def to_meta(hops: int) -> dict[str, Any]:
    """What goes into the `_meta` of a request that has passed through `hops` assistants, this one included.

    Each request is a span of its own; all requests of one utterance share the trace.
    """
    here = _CURRENT.get()
    trace_id = here.trace_id or (_derived(here.correlation_id) if here.correlation_id else _random_trace_id())
    meta: dict[str, Any] = {HOPS_KEY: hops, "traceparent": f"00-{trace_id}-{_span_id()}-{here.flags}"}
    if here.tracestate:
        meta["tracestate"] = here.tracestate
    return meta


@contextmanager
def from_meta(meta: Mapping[str, Any] | None) -> Iterator[Trace]:
    """Take up what the caller of this assistant says in `_meta`; what is not well-formed is ignored."""
    meta = meta or {}
    found = _context(meta.get("traceparent"), meta.get("tracestate"))
    hops = meta.get(HOPS_KEY)
    if isinstance(hops, int) and not isinstance(hops, bool) and hops > 0:
        found["hop"] = min(hops, _MOST_HOPS)
    token = _CURRENT.set(replace(_CURRENT.get(), **found))
    try:
        yield _CURRENT.get()
    finally:
        _CURRENT.reset(token)


def _context(parent: Any, state: Any) -> dict[str, Any]:
    """The trace that a caller names; without a good `traceparent` its `tracestate` means nothing, either."""
    parsed = _TRACEPARENT.fullmatch(parent) if isinstance(parent, str) else None
    if parsed is None or not _is_version(parsed):
        return {}
    good = isinstance(state, str) and len(state) <= _TRACESTATE_CHARS and state.isascii() and state.isprintable()
    flags = f"{int(parsed[4], 16) & 1:02x}"
    return {"trace_id": parsed[2], "flags": flags, "tracestate": state if good else ""}


def _derived(correlation_id: str) -> str:
    digest = hashlib.sha256(correlation_id.encode()).hexdigest()[:32]
    return digest if int(digest, 16) else "1".zfill(32)


def _random_trace_id() -> str:
    return f"{random.getrandbits(128) or 1:032x}"  # it names, and guards nothing


def _span_id() -> str:
    return f"{random.getrandbits(64) or 1:016x}"  # all zeros are not allowed


def _is_version(parsed: re.Match[str]) -> bool:
    """Version 00 has nothing after the flags; later ones may."""
    return parsed[1] != "00" or parsed[5] is None


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
    now = replace(
        before,
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
