"""MCP servers that are declared in the database, what one session changes of them, and where each value comes from.

A connector is a server, or an overlay of the server of that name in `mcp_servers.yaml`. A binding gives a session a
connector under a label: the name by which the session calls it, with the values that differ for this session.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roxy.contracts.servers import ServerConfig, ServerTransport


class ConnectorKind(StrEnum):
    """On which side of the connection Roxy stands."""

    CLIENT = "client"
    """Roxy calls it."""
    SERVER = "server"
    """Roxy is called through it; it is kept, and declares nothing that could be called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connector:
    """A connector as it is kept. What is None or empty is not said here, and comes from the layers below."""

    name: str
    kind: ConnectorKind = ConnectorKind.CLIENT
    transport: ServerTransport | None = None
    url: str | None = None
    command: str | None = None
    args: Sequence[str] | None = None
    env_keys: Sequence[str] | None = None
    """Names of variables of Roxy's environment that the server gets; never values."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Further keys of a server (`timeout_request`, `headers`, `external`, …) as `mcp_servers.yaml` would hold them."""
    strict: bool = False
    """Calls are held to the tools' schemas on both sides: arguments that do not fit are not even sent."""
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Binding:
    """What one session changes of a connector. What is None or empty stays as it is."""

    session_id: str
    connector: str
    label: str = ""
    """The name by which the session calls it; empty is the connector's own."""
    transport: ServerTransport | None = None
    endpoint: str | None = None
    """Another address in the place of the connector's `url`."""
    command: str | None = None
    args: Sequence[str] | None = None
    env_keys: Sequence[str] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    priority: int = 0
    """Of several bindings with one label in a session the highest counts; of equal ones the first that was made."""

    @property
    def server(self) -> str:
        """The name by which the session calls it."""
        return self.label or self.connector

    @property
    def place(self) -> str:
        """How it is named in messages and origins."""
        return f"binding {self.session_id}/{self.server}"


@dataclass(frozen=True, slots=True)
class Value:
    """One resolved value for people: references as they are written, never what they stand for."""

    key: str
    shown: str
    origin: str
    """`file:line`, `connector NAME`, `binding SESSION/LABEL`, `environment ROXY_…` or `Roxy's default`."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A server with all layers merged, and where every value comes from, in the order of the schema."""

    config: ServerConfig
    values: Sequence[Value]
