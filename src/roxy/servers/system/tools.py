"""The tools, and the server that offers them.

A call comes in through the SDK, which checks the arguments against the signature; the method asks the open services;
a `RoxyError` on the way becomes a tool error whose text is the sentence a person would be told. Anything else is a
defect: the SDK answers with the tool's name only, so nothing private leaks.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from inspect import cleandoc
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from pydantic import Field

from roxy import __version__
from roxy.errors import RoxyError
from roxy.servers.system.answers import (
    FileText,
    Forgotten,
    FoundFile,
    FoundFiles,
    Now,
    Recalled,
    Remembered,
    Server,
    Status,
    Stored,
)
from roxy.servers.system.services import SystemServices

INSTRUCTIONS = """
What the user asked Roxy to remember, the files in folders they allowed, their local time, and how Roxy is doing.
Store only what the user asks to be remembered. Search memory before saying that something about the user is unknown.
"""

_LIMIT = Field(ge=1, le=100, description="At most this many")

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=False, open_world_hint=False)
_DROPS = ToolAnnotations(read_only_hint=False, destructive_hint=True, idempotent_hint=True, open_world_hint=False)


class SystemTools:
    """The tools over the open services; the docstrings are the descriptions that models read."""

    def __init__(self, services: SystemServices) -> None:
        self._services = services

    async def memory_store(
        self,
        text: Annotated[str, Field(min_length=1, max_length=10_000, description="One fact, as a full sentence")],
        about: Annotated[
            dict[str, str] | None, Field(description="Labels such as {'person': 'Anna'}; may be left out")
        ] = None,
    ) -> Stored:
        """Remember something for the user, such as where they parked or a birthday.

        It stays on this machine until it is forgotten.
        """
        with _told():
            return Stored(id=await self._services.memory.remember(text, **(about or {})))

    async def memory_search(
        self,
        query: Annotated[str, Field(description="A question or words; empty gives the newest")],
        limit: Annotated[int, _LIMIT] = 5,
    ) -> Recalled:
        """Find what the user asked to remember, by full text, best first."""
        memory = self._services.memory
        with _told():
            found = await (memory.search(query, limit) if query.strip() else memory.latest(limit))
        return Recalled(items=[Remembered.of(item) for item in found])

    async def memory_forget(self, id: Annotated[str, Field(description="From memory_search")]) -> Forgotten:
        """Forget one thing for good. Ask the user before you call this."""
        with _told():
            gone = await self._services.memory.forget(id)
        if not gone:
            raise ToolError(f"Nothing is remembered under the id {id!r}. Look up the id with memory_search.")
        return Forgotten(id=id, forgotten=True)

    async def file_search(
        self,
        query: Annotated[
            str, Field(min_length=1, description="A part of a name or a glob such as *.pdf; or the text to look for")
        ],
        where: Annotated[
            Literal["name", "content"], Field(description="Whether names or the text of the files are searched")
        ] = "name",
        limit: Annotated[int, _LIMIT] = 20,
    ) -> FoundFiles:
        """Find files by name or by content in the folders the user allowed."""
        files = self._services.files
        with _told():
            folders = self._allowed()
            found = await (files.find(query, limit=limit) if where == "name" else files.search(query, limit=limit))
        return FoundFiles(files=[FoundFile.of(hit) for hit in found], folders=folders)

    async def file_read(
        self,
        path: Annotated[str, Field(min_length=1, description="A path from file_search")],
        max_bytes: Annotated[int, Field(ge=1, le=20_000_000, description="Refuse a longer file")] = 1_000_000,
    ) -> FileText:
        """Read a text file in the folders the user allowed."""
        with _told():
            self._allowed()
            return FileText(path=path, text=await self._services.files.read(path, max_bytes=max_bytes))

    async def time_now(
        self,
        zone: Annotated[str, Field(description="IANA name such as Europe/Paris; empty for the user's own zone")] = "",
    ) -> Now:
        """The date and time now, where the user is or in a time zone."""
        try:
            place = ZoneInfo(zone) if zone else self._services.profile.timezone
        except (KeyError, ValueError, OSError) as error:
            # ZoneInfo raises one of these for an unknown name, a path, or a folder of zones such as "Europe".
            raise ToolError(f"There is no time zone {zone!r}. Use an IANA name such as Europe/Paris.") from error
        now = datetime.now(place)
        return Now(iso=now.isoformat(timespec="seconds"), zone=place.key, weekday=now.strftime("%A"))

    async def status(self) -> Status:
        """Which version of Roxy this is, which folders may be read, and how its MCP servers are doing."""
        with _told():
            servers = [Server.of(status) for status in self._services.status()]
        return Status(version=__version__, folders=list(self._services.files.folders()), servers=servers)

    def _allowed(self) -> list[str]:
        folders = list(self._services.files.folders())
        if not folders:
            raise ToolError(
                "No folder is allowed, so no file can be found or read. The user allows one in roxy.yaml, for example "
                "with `files: {folders: [~/Documents]}`."
            )
        return folders


def create(services: SystemServices) -> MCPServer[Any]:
    """The server over `services`, which stay open for as long as it is used and are not closed by it."""
    with _root_logger_untouched():
        server: MCPServer[Any] = MCPServer(
            "roxy-system",
            title="Roxy",
            description="Memory, allowed files, time and status of a private assistant.",
            instructions=INSTRUCTIONS.strip(),
            version=__version__,
            subscriptions=False,
        )
    tools = SystemTools(services)
    offered: tuple[tuple[Callable[..., Awaitable[Any]], str, ToolAnnotations], ...] = (
        (tools.memory_store, "Remember", _ADDS),
        (tools.memory_search, "Search memory", _READS),
        (tools.memory_forget, "Forget", _DROPS),
        (tools.file_search, "Find files", _READS),
        (tools.file_read, "Read a file", _READS),
        (tools.time_now, "Time", _READS),
        (tools.status, "Status of Roxy", _READS),
    )
    for function, title, annotations in offered:
        server.add_tool(
            function,
            title=title,
            description=cleandoc(function.__doc__ or ""),
            annotations=annotations,
            structured_output=True,
        )
    return server


@contextmanager
def _told() -> Iterator[None]:
    """Turn what Roxy tells people into what the SDK tells models."""
    try:
        yield
    except RoxyError as error:
        raise ToolError(str(error)) from error


@contextmanager
def _root_logger_untouched() -> Iterator[None]:
    """Keep the SDK from installing its own handler and level for the whole process, which it does when it is made."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
