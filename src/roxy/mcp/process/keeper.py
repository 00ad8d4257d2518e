"""Starts servers, each below a process that loses nothing of what its server starts; a program of its own.

Run as a file, never imported: it needs the standard library alone, and little of that. Order of events: Roxy starts
this program once for all servers that run at a time. For each set of pipes that comes in on stdin (a unix socket) it
forks a *keeper*, which learns on its control socket what to start, starts that as the leader of a session, and tells
the process id and later how the server exited. On the word `stop`, and when Roxy is gone however that came about, it
ends the server and all that the server has started.

A keeper is a subreaper (Linux): what a server's child leaves behind becomes a child of the keeper, whatever session it
is in and whatever environment it has, and so is found. Elsewhere its session and the marker in its environment tell.
Forking is safe here and would not be in Roxy: this program has one thread and no locks. There is no shell anywhere.
"""

import contextlib
import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

PIPES = 4
"""What comes in for a server: its stdin, stdout and stderr, and the control socket of its keeper."""
_ORPHANED = (0.0, 1.0, 1.0)  # Roxy is gone: a second for a server that still has something to write
_POLL = 0.03
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_system = ctypes.CDLL(None)  # once, before all forks
_IGNORED = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)


def main() -> None:
    """Fork a keeper for each set of pipes, until Roxy closes its end; then wait for the keepers."""
    # Whoever ends Roxy's whole group must not end what cleans up behind it. Handlers, for a server would inherit
    # that a signal is ignored, but not that it is handled.
    for number in _IGNORED:
        signal.signal(number, _nothing)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel itself removes keepers that have ended
    gc.disable()
    source = socket.socket(fileno=0)
    while True:
        word, pipes, _, _ = socket.recv_fds(source, 1, PIPES)
        if not word:
            break
        with contextlib.suppress(OSError):  # no more processes: Roxy learns of it by the end of the control socket
            if len(pipes) == PIPES and os.fork() == 0:
                source.close()
                Keeper(pipes[:3], socket.socket(fileno=pipes[3])).keep()
        for pipe in pipes:
            os.close(pipe)
    with contextlib.suppress(ChildProcessError):
        os.wait()
    os._exit(0)


class Keeper:
    """The parent of one server."""

    def __init__(self, pipes: list[int], control: socket.socket) -> None:
        self._pipes = pipes
        self._control = control
        self._server = 0
        self._exited = False
        self._heard = [control.fileno()]
        self._hurried = False
        self._words = b""
        self._run = ""
        self._alarm, ring = os.pipe()
        os.set_blocking(self._alarm, False)
        os.set_blocking(ring, False)
        signal.signal(signal.SIGCHLD, _nothing)
        signal.set_wakeup_fd(ring)
        self._adopts = _prctl(_PR_SET_CHILD_SUBREAPER, 1)

    def keep(self) -> NoReturn:
        """Start the server, wait until all is to end, end it; never returns."""
        graces: Any = _ORPHANED
        try:
            asked = self._word()
            if asked is not None:
                self._run = asked["run"]
                self._server = self._start(asked)
                self._tell({"pid": self._server})
                for pipe in self._pipes:
                    os.close(pipe)
                told = self._word()
                if told is not None:
                    graces = told["stop"]
        except _StartError as failed:
            self._tell(failed.why)
            self._exited = True
        self._stop(*graces)
        self._tell({"left": len(self._left())})
        os._exit(0)

    def _word(self) -> Any:
        """The next line from Roxy; None when Roxy is gone. Tells meanwhile of the server's exit."""
        while b"\n" not in self._words:
            ready, _, _ = select.select([self._control.fileno(), self._alarm], [], [])
            if self._alarm in ready:
                self._reap()
            if self._control.fileno() in ready:
                try:
                    chunk = self._control.recv(1 << 16)
                except OSError:
                    chunk = b""
                if not chunk:
                    self._heard.clear()
                    return None
                self._words += chunk
        line, _, self._words = self._words.partition(b"\n")
        return json.loads(line)

    def _tell(self, word: dict[str, Any]) -> None:
        with contextlib.suppress(OSError):  # Roxy is gone, or will learn of the end
            self._control.sendall(json.dumps(word).encode() + b"\n")

    def _start(self, asked: dict[str, Any]) -> int:
        told, tell = os.pipe()  # closed by a successful exec
        server = os.fork()
        if server == 0:
            _become(asked, self._pipes, tell)
        os.close(tell)
        with open(told, "rb") as answer:
            why = answer.read()
        if why:
            raise _StartError(json.loads(why))
        return server

    def _reap(self) -> bool:
        """Take note of children that have ended; returns whether there are others."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._alarm, 1 << 10)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return False
            if not pid:
                return True
            if pid == self._server:
                self._exited = True
                self._tell({"exit": os.waitstatus_to_exitcode(status)})

    def _stop(self, eof: float, term: float, kill: float) -> None:
        """Wait for the server to leave by itself, then TERM, then KILL to all that is left; the times are seconds.

        Whatever Roxy says meanwhile means that there is no more time, and so does its own end.
        """
        self._hurried = bool(self._words)
        self._wait(eof, lambda: not (self._exited or self._hurried))
        for number, grace in ((signal.SIGTERM, term), (signal.SIGKILL, kill)):
            for pid in self._left():
                _signal(pid, number)
            self._wait(grace, partial(self._any_left, number))

    def _wait(self, seconds: float, condition: Callable[[], bool]) -> None:
        until = time.monotonic() + seconds
        self._reap()
        while condition() and time.monotonic() < until:
            ready, _, _ = select.select([self._alarm, *self._heard], [], [], _POLL)
            if self._control.fileno() in ready:
                self._heard.clear()
                self._hurried = True
            self._reap()

    def _any_left(self, number: int) -> bool:
        left = self._left()
        if number == signal.SIGKILL:  # what was forked between looking and killing
            for pid in left:
                _signal(pid, number)
        return bool(left) and (number == signal.SIGKILL or not self._hurried)

    def _left(self) -> set[int]:
        if self._adopts:
            return _descendants(os.getpid()) if self._reap() else set()
        # Only here: it loads more of the standard library than a keeper should need.
        sys.path.append(os.path.dirname(os.path.abspath(__file__)))
        from survivors import survivors  # type: ignore[import-not-found] # noqa: PLC0415 - see above; a neighbour

        found: set[int] = survivors(self._server, self._run)
        return found


class _StartError(Exception):
    def __init__(self, why: dict[str, Any]) -> None:
        super().__init__()
        self.why = why


def _become(asked: dict[str, Any], pipes: list[int], tell: int) -> NoReturn:
    """Turn this process into the server; `tell` takes the reason when that is not possible."""
    stage = "start"
    try:
        os.setsid()
        _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)  # should the keeper be killed, which nothing else would notice
        for target, pipe in enumerate(pipes):
            os.dup2(pipe, target)
        os.closerange(len(pipes), tell)
        os.closerange(tell + 1, os.sysconf("SC_OPEN_MAX"))
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        stage = "cwd"
        if asked["cwd"] is not None:
            os.chdir(asked["cwd"])
        stage = "command"
        os.execvpe(asked["argv"][0], asked["argv"], asked["env"])  # noqa: S606 - without a shell is the point
    except OSError as failed:
        os.write(tell, json.dumps({"errno": failed.errno, "stage": stage}).encode())
    except ValueError as failed:  # a NUL in an argument
        os.write(tell, json.dumps({"error": str(failed), "stage": stage}).encode())
    finally:
        os._exit(127)


def _descendants(root: int) -> set[int]:
    """The living processes below `root`, from /proc; a zombie has no children and counts as gone."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                with open(f"/proc/{name}/stat", "rb") as stat:
                    # pid (comm) state ppid …: comm may hold anything, so split after its last bracket
                    state, parent = stat.read().rpartition(b")")[2].split(None, 2)[:2]
            except (OSError, ValueError):  # gone meanwhile
                continue
            if state not in b"ZX":
                children.setdefault(int(parent), []).append(int(name))
    found: set[int] = set()
    unseen = [root]
    while unseen:
        below = children.get(unseen.pop(), ())
        found.update(below)
        unseen.extend(below)
    return found


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):  # gone meanwhile, or it has become another user's
        os.kill(pid, number)


def _prctl(option: int, value: int) -> bool:
    """Whether this system has the option; others than Linux have none."""
    if not sys.platform.startswith("linux"):
        return False
    return bool(_system.prctl(option, value, 0, 0, 0) == 0)


def _nothing(*_: object) -> None:
    """Handle a signal by doing nothing."""


if __name__ == "__main__":
    main()
