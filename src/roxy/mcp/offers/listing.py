"""Asks one server what it offers, and lets its catalog take it: at every start, on demand, and on news of a change."""

import asyncio
import contextlib
import time
from collections.abc import Callable

from roxy.contracts.servers import ServerConfig
from roxy.errors import RoxyError, ServerError, ServerTimeout
from roxy.mcp.connection import Connection
from roxy.mcp.known.catalog import Catalog, Changes
from roxy.mcp.wire.peer import lasting

RELIST_SECONDS = 1.0
"""News of a change is followed at most this often."""

OnTools = Callable[[Changes, bool], None]
"""Hears how the tools differ from the last list, and whether that list is of an earlier run."""


class Listing:
    """The lists of one server; `end` forgets what was still to be asked on a connection."""

    def __init__(self, config: ServerConfig, catalog: Catalog, on_tools: OnTools | None) -> None:
        self._config = config
        self._catalog = catalog
        self._on_tools = on_tools
        self._listed_at = -RELIST_SECONDS
        self._holds_until = 0.0
        self._soon: asyncio.Task[None] | None = None
        self._rest: asyncio.Task[None] | None = None

    @property
    def due(self) -> bool:
        """Whether the last list is old enough to ask again without need."""
        return time.monotonic() - self._listed_at >= RELIST_SECONDS

    @property
    def holds(self) -> bool:
        """Whether the server said of the last list that it still holds (`ttlMs`), and has told of no change since."""
        return time.monotonic() < self._holds_until

    async def now(self, connection: Connection, *, starting: bool = False) -> None:
        """Ask for the tools; raises `ServerError`, and the old list stays."""
        self._listed_at = time.monotonic()
        self._holds_until = 0.0
        try:
            async with asyncio.timeout(self._config.timeout_connection):
                listed = await connection.ask(lambda peer: peer.listed("tools"))
                differs = await self._catalog.take(listed["tools"], connection.about)
                self._holds_until = self._listed_at + lasting(listed)[0]
        except TimeoutError:
            seconds = self._config.timeout_connection
            raise ServerTimeout(
                f"The server {self._config.name} did not list its tools within {seconds:g} s.",
                server=self._config.name,
            ) from None
        if differs and self._on_tools is not None:
            self._on_tools(differs, starting)

    def soon(self, connection: Connection | None) -> None:
        """Ask for the tools as soon as that is allowed; once for all that is heard until then."""
        self._holds_until = 0.0
        if connection is not None and (self._soon is None or self._soon.done()):
            self._soon = asyncio.create_task(self._ask_soon(connection), name=f"list {self._config.name}")

    def rest(self, connection: Connection) -> None:
        """Ask for what it offers beside tools, when nobody waits for it; once a run."""
        self._rest = asyncio.create_task(self._ask_rest(connection), name=f"list all of {self._config.name}")

    def end(self) -> None:
        """The connection ends."""
        for asking in (self._soon, self._rest):
            if asking is not None:
                asking.cancel()

    async def _ask_soon(self, connection: Connection) -> None:
        await asyncio.sleep(max(0.0, self._listed_at + RELIST_SECONDS - time.monotonic()))
        if connection.alive:
            with contextlib.suppress(ServerError):  # the old list stays, and the next call tells what is wrong
                await self.now(connection)

    async def _ask_rest(self, connection: Connection) -> None:
        with contextlib.suppress(RoxyError):  # what is known of it stays
            self._catalog.add(await connection.list_more())
