"""Where Roxy speaks up unasked, and where doors listen.

A notice goes to one door: one that listens for its session, else the door that began to listen last. When nobody
listens, `publish` says so, and whoever published keeps the notice for later.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from roxy.contracts.turns import Listener, Notice


@dataclass(frozen=True, slots=True, eq=False)
class _Ear:
    listener: Listener
    session_id: str | None


class NoticeBoard:
    """The one place between those who have something to say and the doors; implements `Notices`."""

    def __init__(self) -> None:
        self._ears: list[_Ear] = []
        self._arrivals: list[Callable[[], None]] = []

    def publish(self, notice: Notice) -> bool:
        """Hand `notice` to one door; False when nobody listens."""
        ear = self._ear_for(notice.session_id)
        if ear is None:
            return False
        ear.listener.heard(notice)
        return True

    @asynccontextmanager
    async def listening(self, listener: Listener, *, session_id: str | None = None) -> AsyncIterator[None]:
        """Let `listener` hear what is published while the context is open."""
        ear = _Ear(listener, session_id)
        self._ears.append(ear)
        try:
            for arrived in self._arrivals:
                arrived()
            yield
        finally:
            self._ears.remove(ear)

    def on_arrival(self, callback: Callable[[], None]) -> None:
        """Call `callback` whenever a door begins to listen: now what was missed can be told."""
        self._arrivals.append(callback)

    def _ear_for(self, session_id: str | None) -> _Ear | None:
        for ear in reversed(self._ears):
            if session_id is not None and ear.session_id == session_id:
                return ear
        return self._ears[-1] if self._ears else None
