"""Opening a connection: which transport and which protocol era, found out by trying.

The eras (specification 2026-07-28, "versioning"): a modern server answers `server/discover`; anything else, silence
included, means the `initialize` handshake of the legacy era. Old servers die of the probe, or are silent for ever; so a
stdio server that nothing is known of is started twice at the same time. The order of events is

1. `plan` lists the steps: for stdio auto the race, then legacy alone; for http streamable, then SSE;
2. in the race one process is probed and the other is greeted with `initialize` at once. An answer to the probe keeps
   the probed one; a refusal, its death, or silence for a while (`PROBE_SECONDS`) after the other was ready keeps the
   other, so that an old server is reached as fast as if one had known its era. The one that is not kept is ended;
3. when a step fails the next one follows;
4. what was found is remembered, so that the next start need not look for it, and forgotten when it no longer works.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

import mcp_types
from mcp import MCPError
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_MODERN_VERSION

from roxy.contracts.servers import ProtocolEra, ServerConfig, ServerTransport
from roxy.errors import ConfigError, ServerProtocolError
from roxy.mcp import faults
from roxy.mcp.attempt import Attempt, Surroundings, is_version_refusal
from roxy.mcp.known.manifest import Head
from roxy.mcp.wire.channel import FAULT

PROBE_SECONDS = (1.0, 1.5)
"""How long a silent probe may hold up a server that has answered the handshake, at least and at most."""
_PROBE_SHARE = 0.25
"""Of the time that the handshake took, start included: a slow server's two processes are ready further apart."""
_SOCKET_PROBE_SECONDS = 5.0
"""How long a probe over a WebSocket may be silent; then the handshake follows on the same socket."""
_NOT_HERE = set(range(400, 500)) - faults.ASKS_CREDENTIALS - {429}
"""HTTP statuses after which another transport is tried: the specification names 400, 404 and 405."""
_UNKNOWN_METHOD = {500, 501}
"""What careless servers answer to a request that they do not know, beside the errors of HTTP clients."""
_MODERN_ERRORS = {mcp_types.HEADER_MISMATCH, mcp_types.MISSING_REQUIRED_CLIENT_CAPABILITY}


@dataclass(frozen=True, slots=True)
class Step:
    """One way to open a connection. On stdio `era` AUTO is the race of two processes, elsewhere probe and handshake."""

    transport: ServerTransport
    era: ProtocolEra


RACE = Step(ServerTransport.STDIO, ProtocolEra.AUTO)


def plan(config: ServerConfig, remembered: Step | None) -> list[Step]:
    """The steps to try, in order; the last one's failure is the one that is told."""
    transport, era = ServerTransport(config.transport), ProtocolEra(config.protocol)
    steps = _steps(transport, era)
    return steps if remembered is None else [remembered, *(step for step in steps if step != remembered)]


def kept_step(head: Head | None) -> Step | None:
    """How a server was reached in an earlier run of Roxy, as its manifest tells; None when it does not."""
    if head is None or not head.transport:
        return None
    try:
        return Step(ServerTransport(head.transport), ProtocolEra(head.era))
    except ValueError:
        return None


def _steps(transport: ServerTransport, era: ProtocolEra) -> list[Step]:
    auto = era is ProtocolEra.AUTO
    if transport is ServerTransport.SSE and auto:
        return [Step(transport, ProtocolEra.LEGACY)]  # the modern era knows no SSE
    if transport in {ServerTransport.STDIO, ServerTransport.WEBSOCKET} and auto:
        return [Step(transport, era), Step(transport, ProtocolEra.LEGACY)]
    if transport is ServerTransport.HTTP and era is not ProtocolEra.MODERN:
        return [Step(transport, era), Step(ServerTransport.SSE, ProtocolEra.LEGACY)]
    return [Step(transport, era)]


class Opening:
    """Performs the steps for one connection; `close` ends every attempt that was begun."""

    def __init__(self, around: Surroundings) -> None:
        self.latest: Attempt | None = None
        """The attempt that was begun last, for telling why it failed."""
        self._around = around
        self._attempts: list[Attempt] = []
        self._closing: set[asyncio.Task[None]] = set()

    async def perform(self, step: Step) -> Attempt:
        """An attempt that has succeeded; what did not succeed is being ended meanwhile."""
        try:
            if step == RACE:
                kept = await self._race()
            else:
                kept = self._begun(step)
                await kept.open()
                await _shake_hands(kept, step, self._around.config)
        except BaseException:
            for attempt in list(self._attempts):
                attempt.stderr.release()
                self._end(attempt)
            raise
        for attempt in list(self._attempts):
            if attempt is not kept:
                self._end(attempt)
        kept.stderr.release()
        return kept

    def falls_back(self, step: Step, error: BaseException) -> bool:
        """Whether the failure of `step` is a reason to try the next one."""
        cause = faults.leaf(error)
        if isinstance(cause, ConfigError):
            return False
        if step.era is ProtocolEra.MODERN:  # remembered, and no longer true; if it merely died, it may die but once
            return isinstance(cause, ServerProtocolError)
        if step.transport is ServerTransport.HTTP:
            status = (self.latest.refusal if self.latest else None) or 0
            return isinstance(cause, MCPError) and status in _NOT_HERE
        if step.transport is ServerTransport.SSE:  # remembered, and no longer true
            return isinstance(cause, faults.Refused | ServerProtocolError)
        if step.transport is ServerTransport.WEBSOCKET:  # it died of the probe
            return isinstance(cause, MCPError) and cause.code == mcp_types.CONNECTION_CLOSED
        return step.transport is ServerTransport.STDIO

    async def close(self) -> None:
        """End all attempts; returns when nothing is left of them."""
        for attempt in list(self._attempts):
            self._end(attempt)
        if self._closing:
            await asyncio.wait(self._closing)

    def _begun(self, step: Step, *, held: bool = False) -> Attempt:
        legacy = step.era is ProtocolEra.LEGACY
        self.latest = Attempt(self._around, step.transport, legacy=legacy, held=held)
        self._attempts.append(self.latest)
        return self.latest

    def _end(self, attempt: Attempt) -> None:
        self._attempts.remove(attempt)
        task = asyncio.create_task(attempt.close(), name=f"end an attempt at {self._around.config.name}")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _race(self) -> Attempt:
        probed = self._begun(Step(ServerTransport.STDIO, ProtocolEra.MODERN), held=True)
        greeted = self._begun(Step(ServerTransport.STDIO, ProtocolEra.LEGACY), held=True)
        config, loop = self._around.config, asyncio.get_running_loop()
        began = loop.time()
        probing = asyncio.create_task(_open_and_probe(probed, config), name=f"probe {config.name}")
        greeting = asyncio.create_task(_open_and_greet(greeted), name=f"greet {config.name}")
        try:
            await asyncio.wait({probing, greeting}, return_when=asyncio.FIRST_COMPLETED)
            if greeting.done():
                # A server that refuses the handshake for its version is modern: then only the probe can succeed.
                refused = greeting.exception()
                patience = None if refused and is_version_refusal(refused) else _patience(loop.time() - began)
                await asyncio.wait({probing}, timeout=patience)
            if _is_modern(probing):
                return probed
            await asyncio.wait({greeting})
            if greeting.exception() is None:
                return greeted
            if probing.done() and probing.exception() is not None:
                await greeting  # both have failed: this one's failure is told
            await probed.greet()  # alive, and perhaps it does not bear a second process of its kind
            return probed
        finally:
            probing.cancel()
            greeting.cancel()
            await asyncio.wait({probing, greeting})


def _patience(taken: float) -> float:
    """For how long the probe is still waited for, when the handshake has taken so many seconds."""
    least, most = PROBE_SECONDS
    return min(max(_PROBE_SHARE * taken, least), most)


def _is_modern(probing: asyncio.Task[bool]) -> bool:
    """Whether the probe has found a modern server; raises what is neither that nor the server's refusal or death."""
    return probing.done() and not isinstance(probing.exception(), MCPError) and probing.result()


async def _open_and_probe(attempt: Attempt, config: ServerConfig) -> bool:
    await attempt.open()
    return await _probe(attempt, config)


async def _open_and_greet(attempt: Attempt) -> None:
    await attempt.open()
    await attempt.greet()


async def _shake_hands(attempt: Attempt, step: Step, config: ServerConfig) -> None:
    if step.era is not ProtocolEra.LEGACY and await _probe(attempt, config):
        return
    if step.era is ProtocolEra.MODERN:
        raise ServerProtocolError(
            f"The server {config.name} does not speak the modern protocol.",
            server=config.name,
            hint="Set its `protocol` to auto.",
        )
    try:
        await attempt.greet()
    except MCPError as refused:
        if step.era is ProtocolEra.LEGACY or not is_version_refusal(refused) or not await _probe(attempt, config):
            raise


async def _probe(attempt: Attempt, config: ServerConfig, *, again: bool = False) -> bool:
    """Whether the server speaks the modern era; raises when the refusal means that `initialize` would fail as well.

    A refusal that names a modern version of ours is modern: the specification wants the request repeated with it.
    """
    patience = _SOCKET_PROBE_SECONDS if attempt.transport is ServerTransport.WEBSOCKET else None
    try:
        async with asyncio.timeout(patience):
            return await attempt.probe() is not None
    except TimeoutError:
        return False
    except MCPError as refused:
        if not again and LATEST_MODERN_VERSION in _named_versions(refused):
            return await _probe(attempt, config, again=True)
        _check_refusal(refused, attempt, config)
        return False


def _check_refusal(error: MCPError, attempt: Attempt, config: ServerConfig) -> None:
    if error.code == FAULT and attempt.refusal in _NOT_HERE | _UNKNOWN_METHOD:
        return
    if error.code in {FAULT, mcp_types.CONNECTION_CLOSED} and _is_of_the_transport(error, attempt):
        raise error
    if error.code in _MODERN_ERRORS:
        raise faults.translated(error, config)
    supported = _named_versions(error)
    if supported and not any(version in HANDSHAKE_PROTOCOL_VERSIONS for version in supported):
        raise ServerProtocolError(
            f"The server {config.name} speaks only {', '.join(map(str, supported))}, "
            "which this version of Roxy does not.",
            server=config.name,
            hint="Update Roxy or the server.",
        )


def _named_versions(error: MCPError) -> list[Any]:
    """The versions that a server names which does not speak ours."""
    named = error.data.get("supported") if is_version_refusal(error) and isinstance(error.data, dict) else None
    return named if isinstance(named, list) else []


def _is_of_the_transport(error: MCPError, attempt: Attempt) -> bool:
    """A server may use the code of a closed connection for an error of its own."""
    return error.code == FAULT or attempt.ended.is_set()
