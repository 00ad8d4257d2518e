"""What a model sees of the conversation: real values when it is the user's own, pseudonyms when it is not.

For an external model every text of the request (messages, arguments and results of tools, descriptions of tools) goes
out through the privacy gateway under the session's vault, so the same value has the same pseudonym in every request.
What was veiled for a request is kept for the following ones (see `seen`). What comes back is restored for the user and
for the store; the store holds real values. What only a provider understands (signatures, its own kinds of parts) goes
back, untouched, to a model of the same provider and the same trust, and to no other; the gateway looks at it too, and
what it would change is left out, for it cannot be changed.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Hashable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, Protocol

from roxy.contracts.models import Message, OpaquePart, ReasoningPart, ToolCallPart, ToolResultPart, ToolSpec
from roxy.contracts.privacy import Ask, Decision, Outgoing, PrivacyGuard, Zone
from roxy.conversation.model.offers.offered import ASK_SESSION, Offered
from roxy.conversation.model.seen import Learning, Seen, digest
from roxy.conversation.model.texts import bare, opaque, texts, with_texts, with_words, words
from roxy.conversation.model.transcript import Kept
from roxy.errors import PrivacyBlocked

_PASSES = 5


class Restorer(Protocol):
    """Restores a text that arrives in pieces."""

    def feed(self, chunk: str) -> str:
        """Take the next piece; returns what can be shown now."""
        ...

    def close(self) -> str:
        """The end; returns what was held back."""
        ...


class Guard(PrivacyGuard, Learning, Protocol):
    """The privacy gateway as models need it."""

    def stream(self, session_id: str | None) -> Restorer:
        """A restorer for what a model streams."""
        ...

    async def outgoing(
        self,
        payload: Any,
        *,
        destination: str,
        tool: str | None = None,
        schema: Mapping[str, Any] | None = None,
        session_id: str | None = None,
        policy: str | None = None,
        ask: Ask | None = None,
        save: bool = True,
    ) -> Outgoing:
        """Replace what is personal; without `save` the pseudonyms that are new are left to a later `save`."""
        ...

    async def save(self, session_id: str | None) -> None:
        """Write down which pseudonyms stand for what. Raises `StoreError`."""
        ...


class Plain:
    """What is streamed by a model of the user's own: passes as it is."""

    def feed(self, chunk: str) -> str:
        """The piece."""
        return chunk

    def close(self) -> str:
        """Nothing was held back."""
        return ""


class Veil:
    """One model in one turn. `decided` hears of every decision of the gateway.

    `seen` is what was veiled before: the same tools and messages are sent in turn after turn.
    """

    def __init__(
        self,
        name: str,
        *,
        provider: str,
        external: bool,
        session_id: str,
        guard: Guard,
        decided: Callable[[Decision], None],
        seen: Seen,
    ) -> None:
        self.name = name
        self.provider = provider
        self.external = external
        self._session_id = session_id
        self._guard = guard
        self._decided = decided
        self._messages: list[Message] = []
        self._restores = external
        """A model of the user's own sees pseudonyms too, in what other sessions answered."""
        self._seen = seen

    async def messages(self, kept: Sequence[Kept]) -> Sequence[Message]:
        """The messages as this model may see them; `kept` only grows from call to call. Raises `PrivacyBlocked`."""
        new = [own for one in kept[len(self._messages) :] if (own := self._own(one))]
        self._restores = self._restores or any(map(_from_session, new))
        if self.external and new:
            new = await self._veiled(new)
        self._messages += new
        return [message for message in self._messages if message.parts]

    async def _veiled(self, messages: Sequence[Message]) -> list[Message]:
        checked = [await self._checked(message) for message in messages]
        said = [texts(message) for message in checked]
        found = await self._looked_at([(digest(one), one) for one in said])
        return [with_texts(message, one) for message, one in zip(checked, found, strict=True)]

    async def _checked(self, message: Message) -> Message:
        """The message without what only its provider understands, where the gateway would change anything in that."""
        inside = opaque(message)
        if not inside:
            return message
        try:
            [found] = await self._looked_at([(digest(inside), inside)])
        except PrivacyBlocked:
            return bare(message)
        return message if found == inside else bare(message)

    async def tools(self, offered: Sequence[Offered]) -> Sequence[ToolSpec]:
        """The tools as this model may see them. Raises `PrivacyBlocked`."""
        if not self.external:
            return [one.spec for one in offered]
        own = [one.spec for one in offered if not one.public]
        found = await self._looked_at([(_Declared(spec), spec) for spec in own])
        veiled = dict(zip((spec.name for spec in own), found, strict=True))
        return [one.spec if one.public else veiled[one.spec.name] for one in offered]

    @asynccontextmanager
    async def saving(self) -> AsyncIterator[None]:
        """While the request is on its way, write down which pseudonyms it holds; at the end they are on the disk.

        They must be before anything is kept that holds them, and not before they leave: after a kill nothing of the
        answer is kept, the user's words are, and the session's key makes the same pseudonyms of them again.
        Raises `PrivacyBlocked` when they cannot be written: nothing of the answer may be kept then.
        """
        if not self.external:
            yield
            return
        saved = asyncio.create_task(self._guard.save(self._session_id), name="vault")
        try:
            yield
        finally:
            await asyncio.wait({saved})
            error = saved.exception()
        if error is not None:
            raise self._unkept(error) from error

    def _unkept(self, error: BaseException) -> PrivacyBlocked:
        return PrivacyBlocked(
            f"I stopped: the pseudonyms that the model {self.name} was told could not be written down. {error}",
            hint="`roxy doctor` tells what is wrong with the data folder.",
        )

    def stream(self) -> Restorer:
        """For the words of one answer."""
        return self._guard.stream(self._session_id) if self._restores else Plain()

    async def real(self, message: Message) -> Message:
        """An answer with real values, for the tools, the user and the store."""
        if not self._restores:
            return message
        said = [part for part in message.parts if not isinstance(part, OpaquePart | ReasoningPart)]
        found = [
            # The arguments of a call have their values put back, and never their names.
            await self._guard.incoming(
                text,
                source=f"model:{self.name}",
                zone=Zone.LOCAL if isinstance(part, ToolCallPart) else Zone.USER,
                session_id=self._session_id,
            )
            for part, text in zip(said, texts(message), strict=True)
        ]
        return with_texts(message, found)

    async def _looked_at(self, items: Sequence[tuple[Hashable, Any]]) -> list[Any]:
        """What is said, by what it is, as this model may see it.

        What the look at one of them taught may stand in another, or in the part of it that was looked at before: so it
        goes on until nothing is new.
        Raises `PrivacyBlocked`.
        """
        decisions: dict[Hashable, Decision] = {}
        try:
            for _ in range(_PASSES):
                found = [self._seen.find(self._session_id, what) for what, _ in items]
                missing = [item for item, one in zip(items, found, strict=True) if one is None]
                if not missing:
                    return found
                for what, said in missing:
                    decisions.pop(what, None)
                    decisions[what] = decision = await self._look(what, said)
                    if decision.blocked:
                        raise self._refusal(decision.reason)
        finally:
            if decisions:
                self._decided(_merged(list(decisions.values())))
        raise self._refusal("What is personal in it never came to an end.")

    async def _look(self, what: Hashable, said: Any) -> Decision:
        spec = said if isinstance(said, ToolSpec) else None
        payload = words(spec) if spec else said
        out = await self._guard.outgoing(
            payload, destination=f"model:{self.name}", session_id=self._session_id, save=False
        )
        if not out.decision.blocked:
            found = with_words(spec, out.payload) if spec else out.payload
            self._seen.keep(self._session_id, what, payload, found, out.mark)
            if spec and out.payload == payload:
                self._seen.keep_for_all(what, payload, found, out.mark)
        return out.decision

    def _refusal(self, reason: str) -> PrivacyBlocked:
        return PrivacyBlocked(
            f"I did not ask the model {self.name}: {reason or 'The privacy check did not let it pass.'}",
            hint="`/model none` answers without a model, `/model` lists those on this machine.",
        )

    def _own(self, kept: Kept) -> Message:
        """The message with what only a provider understands, when it is this one; without it otherwise."""
        message = kept.message
        if kept.provider == self.provider and kept.external == self.external:
            return message
        return bare(message)


class _Declared:
    """A tool as it is declared now: equal to one with the same words, and quick to look up by its name."""

    def __init__(self, spec: ToolSpec) -> None:
        self._spec = spec

    def __hash__(self) -> int:
        return hash(self._spec.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Declared) and self._spec == other._spec


def _merged(decisions: Sequence[Decision]) -> Decision:
    """One decision about all that was looked at; the last one is the one that blocked, if any."""
    redactions = tuple(redaction for one in decisions for redaction in one.redactions)
    outcome = decisions[-1].outcome if decisions[-1].blocked else "redacted" if redactions else "passed"
    return replace(decisions[-1], outcome=outcome, redactions=redactions, ms=sum(one.ms for one in decisions))


def _from_session(message: Message) -> bool:
    """Whether another session's answer is in it."""
    return any(isinstance(part, ToolResultPart) and part.name == ASK_SESSION for part in message.parts)
