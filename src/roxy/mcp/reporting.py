"""What a server is doing, as people and skills are told."""

from mcp_types.version import MODERN_PROTOCOL_VERSIONS

from roxy.contracts.servers import ProtocolEra, ServerStatus
from roxy.mcp.known.manifest import when
from roxy.mcp.states import CONNECTED
from roxy.mcp.supervisor import Supervisor

_LINES = 20


def status_of(server: Supervisor) -> ServerStatus:
    """The status of a server; what it offers is that of its last run when it has yet to run."""
    config, connection, head = server.config, server.connection, server.catalog.head
    figures, protocol = server.figures, server.protocol or (head.protocol if head else "")
    return ServerStatus(
        name=config.name,
        state=server.state,
        transport=str(connection.transport if connection else config.transport),
        protocol=protocol,
        era=_era(protocol),
        pid=connection.pid if connection and server.state in CONNECTED else None,
        uptime=server.uptime,
        restarts=server.restarts,
        last_error=figures.last_error,
        last_error_at=figures.last_error_at,
        error=str(server.error) if server.error else "",
        next=server.error.hint if server.error else "",
        stderr=tuple(server.log.lines)[-_LINES:],
        tools=server.catalog.count,
        held=server.catalog.held,
        listed=when(head),
        offers=sorted(server.offers),
        external=config.external,
        auto_start=config.auto_start,
        enabled=config.enabled,
        description=config.description,
        missing=tuple(config.missing),
        dropped=connection.dropped if connection else server.dropped,
        calls=figures.calls,
        failed_calls=figures.failed,
        p50_ms=_ms(figures.percentile(0.5)),
        p95_ms=_ms(figures.percentile(0.95)),
        in_flight=server.gate.in_flight,
        waiting=server.gate.waiting,
        where=config.where,
    )


def _era(protocol: str) -> str:
    if not protocol:
        return ""
    return str(ProtocolEra.MODERN if protocol in MODERN_PROTOCOL_VERSIONS else ProtocolEra.LEGACY)


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 3)
