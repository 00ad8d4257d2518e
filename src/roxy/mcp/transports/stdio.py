"""A server as a child process: one JSON-RPC message a line on its stdin and stdout (specification, "stdio").

Order of events: `stdio_channel` starts the process as the leader of a session of its own, with an environment that
holds a few harmless variables and the declared ones; lines are read without copying them twice and are bounded; what is
not a message is skipped. On leaving: stdin is closed, then TERM, then KILL to everything the process has started, so
that within `STOP_SECONDS` nothing is left, whatever the server does. `process.keeper` does that, and does it also when
Roxy was killed.
"""

import asyncio
import contextlib
import errno
import os
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from mcp.client.stdio import get_default_environment

from roxy.config.network import network_environment
from roxy.contracts.servers import ServerConfig
from roxy.errors import ConfigError, MessageTooLarge, RoxyError, ServerDisconnected
from roxy.mcp import faults
from roxy.mcp.process import paths
from roxy.mcp.process.launcher import Launched, StartError, launched
from roxy.mcp.wire import framing
from roxy.mcp.wire.channel import ChannelEnded, Message
from roxy.mcp.wire.parsing import Parser

STOP_SECONDS = 5.0
"""The longest that stopping may take: the graces of `launcher`, and the sweeps between them."""
_DRAIN_AFTER_EXIT = 0.2  # what a process wrote just before it died is still in the pipe
_CHUNK = 1 << 18
_REST_SECONDS = 0.005
_WAITED_SECONDS = 0.0002  # reading what is there already takes less
_UNREAD_BYTES = 1 << 16
_MOST_UNREAD_BYTES = 1 << 20
_EXIT_SECONDS = 0.5
_GARBAGE_SHOWN = 10  # lines in a minute
_GARBAGE_LENGTH = 10_000  # bytes of each; the log cuts them where that is safe
_MINUTE = 60.0


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
async def stdio_channel(config: ServerConfig, child: Child, parser: Parser) -> AsyncIterator["StdioChannel"]:
    """Start the process of `config`; yields its channel. Raises `ConfigError` when it cannot be started at all."""
    async with AsyncExitStack() as stack:
        process = await _started(stack, config, child)
        child.pid = process.pid
        channel = StdioChannel(config, child, process.stdout, process.stdin, parser)
        pump = asyncio.create_task(_pump(process.stderr, child.on_stderr), name=f"stderr of {config.name}")
        watch = asyncio.create_task(_end_output(child, process), name=f"exit of {config.name}")
        try:
            yield channel
        finally:
            drain = asyncio.create_task(channel.discard(), name=f"drain {config.name}")
            try:
                await stack.aclose()
            finally:
                for task in (pump, watch, drain):
                    task.cancel()
                await asyncio.gather(pump, watch, drain, return_exceptions=True)


async def _started(stack: AsyncExitStack, config: ServerConfig, child: Child) -> Launched:
    handed_on = {**get_default_environment(), **network_environment(os.environ)}
    argv = [str(config.command), *config.args]
    running = launched(argv, env={**handed_on, **config.env}, cwd=config.cwd, on_exit=child.has_exited)
    try:
        return await stack.enter_async_context(running)
    except StartError as failed:
        raise _cannot_start(config, failed) from failed


def _cannot_start(config: ServerConfig, failed: StartError) -> RoxyError:
    what = f"The server {config.name} cannot be started:"
    if failed.stage == "start":
        return ServerDisconnected(
            f"{what} the system has no room for another process ({failed}).",
            server=config.name,
            hint="Stop other servers, or raise the limits of open files and processes (ulimit -n, ulimit -u).",
        )
    if failed.stage == "cwd":
        missing = failed.errno == errno.ENOENT
        why = "does not exist" if missing else f"cannot be entered ({failed})"
        return ConfigError(
            f"{what} its folder {config.cwd} {why}.", where=config.where, hint="Make it or change `cwd`."
        )
    if (lost := paths.astray(config)) and lost == config.command:
        return ConfigError(
            f"{what} there is no {lost} in {config.cwd or 'the folder of Roxy'}, where it starts.",
            where=config.where,
            hint=f"Give {lost} its whole path, or say in which folder the server starts: {paths.to_set_folder(config)}",
        )
    if failed.errno == errno.ENOENT:
        return ConfigError(
            f"{what} the command {config.command!r} was not found.",
            where=config.where,
            hint=f"Install {config.command} or change `command`.",
        )
    return ConfigError(
        f"{what} the command {config.command!r} cannot be run ({failed}).",
        where=config.where,
        hint="Check `command`, `args` and `cwd`.",
    )


async def _pump(stderr: asyncio.StreamReader, sink: Callable[[bytes], None]) -> None:
    while chunk := await stderr.read(1 << 16):
        sink(chunk)
        await asyncio.sleep(0)


async def _end_output(child: Child, process: Launched) -> None:
    """When the process has exited, end its output soon, also while a grandchild holds the pipe open."""
    await child.exited.wait()
    await asyncio.sleep(_DRAIN_AFTER_EXIT)
    process.end_output()


class StdioChannel:
    """The messages on stdin and stdout of a process (a `wire.channel.Channel`)."""

    def __init__(
        self,
        config: ServerConfig,
        child: Child,
        stdout: asyncio.StreamReader,
        stdin: asyncio.StreamWriter,
        parser: Parser,
    ) -> None:
        self._config = config
        self._child = child
        self._stdout = stdout
        self._stdin = stdin
        self._parser = parser
        self._loop = asyncio.get_running_loop()
        self._chunk = b""
        self._begin = 0
        self._batch: deque[Message] = deque()
        self._rest_at = 0.0
        self._over = False
        self._minute, self._shown = -_MINUTE, 0

    async def send(self, message: Message, *, headers: Mapping[str, str] | None = None) -> None:  # noqa: ARG002 - a pipe has no headers
        """Write one message. While the server reads nothing, a request waits, and what is no request is dropped."""
        line = framing.encoded(message)
        pipe = self._stdin.transport
        asks = "method" in message and "id" in message
        try:
            while asks and pipe.get_write_buffer_size() > _UNREAD_BYTES and not pipe.is_closing():
                await self._stdin.drain()
        except OSError as broken:
            raise self._ended() from broken
        if pipe.is_closing() or self._over:
            raise self._ended()
        if asks or pipe.get_write_buffer_size() <= _MOST_UNREAD_BYTES:
            self._stdin.write(line)

    async def receive(self) -> Message:
        """The next message; raises `ChannelEnded` at the end or after a line that is too long."""
        while not self._batch:
            if self._loop.time() > self._rest_at:  # a flood of one server must starve no other
                await asyncio.sleep(0)
                self._rest_at = self._loop.time() + _REST_SECONDS
            line = await self._line()
            if line is None:
                raise await self._end()
            self._batch.extend(await self._parsed(line))
        return self._batch.popleft()

    async def abandon(self, request_id: str | int) -> bool:  # noqa: ARG002 - a pipe knows of no requests
        """A pipe tells nobody anything by itself."""
        return False

    def speaks(self, protocol: str) -> None:
        """All revisions look the same on a pipe."""

    async def _line(self) -> bytes | bytearray | None:
        line: bytes | bytearray = b""
        while not self._over:
            end = self._chunk.find(b"\n", self._begin)
            part = self._chunk[self._begin : end if end >= 0 else None]
            if len(line) + len(part) > self._config.max_message_bytes:
                await self._read_away(bytes((line or part)[: framing.HEAD_BYTES]))
                return b""
            if not line:
                line = part
            elif isinstance(line, bytearray):
                line += part
            else:  # grown bit by bit from here on, for to join all parts at the end would take long at once
                line = bytearray(line + part)
            if end >= 0:
                self._begin = end + 1
                return line
            await self._more()
        return None

    async def _more(self) -> None:
        """Read the next chunk."""
        asked_at = self._loop.time()
        self._chunk, self._begin = await self._stdout.read(_CHUNK), 0
        if (now := self._loop.time()) - asked_at > _WAITED_SECONDS:
            self._rest_at = now + _REST_SECONDS  # it had its rest just now
        if not self._chunk:
            self._over = True

    async def _read_away(self, head: bytes) -> None:
        """Skip a line that is too long and end the request that it answers; end all when nobody knows whose it is."""
        limit, request_id, skipped = self._config.max_message_bytes, framing.answered(head), 0
        if request_id is None:
            self._refuse()
            return
        self._batch.append(framing.fault(request_id, "too_large", f"a message of more than {limit} bytes"))
        while (end := self._chunk.find(b"\n", self._begin)) < 0 and not self._over:
            skipped += len(self._chunk)
            if skipped > framing.SKIPPED_LIMITS * limit:
                self._child.fault = faults.endless(self._config)
                self._over = True
            else:
                await self._more()
        self._begin = end + 1

    def _refuse(self) -> None:
        limit = self._config.max_message_bytes
        self._child.fault = MessageTooLarge(
            f"The server {self._config.name} sent a message of more than {limit} bytes; the connection was ended.",
            server=self._config.name,
            hint="Ask the tool for less, or raise `max_message_bytes` of the server.",
        )
        self._over = True

    async def _parsed(self, line: bytes | bytearray) -> Iterable[Message]:
        """The messages of a line: one, none, or several (a batch of 2025-03-26)."""
        line = framing.stripped(line)
        try:
            value = await self._parser.parsed(line)
        except ValueError:
            return self._unreadable(line)
        return (value,) if isinstance(value, dict) else [item for item in value if isinstance(item, dict)]

    def _unreadable(self, line: bytes | bytearray) -> Iterable[Message]:
        """A `print()` of the server, most often: worth a line in its log, but not ten thousand."""
        if not line:
            return ()
        self._child.garbage += 1
        if (now := self._loop.time()) - self._minute >= _MINUTE:
            self._minute, self._shown = now, 0
        self._shown += 1
        if self._shown <= _GARBAGE_SHOWN:
            self._child.on_stderr(b"[stdout, not a message] " + line[:_GARBAGE_LENGTH] + b"\n")
        answers = framing.claimed(line)
        return () if answers is None else (framing.fault(answers, "unreadable", "an answer that is no valid JSON"),)

    async def _end(self) -> ChannelEnded:
        """The end, with what is known of it: the loop learns of an exit a moment after the end of the output."""
        self._over = True
        if self._child.fault is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EXIT_SECONDS):
                    await self._child.exited.wait()
        return self._ended()

    def _ended(self) -> ChannelEnded:
        name = self._config.name
        return ChannelEnded(f"The server {name} has closed its output.", server=name, fault=self._child.fault)

    async def discard(self) -> None:
        """Read the rest away, so that a server that still writes can come to its end."""
        self._over = True
        with contextlib.suppress(OSError):
            while await self._stdout.read(_CHUNK):
                pass
