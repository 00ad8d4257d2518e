"""Who can be asked when a server asks something back: the person at the door where this call began, if anybody.

Whoever calls in the name of a person binds the dialogue around the call. Nothing heavy is imported here, for the
conversation binds it whether a server is ever asked or not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from roxy.contracts.skills import Dialogue

_PRESENT: ContextVar[Dialogue | None] = ContextVar("roxy_person", default=None)


def present() -> Dialogue | None:
    """Who can be asked now; None when nobody can."""
    return _PRESENT.get()


@contextmanager
def answering(dialogue: Dialogue | None) -> Iterator[None]:
    """Questions of servers go to `dialogue` for as long as the context is open."""
    token = _PRESENT.set(dialogue)
    try:
        yield
    finally:
        _PRESENT.reset(token)
