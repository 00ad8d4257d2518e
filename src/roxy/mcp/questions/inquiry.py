"""One server's questions: on whose behalf each is asked, who answers it, and what leaves with the answer.

Order of events: every request to the server is noted while it is under way (`during`); a question of the modern era
comes up in the very task of its request, one of the legacy eras beside it, and then belongs to the request under way.
If several people have some, it waits until all but one person's are answered: whose request has its answer is not the
one who is asked. One that ends without may have been, and then nobody is asked. The deadline of that request rests
while somebody is asked. What is answered passes the privacy gateway like everything that goes to that server; what the
server says is never turned back from pseudonyms. Every answer is an audit event before it goes, without its values.
"""

import asyncio
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.privacy import PrivacyGuard
from roxy.contracts.sampling import Sampler
from roxy.contracts.servers import Sampling, ServerConfig
from roxy.contracts.skills import Dialogue
from roxy.errors import (
    Denied,
    InvalidArguments,
    NeedsInput,
    PrivacyBlocked,
    RoxyError,
    ServerNotFound,
    ToolFailed,
)
from roxy.mcp.questions import elicitation, sampling
from roxy.mcp.requests.decided import note_decision
from roxy.mcp.wire.inputs import ELICITATION, ROOTS, SAMPLING
from roxy.observe.logs import get_logger
from roxy.privacy.policy.origin import Origin, speaking

ANSWER_SECONDS = 900.0
"""How long a person may take; a server that waits longer has most likely given up itself."""
MAX_QUESTIONS = 16
"""Of one request; what a server asks on top is left unanswered, for a person's patience is not the server's."""
SECONDS_BETWEEN = 1.0
"""Between two answers of a model, or two lists of folders, for one server."""
_log = get_logger(__name__)


class OpenCall:
    """A request under way: whose it is, and its deadline."""

    def __init__(self, *, dialogue: Dialogue | None, session_id: str | None, deadline: asyncio.Timeout) -> None:
        self.dialogue = dialogue
        self.session_id = session_id
        self.unanswered: NeedsInput | None = None
        """What was asked on its behalf and nobody could answer."""
        self._deadline = deadline
        self._left: float | None = None
        self._questions = 0
        self.asked = 0
        """How many questions there were so far."""
        self.sent = False
        self.answered = False
        self.over = asyncio.Event()

    @property
    def owner(self) -> tuple[str | None, int]:
        """Who made the request: requests of one owner are alike for questions."""
        return self.session_id, id(self.dialogue)

    @contextmanager
    def at_the_server(self) -> Iterator[None]:
        """The server has the request; an error of its own is an answer, too, after which it asks nothing any more."""
        self.sent, self.answered = True, False
        try:
            yield
            self.answered = True
        except (ToolFailed, InvalidArguments, ServerNotFound):
            self.answered = True
            raise

    @contextmanager
    def resting(self) -> Iterator[None]:
        """The deadline rests: a person's time is not the server's."""
        clock = asyncio.get_running_loop().time
        if not self._questions and (when := self._deadline.when()) is not None:
            self._left = when - clock()
            self._reschedule(None)
        self._questions += 1
        try:
            yield
        finally:
            self._questions -= 1
            if not self._questions and self._left is not None:
                self._reschedule(clock() + max(0.0, self._left))
                self._left = None

    def _reschedule(self, when: float | None) -> None:
        with suppress(RuntimeError):  # the request has ended meanwhile
            self._deadline.reschedule(when)


@dataclass(frozen=True, slots=True)
class Answerers:
    """Who answers the questions of all servers."""

    privacy: PrivacyGuard | None = None
    events: EventSink | None = None
    sampler: Sampler | None = None


class _Under:
    """A call under way in a task, for as long as the context is open; a class, for every call pays for it."""

    __slots__ = ("_before", "_call", "_open", "_task")

    def __init__(self, open_calls: dict[asyncio.Task[Any] | None, OpenCall], call: OpenCall) -> None:
        self._open = open_calls
        self._call = call

    def __enter__(self) -> None:
        self._task = asyncio.current_task()
        self._before = self._open.get(self._task)
        self._open[self._task] = self._call

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._call.over.set()
        if self._before is None:
            self._open.pop(self._task, None)
        else:
            self._open[self._task] = self._before


class Inquiry:
    """Answers the questions of one server; implements `InputHandler`."""

    def __init__(
        self, config: ServerConfig, answerers: Answerers, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._config = config
        self._by = answerers
        self._open: dict[asyncio.Task[Any] | None, OpenCall] = {}
        self._clock = clock
        self._latest: dict[str, float] = {}
        self._turn = asyncio.Lock()

    @property
    def kinds(self) -> Collection[str]:
        """Elicitation always; models and folders only where the declaration of the server says so."""
        kinds = [ELICITATION]
        if self._config.sampling == Sampling.ASK and self._by.sampler is not None:
            kinds.append(SAMPLING)
        if self._config.roots:
            kinds.append(ROOTS)
        return kinds

    def during(self, call: OpenCall) -> "_Under":
        """Note that `call` is under way in this task."""
        return _Under(self._open, call)

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        """Answer; raises `NeedsInput` in the task of a request that nobody can answer for, `Denied` for a no."""
        if method not in self.kinds:
            raise Denied(f"The client does not answer {method}.")
        own = self._open.get(asyncio.current_task())
        if method == ROOTS:
            return await self._roots(own or _shared(self._asking()))
        call = own or await self._whose()
        if call is None:
            # Nobody asked the server anything just now, or several did: whom would it ask?
            return await self._left(method, "nobody", None)
        return await self._put(method, params, call, beside=own is None)

    async def _put(self, method: str, params: Mapping[str, Any], call: OpenCall, *, beside: bool) -> Mapping[str, Any]:
        """Have it answered on behalf of `call`; `beside`: the question has come beside that, and not in its task."""
        call.asked += 1
        if call.asked > MAX_QUESTIONS:
            return await self._left(method, "too many", call)
        try:
            with call.resting():
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await self._answered(method, params, call)
        except TimeoutError:
            return await self._left(method, "no answer", call)
        except NeedsInput as nobody:
            call.unanswered = nobody
            await self._note(method, "nobody", call)
            if not beside or method == SAMPLING:
                raise
            return elicitation.CANCELLED  # the server may end its call in its own way

    async def _left(self, method: str, why: str, call: OpenCall | None) -> Mapping[str, Any]:
        """There is no answer; a server takes that as it takes a person who turns away."""
        await self._note(method, why, call)
        return elicitation.CANCELLED if method == ELICITATION else self._refused()

    def _asking(self) -> Sequence[OpenCall]:
        """The requests that the server may ask for: it has them; before the first comes, those it is started for."""
        under_way = list(self._open.values())
        return [call for call in under_way if call.sent] or under_way

    async def _whose(self) -> OpenCall | None:
        """The request that a question of a legacy server belongs to; None when nobody can know.

        It waits no longer than the deadlines of the requests that are under way now.
        """
        left = self._asking()
        while left and _shared(left) is None:
            ends = [asyncio.create_task(call.over.wait(), name="request under way") for call in left]
            try:
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for end in ends:
                    end.cancel()
                await asyncio.gather(*ends, return_exceptions=True)
            if any(call.over.is_set() and not call.answered for call in left):
                return None
            left = [call for call in left if not call.over.is_set()]
        return _shared(left)

    async def _answered(self, method: str, params: Mapping[str, Any], call: OpenCall) -> Mapping[str, Any]:
        if method == SAMPLING:
            return await self._sampled(params, call)
        answer = await elicitation.elicited(self._config.name, params, call.dialogue)
        if "content" in answer:
            try:
                answer = {**answer, "content": await self._veiled(answer["content"], method, params, call)}
            except PrivacyBlocked as blocked:
                if call.dialogue is not None:
                    await call.dialogue.say(f"Your answer was not sent to {self._config.name}. {blocked}")
                answer = elicitation.DECLINED
        await self._note(method, str(answer["action"]), call, fields=sorted(answer.get("content", {})))
        return answer

    async def _veiled(self, content: Any, method: str, params: Mapping[str, Any], call: OpenCall) -> Any:
        """What leaves in place of `content`; the user is told when it is not what they said."""
        privacy = self._by.privacy
        if privacy is None or not self._config.external:
            return content
        with speaking(Origin.SERVER):
            out = await privacy.outgoing(
                content,
                destination=self._config.name,
                tool=method,
                schema=params.get("requestedSchema"),
                session_id=call.session_id,
                policy=self._config.privacy,
            )
        note_decision(self._by.events, out.decision, session_id=call.session_id)
        if out.decision.blocked:
            raise PrivacyBlocked(out.decision.reason or "It may not leave.")
        if out.decision.redactions and call.dialogue is not None:
            kinds = ", ".join(sorted(out.decision.counts()))
            await call.dialogue.say(f"Personal data in it was replaced before it went to {self._config.name}: {kinds}.")
        return out.payload

    async def _sampled(self, params: Mapping[str, Any], call: OpenCall) -> Mapping[str, Any]:
        asked = sampling.sample_request(self._config.name, params, call.session_id)
        question = sampling.question(asked)
        if call.dialogue is None:
            raise NeedsInput(question)
        if not await call.dialogue.confirm(question):
            await self._note(SAMPLING, "decline", call)
            return self._refused()
        if self._by.sampler is None:
            raise AssertionError("without a sampler none is offered")
        await self._paced(SAMPLING)
        await self._note(SAMPLING, "accept", call)
        sample = await self._by.sampler.sample(asked)
        text = await self._veiled(sample.text, SAMPLING, {}, call)
        return {
            "role": "assistant",
            "content": {"type": "text", "text": text},
            "model": sample.model,
            "stopReason": "maxTokens" if sample.cut else "endTurn",
        }

    async def _roots(self, call: OpenCall | None) -> Mapping[str, Any]:
        """The declared folders; one that says something personal is not told to a server that is external."""
        await self._paced(ROOTS)
        roots = [_root(folder) for folder in self._config.roots]
        privacy = self._by.privacy
        if privacy is not None and self._config.external:
            session = call.session_id if call else None
            told = []
            for root in roots:
                with speaking(Origin.SERVER):
                    out = await privacy.outgoing(root, destination=self._config.name, tool=ROOTS, session_id=session)
                note_decision(self._by.events, out.decision, session_id=session)
                if out.payload == root:
                    told.append(root)
            if len(told) < len(roots):
                _log.warning("roots.withheld", server=self._config.name, withheld=len(roots) - len(told))
            roots = told
        await self._note(ROOTS, "accept", call, roots=len(roots))
        return {"roots": roots}

    async def _paced(self, method: str) -> None:
        """Wait until a second has passed since the last answer of this kind."""
        async with self._turn:
            left = self._latest.get(method, -SECONDS_BETWEEN) + SECONDS_BETWEEN - self._clock()
            if left > 0:
                await asyncio.sleep(left)
            self._latest[method] = self._clock()

    def _refused(self) -> Mapping[str, Any]:
        raise Denied("The user did not allow it.")

    async def _note(self, method: str, outcome: str, call: OpenCall | None, **more: Any) -> None:
        if self._by.events is None:
            return
        data = {"server": self._config.name, "method": method, "outcome": outcome, **more}
        session = call.session_id if call else None
        try:
            await self._by.events.audit(Event(kind=EventKind.AUDIT, name="server.asked", data=data, session_id=session))
        except RoxyError as unwritten:
            _log.error("audit.failed", unwritten, server=self._config.name)
            raise


def _shared(calls: Sequence[OpenCall]) -> OpenCall | None:
    """The latest of the requests, if all of them are one person's."""
    return calls[-1] if len({call.owner for call in calls}) == 1 else None


def _root(folder: str) -> dict[str, str]:
    path = Path(folder).expanduser().absolute()
    return {"uri": path.as_uri(), "name": path.name}
