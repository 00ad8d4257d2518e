"""A tool call and its result: what everyone who calls a tool sees, whatever carries it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol, runtime_checkable

from roxy.contracts.offers import ReadResult, ResourceInfo
from roxy.errors import without_hint


class Code(StrEnum):
    """How a call ended when it did not succeed. The values are promises; see INTERFACES in the documentation."""

    NOT_FOUND = "not_found"
    NOT_RUNNING = "not_running"
    INVALID_ARGUMENTS = "invalid_arguments"
    TOOL_ERROR = "tool_error"
    TIMEOUT = "timeout"
    DISCONNECTED = "disconnected"
    PROTOCOL_ERROR = "protocol_error"
    MESSAGE_TOO_LARGE = "message_too_large"
    DENIED = "denied"
    NOT_APPROVED = "not_approved"
    LOOP_DETECTED = "loop_detected"
    CANCELLED = "cancelled"
    PRIVACY_BLOCKED = "privacy_blocked"
    UNAVAILABLE = "unavailable"
    OVERLOADED = "overloaded"
    NEEDS_INPUT = "needs_input"
    CONFIG_ERROR = "config_error"


@dataclass(frozen=True, slots=True)
class ToolInfo:
    """A tool as its server describes it. `server.name` is how people and models refer to it."""

    server: str
    name: str
    title: str = ""
    description: str = ""
    input_schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of the arguments, as the server sent it."""
    output_schema: Mapping[str, Any] | None = None
    annotations: Mapping[str, Any] = field(default_factory=dict)
    """The server's hints under their wire names (`readOnlyHint`, `destructiveHint`, …); untrusted."""
    held: bool = False
    """It changed since it was approved, or never was: it is listed but may not be called."""

    @property
    def full_name(self) -> str:
        """`server.tool`, the only unambiguous name."""
        return f"{self.server}.{self.name}"

    @property
    def read_only(self) -> bool:
        """Whether the server says that the tool changes nothing."""
        return self.annotations.get("readOnlyHint") is True


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call, as it enters the path of calls: nothing in it is redacted yet."""

    server: str
    tool: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    timeout: float | None = None
    """Seconds for the whole call, retries included; None takes the server's `timeout_request`."""
    session_id: str | None = None
    idempotent: bool = False
    """The caller's word that repeating the call does no harm."""

    def __repr__(self) -> str:
        # Arguments may hold personal data, and a repr ends up in logs and tracebacks.
        return f"ToolCall({self.server}.{self.tool}, {len(self.arguments)} arguments)"


@dataclass(frozen=True, slots=True)
class ToolCallResult:
    """How a call ended. It is returned, never raised, for whatever a server does."""

    success: bool
    data: Any = None
    """`structured` when the tool sent structured content, else the parsed JSON of a JSON text, else `text`."""
    text: str = ""
    """The text blocks of the content, joined by line breaks."""
    error: str = ""
    """What happened, why, and the next step; empty on success."""
    code: str = ""
    """One of `Code`; empty on success."""
    server: str = ""
    tool: str = ""
    content: Sequence[Mapping[str, Any]] = ()
    """The content blocks under their wire names."""
    structured: Any = None
    latency_ms: float = 0.0
    """Wall time of the whole call, with redaction and retries."""
    attempts: int = 0
    """How often the request was sent."""
    route: str = ""
    """What carried it: `mcp:stdio`, `mcp:http`, `mcp:sse`, `mcp:websocket`, `mcp:module`."""
    redactions: int = 0
    """How many values were replaced before the arguments left."""
    next: str = ""
    """The next step alone, with which `error` ends; empty when there is none."""

    @property
    def why(self) -> str:
        """What happened and why: `error` without the next step."""
        return without_hint(self.error, self.next)


ProgressCallback = Callable[[float, float | None, str | None], Awaitable[None]]


@runtime_checkable
class ToolCaller(Protocol):
    """Whoever can call tools: the MCP manager, a skill's handle on it, or the recording double of `roxy.testing`."""

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
        """Call `tool` on `server`; start the server first when it runs on demand."""
        ...

    async def list_tools(self, server: str) -> Sequence[ToolInfo]:
        """The tools that `server` offers now; raises `ServerError` when it cannot be asked."""
        ...

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources that `server` offers now; raises `ServerError` when it cannot be asked."""
        ...

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource of `server`; start the server first when it runs on demand."""
        ...
