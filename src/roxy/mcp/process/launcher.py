"""Starts the process of a server and gives its pipes, its exit and its end; Roxy's side of `keeper`.

Order of events: the first server that is started brings the keeper program with it, the last one that has ended takes
it away again. `launched` makes the pipes, hands their other ends over, says what to start, and yields when it has
started. On leaving, everything that the server has started is ended. Roxy forks nothing but the keeper program: what a
fork of a process with threads may break is never broken, and no thread waits for a server's exit.
"""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self
from weakref import WeakKeyDictionary, WeakSet

from roxy.contracts.ids import new_id
from roxy.mcp.process.survivors import MARKER, send, survivors

EOF_GRACE, TERM_GRACE, KILL_GRACE = 1.5, 1.5, 1.0
"""Seconds that a server gets to leave after the end of its stdin, after TERM, and after KILL."""
_LATE = 0.5  # the keeper itself, on a machine with much else to do
_PAUSE = 0.01
_LIMIT = 1 << 18
_KEEPER = Path(__file__).with_name("keeper.py")


class StartError(Exception):
    """The process could not be started; `stage` is where: `cwd`, `command`, or `start` when the system refused."""

    def __init__(self, why: str, errno: int, stage: str) -> None:
        super().__init__(why)
        self.errno = errno
        """0 when it was no call of the system that failed."""
        self.stage = stage


@dataclass(frozen=True)
class Launched:
    """A process that runs, and Roxy's ends of its pipes."""

    pid: int
    stdin: asyncio.StreamWriter
    stdout: asyncio.StreamReader
    stderr: asyncio.StreamReader
    end_output: Callable[[], None]
    """Read no more of its stdout, also while somebody else holds the pipe open."""


@asynccontextmanager
async def launched(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: str | None, on_exit: Callable[[int | None], None]
) -> AsyncIterator[Launched]:
    """Run `argv` with exactly `env`; `on_exit` hears the exit code (negative: a signal), None when it is unknown.

    Raises `StartError`. On leaving: the end of its stdin, TERM, KILL, each after its grace, to all it has started.
    """
    run = new_id("run")
    async with AsyncExitStack() as stack:
        try:
            shared = await stack.enter_async_context(ready())
            pipes = stack.enter_context(_Pipes())
            stdin, stdout, stderr = await pipes.opened(stack)
            await shared.hand_over(pipes.theirs)
        except OSError as failed:
            raise StartError(failed.strerror or str(failed), failed.errno or 0, "start") from failed
        pipes.close_theirs()
        keeper = _Keeper(*await asyncio.open_connection(sock=pipes.control), on_exit)
        try:
            environment = {**env, MARKER: run}
            pid = await keeper.start({"argv": list(argv), "env": environment, "cwd": cwd, "run": run})
            yield Launched(pid, stdin, stdout, stderr, pipes.end_output)
        finally:
            stdin.close()
            await keeper.end(run)
            if stdin.transport.get_write_buffer_size():
                stdin.transport.abort()  # what a frozen server never read


class _Pipes:
    """The pipes of one server, both ends; raises `OSError` when there are no file descriptors left for them."""

    def __init__(self) -> None:
        with ExitStack() as stack:
            his_in, self._stdin = _pipe(stack, "wb")
            his_out, self._stdout = _pipe(stack, "rb")
            his_err, self._stderr = _pipe(stack, "rb")
            self.control, keepers = socket.socketpair()
            stack.callback(self.control.close)
            self._closing_theirs = stack.enter_context(ExitStack())
            self._closing_theirs.callback(keepers.close)
            for end in (his_in, his_out, his_err):
                self._closing_theirs.callback(os.close, end)
            self.theirs = [his_in, his_out, his_err, keepers.fileno()]
            self._closing = stack.pop_all()
        self._output: asyncio.ReadTransport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    async def opened(
        self, stack: AsyncExitStack
    ) -> tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader]:
        """Roxy's ends of stdin, stdout and stderr; `stack` closes them."""
        loop = asyncio.get_running_loop()
        pipe, protocol = await loop.connect_write_pipe(
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()), self._stdin
        )
        stack.callback(pipe.close)
        stdin = asyncio.StreamWriter(pipe, protocol, None, loop)
        stdout, self._output = await _reading(stack, self._stdout)
        stderr, _ = await _reading(stack, self._stderr)
        return stdin, stdout, stderr

    def end_output(self) -> None:
        """Read no more of its stdout."""
        if self._output is not None:
            self._output.close()

    def close_theirs(self) -> None:
        """Close the server's ends: now the keeper has them."""
        self._closing_theirs.close()


def _pipe(stack: ExitStack, mode: str) -> tuple[int, IO[bytes]]:
    """The server's end, and ours as a file that `mode` says."""
    read, write = os.pipe()
    theirs, ours = (read, write) if mode == "wb" else (write, read)
    try:
        return theirs, stack.enter_context(os.fdopen(ours, mode, buffering=0))
    except BaseException:
        os.close(theirs)
        raise


async def _reading(stack: AsyncExitStack, pipe: IO[bytes]) -> tuple[asyncio.StreamReader, asyncio.ReadTransport]:
    reader = asyncio.StreamReader(limit=_LIMIT)
    transport, _ = await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), pipe
    )
    stack.callback(transport.close)
    return reader, transport


class _Keeper:
    """Roxy's end of a keeper's control socket; a task reads what it tells."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, on_exit: Callable[[int | None], None]
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._on_exit = on_exit
        self._pid = 0
        self._left: int | None = None
        self._started: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen(), name="keeper")

    async def start(self, what: Mapping[str, Any]) -> int:
        """Have it started; returns the process id, raises `StartError`."""
        await self._tell(what)
        answer = await asyncio.shield(self._started)
        if "pid" not in answer:
            why = answer.get("error") or os.strerror(answer["errno"])
            raise StartError(why, answer.get("errno", 0), answer["stage"])
        self._pid = answer["pid"]
        return self._pid

    async def end(self, run: str) -> None:
        """Have the server and all it started ended; returns when that is so, or after the graces."""
        graces = (0.0, 0.0, KILL_GRACE) if _hurried.is_set() else (EOF_GRACE, TERM_GRACE, KILL_GRACE)
        try:
            await self._tell({"stop": graces})
            _ending.add(self)
            await asyncio.wait({self._listening}, timeout=sum(graces) + _LATE)
            _ending.discard(self)
            if self._left != 0:  # the keeper was killed, or has no time
                await _sweep(self._pid, run)
            self._listening.cancel()
            await asyncio.wait({self._listening})
        finally:  # also when whoever ends it has no time either: the end of this socket has the keeper kill them all
            self._listening.cancel()
            self._writer.transport.abort()

    def hurry(self) -> None:
        """What is being ended is killed now."""
        self._writer.write(b"\n")

    async def _tell(self, word: Mapping[str, Any]) -> None:
        self._writer.write(json.dumps(word).encode() + b"\n")
        with contextlib.suppress(OSError):  # the end of what it tells says so too
            await self._writer.drain()

    async def _listen(self) -> None:
        exited = False
        try:
            while line := await self._reader.readline():
                told = json.loads(line)
                if "exit" in told:
                    exited = True
                    self._on_exit(told["exit"])
                elif "left" in told:
                    self._left = told["left"]
                elif not self._started.done():
                    self._started.set_result(told)
        except OSError:
            pass  # as its end
        finally:
            if not self._started.done():
                self._started.set_result({"error": "its keeper has ended", "stage": "start"})
            if not exited:
                self._on_exit(None)


_ending: WeakSet[_Keeper] = WeakSet()
_hurried = threading.Event()


def hurry() -> None:
    """Roxy is to end now: no server gets time to leave any more, also those that are being ended."""
    _hurried.set()
    for keeper in list(_ending):
        keeper.hurry()


async def _sweep(group: int, run: str) -> None:
    """End what can be found without the keeper."""
    until = asyncio.get_running_loop().time() + KILL_GRACE
    while asyncio.get_running_loop().time() < until:
        try:
            left = await asyncio.to_thread(survivors, group, run)
        except RuntimeError:  # the interpreter is going down and takes no new threads
            left = survivors(group, run)
        if not left:
            return
        send(left, signal.SIGKILL)
        await asyncio.sleep(_PAUSE)


class _Program:
    """The keeper program of a loop: started by its first user, ended by its last."""

    def __init__(self) -> None:
        self.users = 0
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None

    async def hand_over(self, pipes: Sequence[int]) -> None:
        """Give it the pipes of a server, for which it makes a keeper. Raises `OSError`."""
        while True:
            try:
                socket.send_fds(self._running(), [b"\0"], pipes)
            except BlockingIOError:  # it has yet to take those before
                await asyncio.sleep(_PAUSE)
            except ConnectionError:  # somebody has killed it; another one is started
                await self.end()
            else:
                return

    async def end(self) -> None:
        """Take it away; servers that it has started are their keepers' business."""
        ours, self._socket = self._socket, None
        process, self._process = self._process, None
        if ours is None or process is None:
            return
        try:
            async with asyncio.timeout(_LATE):
                ours.shutdown(socket.SHUT_WR)
                await asyncio.get_running_loop().sock_recv(ours, 1)  # ends when it does
        except OSError:  # it has ended already, or has no time
            pass
        finally:
            ours.close()
            process.kill()
            process.wait()

    def _running(self) -> socket.socket:
        if self._socket is None:
            ours, theirs = socket.socketpair()
            with theirs:
                try:
                    self._process = subprocess.Popen(
                        [sys.executable, "-I", "-S", str(_KEEPER)],
                        stdin=theirs.fileno(),
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        env={},
                        start_new_session=True,
                    )
                except BaseException:
                    ours.close()
                    raise
            ours.setblocking(False)
            self._socket = ours
        return self._socket


_programs: WeakKeyDictionary[asyncio.AbstractEventLoop, _Program] = WeakKeyDictionary()


@asynccontextmanager
async def ready() -> AsyncIterator[_Program]:
    """Keep the keeper program of this loop at hand between two servers, once the first has needed it.

    To start it takes 20 ms, which is half of what the start of a small server takes.
    """
    program = _programs.setdefault(asyncio.get_running_loop(), _Program())
    program.users += 1
    try:
        yield program
    finally:
        program.users -= 1
        if not program.users:
            await program.end()
