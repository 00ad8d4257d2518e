"""When a server is started again by itself: after a start that failed, and after its connection ended."""

from roxy.contracts.servers import RestartPolicy, ServerConfig
from roxy.errors import ConfigError, RoxyError, ServerDisconnected, ServerOverloaded, ServerUnavailable
from roxy.mcp.connection import Connection


def tries_again(config: ServerConfig, failed: RoxyError, *, ran: bool) -> bool:
    """After a failed start: again only for a server that should always run, or has run, and not when it is vain."""
    if isinstance(failed, ConfigError | ServerUnavailable) or config.restart is RestartPolicy.NEVER:
        return False
    # Where there was no room, only what should always run waits for it; the next call asks again for the others.
    return config.auto_start or (ran and not isinstance(failed, ServerOverloaded))


def restarts_after(config: ServerConfig, connection: Connection) -> bool:
    """After the end of a connection, by the policy of the declaration."""
    if config.restart is RestartPolicy.NEVER or connection.fault is None:
        return False  # without a fault it was stopped on purpose, for being idle
    if config.restart is RestartPolicy.ALWAYS:
        return True
    left_by_itself = connection.exit_code == 0 and isinstance(connection.fault, ServerDisconnected)
    return not left_by_itself
