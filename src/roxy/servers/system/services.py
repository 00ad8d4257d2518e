"""What the server needs from whoever runs it."""

from collections.abc import Sequence
from typing import Protocol

from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Files, Memory, UserProfile


class SystemServices(Protocol):
    """The open parts of Roxy that the tools answer from."""

    @property
    def memory(self) -> Memory:
        """What the user asked Roxy to remember."""
        ...

    @property
    def files(self) -> Files:
        """The folders the user allowed, and nothing outside them."""
        ...

    @property
    def profile(self) -> UserProfile:
        """Whose Roxy this is; the time zone is theirs."""
        ...

    def status(self) -> Sequence[ServerStatus]:
        """The MCP servers that Roxy looks after; empty when this server runs alone."""
        ...
