"""One connection to one server, owned by one task.

Order of events: `open` starts the owner task, which has the server reached (`opening`), tells that it is ready, waits
until somebody closes the connection or the server ends it, and has everything closed. All other tasks only send
requests, over Roxy's own dispatcher and as plain dicts. Whatever the SDK raises leaves here as an exception of
`roxy.errors`. A connection is used once: after its end a new one is made.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeVar

from mcp import MCPError

from roxy.contracts.servers import ProtocolEra, ServerConfig, ServerTransport
from roxy.errors import RoxyError, ServerDisconnected, ServerTimeout
from roxy.mcp import faults
from roxy.mcp.attempt import Attempt, Surroundings
from roxy.mcp.known.catalog import About
from roxy.mcp.offers.news import News, OnNews, tell
from roxy.mcp.opening import RACE, Opening, Step, plan
from roxy.mcp.transports.stdio import STOP_SECONDS
from roxy.mcp.wire.channel import FAULT
from roxy.mcp.wire.inputs import InputHandler
from roxy.mcp.wire.parsing import Parser
from roxy.mcp.wire.peer import PLAIN, Peer, RequestOptions
from roxy.mcp.wire.stderr import StderrLog
from roxy.mcp.wire.tolerance import Dropped, Item

# Without a handler, Python prints warnings of the SDK, tracebacks included, to the terminal of the person.
logging.getLogger("mcp").addHandler(logging.NullHandler())
logging.getLogger("client").addHandler(logging.NullHandler())

_OFFERS = ("tools", "resources", "prompts", "completions")
_CLOSE_SECONDS = STOP_SECONDS + 2.0
_FAILURES = (MCPError, RuntimeError, ValueError, OSError, ExceptionGroup)
_T = TypeVar("_T")


class Connection:
    """A connection; `ended` is set when it is over, `fault` then says why (None when it was closed on purpose).

    `remembered` holds how the server was reached last, by its name; `on_input` answers what the server asks of the
    user. Without one, nothing of the kind is offered to the server.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        services: Any = None,
        stderr: StderrLog,
        parser: Parser,
        remembered: MutableMapping[str, Step],
        on_news: OnNews,
        on_input: InputHandler | None = None,
    ) -> None:
        self.config = config
        self.ended = asyncio.Event()
        self.fault: RoxyError | None = None
        self.transport = ServerTransport(config.transport)
        self.protocol = ""
        self.offers: frozenset[str] = frozenset()
        """The capabilities that the server declared: `tools`, `resources`, `prompts`, `completions`."""
        self.since = time.monotonic()
        self._attempt: Attempt | None = None
        self._peer: Peer | None = None
        self._news: News | None = None
        self._over = asyncio.Event()
        self._ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._closing = False
        self._remembered = remembered
        self._on_news = on_news
        self._stderr = stderr
        self._dropped = Dropped(config.name)
        around = Surroundings(config, services, parser, stderr.feed, self._heard, on_input, self._dropped)
        self._opening = Opening(around)
        self._owner: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """The process id of a stdio server."""
        return self._attempt.child.pid if self._attempt and self._attempt.child else None

    @property
    def exit_code(self) -> int | None:
        """How the process of a stdio server ended; negative for a signal, None while it runs."""
        return self._attempt.child.exit_code if self._attempt and self._attempt.child else None

    @property
    def alive(self) -> bool:
        """Whether requests can be sent."""
        attempt = self._attempt
        return self._peer is not None and not self._over.is_set() and not (attempt and attempt.ended.is_set())

    @property
    def dropped(self) -> dict[str, int]:
        """How much of what the server sent was of no use, by kind (`tools`, `content`, `pages`, `messages`, …)."""
        strays = self._attempt.strays if self._attempt else 0
        return {**self._dropped, **({"messages": strays} if strays else {})}

    @property
    def about(self) -> About:
        """How the server was reached, and what it says of itself; only while it is connected."""
        if self._attempt is None:
            raise self._ended_error()
        session, found = self._attempt.session, self._remembered[self.config.name]
        info = session.server_info
        return About(
            transport=str(found.transport),
            era=str(found.era),
            protocol=self.protocol,
            name=info.name if info else "",
            version=info.version if info else "",
            instructions=session.instructions or "",
        )

    async def open(self, timeout: float) -> None:
        """Connect within `timeout` seconds; raises `ServerError` or `ConfigError`, and then nothing is left behind."""
        steps = plan(self.config, self._remembered.get(self.config.name))
        self._owner = asyncio.create_task(self._own(steps, timeout), name=f"mcp {self.config.name}")
        try:
            async with asyncio.timeout(timeout):
                await asyncio.shield(self._ready)
        except TimeoutError:
            await self.close()
            raise ServerTimeout(
                f"The server {self.config.name} did not answer within {timeout:g} s of its start.",
                server=self.config.name,
                hint=f"See: roxy mcp logs {self.config.name}. If it needs longer, raise `timeout_start`.",
            ) from None
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """End the connection, and the process of a stdio server with all it started; returns when nothing is left."""
        self._closing = True
        self._over.set()
        owner = self._owner
        if owner is None:
            return
        if not self._ready.done():
            owner.cancel()
        done, _ = await asyncio.wait({owner}, timeout=_CLOSE_SECONDS)
        if not done:
            owner.cancel()
            await asyncio.wait({owner}, timeout=_CLOSE_SECONDS)

    async def call_tool(
        self,
        tool: str,
        arguments: Mapping[str, Any],
        options: RequestOptions = PLAIN,
    ) -> Item:
        """Send one `tools/call` and return its result as a dict, in which `content` is a list of good blocks.

        The deadline is the caller's, its cancellation travels on. Raises `RoxyError`.
        """
        try:
            return await self._live().call_tool(tool, arguments, options)
        except _FAILURES as failed:
            raise self._translated(failed) from failed

    async def list_tools(self) -> list[Item]:
        """All tools the server lists now, page by page, as dicts; bad ones are left out."""
        return await self._told(self._live().list_items("tools"))

    async def list_more(self) -> dict[str, list[Item]]:
        """What it says that it has beside tools: `resources` and `templates`, `prompts`; as `list_tools` does."""
        kinds = {"resources": "resources", "templates": "resourceTemplates"} if "resources" in self.offers else {}
        kinds |= {"prompts": "prompts"} if "prompts" in self.offers else {}
        return {name: await self._told(self._live().list_items(kind)) for name, kind in kinds.items()}

    async def ask(self, work: Callable[[Peer], Awaitable[_T]]) -> _T:
        """Do `work` with the server; what it raises becomes a `RoxyError`."""
        return await self._told(work(self._live()))

    async def subscribe(self, uri: str) -> None:
        """Let `on_news` hear of changes of a resource, as long as the connection lasts."""
        self._live()
        await self._told(self._tidings().subscribe(uri))

    async def unsubscribe(self, uri: str) -> None:
        """Let it hear of them no longer."""
        self._live()
        await self._told(self._tidings().unsubscribe(uri))

    async def ping(self) -> None:
        """Ask for a sign of life: `ping` in the legacy era, `server/discover` in the modern one, which has no ping."""
        await self._told(self._live().sign_of_life())

    def _live(self) -> Peer:
        if self._peer is None or not self.alive:
            raise faults.Unsent(
                str(self.fault or f"The connection to the server {self.config.name} has ended."),
                server=self.config.name,
            )
        return self._peer

    def _tidings(self) -> News:
        if self._news is None:
            raise AssertionError("a connection that lives has its news")
        return self._news

    async def _own(self, steps: list[Step], timeout: float) -> None:
        try:
            reached = await self._reached(steps, timeout)
            if reached is not None:
                await self._serve(*reached)
        finally:
            self._peer = None
            self._over.set()
            await self._opening.close()
            self._stderr.close()
            if not self._ready.done():
                self._ready.set_exception(self.fault or self._ended_error())
                self._ready.exception()  # nobody may be waiting any more, and that is no error
            self.ended.set()

    async def _reached(self, steps: list[Step], timeout: float) -> tuple[Step, Attempt] | None:
        """The step that succeeded and its attempt; None when none did, and `fault` then says why."""
        failures: list[RoxyError] = []
        for step in steps:
            # The race is over as soon as one process can be spoken to; over the network silence proves nothing.
            may_be_wedged = step.transport is ServerTransport.STDIO and step not in {RACE, steps[-1]}
            try:
                async with asyncio.timeout(timeout / 2 if may_be_wedged else None):
                    return step, await self._opening.perform(step)
            except Exception as failed:  # noqa: BLE001 - the border to the SDK and to modules of users: anything may come, and is told by `_reason`
                failures.append(self._reason(failed))
                if not self._opening.falls_back(step, failed):
                    break
        self._over_with(self._telling(failures))
        return None

    def _telling(self, failures: list[RoxyError]) -> RoxyError:
        """The last failure, or the one before when SSE was tried in vain at the address of another transport."""
        last = failures[-1]
        vain = self.config.transport is ServerTransport.HTTP and len(failures) > 1 and faults.says_less(last)
        return failures[-2] if vain else last

    async def _serve(self, step: Step, attempt: Attempt) -> None:
        self._remembered[self.config.name] = _found(step, attempt)
        self.transport = step.transport
        self.protocol = attempt.protocol
        declared = attempt.session.server_capabilities
        self.offers = frozenset(name for name in _OFFERS if getattr(declared, name, None) is not None)
        self.since = time.monotonic()
        self._attempt = attempt
        self._peer = attempt.peer()
        self._news = News(self.config.name, attempt.session, self._peer, self._on_news)
        self._ready.set_result(None)
        waits = [asyncio.create_task(event.wait()) for event in (self._over, attempt.ended)]
        self._news.open()
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._peer = None
            for task in waits:
                task.cancel()
            await asyncio.wait(waits)
            await self._news.close()
        if not self._closing:
            self.fault = attempt.fault or self._ended_error()

    def _over_with(self, why: RoxyError) -> None:
        self._remembered.pop(self.config.name, None)
        if not (self._closing and self._ready.done()):
            self.fault = why

    def _reason(self, failed: BaseException) -> RoxyError:
        """Why a step has failed."""
        latest = self._opening.latest
        cause = faults.leaf(failed)
        if isinstance(cause, MCPError) and latest is not None and latest.refusal is not None:
            said = cause.message if cause.code == FAULT else f"HTTP status {latest.refusal}: {cause.message}"
            return faults.refused(self.config, latest.refusal, said)
        why = faults.translated(cause, self.config, latest.fault if latest else None)
        if isinstance(why, ServerDisconnected) and not isinstance(why, faults.Unsent):
            return faults.not_started(self.config, why, self._stderr.last)
        return why

    def _ended_error(self) -> RoxyError:
        return ServerDisconnected(f"The connection to the server {self.config.name} ended.", server=self.config.name)

    async def _told(self, request: Awaitable[_T]) -> _T:
        """What `request` gives, or its failure in Roxy's words."""
        try:
            return await request
        except _FAILURES as failed:
            raise self._translated(failed) from failed

    def _translated(self, failed: BaseException) -> RoxyError:
        attempt = self._attempt
        return faults.translated(failed, self.config, (attempt.fault if attempt else None) or self.fault)

    async def _heard(self, message: Any) -> None:
        tell(message, self._on_news)


def _found(step: Step, attempt: Attempt) -> Step:
    """`step` with the era that it found, so that the next start need not look for it."""
    return Step(step.transport, ProtocolEra.MODERN if attempt.modern else ProtocolEra.LEGACY)
