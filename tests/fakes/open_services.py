"""What the system server answers from, small and in memory; the files are real ones below a folder."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import FileHit, MemoryItem, UserProfile
from roxy.errors import Denied, StoreFull

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
class FolderFiles:
    """Finds and reads below one folder, or nowhere."""

    folder: Path | None = None

    def folders(self):
        return [str(self.folder)] if self.folder else []

    async def find(self, pattern, *, limit=20):
        return [_hit(path) for path in sorted(self.folder.rglob("*")) if pattern in path.name][:limit]

    async def search(self, text, *, limit=20):
        hits = []
        for path in sorted(self.folder.rglob("*")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                if text.casefold() in line.casefold():
                    hits.append(_hit(path, number, line))
        return hits[:limit]

    async def read(self, path, *, max_bytes=1_000_000):
        return _read(self.folder, Path(path))[:max_bytes]


def _read(folder, path):
    if folder not in path.resolve().parents:
        raise Denied(f"{path} is not in a folder that you allowed.", hint="Allow its folder first.")
    return path.read_text()


def _hit(path, line=None, excerpt=""):
    return FileHit(path=str(path), size=path.stat().st_size, modified=DAY, line=line, excerpt=excerpt)


@dataclass
class PlainServices:
    """All of it together."""

    memory: PlainMemory = field(default_factory=PlainMemory)
    files: FolderFiles = field(default_factory=FolderFiles)
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
