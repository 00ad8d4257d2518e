"""Roxy seen from outside: an `Assistant` over the owner's socket.

Each request has a connection of its own, so closing one is how a client leaves: the owner then cancels the turn.
h11 speaks the HTTP, which starts much faster than a whole client library, and every attached command pays for that.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

import h11

from roxy.contracts.calls import ToolCallResult, ToolInfo
from roxy.contracts.doors import ModelInfo, SessionInfo
from roxy.contracts.offers import PromptInfo, PromptResult, ReadResult, ResourceInfo, ResourceTemplate
from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import Exchange, MemoryItem, SkillInfo
from roxy.contracts.trust import ToolChange
from roxy.contracts.turns import Listener, Notice, Reply, Utterance
from roxy.daemon.asking import conversed
from roxy.daemon.lock import owner_of
from roxy.daemon.wire import decode, encode, error_from_wire
from roxy.errors import OwnedElsewhere, OwnerGone, RoxyError
from roxy.mcp.questions.person import present

T = TypeVar("T")

_POLL = 0.03
_CHUNK = 1 << 16


async def attach(folder: Path, *, patience: float = 10.0) -> "Attached | None":
    """Find the owner of `folder`; None when there is none.

    An owner that is just starting or leaving is waited for, `patience` seconds; then raises `OwnedElsewhere`.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while (owner := owner_of(folder)) is not None:
        if owner.socket and await _answers(owner.socket):
            return Attached(owner.socket, pid=owner.pid)
        if loop.time() > deadline:
            raise OwnedElsewhere(
                f"The Roxy that owns the data (process {owner.pid or 'unknown'}) does not answer.",
                pid=owner.pid,
                hint="Wait a moment and try again, or end it with `roxy daemon stop`.",
            )
        await asyncio.sleep(_POLL)
    return None


async def _answers(socket: str) -> bool:
    try:
        _, writer = await asyncio.open_unix_connection(socket)
    except OSError:
        return False
    await _close(writer)
    return True


class _Owner:
    """The owner's socket: one question, one answer; and what is asked about servers and their tools."""

    def __init__(self, socket: str, *, pid: int | None) -> None:
        self._socket = socket
        self.pid = pid
        self.gone = asyncio.Event()

    async def server_statuses(self) -> Sequence[ServerStatus]:
        """All declared servers."""
        return await self._call(tuple[ServerStatus, ...], "server_statuses")

    async def server_status(self, server: str) -> ServerStatus:
        """One server."""
        return await self._call(ServerStatus, "server_status", server=server)

    async def server_problems(self) -> Sequence[str]:
        """What is wrong with the owner's declarations as a whole."""
        return await self._call(tuple[str, ...], "server_problems")

    async def start_server(self, server: str) -> ServerStatus:
        """Start a server in the owner."""
        return await self._call(ServerStatus, "start_server", server=server)

    async def stop_server(self, server: str) -> ServerStatus:
        """Stop a server of the owner."""
        return await self._call(ServerStatus, "stop_server", server=server)

    async def restart_server(self, server: str) -> ServerStatus:
        """Stop a server of the owner and start it again."""
        return await self._call(ServerStatus, "restart_server", server=server)

    async def check_server(self, server: str) -> ServerStatus:
        """Have the owner ask a server for a sign of life."""
        return await self._call(ServerStatus, "check_server", server=server)

    async def server_log(self, server: str, *, lines: int = 100) -> Sequence[str]:
        """The last lines a server wrote to stderr."""
        return await self._call(tuple[str, ...], "server_log", server=server, lines=lines)

    async def list_tools(self, server: str | None = None, *, fresh: bool = False) -> Sequence[ToolInfo]:
        """The tools of one server, or all that are known."""
        more = {"fresh": True} if fresh else {}  # an older owner does not know it
        return await self._call(tuple[ToolInfo, ...], "list_tools", server=server, **more)

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> ToolCallResult:
        """Call a tool in the owner."""
        given = {"server": server, "tool": tool, "arguments": arguments, "timeout": timeout, "session_id": session_id}
        return await self._asking(ToolCallResult, "call_tool", **given)

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources of a server."""
        return await self._call(tuple[ResourceInfo, ...], "list_resources", server=server)

    async def list_templates(self, server: str) -> Sequence[ResourceTemplate]:
        """Its resource templates."""
        return await self._call(tuple[ResourceTemplate, ...], "list_templates", server=server)

    async def list_prompts(self, server: str) -> Sequence[PromptInfo]:
        """Its prompts."""
        return await self._call(tuple[PromptInfo, ...], "list_prompts", server=server)

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource in the owner."""
        given = {"server": server, "uri": uri, "timeout": timeout, "session_id": session_id}
        return await self._asking(ReadResult, "read_resource", **given)

    async def get_prompt(
        self,
        server: str,
        prompt: str,
        arguments: Mapping[str, str] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
    ) -> PromptResult:
        """Have a prompt filled in, in the owner."""
        given = {
            "server": server,
            "prompt": prompt,
            "arguments": arguments,
            "timeout": timeout,
            "session_id": session_id,
        }
        return await self._asking(PromptResult, "get_prompt", **given)

    async def _asking(self, kind: type[T], method: str, **arguments: Any) -> T:
        """As `_call`; whoever is present here is asked what the server wants to know."""
        if (dialogue := present()) is None:
            return await self._call(kind, method, **arguments)

        async def answer(question: str, said: Any) -> None:
            async with aclosing(self._lines("POST", "/v1/answer", {"id": question, "answer": said})) as heard:
                async for _ in heard:
                    return

        async with aclosing(self._lines("POST", f"/v1/asking/{method}", arguments)) as lines:
            if (last := await conversed(lines, dialogue, answer)) is not None:
                return decode(kind, last["value"])
        raise self._ended()

    async def _call(self, kind: type[T], method: str, **arguments: Any) -> T:
        async with aclosing(self._lines("POST", f"/v1/call/{method}", arguments)) as lines:
            async for line in lines:
                return decode(kind, line["value"])
        raise self._ended()

    async def _lines(self, method: str, target: str, body: Any = None) -> AsyncGenerator[dict[str, Any], None]:
        """The lines of the answer, parsed; an `error` line is raised, a connection that breaks is `OwnerGone`."""
        rest = b""
        try:
            async with aclosing(_exchange(self._socket, method, target, encode(body))) as chunks:
                async for chunk in chunks:
                    *whole, rest = (rest + chunk).split(b"\n")
                    for line in whole:
                        yield _checked(json.loads(line))
        except (OSError, h11.RemoteProtocolError) as error:
            raise self._ended() from error

    def _ended(self) -> OwnerGone:
        self.gone.set()
        return OwnerGone(
            f"The Roxy that was answering (process {self.pid or 'unknown'}) ended before it was done.",
            hint="What it had confirmed is kept. Please try again.",
        )


class Attached(_Owner):
    """An `Assistant` that is somewhere else; `gone` is set when it is found to have ended."""

    async def tool_changes(
        self, server: str, tool: str | None = None, *, session_id: str | None = None
    ) -> Sequence[ToolChange]:
        """What the owner knows of changed tools."""
        given = {"server": server, "tool": tool, "session_id": session_id}
        return await self._call(tuple[ToolChange, ...], "tool_changes", **given)

    async def approve_tools(
        self, server: str, digests: Mapping[str, str], *, session_id: str | None = None
    ) -> Sequence[str]:
        """Approve tools in the owner."""
        given = {"server": server, "digests": digests, "session_id": session_id}
        return await self._call(tuple[str, ...], "approve_tools", **given)

    async def turn(self, utterance: Utterance, listener: Listener) -> Reply:
        """Take one utterance to its reply; leaving before it comes cancels the turn."""
        async with aclosing(self._lines("POST", "/v1/turn", utterance)) as lines:
            async for line in lines:
                if "notice" in line:
                    listener.heard(decode(Notice, line["notice"]))
                elif "reply" in line:
                    return decode(Reply, line["reply"])
        raise self._ended()

    @asynccontextmanager
    async def listening(self, listener: Listener, *, session_id: str | None = None) -> AsyncIterator[None]:
        """Hear reminders and problems; when the owner leaves, `gone` is set."""
        ready = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._listen(listener, session_id, ready), name="listening")
        try:
            await ready
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listen(self, listener: Listener, session_id: str | None, ready: asyncio.Future[None]) -> None:
        query = f"?{urlencode({'session_id': session_id})}" if session_id else ""
        try:
            async with aclosing(self._lines("GET", f"/v1/notices{query}")) as lines:
                async for line in lines:
                    if "notice" in line:
                        listener.heard(decode(Notice, line["notice"]))
                    elif not ready.done():
                        ready.set_result(None)
            self.gone.set()
        except RoxyError as error:
            if not ready.done():
                ready.set_exception(error)
        if not ready.done():
            ready.set_exception(self._ended())

    async def cancel(self, session_id: str) -> bool:
        """Stop what is in flight in a session."""
        return await self._call(bool, "cancel", session_id=session_id)

    async def skills(self) -> Sequence[SkillInfo]:
        """All skills that were found."""
        return await self._call(tuple[SkillInfo, ...], "skills")

    async def sessions(self, *, limit: int = 20) -> Sequence[SessionInfo]:
        """The conversations that are kept."""
        return await self._call(tuple[SessionInfo, ...], "sessions", limit=limit)

    async def summary(self, session_id: str) -> Sequence[MemoryItem]:
        """The summary of a session; empty when there is none."""
        return await self._call(tuple[MemoryItem, ...], "summary", session_id=session_id)

    async def history(self, session_id: str) -> Sequence[Exchange]:
        """What was said in a session."""
        return await self._call(tuple[Exchange, ...], "history", session_id=session_id)

    async def models(self, session_id: str | None = None) -> Sequence[ModelInfo]:
        """The models that the owner can ask."""
        return await self._call(tuple[ModelInfo, ...], "models", session_id=session_id)

    async def choose_model(self, name: str, session_id: str | None = None) -> str:
        """Let a session ask this model first."""
        return await self._call(str, "choose_model", name=name, session_id=session_id)

    async def metrics(self) -> str:
        """Prometheus' text format."""
        return await self._call(str, "metrics")


def _checked(line: dict[str, Any]) -> dict[str, Any]:
    if "error" in line:
        raise error_from_wire(line["error"])
    return line


async def _exchange(socket: str, method: str, target: str, body: bytes) -> AsyncGenerator[bytes, None]:
    """Send one request, yield the body of the response as it comes."""
    reader, writer = await asyncio.open_unix_connection(socket)
    try:
        http = h11.Connection(h11.CLIENT)
        headers = [("Host", "roxy"), ("Connection", "close"), ("Content-Length", str(len(body)))]
        request = http.send(h11.Request(method=method, target=target, headers=headers)) or b""
        writer.write(request + body)
        http.send(h11.Data(data=body))
        http.send(h11.EndOfMessage())
        await writer.drain()
        while not isinstance(event := http.next_event(), h11.EndOfMessage):
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(_CHUNK))
            elif isinstance(event, h11.Response) and event.status_code != 200:  # noqa: PLR2004 -- HTTP's own OK
                raise RoxyError(
                    f"The Roxy that owns the data answered with HTTP status {event.status_code}.",
                    hint="It may be another version: restart it.",
                )
            elif isinstance(event, h11.Data):
                yield bytes(event.data)
    finally:
        await _close(writer)


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):  # it was broken already, which closing was to make it
        await writer.wait_closed()
