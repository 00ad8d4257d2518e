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
TOKEN_BUCKETS = tuple(4**power for power in range(14))
"""Tokens; the conventions' advice for `gen_ai.client.token.usage`."""
_CHUNK_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5)
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
    buckets: tuple[float, ...] = BUCKETS


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
SESSIONS = Metric(
    "mcp_client_session_duration_seconds",
    "Duration of connections to MCP servers, from the agreed protocol to their end.",
    ("roxy_server", "mcp_protocol_version", "network_transport", "network_protocol_name", "error_type"),
    histogram=True,
)
TURNS = Metric("roxy_turn_duration_seconds", "Duration of turns, from utterance to reply.", ("route", "success"), True)
REDACTIONS = Metric("roxy_redactions", "Values that were replaced before a payload left.", ("type",))
RELEASES = Metric("roxy_releases", "Personal values that left as they are, by policy or consent.", ("type",))
BLOCKS = Metric("roxy_privacy_blocks", "Payloads that did not leave, by the type that stopped them, if any.", ("type",))
RESTARTS = Metric("roxy_server_restarts", "Restarts of MCP servers that had ended.", ("server",))
_MODEL = ("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model", "gen_ai_response_model")
ANSWERS = Metric(
    "gen_ai_client_operation_duration_seconds",
    "Duration of requests to models until the whole answer was there, retries included.",
    (*_MODEL, "error_type"),
    histogram=True,
)
FIRST_CHUNKS = Metric(
    "gen_ai_client_operation_time_to_first_chunk_seconds",
    "Time from the request to the first words, retries included.",
    _MODEL,
    histogram=True,
)
CHUNKS = Metric(
    "gen_ai_client_operation_time_per_output_chunk_seconds",
    "Time between the pieces of an answer after the first, as the mean of each answer.",
    _MODEL,
    histogram=True,
    buckets=_CHUNK_BUCKETS,
)
TOKENS = Metric(
    "gen_ai_client_token_usage",
    "Tokens of requests and answers.",
    (*_MODEL, "gen_ai_token_type"),
    histogram=True,
    buckets=TOKEN_BUCKETS,
)
_ALL = (TOOL_CALLS, SESSIONS, TURNS, REDACTIONS, RELEASES, BLOCKS, RESTARTS, ANSWERS, FIRST_CHUNKS, CHUNKS, TOKENS)
_PROVIDERS = {"openai": "openai", "anthropic": "anthropic", "gemini": "gcp.gemini"}
"""Our providers as the conventions name them."""


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
        self._models, self._errors = map(_Bound, (100, 50))

    def request_ended(  # the labels of the semantic conventions
        self,
        method: str,
        server: str,
        tool: str,
        *,
        transport: str,
        protocol: str,
        seconds: float,
        error_type: str = "",
    ) -> None:
        """A request to a server ended; `tool` is empty but for `tools/call`, `error_type` is a `Code` or empty."""
        network, carrier = _NETWORK.get(transport, ("", ""))
        error = error_type if not error_type or error_type in _ERRORS else OTHER
        name = self._tools(f"{server}.{tool}") if tool else ""
        labels = (
            method,
            "execute_tool" if tool else "",
            tool if name != OTHER else OTHER,
            self._servers(server),
            self._versions(protocol),
            network,
            carrier,
            error,
        )
        self._note(TOOL_CALLS, labels, seconds)

    def session_ended(
        self, server: str, *, transport: str, protocol: str, seconds: float, error_type: str = ""
    ) -> None:
        """A connection to a server ended; `error_type` is a `Code`, empty when it was closed on purpose."""
        network, carrier = _NETWORK.get(transport, ("", ""))
        error = error_type if not error_type or error_type in _ERRORS else OTHER
        self._note(SESSIONS, (self._servers(server), self._versions(protocol), network, carrier, error), seconds)

    def turn_ended(self, route: str, seconds: float, *, success: bool) -> None:
        """A turn ended; `route` is that of its reply."""
        self._note(TURNS, (self._routes(route), str(success).lower()), seconds)

    def redacted(self, type: str, count: int = 1) -> None:
        """`count` values of a type (`PERSON`, `EMAIL_ADDRESS`, …) were replaced."""
        self._note(REDACTIONS, (self._types(type),), count)

    def released(self, type: str, count: int = 1) -> None:
        """`count` personal values of a type left as they are."""
        self._note(RELEASES, (self._types(type),), count)

    def blocked(self, type: str) -> None:
        """A payload did not leave, for a value of this type; empty when it could not be looked at, or nobody agreed."""
        self._note(BLOCKS, (self._types(type),), 1)

    def server_restarted(self, server: str) -> None:
        """A server that had ended was started again."""
        self._note(RESTARTS, (self._servers(server),), 1)

    def model_asked(
        self,
        provider: str,
        model: str,
        *,
        answered_by: str,
        seconds: float,
        first_chunk: float | None = None,
        per_chunk: float | None = None,
        tokens: tuple[int, int] | None = None,
        error_type: str = "",
    ) -> None:
        """A model was asked; all times in seconds, `tokens` read and said, `error_type` a code, empty on success."""
        operation = "generate_content" if provider == "gemini" else "chat"
        labels = (
            operation,
            _PROVIDERS.get(provider, OTHER),
            self._models(model),
            self._models(answered_by) if answered_by else "",
        )
        self._note(ANSWERS, (*labels, self._errors(error_type)), seconds)
        if first_chunk is not None:
            self._note(FIRST_CHUNKS, labels, first_chunk)
        if per_chunk is not None:
            self._note(CHUNKS, labels, per_chunk)
        for kind, count in zip(("input", "output"), tokens or (), strict=False):
            self._note(TOKENS, (*labels, kind), count)

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
        self._children: dict[tuple[str, tuple[str, ...]], Any] = {}  # there are few, and to look one up there is slow
        for metric in _ALL:
            self._metrics[metric.name] = (
                prometheus.Histogram(
                    metric.name, metric.help, metric.labels, buckets=metric.buckets, registry=self._registry
                )
                if metric.histogram
                else prometheus.Counter(metric.name, metric.help, metric.labels, registry=self._registry)
            )

    def add(self, metric: Metric, labels: tuple[str, ...], value: float) -> None:
        child = self._children.get((metric.name, labels))
        if child is None:
            child = self._children[metric.name, labels] = self._metrics[metric.name].labels(*labels)
        child.observe(value) if metric.histogram else child.inc(value)

    def text(self) -> str:
        return self._generate(self._registry).decode()


_PROCESS = Metrics()
session_ended = _PROCESS.session_ended
request_ended = _PROCESS.request_ended
turn_ended = _PROCESS.turn_ended
redacted = _PROCESS.redacted
released = _PROCESS.released
blocked = _PROCESS.blocked
server_restarted = _PROCESS.server_restarted
model_asked = _PROCESS.model_asked
text = _PROCESS.text
