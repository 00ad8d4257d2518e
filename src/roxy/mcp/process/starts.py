"""Whether a server may be started now: its variables are set, and it was not started too often lately."""

import time
from collections import deque

from roxy.contracts.servers import ServerConfig, ServerTransport
from roxy.errors import ConfigError, RoxyError, ServerUnavailable


class Starts:
    """The latest starts of one server; those of a remote one are not counted, for it is merely away."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._at: deque[float] = deque(maxlen=config.max_starts)

    def forget(self) -> None:
        """Somebody starts it by hand: earlier starts count no more."""
        self._at.clear()

    def begin(self, latest: RoxyError | None) -> None:
        """Count one more start; raises `ConfigError` or `ServerUnavailable` when there may be none.

        `latest` is why the server has ended before.
        """
        config = self._config
        if config.missing:
            names = ", ".join(config.missing)
            raise ConfigError(
                f"The server {config.name} needs the environment variable{'s' * (len(config.missing) > 1)} "
                f"{names}, which {'are' if len(config.missing) > 1 else 'is'} not set.",
                where=config.where,
                hint=f"Set it before Roxy starts: export {config.missing[0]}=…",
            )
        if config.transport not in {ServerTransport.STDIO, ServerTransport.MODULE}:
            return
        now = time.monotonic()
        if len(self._at) == config.max_starts and now - self._at[0] < config.start_window:
            raise ServerUnavailable(
                f"The server {config.name} was started {config.max_starts} times in {config.start_window:g} s."
                + (f" Last: {latest}" if latest else ""),
                server=config.name,
                hint=f"To try again: roxy mcp start {config.name}",
            )
        self._at.append(now)

    def undo(self) -> None:
        """The last one did not take place after all."""
        if self._at:
            self._at.pop()
