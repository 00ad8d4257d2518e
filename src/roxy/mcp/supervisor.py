"""Keeps one server as it should be: started once for all who wait, restarted when it dies, given up when that is vain.

Order of events: `start` or the first call begins the keeper, a task that connects, lists the tools, and waits for the
end of the connection. What ends is restarted by the policy of the declaration after a pause that doubles from 0.5 s to
30 s with jitter (8 s for a server over the network, which is only away); more than `max_starts` starts of a process in
`start_window` seconds mean `failed`. Everyone who needs the connection waits for the same attempt. `stop` ends the
keeper, and with it the connection; a call that comes meanwhile waits for that and starts it again.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from roxy.config.places import private_folder
from roxy.contracts.servers import ServerConfig, ServerState, ServerTransport
from roxy.errors import (
    ConfigError,
    RoxyError,
    ServerError,
    ServerNotRunning,
    ServerOverloaded,
    ServerUnavailable,
)
from roxy.mcp import health
from roxy.mcp.connection import Connection
from roxy.mcp.known.catalog import Catalog
from roxy.mcp.limits import Gate
from roxy.mcp.offers import news
from roxy.mcp.offers.cache import Cache
from roxy.mcp.offers.listing import Listing, OnTools
from roxy.mcp.offers.subscriptions import Subscriptions
from roxy.mcp.operations import restarting
from roxy.mcp.operations.figures import Figures, session_ended
from roxy.mcp.operations.room import Room
from roxy.mcp.process.starts import Starts
from roxy.mcp.questions.inquiry import Answerers, Inquiry
from roxy.mcp.reaching import Reaching
from roxy.mcp.states import CONNECTED, may_move
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.stderr import StderrLog
from roxy.observe import metrics

FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
LONGEST_NETWORK_PAUSE = 8.0
_STABLE_SECONDS = 10.0  # after so long a run, the next pause is the first one again
_STABLE_NETWORK_SECONDS = 5.0  # a server over the network has not crashed: it was away

S = ServerState


class Supervisor:
    """One server (or one session's variant of it). All methods may be called from any task of the loop."""

    def __init__(
        self,
        catalog: Catalog,
        changed: Callable[[], None],
        *,
        services: Any,
        parser: Parser,
        log_dir: Path | None,
        work_dir: Path | None,
        variant: str,
        answerers: Answerers,
        room: Room,
        redact: Callable[[str], str] | None = None,
        on_tools: OnTools | None = None,
    ) -> None:
        config = self.config = catalog.config
        self.state = S.STOPPED
        self.figures = Figures()
        self.restarts = 0
        self.connection: Connection | None = None
        self.protocol = ""
        self.offers: frozenset[str] = frozenset()
        """The capabilities that the server declared at its last start."""
        self.seconds_before = 0.0
        self.dropped: dict[str, int] = {}
        self.gate = Gate(config)
        self.catalog = catalog
        self.cache = Cache()
        self.subscriptions = Subscriptions(config.name)
        self.inquiry = Inquiry(config, answerers)
        self.parser = parser
        self.said: dict[str, frozenset[str]] = {}
        """What the server has listed last, by kind: words of its own, which may go to it as they are."""
        secrets = [*config.env.values(), *config.headers.values()]
        name = f"{config.name}@{variant}" if variant else config.name
        self.log = StderrLog(name, log_dir, secrets=secrets, redact=redact)
        self._error: RoxyError | None = None
        self._folder = work_dir / name if work_dir else None
        self._changed = changed
        # A module of everybody's costs nothing while it is idle, and may remember something.
        self._stays = config.auto_start or (config.transport is ServerTransport.MODULE and not variant)
        self._reaching = Reaching(self.catalog, services, parser, self.log, self._heard, self.inquiry)
        self._listing = Listing(config, self.catalog, on_tools)
        self._starts = Starts(config)
        self._room = room
        self._keeper: asyncio.Task[None] | None = None
        self._next: asyncio.Future[Connection] | None = None
        self._at_rest = asyncio.Event()
        self._at_rest.set()
        self.closing = False
        """Whether Roxy itself ends: then a stop is for good."""

    def redeclared(self, config: ServerConfig) -> None:
        """Go by another declaration, which differs in what each call goes by."""
        self.config = config
        self.catalog.redeclared(config)

    async def start(self) -> Connection:
        """Start by hand: forgets earlier failures. Raises the reason when it cannot be started."""
        if self.connection is not None and self.connection.alive:
            return self.connection
        if self.state in {S.BACKOFF, S.STOPPING}:
            await self.stop()
        self._starts.forget()
        self.gate.answered()
        if self.state is S.FAILED:
            self._move(S.STOPPED)
        return await self._wait()

    async def connected(self) -> Connection:
        """The connection, for a call: starts the server when it is not running, waits when it is being started."""
        connection = self.connection
        if connection is not None and connection.alive:
            return connection
        if self.state is S.FAILED:
            if isinstance(self.error, ConfigError):
                raise self.error.with_traceback(None)  # else every call would lengthen its traceback
            raise self._unavailable(self.error)
        if self.state is S.STOPPING:
            if self.closing:
                raise ServerNotRunning(f"The server {self.config.name} is being stopped.", server=self.config.name)
            await self._at_rest.wait()
            return await self.connected()
        return await self._wait()

    async def stop(self) -> None:
        """Stop it; returns when no process of it is left."""
        keeper = self._keeper
        if keeper is not None and not keeper.done():
            if self.state in {S.STOPPED, S.FAILED}:  # it has not begun yet
                keeper.cancel()
            elif self.state is not S.STOPPING:
                self._move(S.STOPPING)
                self._at_rest.clear()
                keeper.cancel()
            await asyncio.wait({keeper})
        if self._keeper is keeper:  # else it was started again meanwhile
            self._settle(self._was_stopped())
            self._move(S.STOPPED)
            self._at_rest.set()

    async def list_now(self) -> None:
        """Ask for the tools, unless the server said of the last list that it still holds."""
        connection = await self.connected()
        if not self._listing.holds:
            await self._listing.now(connection)

    async def relist(self) -> None:
        """Ask for the tools again, at most once in `RELIST_SECONDS`."""
        if self._listing.due:
            await self._listing.now(await self.connected())

    def degrade(self, error: RoxyError) -> None:
        """It runs, but a call or a check failed."""
        if self.state is S.RUNNING:
            self.error = error
            self._move(S.DEGRADED)

    def recover(self) -> None:
        """It answers."""
        if self.state is S.DEGRADED:
            self.error = None
            self._move(S.RUNNING)

    @property
    def error(self) -> RoxyError | None:
        """What is wrong with it now; what was wrong last stands in `figures`."""
        return self._error

    @error.setter
    def error(self, error: RoxyError | None) -> None:
        self._error = error
        if error is not None:
            self.figures.trouble(error)

    @property
    def name(self) -> str:
        """How people call it."""
        return self.config.name

    @property
    def idle_since(self) -> float | None:
        """Since when nobody has used it; None while somebody does, and for what does not run or should stay."""
        connection = self.connection
        if self._stays or connection is None or self.state not in CONNECTED or not self.gate.idle or self.subscriptions:
            return None
        return max(self.gate.last_used, connection.since)

    @property
    def uptime(self) -> float | None:
        """Seconds since the connection was made; None without one."""
        return time.monotonic() - self.connection.since if self.connection else None

    def _unavailable(self, last: RoxyError | None) -> ServerUnavailable:
        why, hint = (last.message, last.hint) if last else ("", "")
        return ServerUnavailable(
            f"The server {self.config.name} has failed too often: {why}",
            server=self.config.name,
            hint=f"{hint} To try again: roxy mcp start {self.config.name}".strip(),
        )

    async def _wait(self) -> Connection:
        if self._keeper is None or self._keeper.done():
            self._next = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(), name=f"keep {self.config.name}")
        # Shielded: a caller that gives up must not end the start that others wait for.
        return await asyncio.shield(self._upcoming())

    def _upcoming(self) -> asyncio.Future[Connection]:
        if self._next is None or self._next.done():
            self._next = asyncio.get_running_loop().create_future()
        return self._next

    async def _keep(self) -> None:
        pause = FIRST_PAUSE
        try:
            while True:
                try:
                    connection = await self._connection()
                except RoxyError as failed:
                    if not restarting.tries_again(self.config, failed, ran=self._reaching.once):
                        self._give_up(failed)
                        return
                    self._back_off(failed)
                    self._settle(failed)
                else:
                    began = time.monotonic()
                    await self._run(connection)
                    if time.monotonic() - began > self._stable_after:
                        pause = FIRST_PAUSE
                    if not restarting.restarts_after(self.config, connection):
                        self.error = connection.fault
                        self._move(S.STOPPED)
                        if self._next is None or self._next.done():
                            return
                        continue  # a call has come meanwhile
                    self.restarts += 1
                    metrics.server_restarted(self.config.name)
                    self._back_off(connection.fault)
                longest = LONGEST_NETWORK_PAUSE if self._remote else LONGEST_PAUSE
                await asyncio.sleep(min(longest, pause * random.uniform(1.0, 1.5)))  # noqa: S311 - jitter is no secret
                pause = min(longest, pause * 2)
        finally:
            self._settle(self._was_stopped())

    async def _connection(self) -> Connection:
        """Connect once; the tools are listed before anyone gets the connection."""
        self._starts.begin(self.error)
        self._move(S.STARTING)
        try:
            if self.config.transport is not ServerTransport.MODULE:  # which is no process of its own
                await self._room.enter(self)
            connection = await self._reaching.connect(self._placed())
        except ServerOverloaded:
            self._starts.undo()
            raise
        except BaseException:
            self._room.leave(self)
            raise
        self.connection = connection
        self.protocol = connection.protocol
        self.offers = connection.offers
        self.error = None
        try:
            await self._listing.now(connection, starting=True)
        except ServerError as failed:
            if not connection.alive:
                await self._closed(connection)
                raise
            self._move(S.RUNNING)
            self.degrade(failed)
        except BaseException:
            await self._closed(connection)
            raise
        else:
            self._move(S.RUNNING)
        self._listing.rest(connection)
        self.cache.drop()  # another run may offer something else
        self.subscriptions.renew(connection)
        future = self._upcoming()
        future.set_result(connection)
        return connection

    def _placed(self) -> ServerConfig:
        """The declaration, with a folder for a program that is given none; raises `ConfigError`."""
        if self._folder is None or self.config.cwd or self.config.transport is not ServerTransport.STDIO:
            return self.config
        return replace(self.config, cwd=str(private_folder(self._folder)))

    def _heard(self, method: str, uri: str) -> None:
        """The server tells of a change."""
        if method == news.TOOLS:
            self._listing.soon(self.connection)
        elif method == news.RESOURCE:
            self.cache.drop("resources/read", uri)
            self.subscriptions.changed(uri)
        elif method == news.PROMPTS:
            self.cache.drop("prompts/list")
        else:
            self.cache.drop("resources/list")
            self.cache.drop("resources/templates/list")

    async def _run(self, connection: Connection) -> None:
        """Return when the connection has ended, was idle for too long, or is ill beyond hope."""
        watch = asyncio.create_task(health.watch(connection, self.config, self.recover, self.degrade))
        ended = asyncio.create_task(connection.ended.wait())
        try:
            while not ended.done() and not watch.done():
                await asyncio.wait({ended, watch}, timeout=self._idle_left(), return_when=asyncio.FIRST_COMPLETED)
                if self._idle_left() == 0:
                    break
            if watch.done() and not ended.done():
                connection.fault = self.error
        finally:
            watch.cancel()
            ended.cancel()
            await self._closed(connection)

    async def _closed(self, connection: Connection) -> None:
        self.seconds_before += session_ended(connection)
        self._listing.end()
        self.subscriptions.pause()
        self.dropped = connection.dropped
        try:
            await connection.close()
        finally:
            self.connection = None
            self._room.leave(self)

    def _idle_left(self) -> float | None:
        """Seconds until it has been idle for too long; None when it may be idle for ever."""
        if self.config.idle_stop is None or self._stays:
            return None
        if self.gate.in_flight or self.subscriptions:  # who has subscribed waits for news
            return self.config.idle_stop
        return max(0.0, self.gate.last_used + self.config.idle_stop - time.monotonic())

    @property
    def _stable_after(self) -> float:
        return _STABLE_NETWORK_SECONDS if self._remote else _STABLE_SECONDS

    @property
    def _remote(self) -> bool:
        return self.config.transport not in {ServerTransport.STDIO, ServerTransport.MODULE}

    def _give_up(self, failed: RoxyError) -> None:
        vain = isinstance(failed, ServerUnavailable) or (isinstance(failed, ConfigError) and self.config.auto_start)
        if not isinstance(failed, ServerUnavailable):
            self.error = failed
        self._move(S.FAILED if vain else S.STOPPED)
        self._settle(failed)

    def _was_stopped(self) -> ServerNotRunning:
        return ServerNotRunning(f"The server {self.config.name} was stopped.", server=self.config.name)

    def _back_off(self, failed: RoxyError | None) -> None:
        self.error = failed
        self._move(S.BACKOFF)

    def _settle(self, failed: RoxyError) -> None:
        """Tell those who wait for the attempt that it failed; later ones wait for the next."""
        waiting, self._next = self._next, None
        if waiting is not None and not waiting.done():
            waiting.set_exception(failed)
            waiting.exception()  # it is no error that nobody waited

    def _move(self, state: ServerState) -> None:
        if state is self.state:
            return
        if not may_move(self.state, state):
            raise AssertionError(f"{self.config.name}: {self.state} -> {state} is no move of roxy.mcp.states")
        self.state = state
        with contextlib.suppress(RuntimeError):  # a listener's loop may be closed already
            self._changed()
