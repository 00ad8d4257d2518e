"""All that Roxy remembers, as the user looks at it by hand: what it was asked to remember, facts, and summaries."""

from collections.abc import Sequence
from enum import StrEnum

from roxy.contracts.skills import MemoryItem
from roxy.conversation.longterm.summaries import PREFIX, Summaries, Summary
from roxy.conversation.memory import UserMemory
from roxy.conversation.undo import Journal
from roxy.store.database import Database


class Kind(StrEnum):
    """What is remembered."""

    REMEMBERED = "remembered"
    """The user asked for it."""
    FACT = "fact"
    """Roxy asked whether to."""
    SUMMARY = "summary"
    """Of a conversation."""


class Everything:
    """Works on the database itself, so it is the same for the owner of the data and for any other process.

    Nothing that is done here can be undone by saying so.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._memory = UserMemory(database).for_turn(Journal())
        self._summaries = Summaries(database)

    async def latest(self, limit: int, *, kind: Kind | None = None, replaced: bool = False) -> Sequence[MemoryItem]:
        """The newest of a kind (None: of all), newest first; with `replaced` what something took the place of, too."""
        found = list(await self._summaries.latest(limit)) if kind in (None, Kind.SUMMARY) else []
        if kind is not Kind.SUMMARY:
            # Of one kind there may be few among the newest.
            kept = [*await self._memory.latest(_ALL), *(await self._memory.replaced(_ALL) if replaced else ())]
            found += [item for item in kept if kind is None or item.kind == kind]
        return sorted((item for item in found if item.text), key=lambda item: item.at, reverse=True)[:limit]

    async def search(self, query: str, limit: int, *, kind: Kind | None = None) -> Sequence[MemoryItem]:
        """Those that hold the words of `query`, best first; summaries come last."""
        found = [] if kind is Kind.SUMMARY else list(await self._memory.search(query, limit))
        found = [item for item in found if kind is None or item.kind == kind]
        if kind in (None, Kind.SUMMARY):
            found += await self._summaries.search(query, limit)
        return found[:limit]

    async def summary(self, session_id: str) -> Summary | None:
        """The summary of one conversation; None when there is none."""
        return await self._summaries.of(session_id)

    async def edit(self, id: str, text: str) -> bool:
        """Let it say `text`; False when there is none."""
        return await (self._summaries.edit(id, text) if _is_summary(id) else self._memory.edit(id, text))

    async def forget(self, ids: Sequence[str]) -> Sequence[str]:
        """Forget these for good; returns those that there were. Their bytes in the file are overwritten."""
        gone = [one for one in ids if await (self._summaries if _is_summary(one) else self._memory).forget(one)]
        if gone:
            await self._database.vacuum()
        return gone


_ALL = 100_000


def _is_summary(id_: str) -> bool:
    return id_.startswith(f"{PREFIX}_")
