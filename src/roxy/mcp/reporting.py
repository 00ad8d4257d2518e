"""What a server is doing, as people and skills are told."""

from roxy.contracts.servers import ServerStatus
from roxy.mcp.known.manifest import when
from roxy.mcp.states import CONNECTED
from roxy.mcp.supervisor import Supervisor

_LINES = 20


def status_of(server: Supervisor) -> ServerStatus:
    """The status of a server; what it offers is that of its last run when it has yet to run."""
    config, connection, head = server.config, server.connection, server.catalog.head
    return ServerStatus(
        name=config.name,
        state=server.state,
        transport=str(connection.transport if connection else config.transport),
        protocol=server.protocol or (head.protocol if head else ""),
        pid=connection.pid if connection and server.state in CONNECTED else None,
        uptime=server.uptime,
        restarts=server.restarts,
        error=str(server.error) if server.error else "",
        stderr=tuple(server.log.lines)[-_LINES:],
        tools=server.catalog.count,
        listed=when(head),
        offers=sorted(server.offers),
        external=config.external,
        auto_start=config.auto_start,
        enabled=config.enabled,
        description=config.description,
        missing=tuple(config.missing),
        dropped=connection.dropped if connection else server.dropped,
    )
