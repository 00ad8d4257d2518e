"""What the servers that run inside Roxy get to answer from."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Files, Memory, UserProfile
from roxy.conversation.profile import ProfileKeeper

if TYPE_CHECKING:
    from roxy.mcp.servers import MCPServerManager  # loads the SDK


class SystemServices:
    """What the bundled system server answers from when it runs in this process."""

    def __init__(self, memory: Memory, files: Files, profile: ProfileKeeper) -> None:
        self.memory = memory
        self.files = files
        self.manager: MCPServerManager | None = None
        self._profile = profile

    @property
    def profile(self) -> UserProfile:
        """Whose Roxy this is."""
        return self._profile.current

    def status(self) -> Sequence[ServerStatus]:
        """The servers that Roxy looks after."""
        return self.manager.statuses() if self.manager is not None else ()
