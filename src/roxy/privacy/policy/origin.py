"""Whose words a call is made of: bound by who makes it, read by the gateway.

A person's own call (`roxy mcp call`) is nobody else's doing. In a turn of a conversation a skill or a model puts the
arguments together, perhaps of what some server said: then a real value leaves only if it came from the right place.
What nobody has bound is a person's own call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum


class Origin(StrEnum):
    """Who put the arguments together."""

    USER = "user"
    """The person at a door, argument by argument."""
    SKILL = "skill"
    """A skill, in a turn."""
    MODEL = "model"
    """A model: what it writes may be what a server told it to write."""
    SERVER = "server"
    """A server asked for it: nothing real goes back with the answer."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, and what the person said in this turn."""

    origin: Origin = Origin.USER
    words: str = field(default="", repr=False)


_SOMEBODY = Speaker()
_NOW: ContextVar[Speaker] = ContextVar("roxy_speaker", default=_SOMEBODY)


def speaker() -> Speaker:
    """Who speaks now."""
    return _NOW.get()


@contextmanager
def speaking(origin: Origin, words: str = "") -> Iterator[None]:
    """Calls that are made within are made by `origin`, in a turn in which the person said `words`.

    Within a model's turn all stays the model's: a skill that it runs works with what the model gave it.
    """
    within = _NOW.get()
    if within.origin is Origin.MODEL and origin is Origin.SKILL:
        origin = Origin.MODEL
    token = _NOW.set(Speaker(origin, words or within.words))
    try:
        yield
    finally:
        _NOW.reset(token)
