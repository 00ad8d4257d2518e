"""Timers and reminders: kept in the database, fired once by the Roxy that owns the data folder.

Order of events when one comes due: one transaction notes that it fired, when it comes again, and that nobody has heard
it yet; then it is published; when a door took it, that note is cleared. So a crash in between tells it once more rather
than never. What nobody heard, and what is found more than a minute late (the machine was off or asleep), is told later
in one notice that names all of it.

The wall clock is looked at every two seconds at least, and so is the database: a clock that jumps and a reminder that
another process added are both noticed. Any process can add, list and cancel; only the one that enters the context
fires.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.engine import RowMapping

from roxy.contracts.turns import Notice, NoticeKind, Notices
from roxy.conversation.reminders.kept import TurnReminders, due_of, name_of
from roxy.conversation.reminders.recurrence import counts, next_after, zone_of
from roxy.conversation.undo import Journal
from roxy.errors import StoreError
from roxy.store.database import Database
from roxy.store.tables import reminders

_log = logging.getLogger(__name__)

LATE = timedelta(seconds=60)
"""Later than this it is told as missed."""
KEPT = timedelta(days=30)
"""How long one that fired for the last time can still be snoozed."""


def _now() -> datetime:
    return datetime.now(UTC)


class Schedule:
    """All reminders of the user. Use `for_turn` in any process; enter the context in the owner alone."""

    def __init__(
        self, database: Database, notices: Notices, *, now: Callable[[], datetime] = _now, look_every: float = 2.0
    ) -> None:
        self._database = database
        self._notices = notices
        self._now = now
        self._look_every = look_every
        self._wake = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._fire_forever(), name="reminders")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    def for_turn(self, session_id: str, journal: Journal) -> TurnReminders:
        """The reminders as one turn sees them: what it changes can be undone."""
        return TurnReminders(self._database, session_id, journal, now=self._now, changed=self.wake)

    def wake(self) -> None:
        """Look now: the clock or the reminders changed, or a door began to listen (what was missed is told to it)."""
        self._wake.set()

    async def _fire_forever(self) -> None:
        told = False
        while True:
            self._wake.clear()
            wait = self._look_every
            try:
                wait = min(wait, await self._look())
                told = False
            except StoreError as error:
                if not told:  # once, not every two seconds
                    _log.warning("reminders cannot be read or written: %s", error.code)
                    text = f"Reminders do not work just now. {error}"
                    told = self._told(Notice(kind=NoticeKind.PROBLEM, text=text))
            with suppress(TimeoutError):
                async with asyncio.timeout(wait):
                    await self._wake.wait()

    async def _look(self) -> float:
        """Fire what is due and tell what was missed; returns the seconds until the next one."""
        now = self._now()
        async with self._database.reading() as connection:
            due = select(reminders).where(reminders.c.due <= now).order_by(reminders.c.due, reminders.c.id)
            rows = (await connection.execute(due)).mappings().all()
        for row in rows:
            await self._fire(row, now)
        await self._tell_missed(now)
        async with self._database.reading() as connection:
            soonest = (await connection.execute(select(func.min(reminders.c.due)))).scalar_one()
        return max(0.0, (soonest - self._now()).total_seconds()) if soonest else self._look_every

    async def _fire(self, row: RowMapping, now: datetime) -> None:
        again = _next(row, now)
        # Moved on to the next time, its start is an occurrence still, and the way from there to the next is short.
        start = row["start"] if again is None or counts(row["rule"]) else again
        changed = {"due": again, "start": start, "fired": now, "missed": row["due"]}
        async with self._database.writing() as connection:
            unchanged = and_(reminders.c.id == row["id"], reminders.c.due == row["due"])
            if not (await connection.execute(update(reminders).where(unchanged).values(**changed))).rowcount:
                return  # cancelled or moved meanwhile
            over = and_(reminders.c.due.is_(None), reminders.c.missed.is_(None), reminders.c.fired < now - KEPT)
            await connection.execute(delete(reminders).where(over))
        if now - row["due"] > LATE:
            return
        at = due_of(row, row["due"])
        notice = Notice(kind=NoticeKind.REMINDER, text=_spoken(row), session_id=row["session_id"], at=at)
        if self._told(notice):
            await self._heard([(row["id"], row["due"])])

    async def _tell_missed(self, now: datetime) -> None:
        async with self._database.reading() as connection:
            missed = select(reminders).where(reminders.c.missed.is_not(None)).order_by(reminders.c.missed)
            rows = (await connection.execute(missed)).mappings().all()
        if not rows:
            return
        named = [f"{name_of(row)} ({_when(due_of(row, row['missed']), now)})" for row in rows]
        text = f"While you were away: {', '.join(named)}."
        if self._told(Notice(kind=NoticeKind.MISSED, text=text, at=now)):
            await self._heard([(row["id"], row["missed"]) for row in rows])

    def _told(self, notice: Notice) -> bool:
        try:
            return self._notices.publish(notice)
        except Exception:  # noqa: BLE001 - a door that fails may not end all reminders; the next one will hear it
            _log.exception("a door failed to hear a notice")
            return False

    async def _heard(self, missed: Sequence[tuple[str, datetime]]) -> None:
        async with self._database.writing() as connection:
            for id_, due in missed:
                same = and_(reminders.c.id == id_, reminders.c.missed == due)
                await connection.execute(update(reminders).where(same).values(missed=None))


def _next(row: RowMapping, now: datetime) -> datetime | None:
    """When it comes again: of the times that were missed only what is not late yet, and never what comes due now."""
    if not row["rule"]:
        return None
    start = row["start"].astimezone(zone_of(row["zone"]))
    return next_after(row["rule"], start, max(now - LATE, row["due"]))


def _spoken(row: RowMapping) -> str:
    if row["kind"] == "timer":
        return f"Your {row['text']} timer is done." if row["text"] else "Your timer is done."
    return f"Reminder: {row['text']}" if row["text"] else "This is your reminder."


def _when(moment: datetime, now: datetime) -> str:
    """`today at 8:00`, `yesterday at 8:00`, `on Friday 6 March at 8:00`, in the reminder's own zone."""
    days = (now.astimezone(moment.tzinfo).date() - moment.date()).days
    day = {0: "today", 1: "yesterday"}.get(days, f"on {moment:%A} {moment.day} {moment:%B}")
    return f"{day} at {moment.hour}:{moment:%M}"
