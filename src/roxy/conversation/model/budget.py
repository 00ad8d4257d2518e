"""Who pays for the tokens: the session that the user talks with, also for what other sessions use on its behalf."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Account:
    """What one session has spent so far, in tokens."""

    session_id: str
    spent: int


_PAYER: ContextVar[Account | None] = ContextVar("roxy_payer", default=None)


def payer() -> Account | None:
    """Who pays for what is done in this context; None when it is whoever does it."""
    return _PAYER.get()


@contextmanager
def charged_to(account: Account) -> Iterator[None]:
    """Let `account` pay for all that is begun while the context is open."""
    token = _PAYER.set(account)
    try:
        yield
    finally:
        _PAYER.reset(token)
