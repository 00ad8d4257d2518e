"""Roxy as its doors see it.

The order of events: `opened` starts nothing by itself; what a call needs is opened by that call. A Roxy that stays
opens the conversation at once, lets reminders fire, watches the files of skills and servers, warms the privacy gateway,
and starts the auto-start servers in the background, where a slow one delays nobody.
"""

import asyncio
import gc
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from roxy.config.places import Places
from roxy.config.servers import strays
from roxy.config.settings import Settings
from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.doors import ModelInfo, SessionInfo
from roxy.contracts.offers import PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Exchange, MemoryItem, SkillInfo
from roxy.contracts.turns import Listener, Notice, NoticeKind, Reply, Utterance
from roxy.errors import RoxyError
from roxy.mcp.known.names import problems
from roxy.observe import metrics
from roxy.observe.logs import get_logger
from roxy.orchestrator.approving import Approving, tell_held
from roxy.orchestrator.rooms import Rooms, Surroundings

if TYPE_CHECKING:
    from roxy.conversation.sessions import Sessions  # loads SQLAlchemy

_log = get_logger(__name__)


@asynccontextmanager
async def opened(
    settings: Settings, places: Places, environ: Mapping[str, str], *, long_lived: bool
) -> AsyncIterator["Roxy"]:
    """Roxy, for as long as the context is open; `long_lived` is for the owner of the data folder alone.

    Raises `ConfigError` and `StoreError` for what makes going on impossible.
    """
    around = Surroundings(settings=settings, places=places, environ=environ, long_lived=long_lived)
    async with AsyncExitStack() as stack:
        rooms = Rooms(stack, around)
        rooms.notices.on_arrival(partial(tell_held, rooms))
        rooms.servers.server_names()  # what is wrong in the declarations ends here, before anything is opened
        _ = rooms.policies  # and so does what is wrong in the policies
        await _tell_strays(rooms)
        if long_lived:
            await rooms.conversation.get()
            for work, name in (
                (_start_servers(rooms), "auto-start"),
                (_warm_gateway(rooms), "warm the gateway"),
                (rooms.watching.run(), "watch the declarations"),
            ):
                stack.push_async_callback(_ended, asyncio.create_task(work, name=name))
        yield Roxy(rooms)


async def _tell_strays(rooms: Rooms) -> None:
    """Say which variables are for a server that there is not: in the log, and to whoever begins to listen."""
    environ = rooms.around.environ
    if not any(strays(environ, ())):
        return
    await rooms.servers.refresh()  # connectors are servers too, and their database is looked into for this alone
    problems = list(strays(environ, rooms.servers.server_names()).items())
    for variable, _ in problems:
        _log.warning("environment.no_such_server", variable=variable)

    def tell() -> None:
        while problems and rooms.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=problems[0][1])):
            problems.pop(0)

    rooms.notices.on_arrival(tell)


async def _start_servers(rooms: Rooms) -> None:
    """Start what is to be started with Roxy; a reason for failing stands in each server's status."""
    if not any(config.auto_start and config.enabled for config in rooms.declared.configs.values()):
        return
    try:
        await (await rooms.manager.get()).start_auto_start_servers()
    except RoxyError as error:
        _log.error("servers.not_started", error)


async def _warm_gateway(rooms: Rooms) -> None:
    """Load what finds personal data, which takes over a second, where something external is set up."""
    gc.freeze()
    outside = [config for config in rooms.declared.configs.values() if config.external and config.enabled]
    models = rooms.around.settings.models.known.values()
    if any(not config.missing for config in outside) or any(model.external for model in models):
        await rooms.warming.warm(await rooms.gateway.get())
    # Hundreds of thousands of objects are loaded now that all stay. Each look through them for garbage would stop
    # everything for 0.3 s, in the middle of somebody's words; so there is none here either, for a turn may be going on.
    gc.freeze()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.wait({task})


class _Servers(Approving):
    """What doors ask about servers and their tools."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def server_statuses(self) -> Sequence[ServerStatus]:
        """All declared servers."""
        await self._rooms.servers.refresh()
        return self._rooms.servers.statuses()

    async def server_status(self, server: str) -> ServerStatus:
        """One server."""
        await self._rooms.servers.refresh()
        return self._rooms.servers.status(server)

    async def server_problems(self) -> Sequence[str]:
        """What is wrong with the declarations as a whole: a change that was refused, names that look alike."""
        refused = [str(problem)] if (problem := self._rooms.refused) else []
        servers = self._rooms.servers
        await servers.refresh()
        tools = {name: [tool.name for tool in servers.at_hand(name)] for name in servers.server_names()}
        hiding = [said for name in tools for said in self.hiding(name)]
        # In a thread, since it takes a tenth of a second for ten thousand names.
        return [*refused, *await asyncio.to_thread(problems, tuple(tools), tools), *hiding]

    async def start_server(self, server: str) -> ServerStatus:
        """Start it and wait until it answers or fails."""
        await self._rooms.servers.start_server(server)
        return self._rooms.servers.status(server)

    async def stop_server(self, server: str) -> ServerStatus:
        """Stop it and everything it started."""
        await self._rooms.servers.stop_server(server)
        return self._rooms.servers.status(server)

    async def restart_server(self, server: str) -> ServerStatus:
        """Stop it and start it again."""
        await self.stop_server(server)
        return await self.start_server(server)

    async def check_server(self, server: str) -> ServerStatus:
        """Ask a running server for a sign of life."""
        await self._rooms.servers.refresh()
        self._rooms.servers.status(server)
        await (await self._rooms.manager.get()).health_check(server)
        return self._rooms.servers.status(server)

    async def server_log(self, server: str, *, lines: int = 100) -> Sequence[str]:
        """The last lines it wrote to stderr."""
        await self._rooms.servers.refresh()
        self._rooms.servers.status(server)
        return (await self._rooms.manager.get()).log_tail(server, lines)

    async def list_tools(self, server: str | None = None, *, fresh: bool = False) -> Sequence[ToolInfo]:
        """The tools of one server, or of all that can start, all asked at the same time."""
        await self._rooms.servers.refresh()
        if server is not None:
            self._rooms.servers.status(server)
            return await self._listed(server, fresh=fresh)
        listed = await asyncio.gather(*(self._tools_of(name, fresh=fresh) for name in self._rooms.servers.startable()))
        return [tool for tools in listed for tool in tools]

    async def _listed(self, server: str, *, fresh: bool) -> Sequence[ToolInfo]:
        servers = self._rooms.servers
        return await (servers.list_tools(server) if fresh else servers.known_tools(server))

    async def _tools_of(self, server: str, *, fresh: bool) -> Sequence[ToolInfo]:
        try:
            return await self._listed(server, fresh=fresh)
        except RoxyError as error:
            _log.warning("tools.not_listed", server=server, code=error.code)
            return ()

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> ToolCallResult:
        """Call a tool, through the privacy gateway when the server is external."""
        return await self._rooms.servers.call_tool(server, tool, arguments, timeout=timeout, session_id=session_id)

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources of a server."""
        return await self._rooms.servers.list_resources(server)

    async def list_templates(self, server: str) -> Sequence[ResourceTemplate]:
        """Its resource templates."""
        return await (await self._rooms.servers.ready(server)).list_templates(server)

    async def list_prompts(self, server: str) -> Sequence[PromptInfo]:
        """Its prompts."""
        return await (await self._rooms.servers.ready(server)).list_prompts(server)

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource, through the privacy gateway when the server is external."""
        return await self._rooms.servers.read_resource(server, uri, timeout=timeout, session_id=session_id)

    async def get_prompt(
        self,
        server: str,
        prompt: str,
        arguments: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> PromptResult:
        """Have a prompt filled in, through the privacy gateway when the server is external."""
        manager = await self._rooms.servers.ready(server, session_id)
        return await manager.get_prompt(server, prompt, arguments, timeout=timeout, session_id=session_id)


class Roxy(_Servers):
    """Everything a door can ask, answered by the departments; implements the contracts' `Assistant`."""

    async def turn(self, utterance: Utterance, listener: Listener) -> Reply:
        """Take one utterance to its reply."""
        conversation = await self._rooms.conversation.get()
        await self._rooms.servers.refresh()  # skills look at the servers without waiting
        return await conversation.turn(utterance, listener)

    async def cancel(self, session_id: str) -> bool:
        """Stop the turn or the question in flight of a session."""
        conversation = self._rooms.conversation.now
        return conversation is not None and await conversation.cancel(session_id)

    def listening(self, listener: Listener, *, session_id: str | None = None) -> AbstractAsyncContextManager[None]:
        """Hear reminders and problems; what was missed is told at once."""
        return self._rooms.notices.listening(listener, session_id=session_id)

    async def skills(self) -> Sequence[SkillInfo]:
        """All skills that were found."""
        return (await self._rooms.skills.get()).skills()

    async def sessions(self, *, limit: int = 20) -> Sequence[SessionInfo]:
        """The conversations that are kept, latest first."""
        return await (await self._sessions()).list(limit)

    async def history(self, session_id: str) -> Sequence[Exchange]:
        """What was said in a session."""
        return await (await self._sessions()).history(session_id)

    async def summary(self, session_id: str) -> Sequence[MemoryItem]:
        """The summary of a session; empty when there is none."""
        from roxy.conversation.longterm.summaries import Summaries  # noqa: PLC0415 -- loads the store; few ask for it

        found = await Summaries(await self._rooms.database.get()).of(session_id)
        return [found.item] if found and found.text else []

    async def models(self, session_id: str | None = None) -> Sequence[ModelInfo]:
        """The models that can be asked, in their order in this session, and those of local servers that answer."""
        from roxy.orchestrator.models import listed  # noqa: PLC0415 -- looks for servers; few ask for it

        conversation = await self._rooms.conversation.get()
        return await listed(self._rooms.router, await conversation.models(session_id))

    async def choose_model(self, name: str, session_id: str | None = None) -> str:
        """Ask this model first in a session from now on."""
        return await (await self._rooms.conversation.get()).choose_model(name, session_id)

    async def metrics(self) -> str:
        """Prometheus' text format."""
        return metrics.text()

    async def _sessions(self) -> "Sessions":
        return (await self._rooms.conversation.get()).sessions
