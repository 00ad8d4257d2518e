"""Summaries of conversations: one a session, of its turns up to one of them, line by line, with real values.

A summary rolls on: what falls out of a model's sight next is added to it. `revision` counts its changes, so that who
writes a better one from an old state (which takes a model a while) cannot bring back what was forgotten meanwhile. It
goes with its session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import insert, select, update
from sqlalchemy.engine import RowMapping

from roxy.contracts.ids import new_id
from roxy.contracts.skills import MemoryItem
from roxy.conversation.longterm.search import found
from roxy.conversation.longterm.traces import rebuild_indexes
from roxy.store.database import Database
from roxy.store.tables import summaries

PREFIX = "sum"
"""Ids of summaries begin with it, those of other remembered things do not."""
EXTRACT = "extract"
"""The source of a summary that no model wrote."""
USER = "user"
"""The source of a summary that the user corrected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The summary of a session's turns from the first to `last_turn`."""

    id: str
    session_id: str
    at: datetime
    first_turn: str
    last_turn: str
    through: int
    """The place of the last turn among all turns."""
    turns: int
    """How many turns it covers."""
    source: str
    """The name of the model that wrote it, `extract`, or `user`."""
    tokens: int
    """What models spent on it."""
    revision: int
    text: str

    @property
    def item(self) -> MemoryItem:
        """As one of the things that are remembered."""
        about: Mapping[str, object] = {
            "session_id": self.session_id,
            "first_turn": self.first_turn,
            "last_turn": self.last_turn,
            "turns": self.turns,
            "source": self.source,
        }
        return MemoryItem(id=self.id, text=self.text, at=self.at, about=about, kind="summary")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """Turns that a summary takes in: the first and the last one's id, the last one's place, how many."""

    first_turn: str
    last_turn: str
    through: int
    turns: int


class Summaries:
    """The summaries of all sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, session_id: str) -> Summary | None:
        """The summary of a session; None when nothing was summarised yet."""
        async with self._database.reading() as connection:
            kept = select(summaries).where(summaries.c.session_id == session_id)
            row = (await connection.execute(kept)).mappings().one_or_none()
        return None if row is None else _summary(row)

    async def extend(self, session_id: str, covered: Covered, text: str) -> Summary:
        """Let the session's summary be `text` and cover these turns as well. It is on the disk when this returns."""
        now = datetime.now(UTC)
        async with self._database.writing() as connection:
            kept = select(summaries).where(summaries.c.session_id == session_id)
            row = (await connection.execute(kept)).mappings().one_or_none()
            values = {"at": now, "last_turn": covered.last_turn, "through": covered.through, "text": text}
            values |= {"source": EXTRACT}
            if row is None:
                values |= {"id": new_id(PREFIX), "session_id": session_id, "first_turn": covered.first_turn}
                values |= {"turns": covered.turns, "tokens": 0, "revision": 0}
                await connection.execute(insert(summaries).values(**values))
            else:
                values |= {"turns": row["turns"] + covered.turns, "revision": row["revision"] + 1}
                await connection.execute(update(summaries).where(summaries.c.id == row["id"]).values(**values))
            return _summary((await connection.execute(kept)).mappings().one())

    async def rewrite(self, old: Summary, text: str, *, source: str, tokens: int) -> bool:
        """Put `text` in the place of the summary `old`; False when that has changed or gone meanwhile."""
        same = (summaries.c.id == old.id, summaries.c.revision == old.revision)
        values = {"text": text, "source": source, "tokens": old.tokens + tokens, "revision": old.revision + 1}
        async with self._database.writing() as connection:
            changed = await connection.execute(update(summaries).where(*same).values(**values, at=datetime.now(UTC)))
            return bool(changed.rowcount)

    async def latest(self, limit: int) -> Sequence[MemoryItem]:
        """The newest summaries, newest first."""
        newest = select(summaries).order_by(summaries.c.at.desc(), summaries.c.seq.desc()).limit(limit)
        async with self._database.reading() as connection:
            return [_summary(row).item for row in (await connection.execute(newest)).mappings()]

    async def search(self, query: str, limit: int) -> Sequence[MemoryItem]:
        """The summaries that hold the words of `query`, best first."""
        async with self._database.reading() as connection:
            return [_summary(row).item for row in await found(connection, query, limit, summaries)]

    async def edit(self, id: str, text: str) -> bool:
        """Let the summary say `text`; False when there is none."""
        values = {"text": text, "source": USER, "revision": summaries.c.revision + 1}
        async with self._database.writing() as connection:
            changed = await connection.execute(update(summaries).where(summaries.c.id == id).values(**values))
            await rebuild_indexes(connection)
            return bool(changed.rowcount)

    async def forget(self, id: str) -> bool:
        """Let the summary say nothing more; what it covers is not summarised again. False when there is none."""
        return await self.edit(id, "")


def _summary(row: RowMapping) -> Summary:
    return Summary(**{name: value for name, value in row.items() if name != "seq"})
