"""Metrics in Prometheus' text format, named by OpenTelemetry's semantic conventions for MCP and generative AI.

What happens is noted in a short queue; prometheus_client (80 ms to load) comes when somebody reads, or when the queue
is full, so that a command of one turn never pays for it. Labels are names of things that were declared, never
arguments, sessions or addresses, and each label takes a bounded number of values: what comes later is `_OTHER`.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from roxy.contracts.calls import Code

OTHER = "_OTHER"
"""The conventions' word for a value that is not one of the known ones."""
BUCKETS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300)
"""Seconds; the conventions' advice for `mcp.client.operation.duration`."""
_QUEUE = 1_000
_NETWORK = {"stdio": ("pipe", ""), "http": ("tcp", "http"), "sse": ("tcp", "http"), "websocket": ("tcp", "websocket")}
"""Our transports as `network.transport` and `network.protocol.name`; a module has neither."""
_ERRORS = frozenset(str(code) for code in Code)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as it is declared: its Prometheus name, kind and labels."""

    name: str
    help: str
    labels: tuple[str, ...]
    histogram: bool = False


TOOL_CALLS = Metric(
    "mcp_client_operation_duration_seconds",
    "Duration of requests to MCP servers, retries and redaction included.",
    (
        "mcp_method_name",
        "gen_ai_operation_name",
        "gen_ai_tool_name",
        "roxy_server",
        "mcp_protocol_version",
        "network_transport",
        "network_protocol_name",
        "error_type",
    ),
    histogram=True,
)
TURNS = Metric("roxy_turn_duration_seconds", "Duration of turns, from utterance to reply.", ("route", "success"), True)
REDACTIONS = Metric("roxy_redactions", "Values that were replaced before a payload left.", ("type",))
RESTARTS = Metric("roxy_server_restarts", "Restarts of MCP servers that had ended.", ("server",))


@dataclass(slots=True)
class _Bound:
    """The first values of a label; more of them become `_OTHER`."""

    limit: int
    seen: set[str] = field(default_factory=set)

    def __call__(self, value: str) -> str:
        if value not in self.seen:
            if len(self.seen) >= self.limit:
                return OTHER
            self.seen.add(value)
        return value


class Metrics:
    """A set of metrics; the process has one, see below. Safe to call from any thread."""

    def __init__(self) -> None:
        self._queue: deque[tuple[Metric, tuple[str, ...], float]] = deque()
        self._lock = threading.Lock()
        self._exposed: _Exposed | None = None
        self._servers, self._tools, self._routes, self._types, self._versions = map(_Bound, (200, 500, 200, 100, 20))

    def tool_called(
        self, server: str, tool: str, *, transport: str, protocol: str, seconds: float, error_type: str = ""
    ) -> None:
        """A tool call ended; `error_type` is a `Code`, empty on success."""
        network, carrier = _NETWORK.get(transport, ("", ""))
        error = error_type if not error_type or error_type in _ERRORS else OTHER
        name = self._tools(f"{server}.{tool}")
        labels = (
            "tools/call",
            "execute_tool",
            tool if name != OTHER else OTHER,
            self._servers(server),
            self._versions(protocol),
            network,
            carrier,
            error,
        )
        self._note(TOOL_CALLS, labels, seconds)

    def turn_ended(self, route: str, seconds: float, *, success: bool) -> None:
        """A turn ended; `route` is that of its reply."""
        self._note(TURNS, (self._routes(route), str(success).lower()), seconds)

    def redacted(self, type: str, count: int = 1) -> None:
        """`count` values of a type (`PERSON`, `EMAIL_ADDRESS`, …) were replaced."""
        self._note(REDACTIONS, (self._types(type),), count)

    def server_restarted(self, server: str) -> None:
        """A server that had ended was started again."""
        self._note(RESTARTS, (self._servers(server),), 1)

    def text(self) -> str:
        """All metrics in Prometheus' text format."""
        self._flush()
        exposed = self._exposed
        return "" if exposed is None else exposed.text()

    def _note(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        self._queue.append((metric, labels, value))
        if len(self._queue) >= _QUEUE:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            if self._exposed is None:
                self._exposed = _Exposed()
            while self._queue:
                self._exposed.add(*self._queue.popleft())


class _Exposed:
    """The metrics in prometheus_client, in a registry of their own."""

    def __init__(self) -> None:
        # Slow to load; see the module's first lines.
        import prometheus_client as prometheus  # noqa: PLC0415

        prometheus.disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations
        self._registry = prometheus.CollectorRegistry()
        prometheus.ProcessCollector(registry=self._registry)
        self._generate: Callable[[Any], bytes] = prometheus.generate_latest
        self._metrics: dict[str, Any] = {}
        for metric in (TOOL_CALLS, TURNS, REDACTIONS, RESTARTS):
            self._metrics[metric.name] = (
                prometheus.Histogram(metric.name, metric.help, metric.labels, buckets=BUCKETS, registry=self._registry)
                if metric.histogram
                else prometheus.Counter(metric.name, metric.help, metric.labels, registry=self._registry)
            )

    def add(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        child = self._metrics[metric.name].labels(*labels)
        child.observe(value) if metric.histogram else child.inc(value)

    def text(self) -> str:
        return self._generate(self._registry).decode()


_PROCESS = Metrics()
tool_called = _PROCESS.tool_called
turn_ended = _PROCESS.turn_ended
redacted = _PROCESS.redacted
server_restarted = _PROCESS.server_restarted
text = _PROCESS.text
