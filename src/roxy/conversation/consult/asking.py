"""One session asks another one of this user, and waits for its answer.

The order of events: who waits for whom is looked at, so that no circle begins; an event says that the session was
asked; the question is a turn of the other session, at a door of its own where nobody can answer a question back; what
that turn causes carries the same correlation id, one hop more, and the event as its parent; a second event says how it
ended. The other session does with the question what it would do with its user's, and has no rights beyond those.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from typing import Any

from roxy.config.loader import did_you_mean
from roxy.contracts.doors import SessionInfo
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.turns import Listener, Notice, NoticeKind, Reply, Utterance
from roxy.conversation.dialogue import Exchange
from roxy.conversation.sessions import Sessions
from roxy.errors import LoopDetected, NeedsInput, ServerTimeout, UsageError
from roxy.observe import trace

DOOR = "session"
"""The door of such turns: what waits at the user's doors is left alone."""
MAX_HOPS = 3
"""So often one question may be passed on."""
PATIENCE = 180.0
"""Seconds that one session waits for another; that one may be busy with its own user."""
_LISTED = 8


class Consultations:
    """Lets sessions ask each other. `turn` takes an utterance to its reply."""

    def __init__(
        self,
        turn: Callable[[Utterance, Listener], Awaitable[Reply]],
        sessions: Sessions,
        events: EventSink,
        *,
        patience: float = PATIENCE,
    ) -> None:
        self._turn = turn
        self._sessions = sessions
        self._events = events
        self._patience = patience
        self._waiting: Counter[tuple[str, str]] = Counter()
        """Who waits for whom, and how often."""

    async def others(self, session_id: str | None, *, latest: bool) -> Sequence[SessionInfo]:
        """The sessions with a name of their own beside this one; with `latest` also those that were used last."""
        return await self._sessions.others(session_id or "", latest=_LISTED if latest else 0)

    async def ask(self, session: str, question: str, exchange: Exchange, *, model: str = "") -> Reply:
        """The reply of `session` to `question`, which the session of `exchange` asks.

        Raises `LoopDetected` when that session waits for this one, or the question was passed on too often;
        `UsageError` for a session that there is not; `ServerTimeout` when it does not answer in time.
        """
        asking = exchange.session_id
        await self._find(asking, session)
        self._check(asking, session)  # from here to the note of who waits nothing may be awaited: two could pass
        asked = self._event(session, asking, phase="started")
        self._events.record(asked)
        utterance = Utterance(text=question, session_id=session, door=DOOR, one_shot=True, model=model)
        self._waiting[asking, session] += 1
        exchange.progress(f"asking the session {session} …")
        code = ServerTimeout.code
        try:
            with trace.bound(hop=asked.hop + 1, parent_id=asked.id):
                async with asyncio.timeout(self._patience):
                    reply = await self._turn(utterance, _Ear(exchange, session))
            code = reply.code
        except TimeoutError:
            raise ServerTimeout(
                f"The session {session} did not answer within {self._patience:g} s.",
                server=f"session:{session}",
                hint="It may be busy with something long; ask again later.",
            ) from None
        finally:
            self._waiting -= Counter({(asking, session): 1})  # which forgets what is at zero
            with trace.bound(parent_id=asked.id):
                self._events.record(self._event(session, asking, phase="ended", code=code))
        return reply

    async def _find(self, asking: str, session: str) -> None:
        if session == asking:
            return
        known = await self._sessions.others(asking, latest=_LISTED, of=session)
        if session not in {one.id for one in known}:
            near = did_you_mean(session, [one.id for one in known])
            raise UsageError(
                f"There is no session {session!r} to ask.", hint=near or "`roxy sessions list` shows those there are."
            )

    def _check(self, asking: str, session: str) -> None:
        server = f"session:{session}"
        if session == asking:
            raise LoopDetected(
                f"{session} is this session itself.", server=server, hint="Answer here, or ask another session."
            )
        if trace.current().hop >= MAX_HOPS:
            raise LoopDetected(
                f"The session {session} was not asked: the question was passed on {MAX_HOPS} times already.",
                server=server,
                hint="Answer with what is known here.",
            )
        if self._waits_for(session, asking):
            raise LoopDetected(
                f"The session {session} was not asked: it is itself waiting for an answer of this one ({asking}).",
                server=server,
                hint="Answer with what is known here.",
            )

    def _waits_for(self, first: str, last: str) -> bool:
        """Whether `first` waits for `last`, or for one that does."""
        seen, looking = {first}, [first]
        while looking:
            here = looking.pop()
            onward = {target for who, target in self._waiting if who == here} - seen
            if last in onward:
                return True
            seen |= onward
            looking += onward
        return False

    def _event(self, session: str, asking: str, **data: Any) -> Event:
        ids = trace.current()
        return Event(
            kind=EventKind.TOOL_CALL,
            name="session.asked",
            data={"session": session, **data},
            session_id=asking,
            parent_id=ids.parent_id,
            correlation_id=ids.correlation_id,
            hop=ids.hop,
            route=f"session:{session}",
        )


def asked_back(session: str, reply: Reply) -> str:
    """The words of a reply, and where to go on when the other session wanted to ask something."""
    if reply.code != NeedsInput.code:
        return reply.text
    return f"The session {session} has a question first: {reply.text}\nGo there: roxy chat --session {session}"


class _Ear:
    """What is done on the way is told at the door of the session that asks; words are in the answer."""

    def __init__(self, exchange: Exchange, session: str) -> None:
        self._exchange = exchange
        self._session = session

    def heard(self, notice: Notice) -> None:
        """Pass on what is being done, and what a skill says before its turn ends."""
        if notice.kind is NoticeKind.SAY:
            self._exchange.listener.heard(replace(notice, session_id=self._exchange.session_id))
        if notice.kind is NoticeKind.PROGRESS:
            self._exchange.progress(f"{self._session}: {notice.text}")
