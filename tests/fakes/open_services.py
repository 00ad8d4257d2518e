"""What the system server answers from, small and in memory; the files are real ones."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import MemoryItem, UserProfile
from roxy.errors import StoreFull
from roxy.store.folders import AllowedFolders

DAY = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)


@dataclass
class PlainMemory:
    """Remembers in a dictionary; `full` makes it fail as a full disk does."""

    full: bool = False
    items: dict[str, MemoryItem] = field(default_factory=dict)
    numbers: itertools.count = field(default_factory=lambda: itertools.count(1))

    async def remember(self, text, **about):
        if self.full:
            raise StoreFull("The disk is full, so nothing new can be kept.", hint="Free some space and say it again.")
        key = f"m{next(self.numbers)}"
        self.items[key] = MemoryItem(id=key, text=text, at=DAY, about=about)
        return key

    async def search(self, query, limit=5):
        words = query.casefold().split()
        return [item for item in self.items.values() if any(word in item.text.casefold() for word in words)][:limit]

    async def latest(self, limit=20):
        return list(reversed(self.items.values()))[:limit]

    async def forget(self, id):
        return self.items.pop(id, None) is not None


@dataclass
class PlainServices:
    """All of it together."""

    memory: PlainMemory = field(default_factory=PlainMemory)
    files: AllowedFolders = field(default_factory=lambda: AllowedFolders([]))
    profile: UserProfile = field(default_factory=lambda: UserProfile(timezone=ZoneInfo("Europe/Berlin")))

    def status(self):
        return [
            ServerStatus(
                name="brave_search",
                state=ServerState.FAILED,
                transport="stdio",
                error="brave_search ended with code 1.",
                stderr=["a line that may hold anything"],
                pid=4711,
            )
        ]
