"""`roxy mcp test`: what works with a server and what does not, step by step.

The order of events: its declaration, the variables it needs, its program, its start and the era, its tools, one
harmless call where it has such a tool, its health, and its stop, if it was started for this. The first step that fails
ends the test, save that what was started is stopped. Each step is told as soon as it has ended.
"""

import os
import shutil
import textwrap
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.mcp.statuses import UP
from roxy.cli.opening import here, with_roxy
from roxy.cli.terminal.waiting import waiting
from roxy.config.servers import load_servers
from roxy.contracts.calls import ToolInfo
from roxy.contracts.doors import Assistant
from roxy.contracts.servers import ServerConfig, ServerState, ServerStatus
from roxy.errors import ConfigError, NeedsInput, RoxyError, ServerNotFound

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_NAME_WIDTH = 13
_CALL_SECONDS = 10.0
_LAST_LINES = 5
_WAITING_FOR = {
    "start": "waiting for its first answer; a runner may be downloading it",
    "tools": "waiting for its list",
    "call": "waiting for the tool",
    "health": "waiting for a sign of life",
    "stop": "waiting for it to leave",
}
"""What is told of a step that takes a while."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step and how it ended; `ok` is None for one that there was no reason to take."""

    step: str
    ok: bool | None
    detail: str
    ms: float = 0.0
    next: str = ""
    """What to do now, after a failure."""


class _Skipped(Exception):  # noqa: N818 - what happened is the name
    """There was no reason to take the step; the argument says why."""


@app.command("test")
def try_server(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Say step by step what works with a server. Ends with 1 at the first step that fails.

    \b
    Examples:
      roxy mcp test github
      roxy mcp test github --json
    """

    async def run(roxy: Assistant) -> tuple[list[Step], ServerStatus | None]:
        steps = []
        async with waiting(quiet=as_json) as line:
            trial = Trial(roxy, server, line.say)
            async for step in trial.steps():
                steps.append(step)
                if not as_json:
                    with line.hidden():
                        _tell(step)
        return steps, trial.status

    steps, status = with_roxy(run)
    failed = next((step for step in steps if step.ok is False), None)
    if as_json:
        output.show(_document(server, steps, status), as_json=True, view=str)
    elif failed is None:
        output.line(f"{server} works.")
    else:
        _explain(server, failed, status)
    if failed is not None:
        raise typer.Exit(1)


class Trial:
    """A test of one server; `status` is what was last known of it, and `doing` hears what is waited for."""

    def __init__(self, roxy: Assistant, server: str, doing: Callable[[str], None]) -> None:
        self.status: ServerStatus | None = None
        self._roxy = roxy
        self._server = server
        self._doing = doing
        self._config: ServerConfig | None = None
        self._tools: Sequence[ToolInfo] = ()
        self._ran_before = False

    async def steps(self) -> AsyncIterator[Step]:
        """Take the steps; raises `ServerNotFound` when there is nothing to test."""
        going = True
        for name, act in self._acts():
            if not going and not (name == "stop" and self._started):
                continue
            self._doing(f"  {name:<{_NAME_WIDTH}}{_WAITING_FOR.get(name, '')}".rstrip())
            step = await _taken(name, act)
            self._doing("")
            yield step
            going = going and step.ok is not False

    @property
    def _started(self) -> bool:
        return not self._ran_before and self.status is not None and self.status.state is not ServerState.STOPPED

    def _acts(self) -> Sequence[tuple[str, Callable[[], Awaitable[str]]]]:
        return (
            ("declaration", self._declaration),
            ("variables", self._variables),
            ("program", self._program),
            ("start", self._start),
            ("protocol", self._protocol),
            ("tools", self._list),
            ("call", self._call),
            ("health", self._health),
            ("stop", self._stop),
        )

    async def _declaration(self) -> str:
        status = self.status = await self._roxy.server_status(self._server)
        self._ran_before = status.state in UP
        self._config = load_servers(here(), os.environ).get(self._server)
        if not status.enabled:
            raise RoxyError("It is disabled.", hint=f"Enable it: roxy mcp config set {self._server} enabled true")
        return status.where or "declared"

    async def _variables(self) -> str:
        missing = self.status.missing if self.status else ()
        if missing:
            names = ", ".join(missing)
            are = "is" if len(missing) == 1 else "are"
            raise RoxyError(f"{names} {are} not set.", hint=f"Set it before Roxy starts: export {missing[0]}=…")
        named = self._config.env if self._config else {}
        return f"{', '.join(named)} set" if named else "it needs none"

    async def _program(self) -> str:
        config = self._config
        if config is None or config.command is None:
            raise _Skipped(f"it is reached by {self.status.transport if self.status else 'another way'}")
        found = shutil.which(config.command, path=os.environ.get("PATH"))
        if found is None:
            raise RoxyError(
                f"The command `{config.command}` was not found on PATH.",
                hint=f"Install it, or: roxy mcp config set {self._server} command PATH",
            )
        return found

    async def _start(self) -> str:
        if self._ran_before:
            raise _Skipped("it runs already")
        status = self.status = await self._roxy.start_server(self._server)
        if status.state not in UP:
            raise _unwell(status)
        return f"process {status.pid}" if status.pid else f"connected by {status.transport}"

    async def _protocol(self) -> str:
        status = self.status = await self._roxy.server_status(self._server)
        return f"{status.protocol}, {status.era} era, {status.transport}"

    async def _list(self) -> str:
        self._tools = await self._roxy.list_tools(self._server, fresh=True)
        status = self.status = await self._roxy.server_status(self._server)
        dropped = status.dropped.get("tools", 0)
        bad = f"; {dropped} more were of no use and left out" if dropped else ""
        held = sum(tool.held for tool in self._tools)
        waits = f"; {held} held, see: roxy mcp diff {self._server}" if held else ""
        return f"{len(self._tools)} tool{'s' * (len(self._tools) != 1)}{waits}{bad}"

    async def _call(self) -> str:
        tool = min(filter(_is_harmless, self._tools), key=_arguments, default=None)
        if tool is None:
            raise _Skipped("no tool that only reads and needs no arguments")
        result = await self._roxy.call_tool(self._server, tool.name, {}, timeout=_CALL_SECONDS)
        if not result.success and result.code == NeedsInput.code:
            raise _Skipped(f"{tool.name} asks something back")
        if not result.success:
            hint = f"{result.next} Try it: roxy mcp call {self._server} {tool.name}".strip()
            raise RoxyError(f"{tool.name}: {result.why}", hint=hint)
        return f"{tool.name} answered"

    async def _health(self) -> str:
        status = self.status = await self._roxy.check_server(self._server)
        if status.state is not ServerState.RUNNING:
            raise _unwell(status)
        return "it gives a sign of life"

    async def _stop(self) -> str:
        if self._ran_before:
            raise _Skipped("it goes on running")
        status = self.status = await self._roxy.stop_server(self._server)
        if status.state is not ServerState.STOPPED:
            raise _unwell(status)
        return "nothing of it is left"


def _unwell(status: ServerStatus) -> RoxyError:
    return RoxyError(status.why or f"It is {status.state}.", hint=status.next)


async def _taken(name: str, act: Callable[[], Awaitable[str]]) -> Step:
    began = time.perf_counter()

    def ended(ok: bool | None, detail: str, hint: str = "") -> Step:
        return Step(name, ok, detail, round((time.perf_counter() - began) * 1000, 1), hint)

    try:
        return ended(True, await act())
    except _Skipped as why:
        return ended(None, str(why))
    except ServerNotFound:
        raise
    except RoxyError as failed:
        where = f"{failed.where}: " if isinstance(failed, ConfigError) and failed.where else ""
        return ended(False, f"{where}{failed.message}", failed.hint)


def _is_harmless(tool: ToolInfo) -> bool:
    return tool.read_only and not tool.held and not tool.input_schema.get("required")


def _arguments(tool: ToolInfo) -> int:
    return len(tool.input_schema.get("properties") or ())


def _tell(step: Step) -> None:
    good = output.mark(good=True)
    sign = output.Cell("-".ljust(len(good.text)), "dim") if step.ok is None else output.mark(good=step.ok)
    took = f"  {_time(step.ms)}" if step.ms >= 1 else ""
    detail = f"{step.step:<{_NAME_WIDTH}}{step.detail if step.ok is not False else 'failed'}"
    output.pieces(sign, " ", detail, output.Cell(took, "dim"))


def _time(ms: float) -> str:
    return f"{ms / 1000:.1f} s" if ms >= 1000 else f"{ms:.0f} ms"  # noqa: PLR2004 - a second


def _explain(server: str, failed: Step, status: ServerStatus | None) -> None:
    """Why the step failed, the last lines of stderr that may say more, and the next step."""
    output.line()
    output.line(textwrap.fill(failed.detail, output.width(), break_long_words=False, break_on_hyphens=False))
    if failed.next:
        output.line(failed.next)  # as it is: a command in it can be copied
    if failed.step in {"start", "tools", "call", "health"} and status is not None and status.stderr:
        output.line(f"The last it wrote to stderr (more: roxy mcp logs {server}):")
        once = [line for line, _ in groupby(status.stderr)]  # each attempt to start it says the same
        for line in once[-_LAST_LINES:]:
            output.line(f"  {line}")


def _document(server: str, steps: Sequence[Step], status: ServerStatus | None) -> Mapping[str, Any]:
    return {
        "server": server,
        "ok": all(step.ok is not False for step in steps),
        "transport": status.transport if status else "",
        "protocol": status.protocol if status else "",
        "era": status.era if status else "",
        "tools": status.tools if status else None,
        "ms": round(sum(step.ms for step in steps), 1),
        "steps": [asdict(step) for step in steps],
    }
