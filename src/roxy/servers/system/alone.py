"""The server without the rest of Roxy: it opens the user's store and settings itself, for as long as a client talks.

Another Roxy may have the same database open; SQLite keeps them apart. Files are those below `files.folders` of the
settings: what was granted to a skill was not granted to whatever client starts this server.
"""

import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Files, Memory, UserProfile
from roxy.conversation.memory import UserMemory
from roxy.conversation.undo import Journal
from roxy.servers.system.tools import create
from roxy.store.database import open_database
from roxy.store.folders import AllowedFolders


@dataclass(frozen=True, slots=True, kw_only=True)
class Alone:
    """`SystemServices` over a store of its own."""

    memory: Memory
    files: Files
    profile: UserProfile

    def status(self) -> Sequence[ServerStatus]:
        """None: the servers belong to the Roxy that owns the data folder."""
        return ()


@asynccontextmanager
async def opened(environ: Mapping[str, str] = os.environ, cwd: Path | None = None) -> AsyncIterator[Alone]:
    """The user's services by their environment; raises `ConfigError` or `StoreError`."""
    places = Places.from_environment(environ, cwd or Path.cwd())  # before anything is served
    settings = load_settings(places, environ)
    async with open_database(places.data, settings.store.url) as database:
        yield Alone(
            # Nobody says "undo that" to this server, so changes are not journalled.
            memory=UserMemory(database).for_turn(Journal()),
            files=AllowedFolders(settings.files.folders),
            profile=settings.profile(environ),
        )


async def serve() -> None:
    """Serve over stdio until the client closes its end."""
    async with opened() as services:
        await create(services).run_stdio_async()
