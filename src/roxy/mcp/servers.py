"""`MCPServerManager`: all MCP servers of one Roxy, and the one way to call their tools.

Order of events: declarations come in when it is made; entering it costs nothing; servers listed for automatic start are
started by `start_auto_start_servers`, all at once, the others at their first call; leaving stops everything. It may be
entered in one task and left in another, and every method may be called from any task of its loop.
"""

import asyncio
import difflib
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Self

from roxy.contracts.calls import ProgressCallback, ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import PrivacyGuard
from roxy.contracts.sampling import Sampler
from roxy.contracts.servers import ServerConfig, ServerState, ServerStatus
from roxy.errors import RoxyError, ServerNotFound, ServerNotRunning
from roxy.mcp import health, limits
from roxy.mcp.calling import Caller
from roxy.mcp.known.catalog import Changes
from roxy.mcp.known.manifest import Manifest
from roxy.mcp.known.shelf import Shelf
from roxy.mcp.offers.asking import Offers
from roxy.mcp.process import launcher
from roxy.mcp.questions.inquiry import Answerers
from roxy.mcp.reporting import status_of
from roxy.mcp.requests.request import Terms
from roxy.mcp.requests.tool import ToolRequest
from roxy.mcp.supervisor import Supervisor
from roxy.mcp.wire.parsing import Parser


class ServerPark:
    """The declared servers and their lives; `on_change` hears the new status of a server after every move."""

    def __init__(
        self,
        configs: Mapping[str, ServerConfig] | Path | str,
        *,
        on_change: Callable[[ServerStatus], None] | None,
        log_dir: Path | None,
        work_dir: Path | None,
        services: Any,
        redact: Callable[[str], str] | None,
        shelf: Shelf | None,
        answerers: Answerers,
    ) -> None:
        self._shelf = shelf
        self._redact = redact
        self._answerers = answerers
        self._on_change = on_change
        self._log_dir = log_dir
        self._work_dir = work_dir
        self._services = services
        self._parser = Parser()
        self._servers: dict[str, Supervisor] = {}
        self._variants: dict[tuple[str, str], Supervisor] = {}
        self._retiring: dict[Supervisor, asyncio.Task[None]] = {}
        self._born = time.monotonic()
        for config in _declared(configs).values():
            self.register_server(config)

    def register_server(self, config: ServerConfig) -> None:
        """Declare a server. One of the same name that is stopped is replaced; raises `ServerNotRunning` otherwise."""
        old = self._servers.get(config.name)
        if old is not None and old.state not in {ServerState.STOPPED, ServerState.FAILED}:
            raise ServerNotRunning(
                f"The server {config.name} is {old.state} and cannot be declared anew.",
                server=config.name,
                hint=f"Stop it first: roxy mcp stop {config.name}",
            )
        self._servers[config.name] = self._supervisor(config, "")

    def register_variant(self, session_id: str, config: ServerConfig) -> None:
        """Declare another `config` for the calls of one session; it stands beside the shared server of that name.

        One that the session has under this name is replaced: calls under way end on it, then it is stopped.
        """
        self._retire(self._variants.get((config.name, session_id)))
        self._variants[config.name, session_id] = self._supervisor(config, session_id)

    def redeclare(self, server: str, config: ServerConfig | None, *, session_id: str | None = None) -> None:
        """Declare a server anew also while it runs, or (None) forget it; with a session, that session's variant.

        Calls under way end on what they began with, which is stopped after them; the next call takes the new one. When
        only what each call goes by differs, such as a time-out or the allowed tools, the server runs on.
        """
        if session_id is not None:
            self._retire(self._variants.pop((server, session_id), None))
            if config is not None:
                self.register_variant(session_id, config)
            return
        old = self._servers.get(server)
        if old is not None and config is not None and config.runs_as(old.config):
            old.config = config  # the process is the same, and the next call goes by the new declaration
            return
        self._retire(old)
        if config is None:
            self._servers.pop(server, None)
        else:
            self._servers[server] = self._supervisor(config, "")

    async def forget_session(self, session_id: str) -> None:
        """Stop and forget the variants of a session."""
        keys = [key for key in self._variants if key[1] == session_id]
        await asyncio.gather(*(self._variants.pop(key).stop() for key in keys))

    async def start_auto_start_servers(self) -> dict[str, bool]:
        """Start all servers declared for it at the same time; the reasons of failures stand in their status."""
        names = [name for name, server in self._servers.items() if server.config.auto_start and server.config.enabled]
        started = await asyncio.gather(*(self.start_server(name) for name in names))
        return dict(zip(names, started, strict=True))

    async def start_server(self, server: str) -> bool:
        """Start it and wait until it answers; also one that has failed. False when it did not start."""
        supervisor = self._find(server)
        try:
            limits.check_enabled(supervisor.config)
            await supervisor.start()
        except RoxyError as failed:
            supervisor.error = failed
            return False
        return True

    async def stop_server(self, server: str) -> bool:
        """Stop it and everything it started; a later call starts it again."""
        await self._find(server).stop()
        return True

    async def restart_server(self, server: str) -> bool:
        """Stop it and start it."""
        return await self.stop_server(server) and await self.start_server(server)

    def _everyone(self) -> list[Supervisor]:
        return [*self._servers.values(), *self._variants.values(), *self._retiring]

    async def stop_all(self) -> None:
        """Stop all servers at the same time; returns when nothing is left of them."""
        everyone = self._everyone()
        await asyncio.gather(*(supervisor.stop() for supervisor in everyone))
        for leaving in self._retiring.values():
            leaving.cancel()  # what it waited for was stopped above
        await asyncio.gather(*(supervisor.catalog.flush() for supervisor in everyone))
        await self._parser.aclose()

    async def enable(self, server: str) -> None:
        """Let it be started and called again."""
        supervisor = self._find(server)
        supervisor.config = replace(supervisor.config, enabled=True)

    async def disable(self, server: str) -> None:
        """Stop it, and refuse its calls until it is enabled."""
        supervisor = self._find(server)
        supervisor.config = replace(supervisor.config, enabled=False)
        await supervisor.stop()

    def server_names(self) -> Sequence[str]:
        """The declared servers, in the order of their declaration."""
        return tuple(self._servers)

    def status(self, server: str) -> ServerStatus:
        """What `server` is doing; raises `ServerNotFound` with the nearest names."""
        return status_of(self._find(server))

    def statuses(self) -> Sequence[ServerStatus]:
        """What all declared servers are doing."""
        return tuple(status_of(supervisor) for supervisor in self._servers.values())

    def log_tail(self, server: str, lines: int = 100) -> Sequence[str]:
        """The last lines that the server wrote to stderr, earlier runs included when logs are kept in files."""
        return self._find(server).log.tail(lines)

    def _retire(self, supervisor: Supervisor | None) -> None:
        """Stop it once nobody calls it any more; nobody finds it from now on."""
        if supervisor is None:
            return

        async def leave() -> None:
            await supervisor.gate.quiet()
            await supervisor.stop()

        task = asyncio.create_task(leave(), name=f"retire {supervisor.config.name}")
        self._retiring[supervisor] = task
        task.add_done_callback(lambda _: self._retiring.pop(supervisor, None))

    def _find(self, server: str, session_id: str | None = None) -> Supervisor:
        if session_id is not None and (variant := self._variants.get((server, session_id))) is not None:
            return variant
        found = self._servers.get(server)
        if found is None:
            near = difflib.get_close_matches(server, self._servers, n=3, cutoff=0.5)
            hint = f"Did you mean {' or '.join(near)}?" if near else "See: roxy mcp list"
            raise ServerNotFound(f"There is no server {server!r}.", server=server, hint=hint)
        return found

    def _supervisor(self, config: ServerConfig, variant: str) -> Supervisor:
        def changed() -> None:
            if self._on_change is not None:
                self._on_change(status_of(supervisor))

        def tools_changed(differs: Changes, after_start: bool) -> None:  # noqa: FBT001 - it is handed on
            self._told_tools(config.name, differs, after_start=after_start)

        supervisor = Supervisor(
            config,
            changed,
            services=self._services,
            parser=self._parser,
            log_dir=self._log_dir,
            work_dir=self._work_dir,
            variant=variant,
            answerers=self._answerers,
            redact=self._redact,
            # What a session reaches with its own values may be private: it is not kept for others.
            shelf=None if variant else self._shelf,
            on_tools=tools_changed,
        )
        return supervisor

    def _told_tools(self, server: str, differs: Changes, *, after_start: bool) -> None:
        """The tools of `server` differ from those of its last list, or of its last run."""


class MCPServerManager(ServerPark, Offers):
    """Starts servers, calls their tools through the privacy gateway, and counts. `configs`: by name, or a YAML file.

    `privacy` guards what goes to servers declared external; `events` gets one event a call, without real values;
    `log_dir` is where the servers' stderr is kept, every line of it as `redact` gives it back; `work_dir` is where
    programs without a `cwd` get a folder each (None: they start in Roxy's); `services` is what `create(services)` of a
    module server gets; `sampler` answers servers that may ask for a model; in the folder `manifests` what servers offer
    is kept, so that it is known before they run; `on_tools` hears of a server whose tools are others than before.
    """

    def __init__(
        self,
        configs: Mapping[str, ServerConfig] | Path | str,
        *,
        privacy: PrivacyGuard | None,
        events: EventSink | None = None,
        log_dir: Path | None = None,
        work_dir: Path | None = None,
        on_change: Callable[[ServerStatus], None] | None = None,
        services: Any = None,
        redact: Callable[[str], str] | None = None,
        sampler: Sampler | None = None,
        manifests: Path | None = None,
        on_tools: Callable[[str, Changes], None] | None = None,
    ) -> None:
        super().__init__(
            configs,
            on_change=on_change,
            log_dir=log_dir,
            work_dir=work_dir,
            services=services,
            redact=redact,
            answerers=Answerers(privacy, events, sampler),
            shelf=Shelf(manifests) if manifests else None,
        )
        self._events = events
        self._on_tools = on_tools
        self._caller = Caller(privacy=privacy, events=events)
        self._kept = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._kept.enter_async_context(launcher.ready())
        return self

    async def __aexit__(self, *_: object) -> None:
        async with self._kept:
            for supervisor in self._everyone():
                supervisor.closing = True  # nothing that is stopped is started again by calls that still wait
            await self.stop_all()
            await self._caller.close()

    async def list_tools(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """What `server` offers now (to a session, when it has one of its own); it is started when it does not run.

        Raises `RoxyError` when it cannot be asked.
        """
        supervisor = self._find(server, session_id)
        limits.check_enabled(supervisor.config)
        await supervisor.list_now()
        return self.get_tools(server, session_id)

    def get_tools(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """The last known tools of `server` that its declaration allows; also while it does not run."""
        supervisor = self._find(server, session_id)
        return tuple(tool for tool in supervisor.catalog.tools() if limits.allows(supervisor.config, tool.name))

    def known_tools(self) -> Sequence[ToolInfo]:
        """The last known tools of all enabled servers; starts none."""
        names = [name for name, server in self._servers.items() if server.config.enabled]
        return tuple(tool for name in names for tool in self.get_tools(name))

    def known(self, server: str) -> Manifest | None:
        """All that is known of `server`, from its last run or this one; None when it never listed its tools."""
        return self._find(server).catalog.manifest

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
        idempotent: bool = False,
        idempotency_key: str = "",
        on_progress: ProgressCallback | None = None,
        hops: int | None = None,
    ) -> ToolCallResult:
        """Call `tool` on `server`, which is started when needed; never raises for what a server does.

        `timeout`: seconds for everything, starting and retries included, however much progress is told; None takes the
        declaration's. The time in which the user is asked something for the server does not count.
        `idempotency_key` reaches servers that are declared with `idempotency: true`: they do a call once for one key,
        so one with an unknown outcome may be repeated. `hops`: through how many assistants the call has passed before
        this one; None takes the trace's, as does the session.
        """
        terms = Terms(
            timeout=timeout,
            session_id=session_id,
            idempotent=idempotent,
            idempotency_key=idempotency_key,
            on_progress=on_progress,
            hops=hops,
        )
        return await self._call(server, tool, arguments, terms)

    async def call_tool_with_retry(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        max_retries: int = 3,
        backoff: float = 1.0,
        timeout: float | None = None,
        session_id: str | None = None,
        idempotent: bool = False,
    ) -> ToolCallResult:
        """`call_tool` with other retries than the declaration's; only what is safe to repeat is repeated here, too."""
        terms = Terms(
            timeout=timeout, session_id=session_id, idempotent=idempotent, retries=max_retries, backoff=backoff
        )
        return await self._call(server, tool, arguments, terms)

    async def health_check(self, server: str) -> bool:
        """Whether `server` runs and answers; does not start it."""
        supervisor = self._find(server)
        if (connection := supervisor.connection) is None or not connection.alive:
            return False
        try:
            await health.check(connection, supervisor.config)
        except RoxyError as ill:
            supervisor.degrade(ill)
            return False
        supervisor.recover()
        return True

    def _told_tools(self, server: str, differs: Changes, *, after_start: bool) -> None:
        if self._events is not None:
            data = {"server": server, "after_start": after_start, **asdict(differs)}
            self._events.record(Event(kind=EventKind.OTHER, name="tools.changed", data=data, redacted=False))
        if after_start and self._on_tools is not None:
            self._on_tools(server, differs)

    @property
    def metrics(self) -> dict[str, Any]:
        """Counts since the manager was made; `server_uptime_seconds` by server, restarts included."""
        figures = self._caller.figures
        return {
            "tools_called": figures.called,
            "tools_succeeded": figures.succeeded,
            "tools_failed": figures.failed,
            "total_latency_ms": figures.seconds * 1000,
            "server_uptime_seconds": {
                name: server.seconds_before + (server.uptime or 0.0) for name, server in self._servers.items()
            },
        }

    async def _call(self, server: str, tool: str, arguments: Mapping[str, Any] | None, terms: Terms) -> ToolCallResult:
        terms = self._terms(terms)
        call = ToolCall(server, tool, dict(arguments or {}), terms.timeout, terms.session_id, terms.idempotent)
        return await self._ask(ToolRequest(call, terms))


def _declared(configs: Mapping[str, ServerConfig] | Path | str) -> Mapping[str, ServerConfig]:
    if isinstance(configs, Mapping):
        return configs
    # Here, since only scripts name a file; Roxy itself passes what its layers of configuration made of several.
    from roxy.config.servers import load_server_file  # noqa: PLC0415 - see above

    return load_server_file(Path(configs), os.environ)
