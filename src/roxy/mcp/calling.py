"""The one path of a tool call, from the caller's arguments to the caller's result.

`_perform` is the policy, in order: may it be called at all, is there room, where is the server, what may leave, send it
(again, where that is safe), what comes back. Redaction stands outside the retries, so that every attempt carries the
same pseudonyms, and inside the timer, so that its cost is seen. Everything that happens ends in a result and in one
event; the event holds the redacted arguments, or none.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from roxy.contracts.calls import Code, ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import Decision, PrivacyGuard, Zone
from roxy.errors import PrivacyBlocked, RoxyError, ServerError, ServerTimeout
from roxy.mcp import limits, results, retry
from roxy.mcp.supervisor import Supervisor
from roxy.observe import metrics, trace


@dataclass(slots=True)
class Figures:
    """What the manager counts; `seconds` is the sum of the wall times of all calls."""

    called: int = 0
    succeeded: int = 0
    failed: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class Trail:
    """What is learned on the way of one call."""

    deadline: asyncio.Timeout
    retries: int
    backoff: float
    hops: int = 0
    correlation_id: str | None = None
    route: str = ""
    protocol: str = ""
    attempts: int = 0
    recorded: Any = None
    """The arguments as they may be recorded; None when they may not."""
    decision: Decision | None = None


class Caller:
    """Performs calls; holds what all of them share."""

    def __init__(self, *, privacy: PrivacyGuard | None, events: EventSink | None) -> None:
        self.figures = Figures()
        self._privacy = privacy
        self._events = events
        self._recording: set[asyncio.Task[None]] = set()

    async def call(
        self, call: ToolCall, server: Supervisor, *, retries: int, backoff: float, hops: int = 0
    ) -> ToolCallResult:
        """Perform `call`; returns a result whatever happens, save that the cancellation of the caller goes on."""
        began = time.perf_counter()
        deadline = asyncio.timeout(self._allowance(call, server))
        trail = Trail(deadline, retries, backoff, hops, trace.current().correlation_id)
        result = ToolCallResult(success=False, code=Code.CANCELLED, server=call.server, tool=call.tool)
        try:
            async with trail.deadline:
                result = await self._perform(call, server, trail)
        except TimeoutError:
            error = self._timed_out(call, server, trail)
            result = results.from_error(call, error)
        except Exception as failed:  # noqa: BLE001 - the border where exceptions become results
            result = results.from_error(call, await self._readable(failed, call, server))
        finally:
            result = replace(
                result,
                latency_ms=(time.perf_counter() - began) * 1000,
                attempts=trail.attempts,
                route=trail.route or f"mcp:{server.config.transport}",
                redactions=len(trail.decision.redactions) if trail.decision else 0,
            )
            self._account(call, server, trail, result)
        return result

    async def close(self) -> None:
        """Wait for the events that are still being redacted."""
        if self._recording:
            await asyncio.wait(self._recording)

    async def _perform(self, call: ToolCall, server: Supervisor, trail: Trail) -> ToolCallResult:
        limits.check_hops(trail.hops, call.server)
        limits.check_allowed(server.config, call.tool)
        async with server.gate.admitted():
            tool = await self._located(call, server, trail)
            if server.config.strict and (wrong := results.misfit(call, tool)) is not None:
                raise wrong
            arguments = await self._outgoing(call, server, tool, trail)
            send = partial(self._attempt, call, server, arguments, trail)
            may_repeat = partial(_may_repeat, call, tool)
            answer = await retry.run(send, may_repeat, retries=trail.retries, backoff=trail.backoff)
            server.gate.answered()
            server.recover()
            if server.config.strict and (ill := results.unfit(call, tool, answer)) is not None:
                raise ill
            return await self._incoming(call, server, tool, answer)

    async def _located(self, call: ToolCall, server: Supervisor, trail: Trail) -> ToolInfo | None:
        """The tool as it was listed: its schema guides the redaction. Starts the server; the retries come later."""
        if server.connection is None or not server.connection.alive:
            may_repeat = partial(_may_repeat, call, None)
            await retry.run(server.connected, may_repeat, retries=trail.retries, backoff=trail.backoff)
            if call.timeout is None:  # the time for starting was extra
                trail.deadline.reschedule(asyncio.get_running_loop().time() + server.config.timeout_request)
        tool = server.catalog.find(call.tool)
        if tool is None:
            await server.relist()
            tool = server.catalog.find(call.tool)
            if tool is None and server.catalog.tools():  # a server that lists nothing may still know it
                raise server.catalog.no_such_tool(call.tool)
        return tool

    async def _attempt(
        self, call: ToolCall, server: Supervisor, arguments: Mapping[str, Any], trail: Trail
    ) -> Mapping[str, Any]:
        connection = await server.connected()
        trail.attempts += 1
        trail.route = f"mcp:{connection.transport}"
        trail.protocol = connection.protocol
        return await connection.call_tool(call.tool, arguments, {limits.HOPS_KEY: trail.hops + 1})

    async def _outgoing(
        self, call: ToolCall, server: Supervisor, tool: ToolInfo | None, trail: Trail
    ) -> Mapping[str, Any]:
        if self._privacy is None or not server.config.external:
            return call.arguments
        out = await self._privacy.outgoing(
            call.arguments,
            destination=call.server,
            tool=call.tool,
            schema=tool.input_schema if tool else None,
            session_id=call.session_id,
        )
        trail.decision = out.decision
        if out.decision.blocked:
            raise PrivacyBlocked(out.decision.reason or f"The call to {call.server}.{call.tool} may not leave.")
        trail.recorded = out.payload
        arguments: Mapping[str, Any] = out.payload
        return arguments

    async def _incoming(
        self, call: ToolCall, server: Supervisor, tool: ToolInfo | None, answer: Mapping[str, Any]
    ) -> ToolCallResult:
        parts = results.parts(answer)
        if self._privacy is not None and server.config.external:
            parts = await self._privacy.incoming(parts, source=call.server, zone=Zone.USER, session_id=call.session_id)
        failed = bool(answer.get("isError"))
        if failed and (wrong := results.misfit(call, tool)) is not None:
            return replace(results.built(call, parts, failed=True), error=str(wrong), code=Code.INVALID_ARGUMENTS)
        return results.built(call, parts, failed=failed)

    async def _readable(self, failed: Exception, call: ToolCall, server: Supervisor) -> Exception:
        """What a server says in an error may hold pseudonyms, as what it says in an answer."""
        if not isinstance(failed, ServerError) or self._privacy is None or not server.config.external:
            return failed
        try:
            failed.message = await self._privacy.incoming(
                failed.message, source=call.server, zone=Zone.USER, session_id=call.session_id
            )
        except RoxyError as unreadable:
            return unreadable
        return failed

    def _allowance(self, call: ToolCall, server: Supervisor) -> float:
        """Seconds for the whole call; without a caller's own deadline, starting the server has its time besides."""
        if call.timeout is not None:
            return call.timeout
        starting = 0.0 if server.connection is not None else server.config.timeout_start
        return server.config.timeout_request + starting

    def _timed_out(self, call: ToolCall, server: Supervisor, trail: Trail) -> ServerTimeout:
        if not trail.attempts:
            return ServerTimeout(
                f"The server {call.server} was not ready in time for the call of {call.tool}.",
                server=call.server,
                hint=f"See: roxy mcp status {call.server}",
            )
        seconds = call.timeout if call.timeout is not None else server.config.timeout_request
        error = ServerTimeout(
            f"The tool {call.server}.{call.tool} did not answer within {seconds:g} s.",
            server=call.server,
            hint="If it needs longer, give a longer time-out; what it was asked may still have been done.",
        )
        server.gate.timed_out()
        server.degrade(error)
        return error

    def _account(self, call: ToolCall, server: Supervisor, trail: Trail, result: ToolCallResult) -> None:
        metrics.tool_called(
            call.server,
            call.tool,
            transport=result.route.removeprefix("mcp:"),
            protocol=trail.protocol,
            seconds=result.latency_ms / 1000,
            error_type=str(result.code),
        )
        for kind, count in trail.decision.counts().items() if trail.decision else ():
            metrics.redacted(kind, count)
        self.figures.called += 1
        self.figures.seconds += result.latency_ms / 1000
        if result.success:
            self.figures.succeeded += 1
        else:
            self.figures.failed += 1
        if self._events is None:
            return
        if trail.decision is not None:
            self._events.record(_decided(call, trail, trail.decision))
        if self._privacy is None or server.config.external:
            self._events.record(_called(call, trail, result, trail.recorded))
        else:
            task = asyncio.create_task(self._record_inner(call, trail, result), name=f"record {call.server}")
            self._recording.add(task)
            task.add_done_callback(self._recording.discard)

    async def _record_inner(self, call: ToolCall, trail: Trail, result: ToolCallResult) -> None:
        """Record a call that stayed on this machine: redacted for the record alone, beside the call."""
        if self._privacy is None or self._events is None:
            return
        try:
            arguments = await self._privacy.incoming(
                dict(call.arguments), source=call.server, zone=Zone.RECORD, session_id=call.session_id
            )
        except RoxyError:
            arguments = None  # what cannot be redacted is not recorded
        self._events.record(_called(call, trail, result, arguments))


def _may_repeat(call: ToolCall, tool: ToolInfo | None, error: BaseException) -> bool:
    return retry.repeatable(error, call, tool)


def _called(call: ToolCall, trail: Trail, result: ToolCallResult, arguments: Any) -> Event:
    data = {
        "server": call.server,
        "tool": call.tool,
        "arguments": arguments,
        "success": result.success,
        "code": str(result.code),
        "latency_ms": round(result.latency_ms, 3),
        "attempts": result.attempts,
        "redactions": result.redactions,
        "protocol": trail.protocol,
    }
    return Event(
        kind=EventKind.TOOL_CALL,
        name="tool.called",
        data=data,
        session_id=call.session_id,
        correlation_id=trail.correlation_id,
        hop=trail.hops,
        route=result.route,
    )


def _decided(call: ToolCall, trail: Trail, decision: Decision) -> Event:
    data = {
        "destination": decision.destination,
        "tool": decision.tool,
        "outcome": decision.outcome,
        "policy": decision.policy,
        "reason": decision.reason,
        "ms": decision.ms,
        "counts": decision.counts(),
        "redactions": [
            {"type": r.type, "path": r.path, "digest": r.digest, "action": r.action} for r in decision.redactions
        ],
    }
    return Event(
        kind=EventKind.DECISION,
        name=f"privacy.{decision.outcome}",
        data=data,
        session_id=call.session_id,
        correlation_id=trail.correlation_id,
        hop=trail.hops,
    )
