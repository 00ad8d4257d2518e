"""Makes the connections to one server, one after the other, and remembers how it was reached.

What an earlier run of Roxy has found out stands in the manifest and is tried first, once. When that fails the server
may have become another one, so it is reached once more as if nothing were known of it.
"""

from dataclasses import dataclass, field
from typing import Any

from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerError
from roxy.mcp.connection import Connection
from roxy.mcp.known.catalog import Catalog
from roxy.mcp.offers.news import OnNews
from roxy.mcp.opening import Step, kept_step
from roxy.mcp.wire.inputs import InputHandler
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.stderr import StderrLog


@dataclass
class Reaching:
    """What all connections to a server share."""

    catalog: Catalog
    services: Any
    parser: Parser
    stderr: StderrLog
    on_news: OnNews
    on_input: InputHandler
    once: bool = False
    """Whether it was ever reached."""
    _found: dict[str, Step] = field(default_factory=dict)
    _tried: bool = False

    async def connect(self, config: ServerConfig) -> Connection:
        """An open connection; raises `ServerError` or `ConfigError`, and then nothing is left behind."""
        kept = None if self.once or self._tried else kept_step(self.catalog.head)
        self._tried = True
        if kept is None:
            return await self._open(config)
        self._found[config.name] = kept
        try:
            return await self._open(config)
        except ServerError:
            self._found.clear()
            return await self._open(config)

    async def _open(self, config: ServerConfig) -> Connection:
        connection = Connection(
            config,
            services=self.services,
            stderr=self.stderr,
            parser=self.parser,
            remembered=self._found,
            on_news=self.on_news,
            on_input=self.on_input,
        )
        await connection.open(config.timeout_connection if self.once else config.timeout_start)
        self.once = True
        return connection
