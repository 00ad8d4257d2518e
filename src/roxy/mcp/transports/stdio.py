"""A server as a child process: one JSON-RPC message a line on its stdin and stdout (specification, "stdio").

Order of events: `stdio_streams` starts the process as the leader of a session of its own, with an environment that
holds a few harmless variables and the declared ones; lines are read without copying them twice and are bounded; what is
not a message is skipped. On leaving: stdin is closed, then TERM, then KILL to everything the process has started, so
that within `STOP_SECONDS` nothing is left, whatever the server does; and `wire.guard` does so when Roxy was killed.
"""

import asyncio
import contextlib
import os
import signal
from asyncio.subprocess import SubprocessStreamProtocol
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Self

import anyio
import mcp_types
from mcp.client.stdio import get_default_environment
from mcp.shared.message import SessionMessage
from mcp_types import JSONRPCNotification

from roxy.config.network import network_environment
from roxy.contracts.ids import new_id
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError, MessageTooLarge, RoxyError, ServerDisconnected
from roxy.mcp.wire import processes
from roxy.mcp.wire.guard import guarded

STOP_SECONDS = 5.0
"""The longest that stopping may take: the sum of the three graces below, and the sweeps between them."""
_EOF_GRACE, _TERM_GRACE, _KILL_GRACE = 1.5, 1.5, 1.0
_POLL = 0.03
_DRAIN_AFTER_EXIT = 0.2  # what a process wrote just before it died is still in the pipe
_CHUNK = 1 << 18
_YIELD_EVERY = 32  # messages, so that a flood of them starves no other server
_GARBAGE_SHOWN = 10
_BOM = b"\xef\xbb\xbf"


@dataclass
class Child:
    """What others may know of the process: filled when it starts, `fault` when it ends by itself."""

    server: str
    on_stderr: Callable[[bytes], None]
    pid: int | None = None
    exit_code: int | None = None
    fault: RoxyError | None = None
    garbage: int = 0
    """Lines on stdout that were no messages."""
    exited: asyncio.Event = field(default_factory=asyncio.Event)

    def has_exited(self, code: int | None) -> None:
        """Keep how it ended; a fault that is known already is the reason, and the exit its consequence."""
        self.exit_code = code
        if self.fault is None:
            how = f"was ended by signal {-code}" if code is not None and code < 0 else f"exited with code {code}"
            hint = f"See: roxy mcp logs {self.server}"
            self.fault = ServerDisconnected(f"The server {self.server} {how}.", server=self.server, hint=hint)
        self.exited.set()


@asynccontextmanager
async def stdio_streams(config: ServerConfig, child: Child) -> AsyncIterator[tuple["_Lines", "_Writer"]]:
    """Start the process of `config`; yields its streams. Raises `ConfigError` when it cannot be started at all."""
    run = new_id("run")
    transport, protocol = await _spawn(config, child, run)
    child.pid = pid = transport.get_pid()
    stdout, stderr, stdin = protocol.stdout, protocol.stderr, protocol.stdin
    if stdout is None or stderr is None or stdin is None:  # cannot be: all three are asked for as pipes
        raise ServerDisconnected(f"The server {config.name} has no pipes.", server=config.name)
    lines = _Lines(config, child, stdout)
    pump = asyncio.create_task(_pump(stderr, child.on_stderr), name=f"stderr of {config.name}")
    watch = asyncio.create_task(_end_output(child, transport), name=f"exit of {config.name}")
    guard = AsyncExitStack()
    try:
        await guard.enter_async_context(guarded(pid))
        yield lines, _Writer(stdin)
    finally:
        drain = asyncio.create_task(lines.discard(), name=f"drain {config.name}")
        try:
            await _stop(child, stdin, run)
        finally:
            for task in (pump, watch, drain):
                task.cancel()
            await asyncio.gather(pump, watch, drain, return_exceptions=True)
            await guard.aclose()
            if stdin.transport.get_write_buffer_size():
                stdin.transport.abort()  # what a frozen server never read
            transport.close()


class _Protocol(SubprocessStreamProtocol):
    """Tells of the exit at once; asyncio's own `wait()` waits for the pipes too, which a grandchild may hold open."""

    def __init__(self, child: Child, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(limit=_CHUNK, loop=loop)
        self._child = child
        self._process: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._process = transport

    def process_exited(self) -> None:
        code = self._process.get_returncode() if isinstance(self._process, asyncio.SubprocessTransport) else None
        super().process_exited()
        self._child.has_exited(code)


async def _spawn(
    config: ServerConfig, child: Child, run: str
) -> tuple[asyncio.SubprocessTransport, SubprocessStreamProtocol]:
    loop = asyncio.get_running_loop()
    handed_on = {**get_default_environment(), **network_environment(os.environ)}
    environment = {**handed_on, **config.env, processes.MARKER: run}
    try:
        transport, protocol = await loop.subprocess_exec(
            lambda: _Protocol(child, loop),
            str(config.command),
            *config.args,
            env=environment,
            cwd=config.cwd,
            start_new_session=True,
        )
    except FileNotFoundError as missing:
        if config.cwd is not None and not os.path.isdir(config.cwd):  # noqa: PTH112, ASYNC240 - one stat, on failure
            raise ConfigError(
                f"The server {config.name} cannot be started: its folder {config.cwd} does not exist.",
                where=config.where,
                hint="Make the folder or change `cwd`.",
            ) from missing
        raise ConfigError(
            f"The server {config.name} cannot be started: the command {config.command!r} was not found.",
            where=config.where,
            hint=f"Install {config.command} or change `command`.",
        ) from missing
    except (OSError, ValueError) as wrong:
        raise ConfigError(
            f"The server {config.name} cannot be started: the command {config.command!r} cannot be run ({wrong}).",
            where=config.where,
            hint="Check `command`, `args` and `cwd`.",
        ) from wrong
    return transport, protocol


async def _pump(stderr: asyncio.StreamReader, sink: Callable[[bytes], None]) -> None:
    while chunk := await stderr.read(1 << 16):
        sink(chunk)
        await asyncio.sleep(0)


async def _end_output(child: Child, transport: asyncio.SubprocessTransport) -> None:
    """When the process has exited, end its output soon, also while a grandchild holds the pipe open."""
    await child.exited.wait()
    await asyncio.sleep(_DRAIN_AFTER_EXIT)
    stdout = transport.get_pipe_transport(1)
    if stdout is not None:
        stdout.close()


class _Lines:
    """The messages on stdout: an SDK read stream without a task of its own; its reader is the SDK's receive loop."""

    def __init__(self, config: ServerConfig, child: Child, stdout: asyncio.StreamReader) -> None:
        self._config = config
        self._child = child
        self._stdout = stdout
        self._chunk = b""
        self._begin = 0
        self._since_yield = 0
        self._over = False

    async def receive(self) -> SessionMessage | Exception:
        """The next message; raises `anyio.EndOfStream` at the end or after a line that is too long."""
        while True:
            self._since_yield += 1
            if self._since_yield >= _YIELD_EVERY:
                self._since_yield = 0
                await asyncio.sleep(0)
            line = await self._line()
            if line is None:
                raise anyio.EndOfStream
            message = self._parse(line)
            if message is not None:
                return message

    async def _line(self) -> bytes | None:
        parts: list[bytes] = []
        size = 0
        while not self._over:
            end = self._chunk.find(b"\n", self._begin)
            part = self._chunk[self._begin : end] if end >= 0 else self._chunk[self._begin :]
            size += len(part)
            if size > self._config.max_message_bytes:
                self._refuse()
                return None
            parts.append(part)
            if end >= 0:
                self._begin = end + 1
                return part if len(parts) == 1 else b"".join(parts)
            try:
                self._chunk, self._begin = b"", 0
                self._chunk = await self._stdout.read(_CHUNK)
            except asyncio.CancelledError:
                # The SDK may stop reading in the middle of a line and another client go on: put the part back.
                self._chunk = b"".join(parts)
                raise
            if not self._chunk:
                self._over = True
        return None

    def _refuse(self) -> None:
        limit = self._config.max_message_bytes
        self._child.fault = MessageTooLarge(
            f"The server {self._config.name} sent a message of more than {limit} bytes; the connection was ended.",
            server=self._config.name,
            hint="Ask the tool for less, or raise `max_message_bytes` of the server.",
        )
        self._over = True

    def _parse(self, line: bytes) -> SessionMessage | None:
        line = line.strip().removeprefix(_BOM)
        if not line:
            return None
        try:
            return SessionMessage(mcp_types.jsonrpc_message_adapter.validate_json(line, by_name=False))
        except ValueError:
            # A print() of the server, most often: worth a line in its log, but not ten thousand.
            self._child.garbage += 1
            if self._child.garbage <= _GARBAGE_SHOWN:
                self._child.on_stderr(b"[stdout, not a message] " + line[:200] + b"\n")
            return None

    async def discard(self) -> None:
        """Read the rest away, so that a server that still writes can come to its end."""
        with contextlib.suppress(OSError):
            while await self._stdout.read(_CHUNK):
                pass

    async def aclose(self) -> None:
        """Nothing to do: the process is ended by whoever started it."""

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> SessionMessage | Exception:
        try:
            return await self.receive()
        except anyio.EndOfStream:
            raise StopAsyncIteration from None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class _Writer:
    """Writes messages to stdin: an SDK write stream."""

    def __init__(self, stdin: asyncio.StreamWriter) -> None:
        self._stdin = stdin

    async def send(self, item: SessionMessage, /) -> None:
        """Write one message; raises `anyio.BrokenResourceError` when the process reads no more."""
        line = item.message.model_dump_json(by_alias=True, exclude_unset=True).encode() + b"\n"
        try:
            self._stdin.write(line)
            # A notification (a cancellation above all) must not wait for a server that has stopped reading.
            if not isinstance(item.message, JSONRPCNotification):
                await self._stdin.drain()
        except OSError as broken:
            raise anyio.BrokenResourceError from broken

    async def aclose(self) -> None:
        """Nothing to do: stdin is closed first thing when the process is stopped."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


async def _stop(child: Child, stdin: asyncio.StreamWriter, run: str) -> None:
    group = child.pid or 0
    stdin.close()
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_EOF_GRACE):
            await child.exited.wait()
    left = await _left(group, run)
    for sig, grace in ((signal.SIGTERM, _TERM_GRACE), (signal.SIGKILL, _KILL_GRACE)):
        until = asyncio.get_running_loop().time() + grace
        if left:
            processes.send(left, sig)
        while left and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(_POLL)
            left = await _left(group, run)
    with contextlib.suppress(TimeoutError):  # the loop learns of the exit a moment after the kernel
        async with asyncio.timeout(_KILL_GRACE):
            await child.exited.wait()


async def _left(group: int, run: str) -> set[int]:
    try:
        return await asyncio.to_thread(processes.survivors, group, run)
    except RuntimeError:  # the interpreter is going down and takes no new threads
        return processes.survivors(group, run)
