"""`roxy.ask_session`: a model asks another session of this user.

Sessions that the user named are always offered; the latest others only when the conversation speaks of sessions. The
user is asked before, session by session. To each other sessions are outside: the question goes in the pseudonyms of
the session that is asked, the answer comes back in those of this one, whose user alone sees real values again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from roxy.contracts.doors import SessionInfo
from roxy.contracts.models import ToolSpec
from roxy.contracts.privacy import Decision, PrivacyGuard
from roxy.conversation.consult.asking import Consultations, asked_back
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.approval import Approvals
from roxy.conversation.model.offers.offered import ASK_SESSION, Offered, text_argument
from roxy.errors import PrivacyBlocked, ToolFailed, UsageError

_SPEAKS = frozenset({"session", "conversation"})
_ABOUT = (
    "Ask another conversation of this user, which knows what was said in it and has its own tools. It answers once and "
    "cannot ask back, so say all it must know. Names and other personal data reach it as pseudonyms. Sessions: "
)


class Guard(PrivacyGuard, Protocol):
    """The privacy gateway as sessions need it that ask each other."""

    async def introduce(self, text: str, *, of: str, to: str) -> None:
        """Let one session know what another one knows of the values in a text."""
        ...


class AskSession:
    """Offers the tool, and is it. `decided` hears of every decision of the gateway."""

    def __init__(
        self,
        consultations: Consultations,
        guard: Guard,
        approvals: Approvals,
        decided: Callable[[Decision], None],
    ) -> None:
        self._consultations = consultations
        self._guard = guard
        self._approvals = approvals
        self._decided = decided

    async def offered(self, said: frozenset[str], session_id: str | None) -> Sequence[Offered]:
        """The tool, when there is another session to ask."""
        others = await self._consultations.others(session_id, latest=not said.isdisjoint(_SPEAKS))
        if not others:
            return ()
        properties = {
            "session": {"type": "string", "description": "its name, as listed"},
            "question": {"type": "string", "description": "the whole question, in words"},
        }
        parameters = {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
        listed = "; ".join(map(_listed, others))
        spec = ToolSpec(name=ASK_SESSION, description=f"{_ABOUT}{listed}.", parameters=parameters)
        return [Offered(spec=spec, own=self)]

    async def call(self, arguments: Mapping[str, Any], exchange: Exchange) -> Any:
        """What the other session answered, in the pseudonyms of this one."""
        session, question = text_argument(arguments, "session"), text_argument(arguments, "question")
        if not session or not question:
            raise UsageError("session and question must be given.")
        consent = f"The model ({exchange.route}) wants to ask the session {session}:\n  {question!r}\nMay it?"
        await self._approvals.consent(f"session:{session}", consent, exchange)
        veiled = await self._out(question, of=exchange.session_id, to=session)
        reply = await self._consultations.ask(session, veiled, exchange)
        said = await self._out(asked_back(session, reply), of=session, to=exchange.session_id)
        if not reply.success:
            raise ToolFailed(f"{said} ({reply.code})", server=f"session:{session}")
        return {"session": session, "route": f"session:{session}", "answered_by": reply.route, "said": said}

    async def _out(self, text: str, *, of: str, to: str) -> str:
        """What one session says as the other may hear it, where what the one knows gives nothing away by itself."""
        await self._guard.introduce(text, of=of, to=to)
        out = await self._guard.outgoing(text, destination=f"session:{to}", session_id=to)
        self._decided(out.decision)
        if out.decision.blocked:
            raise PrivacyBlocked(f"Nothing went to the session {to}: {out.decision.reason}")
        return str(out.payload)


def _listed(info: SessionInfo) -> str:
    return f"{info.id} ({info.title})" if info.title else info.id
