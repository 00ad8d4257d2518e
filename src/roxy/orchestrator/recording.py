"""The record of events alone, for a command that adds to it; what redacts them is opened by the first of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager

from roxy.config.places import Places
from roxy.config.settings import Settings
from roxy.events.log import EventLog
from roxy.orchestrator.rooms import Rooms, Surroundings
from roxy.store.database import Database


@asynccontextmanager
async def recording(
    settings: Settings, places: Places, environ: Mapping[str, str]
) -> AsyncIterator[tuple[Database, EventLog]]:
    """The database and the log, beside whatever Roxy owns the data. Raises `StoreError`."""
    async with AsyncExitStack() as stack:
        rooms = Rooms(stack, Surroundings(settings=settings, places=places, environ=environ))
        yield await rooms.database.get(), await rooms.events.get()
