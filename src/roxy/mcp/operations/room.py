"""How many servers may run at the same time, and who has to make room for another one.

A server enters before its process or connection is made and leaves when that is gone. When all places are taken, the
server that nobody has used for longest is stopped, if it is one that starts again by itself at its next call; when
there is none, whoever wants to enter is refused at once.
"""

import asyncio
from typing import Protocol

from roxy.errors import ServerOverloaded


class Tenant(Protocol):
    """A server as the room sees it."""

    @property
    def name(self) -> str:
        """How people call it."""
        ...

    @property
    def idle_since(self) -> float | None:
        """Since when nobody has used it (`time.monotonic`); None when it must not be stopped."""
        ...

    async def stop(self) -> None:
        """Stop it; returns when nothing of it is left."""
        ...


class Room:
    """Places for `most` servers; None sets no limit."""

    def __init__(self, most: int | None) -> None:
        self.most = most
        self._inside: set[Tenant] = set()
        self._door = asyncio.Lock()

    async def enter(self, tenant: Tenant) -> None:
        """Take a place, which may need another server to be stopped; raises `ServerOverloaded`."""
        async with self._door:
            while self.most is not None and len(self._inside) >= self.most:
                longest = self._idle_for_longest()
                if longest is None:
                    raise self._full(tenant)
                await longest.stop()
                self.leave(longest)
            self._inside.add(tenant)

    def leave(self, tenant: Tenant) -> None:
        """Give the place back, if it has one."""
        self._inside.discard(tenant)

    def _idle_for_longest(self) -> Tenant | None:
        idle = [(since, one) for one in self._inside if (since := one.idle_since) is not None]
        return min(idle, key=lambda pair: pair[0])[1] if idle else None

    def _full(self, tenant: Tenant) -> ServerOverloaded:
        names = ", ".join(sorted(one.name for one in self._inside))
        return ServerOverloaded(
            f"The server {tenant.name} cannot be started now: no more than {self.most} may run at once, and those that "
            f"run ({names}) are in use or start with Roxy.",
            server=tenant.name,
            hint="Try again when one of them is done, or raise `startup.max_running` in mcp_servers.yaml.",
        )
