"""What may be called now: hops, the tools the declaration allows, calls in flight, and a circuit breaker per server.

The breaker opens after `breaker_after` time-outs in a row: for `breaker_pause` seconds calls fail at once instead of
waiting for their deadline; then it is half open: one call at a time is let through, until one is answered (it closes)
or times out (it opens again).
"""

import asyncio
import time
from collections.abc import Callable
from types import TracebackType

from roxy.contracts.servers import ServerConfig
from roxy.errors import Denied, LoopDetected, ServerNotRunning, ServerOverloaded, ServerUnavailable

MAX_HOPS = 8


def check_hops(hops: int, server: str) -> None:
    """Raise `LoopDetected` when a call has already passed through `MAX_HOPS` assistants."""
    if hops >= MAX_HOPS:
        raise LoopDetected(
            f"The call to the server {server} was stopped: it has passed through {hops} assistants.",
            server=server,
            hint="Servers that call each other in a ring must not.",
        )


def allows(config: ServerConfig, tool: str) -> bool:
    """Whether the declaration of the server lets `tool` be seen and called."""
    return tool not in config.disabled_tools and (config.enabled_tools is None or tool in config.enabled_tools)


def check_enabled(config: ServerConfig) -> None:
    """Raise `ServerNotRunning` when the server is switched off."""
    if not config.enabled:
        raise ServerNotRunning(
            f"The server {config.name} is disabled.",
            server=config.name,
            hint=f"Enable it with: roxy mcp {_enabling(config)}",
        )


def _enabling(config: ServerConfig) -> str:
    """The command that enables it where it is declared."""
    kind, _, name = config.where.partition(" ")
    return f"connectors enable {name}" if kind == "connector" else f"enable {config.name}"


def check_allowed(config: ServerConfig, tool: str) -> None:
    """Raise when the server or the tool is switched off."""
    check_enabled(config)
    if not allows(config, tool):
        raise Denied(
            f"The tool {config.name}.{tool} is switched off in the settings of the server.",
            hint=f"Change `enabled_tools` or `disabled_tools` of {config.name}.",
        )


class Gate:
    """Lets a bounded number of requests through to one server; the others wait in a bounded queue."""

    def __init__(self, config: ServerConfig, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._server = config.name
        self._breaker_after = config.breaker_after
        self._breaker_pause = config.breaker_pause
        self._clock = clock
        self._max_waiting = config.max_waiting
        self._slots = asyncio.Semaphore(config.max_in_flight)
        self.waiting = 0
        self._timeouts = 0
        self._opened_at: float | None = None
        self._trying = False
        self.in_flight = 0
        self.last_used = clock()
        self._present = 0
        self._quiet = asyncio.Event()
        self._quiet.set()

    def admitted(self) -> "_Admission":
        """Wait for a free slot; raises `ServerUnavailable` or `ServerOverloaded` at once instead of waiting in vain."""
        return _Admission(self)

    async def enter(self) -> bool:
        """Take a slot; returns whether this call is the one that tries an open circuit."""
        trial = self._check_circuit()
        self._trying = self._trying or trial
        self._present += 1
        self._quiet.clear()
        try:
            await self._wait()
        except BaseException:
            self._gone(trial=trial)
            raise
        self.in_flight += 1
        return trial

    def leave(self, *, trial: bool) -> None:
        """Give the slot back."""
        self.in_flight -= 1
        self.last_used = self._clock()
        self._slots.release()
        self._gone(trial=trial)

    def _gone(self, *, trial: bool) -> None:
        self._present -= 1
        if trial:
            self._trying = False
        if not self._present:
            self._quiet.set()

    async def _wait(self) -> None:
        if self._slots.locked():
            if self.waiting >= self._max_waiting:
                raise ServerOverloaded(
                    f"The server {self._server} is busy: {self.waiting} calls are waiting already.",
                    server=self._server,
                    hint="Try again in a moment; `max_in_flight` and `max_waiting` of the server bound them.",
                )
            self.waiting += 1
            try:
                await self._slots.acquire()
            finally:
                self.waiting -= 1
        else:
            await self._slots.acquire()

    @property
    def idle(self) -> bool:
        """Whether no call is under way and none waits."""
        return not self._present

    async def quiet(self) -> None:
        """Wait until no call is under way and none waits."""
        await self._quiet.wait()

    def answered(self) -> None:
        """The server gave some answer: the circuit closes."""
        self._timeouts = 0
        self._opened_at = None

    def timed_out(self) -> None:
        """The server gave no answer in time."""
        self._timeouts += 1
        if self._timeouts >= self._breaker_after:
            self._opened_at = self._clock()

    def _check_circuit(self) -> bool:
        """Whether this call is the one that tries an open circuit; raises when it has to stay away."""
        if self._opened_at is None:
            return False
        left = self._opened_at + self._breaker_pause - self._clock()
        if left > 0 or self._trying:
            when = f"in {left:.0f} s" if left > 0 else "when the call under way is answered"
            raise ServerUnavailable(
                f"The server {self._server} did not answer {self._timeouts} times in a row and is left alone for now.",
                server=self._server,
                hint=f"Calls go on {when}; to start it anew now: roxy mcp restart {self._server}",
            )
        return True


class _Admission:
    """A slot for as long as the context is open; a class, for every call pays for it."""

    __slots__ = ("_gate", "_trial")

    def __init__(self, gate: Gate) -> None:
        self._gate = gate
        self._trial = False

    async def __aenter__(self) -> None:
        self._trial = await self._gate.enter()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._gate.leave(trial=self._trial)
