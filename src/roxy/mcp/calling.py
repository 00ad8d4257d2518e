"""The one path of a request to a server, from the caller's words to the caller's result.

`_perform` is the policy, in order: may it be made at all, is an answer at hand that still holds, is there room, where
is the server, what may leave, send it (again, where that is safe), what comes back. Redaction stands outside the
retries, so that every attempt carries the same pseudonyms, and inside the timer, so that its cost is seen. Tool calls,
lists, reads, prompts, completions and subscriptions all go this way; what each does its own way is in
`roxy.mcp.requests`. Everything that happens ends in a result and in one event; the event holds what was redacted, or
nothing.
"""

import asyncio
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from uuid import uuid4

from mcp.shared.dispatcher import ProgressFnT

from roxy.contracts.calls import Code
from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import Decision, PrivacyGuard, Zone
from roxy.errors import Denied, NeedsInput, PrivacyBlocked, RoxyError, ServerError, ServerTimeout
from roxy.mcp import limits, results, retry
from roxy.mcp.questions.inquiry import OpenCall
from roxy.mcp.questions.person import present
from roxy.mcp.questions.release import asker
from roxy.mcp.requests.decided import note_decision
from roxy.mcp.requests.request import R, Request
from roxy.mcp.supervisor import Supervisor
from roxy.mcp.wire.peer import RequestOptions
from roxy.observe import metrics, trace
from roxy.privacy.policy.origin import Origin, speaker
from roxy.privacy.policy.rules import LOCAL

IDEMPOTENCY_KEY = "dev.roxy/idempotency-key"
"""The key in `_meta` under which a server that was declared so finds which requests are the same one."""
_TOOL_CALLS = "tools/call"
_REFUSALS: Mapping[str, type[RoxyError]] = {Denied.code: Denied, NeedsInput.code: NeedsInput}


@dataclass(slots=True)
class Figures:
    """What the manager counts of tool calls; `seconds` is the sum of the wall times of all calls."""

    called: int = 0
    succeeded: int = 0
    failed: int = 0
    seconds: float = 0.0

    def add(self, seconds: float, *, success: bool) -> None:
        """Count a call that has ended."""
        self.called += 1
        self.seconds += seconds
        self.succeeded += success
        self.failed += not success


@dataclass(slots=True)
class Trail:
    """What is learned on the way of one request."""

    deadline: asyncio.Timeout
    open: OpenCall
    hops: int = 0
    correlation_id: str | None = None
    route: str = ""
    protocol: str = ""
    attempts: int = 0
    recorded: Any = None
    """The payload as it may be recorded; None when it may not."""
    decision: Decision | None = None
    real: bool = False
    """Whether the payload left with real values in it: the record is made apart then."""


class Caller:
    """Makes requests; holds what all of them share."""

    def __init__(self, *, privacy: PrivacyGuard | None, events: EventSink | None) -> None:
        self.figures = Figures()
        self._privacy = privacy
        self._events = events
        self._recording: set[asyncio.Task[None]] = set()

    async def call(self, request: Request[R], server: Supervisor) -> R:
        """Perform `request`; returns a result whatever happens, save that the cancellation of the caller goes on."""
        began = time.perf_counter()
        trail = self._trail(request, server)
        result: R | None = None
        try:
            async with trail.deadline:
                result = await self._perform(request, server, trail)
        except TimeoutError:
            result = request.failed(self._timed_out(request, server, trail))
        except Exception as failed:  # noqa: BLE001 - the border where exceptions become results
            result = request.failed(await self._readable(failed, request, server))
        finally:
            result = result or request.failure("", Code.CANCELLED)
            _complete(
                result,
                latency_ms=(time.perf_counter() - began) * 1000,
                attempts=trail.attempts,
                route=trail.route or f"mcp:{server.config.transport}",
                redactions=len(trail.decision.redactions) if trail.decision else 0,
            )
            if (question := trail.open.unanswered) is not None:
                # Whatever the server made of it: what it asked for was not given.
                result = replace(result, success=False, code=Code.NEEDS_INPUT, error=str(question), next="")
            self._account(request, server, trail, result)
        return result

    async def close(self) -> None:
        """Wait for the events that are still being redacted."""
        if self._recording:
            await asyncio.wait(self._recording)

    def _trail(self, request: Request[R], server: Supervisor) -> Trail:
        around, terms = trace.current(), request.terms
        deadline = asyncio.timeout(self._allowance(request, server))
        return Trail(
            deadline,
            OpenCall(dialogue=present(), session_id=terms.session_id, deadline=deadline),
            around.hop if terms.hops is None else terms.hops,
            around.correlation_id,
        )

    async def _perform(self, request: Request[R], server: Supervisor, trail: Trail) -> R:
        config, session_id = server.config, request.terms.session_id
        limits.check_hops(trail.hops, request.server)
        limits.check_enabled(config)
        request.check(config)
        key = request.key
        if key is not None and (held := server.cache.find(key, session_id)) is not None:
            return await self._incoming(request, server, held)
        async with server.gate.admitted():
            with server.inquiry.during(trail.open):
                await self._reach(request, server, trail)
                await request.located(server)
                if config.strict and (wrong := request.misfit()) is not None:
                    raise wrong
                payload = await self._outgoing(request, server, trail)
                answer = await self._sent(request, server, payload, trail)
            server.gate.answered()
            server.recover()
            if config.strict and (ill := request.unfit(answer)) is not None:
                raise ill
            if key is not None:
                own = bool(trail.decision and (trail.decision.redactions or trail.decision.released))
                server.cache.keep(key, session_id, answer, own=own)
            return await self._incoming(request, server, answer)

    async def _reach(self, request: Request[R], server: Supervisor, trail: Trail) -> None:
        """Start the server when it does not run; the retries come later."""
        if server.connection is not None and server.connection.alive:
            return
        terms, config = request.terms, server.config
        may_repeat = partial(request.repeatable, agreed=False)
        await retry.run(
            server.connected, may_repeat, retries=_retries(request, server), backoff=_backoff(request, server)
        )
        if terms.timeout is None:  # the time for starting was extra
            trail.deadline.reschedule(asyncio.get_running_loop().time() + config.timeout_request)

    async def _sent(self, request: Request[R], server: Supervisor, payload: Any, trail: Trail) -> Mapping[str, Any]:
        """The answer, of the first attempt or of one that was safe to make again; all carry the same `_meta`."""
        meta = trace.to_meta(trail.hops + 1)
        agreed = server.config.idempotency
        if agreed and not request.reads:
            # A key of Roxy's own makes its own repetitions one call, also when the caller thought of none.
            meta[IDEMPOTENCY_KEY] = request.terms.idempotency_key or uuid4().hex
        options = RequestOptions(meta, self._progress(request, server))

        async def send() -> Mapping[str, Any]:
            connection = await server.connected()
            trail.attempts += 1
            trail.route = f"mcp:{connection.transport}"
            trail.protocol = connection.protocol
            with trail.open.at_the_server():
                return await request.send(connection, payload, options)

        may_repeat = partial(request.repeatable, agreed=agreed)
        return await retry.run(send, may_repeat, retries=_retries(request, server), backoff=_backoff(request, server))

    async def _outgoing(self, request: Request[R], server: Supervisor, trail: Trail) -> Any:
        if not self._guards(request, server) or self._privacy is None:
            return request.payload
        external = server.config.external
        out = await self._privacy.outgoing(
            request.payload,
            destination=request.server,
            tool=request.label,
            schema=request.schema,
            session_id=request.terms.session_id,
            policy=server.config.privacy or (None if external else LOCAL),
            ask=asker(trail.open, self._events),
        )
        trail.decision = out.decision
        if out.decision.blocked:
            kind = _REFUSALS.get(out.decision.code, PrivacyBlocked)
            raise kind(out.decision.reason or f"{request.what} may not be asked for: it may not leave.")
        trail.real = not external or bool(out.decision.released)
        trail.recorded = None if trail.real else out.payload
        return out.payload

    async def _incoming(self, request: Request[R], server: Supervisor, answer: Mapping[str, Any]) -> R:
        parts = request.parts(answer)
        if self._privacy is not None and server.config.external:
            parts = await self._privacy.incoming(
                parts, source=request.server, zone=Zone.USER, session_id=request.terms.session_id
            )
        if request.method == _TOOL_CALLS and (text := results.unread(parts)) is not None:
            with suppress(ValueError):
                parts = {**parts, "data": await server.parser.read(text)}
        return request.result(answer, parts)

    def _guards(self, request: Request[R], server: Supervisor) -> bool:
        """Whether the payload is looked at before it leaves; the server's own words are not.

        To a server of one's own a person and their skills may say anything; a model may not put real values into links.
        """
        config = server.config
        guarded = config.external or config.privacy is not None or speaker().origin is Origin.MODEL
        return self._privacy is not None and guarded and not request.known

    def _progress(self, request: Request[R], server: Supervisor) -> ProgressFnT | None:
        """The caller's callback, told what the server says as the result is told."""
        told, privacy = request.terms.on_progress, self._privacy
        if told is None:
            return None

        async def on_progress(progress: float, total: float | None, message: str | None) -> None:
            if message and privacy is not None and server.config.external:
                message = await privacy.incoming(
                    message, source=request.server, zone=Zone.USER, session_id=request.terms.session_id
                )
            await told(progress, total, message)

        return on_progress

    async def _readable(self, failed: Exception, request: Request[R], server: Supervisor) -> Exception:
        """What a server says in an error may hold pseudonyms, as what it says in an answer."""
        if not isinstance(failed, ServerError) or self._privacy is None or not server.config.external:
            return failed
        try:
            failed.message = await self._privacy.incoming(
                failed.message, source=request.server, zone=Zone.USER, session_id=request.terms.session_id
            )
        except RoxyError as unreadable:
            return unreadable
        return failed

    def _allowance(self, request: Request[R], server: Supervisor) -> float:
        """Seconds for the whole; without a caller's own deadline, starting the server has its time besides."""
        if request.terms.timeout is not None:
            return request.terms.timeout
        starting = 0.0 if server.connection is not None else server.config.timeout_start
        return server.config.timeout_request + starting

    def _timed_out(self, request: Request[R], server: Supervisor, trail: Trail) -> ServerTimeout:
        if not trail.attempts:
            return ServerTimeout(
                f"The server {request.server} was not ready in time for this: {request.what}.",
                server=request.server,
                hint=f"See: roxy mcp status {request.server}",
            )
        timeout = request.terms.timeout
        seconds = timeout if timeout is not None else server.config.timeout_request
        done = "" if request.reads else "; what it was asked may still have been done"
        error = ServerTimeout(
            f"{request.what} did not answer within {seconds:g} s.",
            server=request.server,
            hint=f"If it needs longer, give a longer time-out{done}.",
        )
        server.gate.timed_out()
        server.degrade(error)
        return error

    def _account(self, request: Request[R], server: Supervisor, trail: Trail, result: R) -> None:
        if not _is_its_own_word(request, server, result):
            request.label = metrics.OTHER
        server.figures.add(result.latency_ms / 1000, success=result.success)
        metrics.request_ended(
            request.method,
            request.server,
            request.label if request.method == _TOOL_CALLS else "",
            transport=result.route.removeprefix("mcp:"),
            protocol=trail.protocol,
            seconds=result.latency_ms / 1000,
            error_type=str(result.code),
        )
        if trail.decision is not None:
            decision = trail.decision
            if decision.tool != request.label:
                decision = replace(decision, tool=request.label)
            note_decision(self._events, decision, session_id=request.terms.session_id, hop=trail.hops)
        if request.method == _TOOL_CALLS:
            self.figures.add(result.latency_ms / 1000, success=result.success)
        if self._events is None:
            return
        if self._privacy is None or (self._guards(request, server) and not trail.real):
            self._events.record(_made(request, trail, result, trail.recorded))
        else:
            task = asyncio.create_task(self._record_inner(request, trail, result), name=f"record {request.server}")
            self._recording.add(task)
            task.add_done_callback(self._recording.discard)

    async def _record_inner(self, request: Request[R], trail: Trail, result: R) -> None:
        """Record a request that was not redacted: for the record alone it is, beside the request."""
        if self._privacy is None or self._events is None:
            return
        payload = request.payload
        try:
            recorded = await self._privacy.incoming(
                dict(payload), source=request.server, zone=Zone.RECORD, session_id=request.terms.session_id
            )
        except RoxyError:
            recorded = None  # what cannot be redacted is not recorded
        self._events.record(_made(request, trail, result, recorded))


def _complete(result: R, **facts: Any) -> None:
    """Write what is known of the whole call into a result that nobody has yet; to make another one takes long."""
    for name, fact in facts.items():
        object.__setattr__(result, name, fact)


def _is_its_own_word(request: Request[R], server: Supervisor, result: R) -> bool:
    """Whether the server has a thing of that name: any other name is the caller's word, and may be personal."""
    if request.method == _TOOL_CALLS:
        return server.catalog.find(request.name) is not None
    return result.success or request.label != request.name or request.name in server.said.get("prompts", ())


def _retries(request: Request[R], server: Supervisor) -> int:
    return server.config.retries if request.terms.retries is None else request.terms.retries


def _backoff(request: Request[R], server: Supervisor) -> float:
    return server.config.backoff if request.terms.backoff is None else request.terms.backoff


def _made(request: Request[R], trail: Trail, result: R, recorded: Any) -> Event:
    data = {
        "server": request.server,
        **request.record(recorded),
        "success": result.success,
        "code": str(result.code),
        "latency_ms": round(result.latency_ms, 3),
        "attempts": result.attempts,
        "redactions": result.redactions,
        "protocol": trail.protocol,
    }
    return Event(
        kind=EventKind.TOOL_CALL,
        name=request.event,
        data=data,
        session_id=request.terms.session_id,
        correlation_id=trail.correlation_id,
        hop=trail.hops,
        route=result.route,
    )
