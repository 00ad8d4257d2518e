"""One cell of the matrix: everything that Roxy should be able to do with one server over one transport.

Order of events: the server is met in the legacy era alone, which says how long its own start takes; then with
`protocol: auto`, by a manager that knows no more of it than its command or address; it lists, answers, fails, asks, is
cancelled, grows; it is stopped, and started again with the era remembered; at the end, nothing is left of it.
"""

import asyncio
import os
import re
import socket
import sys
import time
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eras.environments import interpreter
from eras.rows import HERE, Row
from fakes.node import node
from fakes.person import Person
from fakes.servers import until
from roxy.contracts.servers import ServerConfig, implied_by
from roxy.mcp.questions.person import answering
from roxy.mcp.servers import MCPServerManager

BEYOND_SECONDS = 2.0
"""How much longer than a legacy start the first contact may take, at most."""
AGAIN_SECONDS = 1.0
"""How much longer than a legacy start one with the era remembered may take; it does nothing more."""
STEP_SECONDS = 30.0
MARK = "ERA_CELL"
NAME = "peer"


@dataclass
class Cell:
    """What was found; `wrong` is empty when all was well."""

    row: Row
    transport: str
    protocol: str = ""
    own: float = 0.0
    """Seconds of a start in the legacy era."""
    first: float = 0.0
    """Seconds of the first contact with `protocol: auto`."""
    again: float = 0.0
    """Seconds of a later start, with the era remembered."""
    steps: int = 0
    wrong: list[str] = field(default_factory=list)

    def check(self, good: object, what: str) -> None:
        """Count a step, and keep `what` when it went wrong."""
        self.steps += 1
        if not good:
            self.wrong.append(what)


@dataclass(frozen=True)
class Place:
    """Where the server of a cell lives: its folder, and the mark that all its processes bear."""

    row: Row
    transport: str
    folder: Path
    world: Mapping[str, str]
    """What all cells share: the address of a `page`, the path of a `repository`."""
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def starts(self) -> Path:
        return self.folder / "starts"

    def filled(self, value: Any) -> Any:
        """`value` with its placeholders filled in."""
        if isinstance(value, Mapping):
            return {key: self.filled(item) for key, item in value.items()}
        if not isinstance(value, str):
            return value
        said = "streamableHttp" if self.row.name == "server-everything" and self.transport == "http" else self.transport
        for key, text in {**self.world, "transport": said, "folder": str(self.folder)}.items():
            value = value.replace("{" + key + "}", text)
        return value

    def command(self) -> list[str]:
        words = [self.filled(word) for word in self.row.program]
        match self.row.runner:
            case "binary":
                return [str(next(HERE.glob(words[0]))), *words[1:]]
            case "node":
                return [str(node()), *words]
        return [str(interpreter(self.row.packages)), *words]

    def environment(self) -> dict[str, str]:
        own = {"ERA_STARTS": str(self.starts)} if self.row.own else {}
        return {
            "HOME": str(self.folder),
            **self.filled(self.row.env),
            **own,
            MARK: self.mark,
            "PYTHONWARNINGS": "ignore",
        }

    def count(self) -> int:
        """How often it was started."""
        return len(self.starts.read_text(encoding="utf-8").splitlines()) if self.starts.exists() else 0


async def check(row: Row, transport: str, folder: Path, world: Mapping[str, str]) -> Cell:
    """Play one cell; never raises."""
    cell, place = Cell(row, transport), Place(row, transport, folder, world)
    for name, text in row.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    try:
        async with asyncio.timeout(4 * STEP_SECONDS), _reachable(place) as config:
            await _alone(cell, place, config)
            await _met(cell, place, config)
    except Exception as failed:  # noqa: BLE001 - a cell that breaks is a cell that failed, whatever broke it
        cell.wrong.append(f"{type(failed).__name__}: {failed}")
    left = _left(place.mark)
    cell.check(not left, f"{len(left)} of its processes are left")
    return cell


def _left(mark: str) -> list[int]:
    """The living processes that bear the mark; only Linux can say."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ") if sys.platform == "linux" else ():
        try:
            if f"{MARK}={mark}".encode() in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue  # it ended while we looked
    return found


@asynccontextmanager
async def _reachable(place: Place) -> AsyncIterator[dict[str, Any]]:
    """The settings with which it is declared; a server that is not on stdio runs meanwhile."""
    command, env = place.command(), place.environment()
    common = {"name": NAME, "external": False, "timeout_start": STEP_SECONDS, "timeout_connection": STEP_SECONDS}
    if place.transport == "stdio":
        yield {**common, "command": command[0], "args": command[1:], "env": env, "cwd": str(place.folder)}
        return
    process = await asyncio.create_subprocess_exec(
        *command,
        env={"PATH": os.environ["PATH"], **env, "PORT": str(_free_port())},
        cwd=place.folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    drain = None
    try:
        port = await asyncio.wait_for(_port(process), STEP_SECONDS)
        drain = asyncio.create_task(process.stdout.read(), name="output of a peer")
        scheme = "ws" if place.transport == "websocket" else "http"
        path = {"sse": "/sse", "websocket": "/ws"}.get(place.transport, "/mcp")
        yield {**common, "transport": place.transport, "url": f"{scheme}://127.0.0.1:{port}{path}"}
    finally:
        process.kill()
        await process.wait()
        if drain is not None:
            await drain


async def _port(process: asyncio.subprocess.Process) -> int:
    """The port that a server says it listens on."""
    said = b""
    while line := await process.stdout.readline():
        said += line
        if found := re.search(rb"\bport (\d+)", line, re.IGNORECASE):
            return int(found[1])
    raise RuntimeError(f"the server ended: {said.decode(errors='replace')[-500:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _start(servers: MCPServerManager) -> float:
    """Start it; the seconds that took."""
    began = time.perf_counter()
    if not await servers.start_server(NAME):
        raise RuntimeError(servers.status(NAME).error)
    return time.perf_counter() - began


async def _alone(cell: Cell, place: Place, config: dict[str, Any]) -> None:
    """How long a start takes when the era is told."""
    async with MCPServerManager({NAME: ServerConfig(**config, protocol="legacy")}, privacy=None) as servers:
        cell.own = await _start(servers)


async def _met(cell: Cell, place: Place, config: dict[str, Any]) -> None:
    """Everything else, by a manager that knows nothing of the server yet."""
    before = place.count()
    if "url" in config:
        config["transport"] = implied_by(config["url"])  # the address alone must do
    async with MCPServerManager({NAME: ServerConfig(**config)}, privacy=None) as servers:
        cell.first = await _start(servers)
        cell.protocol = servers.status(NAME).protocol
        expected = cell.row.speaks[cell.transport]
        cell.check(cell.protocol == expected, f"found {cell.protocol}, not {expected}")
        cell.check(cell.first - cell.own <= BEYOND_SECONDS, f"met {cell.first - cell.own:.1f} s after its own start")
        cell.check(place.count() - before <= 2, f"started {place.count() - before} times to be met")
        await _used(cell, place, servers)
        if cell.row.own:
            await _offered(cell, servers)
            await _watched(cell, servers)
        await servers.stop_server(NAME)
        before = place.count()
        cell.again = await _start(servers)
        cell.check(servers.status(NAME).protocol == expected, "another era was found at the second start")
        cell.check(cell.again - cell.own <= AGAIN_SECONDS, f"started again {cell.again - cell.own:.1f} s late")
        if place.transport == "stdio" and cell.row.own:
            cell.check(place.count() - before == 1, f"started {place.count() - before} times with the era remembered")
        await _used(cell, place, servers)


async def _used(cell: Cell, place: Place, servers: MCPServerManager) -> None:
    """It lists, answers, and says what went wrong."""
    row = cell.row
    tools = {tool.name for tool in await servers.list_tools(NAME)}
    cell.check(row.call[0] in tools, f"{row.call[0]} is not among its tools")
    result = await servers.call_tool(NAME, row.call[0], place.filled(row.call[1]))
    cell.check(result.success and row.says in result.text, f"{row.call[0]}: {result.error or result.text}")
    cell.check(result.route == f"mcp:{cell.transport}", f"carried by {result.route}")
    if row.fail is not None:
        failed = await servers.call_tool(NAME, row.fail[0], place.filled(row.fail[1]))
        cell.check(failed.code in {"tool_error", "invalid_arguments"}, f"{row.fail[0]} ended with {failed.code!r}")
    unknown = await servers.call_tool(NAME, "no_such_tool", {})
    cell.check(unknown.code == "not_found", f"an unknown tool ended with {unknown.code!r}")
    if "add" in tools:
        added = await servers.call_tool(NAME, "add", {"a": 2, "b": 3})
        cell.check(added.structured == {"sum": 5}, f"add answered {added.structured!r}")


async def _cancelled(cell: Cell, servers: MCPServerManager) -> None:
    """A slow call ends when it may not take longer; the server hears of it, and goes on."""
    late = await servers.call_tool(NAME, "slow", {"seconds": 3.0}, timeout=0.5)
    cell.check(late.code == "timeout", f"slow ended with {late.code!r}")
    after = await servers.call_tool(NAME, "cancelled", {})
    cell.check(after.text == "1", f"after a time-out: {after.text or after.error}")


async def _spared(cell: Cell, servers: MCPServerManager) -> None:
    """A server that would die of a cancellation is not told of it: the next call finds the same connection."""
    before = servers.status(NAME).uptime or 0.0
    late = await servers.call_tool(NAME, "slow", {"seconds": 1.5}, timeout=0.5)
    cell.check(late.code == "timeout", f"slow ended with {late.code!r}")
    after = await servers.call_tool(NAME, "cancelled", {})
    cell.check(after.text == "0", f"after a time-out: {after.text or after.error}")
    cell.check((servers.status(NAME).uptime or 0.0) > before, "its connection did not survive a time-out")


async def _offered(cell: Cell, servers: MCPServerManager) -> None:
    """Resources, prompts, progress, and a question to the user, where the SDK has them."""
    uris = [resource.uri for resource in await servers.list_resources(NAME)]
    cell.check(uris == ["era://note"], f"its resources are {uris}")
    note = await servers.read_resource(NAME, "era://note")
    cell.check(note.text == "a note", f"its resource says {note.text or note.error!r}")
    prompts = [prompt.name for prompt in await servers.list_prompts(NAME)]
    cell.check(prompts == ["greet"], f"its prompts are {prompts}")
    greeting = await servers.get_prompt(NAME, "greet", {"name": "Roxy"})
    cell.check("Greet Roxy" in greeting.text, f"its prompt says {greeting.text or greeting.error!r}")
    told: list[float] = []

    async def progressed(progress: float, _total: float | None, _message: str | None) -> None:
        told.append(progress)

    await servers.call_tool(NAME, "slow", {"seconds": 0.3}, on_progress=progressed)
    well = told and told[-1] > 0 and told == sorted(told)
    cell.check(well if cell.row.tells_progress else not told, f"its progress is {told}")
    if "ask" in {tool.name for tool in servers.get_tools(NAME)}:
        with answering(Person("Roxy")):
            asked = await servers.call_tool(NAME, "ask", {})
        cell.check(asked.text == "Roxy", f"asked for a name, it was given {asked.text or asked.error!r}")


async def _watched(cell: Cell, servers: MCPServerManager) -> None:
    """Calls that end early, and tools that come later."""
    await (_spared if cell.row.dies_of_cancel else _cancelled)(cell, servers)
    whole = await servers.call_tool(NAME, "slow", {"seconds": 0.1})
    cell.check(whole.success, f"slow: {whole.error}")
    await servers.call_tool(NAME, "grow", {})
    try:
        async with asyncio.timeout(20):
            await until(lambda: "grown" in {tool.name for tool in servers.get_tools(NAME)})
    except TimeoutError:
        cell.check(False, "a new tool was not seen")
