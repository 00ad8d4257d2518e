"""Reminders as a turn of a skill sees them: add, list, cancel, move. `roxy.conversation.schedule` fires them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import RowMapping

from roxy.contracts.ids import new_id
from roxy.contracts.skills import Reminder
from roxy.conversation.reminders.recurrence import check_rule, zone_name, zone_of
from roxy.conversation.undo import Journal, quoted
from roxy.errors import UsageError
from roxy.store.database import Database
from roxy.store.tables import reminders


class TurnReminders:
    """`roxy.contracts.skills.Reminders` for one turn; `changed` is called after each change."""

    def __init__(
        self,
        database: Database,
        session_id: str,
        journal: Journal,
        *,
        now: Callable[[], datetime],
        changed: Callable[[], None],
    ) -> None:
        self._database = database
        self._session_id = session_id
        self._journal = journal
        self._now = now
        self._changed = changed

    async def add(self, text: str, due: datetime, *, kind: str = "reminder", rule: str = "") -> Reminder:
        """Keep a reminder that fires at `due`, and by `rule` (RFC 5545) again after that, in the zone of `due`.

        It is on the disk when this returns. Raises `UsageError` for a rule that is none.
        """
        _need_zone(due)
        if rule:
            check_rule(rule, due)
        row = {
            "id": new_id("rem"),
            "text": text,
            "kind": kind,
            "rule": rule,
            "start": due,
            "zone": zone_name(due),
            "due": due,
            "session_id": self._session_id,
            "created": self._now(),
            "fired": None,
            "missed": None,
        }
        words = f"I took {_name(kind, text)} off again."
        async with (
            self._database.writing() as connection,
            self._journal.change(connection, reminders, {"id": row["id"]}, words),
        ):
            await connection.execute(insert(reminders).values(row))
        self._changed()
        return _reminder(row)

    async def pending(self) -> Sequence[Reminder]:
        """Those that will still fire, soonest first."""
        waiting = select(reminders).where(reminders.c.due.is_not(None))
        return await self._all(waiting.order_by(reminders.c.due, reminders.c.id))

    async def last_fired(self, limit: int = 5) -> Sequence[Reminder]:
        """Those that fired, latest first; one that will not come again keeps the time at which it did."""
        fired = select(reminders).where(reminders.c.fired.is_not(None))
        return await self._all(fired.order_by(reminders.c.fired.desc(), reminders.c.id.desc()).limit(limit))

    async def cancel(self, id: str) -> bool:
        """Let it never fire again; False when there is none."""
        mine = reminders.c.id == id
        async with self._database.writing() as connection:
            found = (await connection.execute(select(reminders).where(mine))).mappings().one_or_none()
            if found is None or found["due"] is None:
                return False
            async with self._journal.change(connection, reminders, {"id": id}, f"{_capital(found)} is on again."):
                if found["fired"] is None:
                    await connection.execute(delete(reminders).where(mine))
                else:  # it can still be snoozed
                    await connection.execute(update(reminders).where(mine).values(due=None, missed=None))
        self._changed()
        return True

    async def move(self, id: str, due: datetime) -> Reminder:
        """Let it fire at `due` (again); a recurring one keeps its rule. Raises `UsageError` when there is none."""
        _need_zone(due)
        mine = reminders.c.id == id
        async with self._database.writing() as connection:
            found = (await connection.execute(select(reminders).where(mine))).mappings().one_or_none()
            if found is None:
                raise UsageError(f"There is no reminder {id!r}.", hint="It may have been cancelled.")
            changed: dict[str, Any] = {"due": due, "missed": None}
            if not found["rule"]:
                changed |= {"start": due, "zone": zone_name(due)}
            async with self._journal.change(
                connection, reminders, {"id": id}, f"{_capital(found)} is at its old time again."
            ):
                await connection.execute(update(reminders).where(mine).values(**changed))
        self._changed()
        return _reminder({**found, **changed})

    async def _all(self, query: Any) -> Sequence[Reminder]:
        async with self._database.reading() as connection:
            return [_reminder(row) for row in (await connection.execute(query)).mappings()]


def name_of(row: RowMapping) -> str:
    """What a reminder is called in a sentence: “call mum”, your pasta timer."""
    return _name(row["kind"], row["text"]).removeprefix("the reminder ")


def due_of(row: Any, moment: datetime) -> datetime:
    """`moment` in the zone in which the reminder was made."""
    return moment.astimezone(zone_of(row["zone"]))


def _name(kind: str, text: str) -> str:
    if kind == "timer":
        return f"your {text} timer" if text else "your timer"
    return f"the reminder {quoted(text)}" if text else "a reminder"


def _capital(row: RowMapping) -> str:
    name = _name(row["kind"], row["text"])
    return name[0].upper() + name[1:]


def _reminder(row: Any) -> Reminder:
    # One that is over has no next time; the last one is what can be said of it.
    due = row["due"] or row["fired"] or row["start"]
    return Reminder(
        id=row["id"],
        text=row["text"],
        due=due_of(row, due),
        kind=row["kind"],
        rule=row["rule"],
        session_id=row["session_id"],
        created=row["created"],
        fired=row["fired"],
    )


def _need_zone(due: datetime) -> None:
    if due.tzinfo is None:
        raise ValueError("a reminder's time needs a time zone")
    if due.astimezone(UTC).year > 9000:  # noqa: PLR2004 - recurrences are searched up to the year 9999
        raise UsageError(
            "That is too far away to be remembered.", hint="Say a time within the next thousands of years."
        )
