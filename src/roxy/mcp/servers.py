"""`MCPServerManager`: all MCP servers of one Roxy, and the one way to call their tools.

Order of events: declarations come in when it is made; entering it costs nothing; servers listed for automatic start are
started by `start_auto_start_servers`, all at once, the others at their first call; leaving stops everything. It may be
entered in one task and left in another, and every method may be called from any task of its loop.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any, Self

from roxy.contracts.calls import ProgressCallback, ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import PrivacyGuard
from roxy.contracts.sampling import Sampler
from roxy.contracts.servers import ServerConfig, ServerStatus
from roxy.contracts.trust import ToolChange
from roxy.errors import RoxyError
from roxy.mcp import health, limits
from roxy.mcp.calling import Caller
from roxy.mcp.known.catalog import Changes
from roxy.mcp.known.manifest import Manifest
from roxy.mcp.known.shelf import Shelf
from roxy.mcp.offers.asking import Offers
from roxy.mcp.operations.park import ServerPark
from roxy.mcp.process import launcher
from roxy.mcp.questions.inquiry import Answerers
from roxy.mcp.requests.request import Terms
from roxy.mcp.requests.tool import ToolRequest


class MCPServerManager(ServerPark, Offers):
    """Starts servers, calls their tools through the privacy gateway, and counts. `configs`: by name, or a YAML file.

    `privacy` guards what goes to servers declared external; `events` gets one event a call, without real values;
    `log_dir` is where the servers' stderr is kept, every line of it as `redact` gives it back; `work_dir` is where
    programs without a `cwd` get a folder each (None: they start in Roxy's); `services` is what `create(services)` of a
    module server gets; `sampler` answers servers that may ask for a model; in the folder `manifests` what servers offer
    is kept, so that it is known before they run; in the folder `pins` what was approved of it (None: as long as the
    manager lives); `on_tools` hears of a server whose tools are others than before, or are held.
    `max_running`: how many servers may run at the same time, modules aside (None: all of them).
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
        pins: Path | None = None,
        max_running: int | None = None,
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
            pins=pins,
            max_running=max_running,
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
            self._end_for_good()
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

    def changes(self, server: str, tool: str | None = None, *, session_id: str | None = None) -> Sequence[ToolChange]:
        """The tools of `server` that are held, or hide something; or one tool as it is. Raises `ServerNotFound`."""
        return self._find(server, session_id).catalog.changes(tool)

    async def approve(self, server: str, digests: Mapping[str, str], *, session_id: str | None = None) -> Sequence[str]:
        """Let held tools be used in the forms of these digests, as `changes` gives them; the names of those that were.

        Raises `NotApproved` when one has another form by now, `ServerNotFound`, `StoreError`; then none is approved.
        """
        return await self._find(server, session_id).catalog.approve(digests)

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
        connection = supervisor.connection
        if connection is None or not connection.alive:
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
        if (after_start or differs.held) and self._on_tools is not None:
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
