"""The states of a server and the moves between them, as data.

A server begins `stopped`. Starting it leads to `running`, or back to `stopped` when it could not be started and nobody
asked for another attempt, or to `backoff` when it is to be tried again, or to `failed` when that is vain. A connection
that ends leads to `backoff` (it is restarted, or has `failed` when that was too often) or to `stopped` (it is not).
What has failed is `stopped` again when a person stops or starts it.
"""

from roxy.contracts.servers import ServerState

S = ServerState

MOVES: dict[ServerState, frozenset[ServerState]] = {
    S.STOPPED: frozenset({S.STARTING, S.FAILED}),
    S.STARTING: frozenset({S.RUNNING, S.BACKOFF, S.STOPPING, S.STOPPED, S.FAILED}),
    S.RUNNING: frozenset({S.DEGRADED, S.BACKOFF, S.STOPPING, S.STOPPED}),
    S.DEGRADED: frozenset({S.RUNNING, S.BACKOFF, S.STOPPING, S.STOPPED}),
    S.BACKOFF: frozenset({S.STARTING, S.STOPPING, S.FAILED}),
    S.STOPPING: frozenset({S.STOPPED}),
    S.FAILED: frozenset({S.STOPPED}),
}
"""Which states may follow which."""

CONNECTED = frozenset({S.RUNNING, S.DEGRADED})
"""The states in which there is a connection to send calls over."""


def may_move(old: ServerState, new: ServerState) -> bool:
    """Whether `new` may follow `old`."""
    return new in MOVES[old]
