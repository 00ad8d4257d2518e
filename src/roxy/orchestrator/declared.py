"""The servers that are declared now: those of the files, and over them what the database says of connectors.

Order of events: without a database, or with no connector in it, the files are all there is, and nothing is loaded to
find that out. Else every call asks the database one quick question, whether anything has changed, whoever changed it;
if so the declarations are made anew and the manager takes those that differ. What a session binds becomes its variants
of the servers at its first call. A connector that is wrong is left out with its reason, and stops nobody.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from roxy.config.connectors import Declarations
from roxy.config.places import Places
from roxy.config.settings import Settings
from roxy.contracts.connectors import Binding, Connector, ConnectorKind
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError, StoreError
from roxy.observe.logs import get_logger
from roxy.orchestrator.lazily import Lazy
from roxy.store.peek import holds_any

if TYPE_CHECKING:  # they load SQLAlchemy and the SDK
    from roxy.conversation.connectors.kept import Connectors, State
    from roxy.mcp.servers import MCPServerManager
    from roxy.store.database import Database

_log = get_logger(__name__)

_IDLE = 600.0
"""Seconds after which a session's own server stops when nobody called it: sessions never end, processes must."""


class Declared:
    """The declarations as they were last looked at; `refresh` looks again.

    `learn` hears of every declaration that changed, before anybody can call it: secrets may have come with it.
    """

    def __init__(
        self,
        places: Places,
        environ: Mapping[str, str],
        settings: Settings,
        database: "Lazy[Database]",
        *,
        learn: Callable[[Iterable[ServerConfig]], None],
    ) -> None:
        self._learn = learn
        self._places, self._environ = places, environ
        self._files = Declarations(places, environ)
        self._data = places.data
        self._url = settings.store.url
        self._old = settings.sessions.read_mcps
        self._database = database
        self._lock = asyncio.Lock()
        self._kept: Connectors | None = None
        self._connectors: Mapping[str, Connector] = {}
        self._shared: State | None = None
        self._sessions: dict[str, tuple[State, State]] = {}
        self._own: dict[str, Mapping[str, ServerConfig]] = {}
        self._told_own: dict[str, Mapping[str, ServerConfig]] = {}
        self._broken: dict[tuple[str, str | None], ConfigError] = {}
        self._told: Mapping[str, ServerConfig] = {}
        self.configs: Mapping[str, ServerConfig] = self._files.servers
        """The servers for everybody, in the order of the files, then by name; raises `ConfigError` at the beginning."""
        self.max_running = self._files.max_running
        """How many of them may run at once; None for as many as there are."""

    def for_manager(self) -> Mapping[str, ServerConfig]:
        """What a manager begins with; from then on `refresh` tells it what differs."""
        self._told = self.configs
        return self.configs

    def everything(self) -> Iterable[ServerConfig]:
        """All declarations that are known, those of sessions too."""
        return [*self.configs.values(), *(config for own in self._own.values() for config in own.values())]

    def own(self, session_id: str | None) -> Mapping[str, ServerConfig]:
        """What the session binds for itself, by the names it uses, as it was last looked at."""
        return self._own.get(session_id or "", {})

    def problem(self, server: str, session_id: str | None = None) -> ConfigError | None:
        """Why the connector `server` (or what the session binds under this name) cannot be used."""
        return self._broken.get((server, session_id)) or self._broken.get((server, None))

    async def refresh(self, manager: "MCPServerManager | None", session_id: str | None = None) -> None:
        """See what has changed, and let `manager` (when it is open) have it; of a session, its variants too.

        When the database cannot be asked, what was known before goes on to hold.
        """
        try:
            await self._look(manager, session_id)
        except StoreError as error:
            _log.error("connectors.not_read", error)

    async def reload(self, manager: "MCPServerManager | None") -> Sequence[ServerConfig]:
        """Read the files anew; the declarations that differ. Raises `ConfigError`, and then nothing has changed."""
        files = Declarations(self._places, self._environ)
        if manager is not None:
            manager.room.most = files.max_running
        self.max_running = files.max_running
        if files.servers == self._files.servers:
            return ()
        async with self._lock:
            self._files = files
            if self._kept is not None:
                self._kept = None
                self._kept = await self._open()
            before, merged = self.configs, self._merged()
            changed = [config for name, config in merged.items() if before.get(name) != config]
            self._learn(changed)
            self.configs = merged
            self._sessions.clear()  # what they bind stands over the files
            self._tell(manager)
            return changed

    async def _look(self, manager: "MCPServerManager | None", session_id: str | None) -> None:
        kept = await self._open()
        if kept is None:
            self._tell(manager)
            return
        if await self._knows(kept, manager, session_id):
            return
        async with self._lock:
            shared, own = await kept.state(session_id, metadata=self._old)
            if shared != self._shared:
                self._connectors = {connector.name: connector for connector in await kept.list()}
                merged = self._merged()
                self._learn(config for name, config in merged.items() if self.configs.get(name) != config)
                self.configs = merged
                self._shared = shared
            self._tell(manager)
            if session_id is not None:
                if self._sessions.get(session_id) != (shared, own):
                    bound = {} if own[0] == 0 else _first(await kept.bindings(session_id))
                    self._bind(session_id, self._old_map(session_id, own), bound)
                    self._sessions[session_id] = (shared, own)
                self._tell_own(manager, session_id)

    async def _knows(self, kept: "Connectors", manager: "MCPServerManager | None", session_id: str | None) -> bool:
        """Whether nothing has changed since the last look; asked without the lock, so that calls do not queue."""
        now = await kept.state(session_id, metadata=self._old)
        told = manager is None or self._told is self.configs
        mine = session_id is None or self._sessions.get(session_id) == now
        told_own = session_id is None or manager is None or self._told_own.get(session_id) is self._own.get(session_id)
        return told and mine and told_own and now[0] == self._shared

    async def _open(self) -> "Connectors | None":
        if self._kept is None:
            if not (self._url or self._old or holds_any(self._data, "mcp_connectors")):
                return None
            from roxy.conversation.connectors.kept import Connectors  # noqa: PLC0415 - see above

            self._kept = Connectors(await self._database.get(), self._files)
        return self._kept

    def _tell(self, manager: "MCPServerManager | None") -> None:
        before, now = self._told, self.configs
        if manager is None or before is now:
            return
        for name in before.keys() - now.keys():
            manager.redeclare(name, None)
        for name, config in now.items():
            if before.get(name) != config:
                manager.redeclare(name, config)
        self._told = now

    def _merged(self) -> Mapping[str, ServerConfig]:
        self._broken = {key: error for key, error in self._broken.items() if key[1] is not None}
        merged = dict(self._files.servers)
        for name, connector in self._connectors.items():
            if connector.kind is not ConnectorKind.CLIENT:
                continue
            try:
                merged[name] = self._files.config(name, connector)
            except ConfigError as error:
                merged.pop(name, None)  # the file's own declaration is not what was meant either
                self._broken[name, None] = error
                _log.error("connector.left_out", error, server=name)
        return merged

    def _bind(self, session_id: str, old: Mapping[str, Binding], bound: Mapping[str, Binding]) -> None:
        now = {}
        self._broken = {key: error for key, error in self._broken.items() if key[1] != session_id}
        for server, binding in {**old, **bound}.items():
            # The older maps knew of no connectors: they stand over the files.
            connector = self._connectors.get(binding.connector) if server in bound else None
            try:
                config = self._files.config(binding.connector, connector, binding)
            except ConfigError as error:
                self._broken[server, session_id] = error
                continue
            now[server] = replace(config, idle_stop=config.idle_stop or _IDLE)
        self._learn(now.values())
        self._own[session_id] = now

    def _tell_own(self, manager: "MCPServerManager | None", session_id: str) -> None:
        before, now = self._told_own.get(session_id, {}), self.own(session_id)
        if manager is None or before is now:
            return
        for server in before.keys() | now.keys():
            if before.get(server) != now.get(server):
                manager.redeclare(server, now.get(server), session_id=session_id)
        self._told_own[session_id] = now

    def _old_map(self, session_id: str, own: "State") -> Mapping[str, Binding]:
        """What the session's older map says, when the settings let it be read."""
        if not self._old or not own[-1]:
            return {}
        from roxy.conversation.connectors.older import targets  # noqa: PLC0415 - few sessions have one

        try:
            return {binding.server: binding for binding in targets(session_id, own[-1])}
        except ConfigError as error:
            _log.error("session.mcps_left_out", error)
            return {}


def _first(bindings: Sequence[Binding]) -> Mapping[str, Binding]:
    """By the name that the session uses; of several, the one that counts first."""
    chosen: dict[str, Binding] = {}
    for binding in bindings:
        chosen.setdefault(binding.server, binding)
    return chosen
