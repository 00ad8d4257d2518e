"""The MCP servers as skills and doors see them before the manager is needed: declared, and not running.

Asking for names, states or known tools must not load the SDK, nor start anything: their manifests tell. The first call
or start opens the manager, as does a list of tools of which nothing is known.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from roxy.config.loader import did_you_mean
from roxy.contracts.calls import Code, ToolCallResult, ToolInfo
from roxy.contracts.offers import ReadResult, ResourceInfo
from roxy.contracts.servers import ServerConfig, ServerStatus
from roxy.errors import ConfigError, ServerNotFound
from roxy.mcp.known.catalog import Catalog
from roxy.mcp.known.manifest import when
from roxy.mcp.limits import allows
from roxy.observe import trace
from roxy.orchestrator.declared import Declared
from roxy.orchestrator.kept import Kept
from roxy.orchestrator.lazily import Lazy

if TYPE_CHECKING:
    from roxy.mcp.servers import MCPServerManager  # loads the SDK


class Servers:
    """Implements the contracts' `ToolCaller` and `ServerControl` over a manager that is opened when it is needed."""

    def __init__(self, declared: Declared, manager: "Lazy[MCPServerManager]", kept: Kept) -> None:
        self._declared = declared
        self._manager = manager
        self._kept = kept

    @property
    def _configs(self) -> Mapping[str, ServerConfig]:
        return self._declared.configs

    async def refresh(self, session_id: str | None = None) -> None:
        """See what has changed in the connectors, whoever changed it; of a session, what it binds too."""
        await self._declared.refresh(self._manager.now, session_id)

    def server_names(self) -> Sequence[str]:
        """The declared servers, in the order of their declaration."""
        return tuple(self._configs)

    def status(self, server: str) -> ServerStatus:
        """What `server` is doing; raises `ServerNotFound` with the nearest names, `ConfigError` if it is wrong."""
        if (problem := self._declared.problem(server)) is not None:
            raise problem
        if self._manager.now is not None:
            status = self._manager.now.status(server)
            why, step = _unset(status.missing)
            return status if status.error else replace(status, error=why, next=step)
        if server not in self._configs:
            hint = did_you_mean(server, self._configs) or "See: roxy mcp list"
            raise ServerNotFound(f"There is no server {server!r}.", server=server, hint=hint)
        return _at_rest(self._catalog(server))

    def statuses(self) -> Sequence[ServerStatus]:
        """What all declared servers are doing."""
        return [self.status(name) for name in self.server_names()]

    async def start_server(self, server: str) -> bool:
        """Start it and wait until it answers; a failure's reason stands in `status(server).error`."""
        await self.refresh()
        self.status(server)
        return await (await self._manager.get()).start_server(server)

    async def stop_server(self, server: str) -> bool:
        """Stop it and everything it started."""
        await self.refresh()
        self.status(server)
        return self._manager.now is None or await self._manager.now.stop_server(server)

    async def list_tools(self, server: str) -> Sequence[ToolInfo]:
        """The tools that `server` offers now; it is started when it does not run."""
        await self.refresh()
        self.status(server)
        return await (await self._manager.get()).list_tools(server)

    def startable(self, session_id: str | None = None) -> Mapping[str, ServerConfig]:
        """The servers that are enabled and miss no variable; for a session what it binds stands in their place."""
        configs = {**self._configs, **self._declared.own(session_id)}
        return {
            name: config
            for name, config in configs.items()
            if config.enabled and not config.missing and self._declared.problem(name, session_id) is None
        }

    def binds(self, server: str, session_id: str | None) -> bool:
        """Whether the session has a `server` of its own."""
        return server in self._declared.own(session_id)

    def at_hand(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """What `server` offered last; empty when nothing is known of it. Starts nothing, and opens no manager."""
        try:
            if self._manager.now is not None:
                return self._manager.now.get_tools(server, session_id)
        except ServerNotFound:  # it was declared a moment ago, and the manager has yet to be told
            return ()
        return () if self.binds(server, session_id) else self._kept_tools(server)

    async def known_tools(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """What `server` offered last; it is started when nothing is known of it."""
        await self._declared.refresh(self._manager.now, session_id)
        if known := self.at_hand(server, session_id):
            return known
        manager = await self._manager.get()
        await self._declared.refresh(manager, session_id)
        return manager.get_tools(server, session_id) or await manager.list_tools(server, session_id)

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
        idempotent: bool = False,
    ) -> ToolCallResult:
        """Call `tool` on `server`, which is started when needed; never raises for what a server does."""
        manager = await self._manager.get()
        session_id = session_id or trace.current().session_id
        await self._declared.refresh(manager, session_id)
        if (problem := self._declared.problem(server, session_id)) is not None:
            return ToolCallResult(
                False, error=str(problem), next=problem.hint, code=Code.CONFIG_ERROR, server=server, tool=tool
            )
        return await manager.call_tool(
            server, tool, arguments, timeout=timeout, session_id=session_id, idempotent=idempotent
        )

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources that `server` offers now; it is started when it does not run."""
        return await (await self.ready(server)).list_resources(server)

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource of `server`, which is started when needed; never raises for what a server does."""
        session_id = session_id or trace.current().session_id
        try:
            manager = await self.ready(server, session_id)
        except (ConfigError, ServerNotFound) as error:
            told = str(error)
            return ReadResult(success=False, error=told, next=error.hint, code=error.code, server=server, uri=uri)
        return await manager.read_resource(server, uri, timeout=timeout, session_id=session_id)

    async def ready(self, server: str, session_id: str | None = None) -> "MCPServerManager":
        """The manager, which knows what is declared now; raises `ServerNotFound`, and `ConfigError` if it is wrong."""
        manager = await self._manager.get()
        await self._declared.refresh(manager, session_id)
        if (problem := self._declared.problem(server, session_id)) is not None:
            raise problem
        if not self.binds(server, session_id):
            self.status(server)
        return manager

    def _kept_tools(self, server: str) -> Sequence[ToolInfo]:
        """What its manifest tells, as its declaration allows it."""
        config = self._configs.get(server)
        if config is None:
            return ()
        return tuple(tool for tool in self._catalog(server).tools() if allows(config, tool.name))

    def _catalog(self, server: str) -> Catalog:
        """What is known of a declared server while there is no manager."""
        return self._kept.catalog(self._configs[server])


def _at_rest(catalog: Catalog) -> ServerStatus:
    config, head = catalog.config, catalog.head
    why, step = _unset(config.missing)
    return ServerStatus(
        name=config.name,
        transport=str(config.transport),
        protocol=head.protocol if head else "",
        tools=catalog.count,
        held=catalog.held,
        listed=when(head),
        external=config.external,
        auto_start=config.auto_start,
        enabled=config.enabled,
        description=config.description,
        missing=tuple(config.missing),
        where=config.where,
        error=why,
        next=step,
    )


def _unset(missing: Sequence[str]) -> tuple[str, str]:
    """Why a server whose variables are not set is not there with the next step, and that alone; else empty."""
    if not missing:
        return "", ""
    step = f"Set it before Roxy starts: export {missing[0]}=…"
    why = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} not set, so it cannot start."
    return f"{why} {step}", step
