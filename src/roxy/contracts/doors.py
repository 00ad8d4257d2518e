"""Roxy as a door sees it: opened in this process, or attached to over the owner's socket; the door cannot tell."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.offers import PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Exchange, MemoryItem, SkillInfo
from roxy.contracts.trust import ToolChange
from roxy.contracts.turns import Listener, Reply, Utterance


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionInfo:
    """A conversation that is kept."""

    id: str
    started: datetime
    last: datetime
    turns: int = 0
    title: str = ""
    """The first thing that was said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """A model that can be asked, as it is listed."""

    name: str
    """How it is chosen; `none` stands for skills alone."""
    provider: str = ""
    model: str = ""
    """The provider's own name of it."""
    external: bool = True
    """Whether what it is asked leaves this machine's trust: then it sees pseudonyms."""
    chosen: bool = False
    """Whether it is asked first in this session."""
    note: str = ""


class ServersDoor(Protocol):
    """What a door can ask of Roxy about MCP servers and their tools."""

    async def server_statuses(self) -> Sequence[ServerStatus]:
        """All declared servers, in the order of their declaration."""
        ...

    async def server_status(self, server: str) -> ServerStatus:
        """One server; raises `ServerNotFound` with the nearest names."""
        ...

    async def server_problems(self) -> Sequence[str]:
        """What is wrong with the declarations as a whole: a change that was refused, names that look alike."""
        ...

    async def start_server(self, server: str) -> ServerStatus:
        """Start it and wait until it answers or fails."""
        ...

    async def stop_server(self, server: str) -> ServerStatus:
        """Stop it and everything it started."""
        ...

    async def restart_server(self, server: str) -> ServerStatus:
        """Stop it and start it again."""
        ...

    async def check_server(self, server: str) -> ServerStatus:
        """Ask a running server for a sign of life now, as its health is checked; its status tells what came of it."""
        ...

    async def server_log(self, server: str, *, lines: int = 100) -> Sequence[str]:
        """The last lines it wrote to stderr, this run's and earlier ones'."""
        ...

    async def list_tools(self, server: str | None = None, *, fresh: bool = False) -> Sequence[ToolInfo]:
        """The tools of one server, or of all that can start, as they are known; `fresh` asks the servers now.

        A server of which nothing is known is started and asked. Of one server, raises `ServerError` when it cannot be;
        of all, those that cannot are left out.
        """
        ...

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> ToolCallResult:
        """Call a tool, through the privacy gateway when the server is external; in the name of a session, if given."""
        ...

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """Its resources, asked for now; raises `ServerError` when it cannot be asked. As the next two."""
        ...

    async def list_templates(self, server: str) -> Sequence[ResourceTemplate]:
        """The patterns of its further resources."""
        ...

    async def list_prompts(self, server: str) -> Sequence[PromptInfo]:
        """Its prompts."""
        ...

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource, as a tool is called."""
        ...

    async def get_prompt(
        self,
        server: str,
        prompt: str,
        arguments: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> PromptResult:
        """Have a prompt filled in, as a tool is called."""
        ...


class ApprovalsDoor(Protocol):
    """What a door can ask about tools that wait for the user's approval."""

    async def tool_changes(
        self, server: str, tool: str | None = None, *, session_id: str | None = None
    ) -> Sequence[ToolChange]:
        """The tools of a server that are held, or hide something; or one tool as it is, beside what was approved.

        As last known; the server is started when nothing is. Raises `ServerError`.
        """
        ...

    async def approve_tools(
        self, server: str, digests: Mapping[str, str], *, session_id: str | None = None
    ) -> Sequence[str]:
        """Approve held tools in the forms of these digests, as `tool_changes` gives them; the names of those.

        Raises `NotApproved` when one has another form by now, `StoreError` when it cannot be kept; then none is.
        """
        ...


class Assistant(ServersDoor, ApprovalsDoor, Protocol):
    """Everything a door can ask of Roxy. All of it is safe to call from any task; failures are `RoxyError`."""

    async def turn(self, utterance: Utterance, listener: Listener) -> Reply:
        """Take one utterance to its reply; `listener` hears progress and what skills say meanwhile."""
        ...

    async def cancel(self, session_id: str) -> bool:
        """Stop the turn or the question in flight of a session; False when there is none."""
        ...

    def listening(self, listener: Listener, *, session_id: str | None = None) -> AbstractAsyncContextManager[None]:
        """Hear reminders and problems for as long as the context is open; what was missed is told at once."""
        ...

    async def skills(self) -> Sequence[SkillInfo]:
        """All skills that were found, those with a problem too."""
        ...

    async def sessions(self, *, limit: int = 20) -> Sequence[SessionInfo]:
        """The conversations that are kept, latest first."""
        ...

    async def history(self, session_id: str) -> Sequence[Exchange]:
        """What was said in a session, oldest first; raises `UsageError` when there is no such session."""
        ...

    async def summary(self, session_id: str) -> Sequence[MemoryItem]:
        """The summary of what models are no longer told of a session word for word; empty when there is none."""
        ...

    async def models(self, session_id: str | None = None) -> Sequence[ModelInfo]:
        """The models that can be asked, in the order in which they are tried in this session, and local ones found."""
        ...

    async def choose_model(self, name: str, session_id: str | None = None) -> str:
        """Ask this model first in a session from now on (`none`: no model); None begins a session.

        Returns the session's id; raises `UsageError` for a model that nobody knows.
        """
        ...

    async def metrics(self) -> str:
        """Prometheus' text format."""
        ...
