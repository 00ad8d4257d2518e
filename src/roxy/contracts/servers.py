"""An MCP server as it is declared and as it is doing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from roxy.errors import without_hint

OWN_NAMES = ("roxy", "system", "session", "sessions", "skill", "skills")
"""Names that no declared server may take; `system` is the server that comes with Roxy."""


class ServerTransport(StrEnum):
    """What carries the messages to and from a server."""

    STDIO = "stdio"
    HTTP = "http"
    """Streamable HTTP (specification 2025-03-26 and later)."""
    SSE = "sse"
    """HTTP with server-sent events (specification 2024-11-05)."""
    WEBSOCKET = "websocket"
    """One message a text frame, with the sub-protocol `mcp`; no revision of the specification knows it."""
    MODULE = "module"
    """A Python module of this process that exports `server`, `mcp` or `create(services)`."""


class ServerState(StrEnum):
    """Where a server is in its life. The moves between them are a table in `roxy.mcp.states`."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    DEGRADED = "degraded"
    """It runs, but calls time out or its health check fails."""
    BACKOFF = "backoff"
    """It failed, and waits for the next attempt."""
    STOPPING = "stopping"
    FAILED = "failed"
    """It failed too often; only a person or a new configuration starts it again."""


class RestartPolicy(StrEnum):
    """Whether a server that ended is started again."""

    ALWAYS = "always"
    ON_FAILURE = "on-failure"
    NEVER = "never"


class ProtocolEra(StrEnum):
    """Which protocol eras to try with a server."""

    AUTO = "auto"
    LEGACY = "legacy"
    MODERN = "modern"


class Sampling(StrEnum):
    """What happens when a server asks for a model's answer."""

    OFF = "off"
    ASK = "ask"


class Trust(StrEnum):
    """Which of the tools that a server offers may be used before the user has looked at them."""

    FIRST_USE = "first-use"
    """What it offers for the first time; what changes after that is held until it is approved."""
    STRICT = "strict"
    """None: whatever is new is held, too."""
    ALWAYS = "always"
    """All, changed as they may be: for servers that you write yourself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """One server of `mcp_servers.yaml`; times are seconds, sizes are bytes.

    Strings are accepted for `transport`, `restart` and `protocol`, lists for tuples; `ValueError` names what does not
    fit together. `external` says whether what it is sent leaves the machine's trust: it is a property of the
    declaration, never of the transport, and the default is the careful one.
    """

    name: str
    transport: ServerTransport | str = ServerTransport.STDIO
    """What carries the messages; `url` alone implies `http` or (`ws://`) `websocket`, `module` alone `module`."""
    command: str | None = None
    """The program of a stdio server."""
    args: Sequence[str] = ()
    """Its arguments."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Its environment, beside the little that every server gets (path, home, locale, proxies, certificates)."""
    cwd: str | None = None
    """The folder it starts in; left away, one of its own, or the project's when the project declares it."""
    url: str | None = None
    """The address of an http, sse or websocket server."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """HTTP headers sent with every request."""
    module: str | None = None
    """A Python module that is run inside Roxy."""
    external: bool = True
    """Whether what it is sent leaves what the user trusts: then the privacy gateway redacts it."""
    protocol: ProtocolEra | str = ProtocolEra.AUTO
    """Which protocol eras to try."""
    timeout_start: float = 60.0
    """Seconds for the first start, in which a runner may still download the server."""
    timeout_connection: float = 10.0
    """Seconds for each later connection."""
    timeout_request: float = 30.0
    """Seconds for one call, repetitions included; a server that has yet to start has its `timeout_start` on top."""
    retries: int = 3
    """How often a call that is safe to repeat is repeated."""
    backoff: float = 1.0
    """Seconds before the first repetition; they double, with some chance."""
    health_check: str | None = None
    """A URL that is asked whether the server is well; left away, the server itself is."""
    health_interval: float = 60.0
    """Seconds between two checks whether a running server is well."""
    restart: RestartPolicy | str = RestartPolicy.ON_FAILURE
    """Whether a server that ended is started again."""
    max_starts: int = 5
    """How often its process may be started within `start_window`; then it has failed, until it is started by hand."""
    start_window: float = 60.0
    """Seconds in which starts are counted."""
    breaker_after: int = 5
    """After so many calls in a row that timed out, it is left alone for `breaker_pause`: calls fail at once."""
    breaker_pause: float = 30.0
    """Seconds until one call is let through again, to see whether it answers."""
    idle_stop: float | None = 300.0
    """Seconds without a call after which an on-demand server is stopped (a module never is); `null` lets it run."""
    max_in_flight: int = 32
    """How many requests it is given at the same time."""
    max_waiting: int = 256
    """How many more may wait for their turn; what comes on top is refused as `overloaded`."""
    idempotency: bool = False
    """Whether it does a call only once however often it comes with the same `dev.roxy/idempotency-key` in `_meta`."""
    sampling: Sampling | str = Sampling.OFF
    """Whether it may have the user's model write something: never, or when the user says yes each time."""
    roots: Sequence[str] = ()
    """Folders that it is told of when it asks where it may work."""
    enabled: bool = True
    """Whether it may be started at all."""
    enabled_tools: Sequence[str] | None = None
    """The only tools that exist for Roxy; left away, all of them."""
    disabled_tools: Sequence[str] = ()
    """Tools that do not exist for Roxy."""
    max_message_bytes: int = 16 * 1024 * 1024
    """Bytes of the longest message that is taken from it."""
    strict: bool = False
    """Whether calls are held to the tools' schemas on both sides: arguments that do not fit are not even sent."""
    trust: Trust | str = Trust.FIRST_USE
    """Which tools may be used unseen: what it offers first (what changes is held), none (`strict`), or `always` all."""
    privacy: str | None = None
    """The policy of `privacy.yaml` for what it is sent: a preset or one of the user's; None: as `privacy.yaml` says."""
    description: str = ""
    """What it is for, in a few words."""
    auto_start: bool = False
    """Listed under `startup.auto_start`; other servers start at their first call."""
    missing: Sequence[str] = ()
    """Environment variables that the declaration refers to and that are not set."""
    where: str = ""
    """`file:line` of the declaration, for messages."""

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "transport", ServerTransport(self.transport))
        put(self, "restart", RestartPolicy(self.restart))
        put(self, "protocol", ProtocolEra(self.protocol))
        put(self, "sampling", Sampling(self.sampling))
        put(self, "trust", Trust(self.trust))
        put(self, "args", tuple(self.args))
        put(self, "roots", tuple(self.roots))
        put(self, "disabled_tools", tuple(self.disabled_tools))
        if self.enabled_tools is not None:
            put(self, "enabled_tools", tuple(self.enabled_tools))
        wanted = _NEEDS[ServerTransport(self.transport)]
        if not getattr(self, wanted):
            raise ValueError(f"server {self.name!r} has the transport {self.transport} and so needs `{wanted}`")
        if wanted == "url" and not self.missing:
            self._check_scheme()

    def runs_as(self, other: "ServerConfig") -> bool:
        """Whether what was started for `other` serves this one too: they differ in what each call goes by, at most."""
        return replace(self, **{name: getattr(other, name) for name in _BY_CALL}) == other

    def _check_scheme(self) -> None:
        scheme, colon, _ = str(self.url).partition("://")
        if colon and (self.transport is ServerTransport.WEBSOCKET) != (scheme.lower() in _SOCKETS):
            raise ValueError(f"server {self.name!r} has the transport {self.transport}, but its `url` is {scheme}://")

    def __repr__(self) -> str:
        # Values of env and headers may be secrets; a repr ends up in logs and tracebacks.
        return f"ServerConfig({self.name!r}, transport={self.transport!s})"


_BY_CALL = (
    "where",
    "description",
    "timeout_request",
    "retries",
    "backoff",
    "enabled_tools",
    "disabled_tools",
    "strict",
    "trust",
)
_SOCKETS = {"ws", "wss"}


def implied_by(url: str) -> ServerTransport:
    """The transport that is meant where only an address was given."""
    return ServerTransport.WEBSOCKET if url.partition("://")[0].lower() in _SOCKETS else ServerTransport.HTTP


_NEEDS = {
    ServerTransport.STDIO: "command",
    ServerTransport.HTTP: "url",
    ServerTransport.SSE: "url",
    ServerTransport.WEBSOCKET: "url",
    ServerTransport.MODULE: "module",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerStatus:
    """What a server is doing now, for people (`roxy mcp status`) and for skills."""

    name: str
    state: ServerState = ServerState.STOPPED
    transport: str = ""
    protocol: str = ""
    """The protocol revision spoken with it, such as `2026-07-28`; empty before the first connection."""
    era: str = ""
    """`modern` or `legacy`, by that revision; empty before the first connection."""
    pid: int | None = None
    uptime: float | None = None
    restarts: int = 0
    error: str = ""
    """What is wrong with it now, and the next step; empty while it is well."""
    next: str = ""
    """The next step alone, with which `error` ends; empty when there is none."""
    last_error: str = ""
    """What was wrong with it last, also when it is well again."""
    last_error_at: datetime | None = None
    stderr: Sequence[str] = ()
    """The last lines it wrote to stderr."""
    tools: int | None = None
    """How many it offered when it listed them last; None when it never did."""
    held: int = 0
    """How many of them are held until the user approves them: they changed, or are not to be used unseen."""
    listed: datetime | None = None
    """When that was, also in an earlier run of Roxy."""
    offers: Sequence[str] = ()
    """What it said it has, when it was started last: `tools`, `resources`, `prompts`, `completions`."""
    external: bool = True
    auto_start: bool = False
    enabled: bool = True
    description: str = ""
    missing: Sequence[str] = ()
    """Environment variables that it needs and that are not set: it cannot start."""
    dropped: Mapping[str, int] = field(default_factory=dict)
    """How much of what it sent since its last start was of no use, by kind: tools, content, pages, messages, …"""
    calls: int = 0
    """Calls that have ended since Roxy started."""
    failed_calls: int = 0
    p50_ms: float | None = None
    """The median wall time of the latest calls; None without any."""
    p95_ms: float | None = None
    in_flight: int = 0
    """Calls under way."""
    waiting: int = 0
    """Calls that wait for a free place."""
    where: str = ""
    """`file:line` of its declaration, or its connector."""

    @property
    def why(self) -> str:
        """What is wrong with it now: `error` without the next step."""
        return without_hint(self.error, self.next)


class ServerControl(Protocol):
    """Whoever can start and stop servers: the manager, the owner's socket, a skill's handle."""

    def server_names(self) -> Sequence[str]:
        """The declared servers, in the order of their declaration."""
        ...

    def status(self, server: str) -> ServerStatus:
        """What `server` is doing; raises `ServerNotFound`."""
        ...

    async def start_server(self, server: str) -> bool:
        """Start it and wait until it answers; a failure's reason stands in `status(server).error`."""
        ...

    async def stop_server(self, server: str) -> bool:
        """Stop it and everything it started."""
        ...
