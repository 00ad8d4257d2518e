"""What a model sees of the conversation: real values when it is the user's own, pseudonyms when it is not.

For an external model every text of the request (messages, arguments and results of tools, descriptions of tools) goes
out through the privacy gateway under the session's vault, so the same value has the same pseudonym in every request.
What was veiled for a request is kept for the following ones of the turn. What comes back is restored for the user and
for the store; the store holds real values. What only a provider understands (signatures, its own kinds of parts) goes
back, untouched, to a model of the same provider and the same trust, and to no other.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from roxy.contracts.models import Message, ToolResultPart, ToolSpec
from roxy.contracts.privacy import Decision, PrivacyGuard, Zone
from roxy.conversation.model.offers.offered import ASK_SESSION, Offered
from roxy.conversation.model.texts import bare, texts, with_texts, with_words, words
from roxy.conversation.model.transcript import Kept
from roxy.errors import PrivacyBlocked


class Restorer(Protocol):
    """Restores a text that arrives in pieces."""

    def feed(self, chunk: str) -> str:
        """Take the next piece; returns what can be shown now."""
        ...

    def close(self) -> str:
        """The end; returns what was held back."""
        ...


class Guard(PrivacyGuard, Protocol):
    """The privacy gateway as models need it."""

    def stream(self, session_id: str | None) -> Restorer:
        """A restorer for what a model streams."""
        ...


Known = dict[tuple[str, ...], Any]
"""What was veiled: the texts of messages by session, model and words; tools (before, after) by session and name."""


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

    `known` is what was veiled before: the same tools and messages are sent in turn after turn.
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
        known: Known,
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
        self._known = known

    async def messages(self, kept: Sequence[Kept]) -> Sequence[Message]:
        """The messages as this model may see them; `kept` only grows from call to call. Raises `PrivacyBlocked`."""
        new = [own for one in kept[len(self._messages) :] if (own := self._own(one))]
        self._restores = self._restores or any(map(_from_session, new))
        if self.external and new:
            new = await self._veiled(new)
        self._messages += new
        return [message for message in self._messages if message.parts]

    async def _veiled(self, messages: Sequence[Message]) -> list[Message]:
        # What this very model was sent before is sent again in the same words, without another look.
        said = [texts(message) for message in messages]
        keys = [(self._session_id, self.name, repr(one)) for one in said]
        new = {key: one for key, one in zip(keys, said, strict=True) if key not in self._known}
        if new:
            self._known.update(zip(new, await self._out(list(new.values())), strict=True))
        return [with_texts(message, self._known[key]) for message, key in zip(messages, keys, strict=True)]

    async def tools(self, offered: Sequence[Offered]) -> Sequence[ToolSpec]:
        """The tools as this model may see them. Raises `PrivacyBlocked`."""
        if not self.external:
            return [one.spec for one in offered]
        await self._veil_tools([one.spec for one in offered if not one.public])
        return [one.spec if one.public else self._known[self._session_id, one.spec.name][1] for one in offered]

    async def _veil_tools(self, specs: Sequence[ToolSpec]) -> None:
        new = [spec for spec in specs if self._seen(spec) is None]
        if new:
            found = await self._out([words(spec) for spec in new])
            for spec, said in zip(new, found, strict=True):
                self._known[self._session_id, spec.name] = spec, with_words(spec, said)

    def _seen(self, spec: ToolSpec) -> ToolSpec | None:
        before, veiled = self._known.get((self._session_id, spec.name), (None, None))
        return veiled if before == spec else None

    def stream(self) -> Restorer:
        """For the words of one answer."""
        return self._guard.stream(self._session_id) if self._restores else Plain()

    async def real(self, message: Message) -> Message:
        """An answer with real values, for the tools, the user and the store."""
        if not self._restores:
            return message
        found = await self._guard.incoming(
            texts(message), source=f"model:{self.name}", zone=Zone.USER, session_id=self._session_id
        )
        return with_texts(message, found)

    async def _out(self, payload: Any) -> Any:
        out = await self._guard.outgoing(payload, destination=f"model:{self.name}", session_id=self._session_id)
        self._decided(out.decision)
        if out.decision.blocked:
            reason = out.decision.reason or "The privacy check did not let it pass."
            raise PrivacyBlocked(
                f"I did not ask the model {self.name}: {reason}",
                hint="`/model none` answers without a model, `/model` lists those on this machine.",
            )
        return out.payload

    def _own(self, kept: Kept) -> Message:
        """The message with what only a provider understands, when it is this one; without it otherwise."""
        message = kept.message
        if kept.provider == self.provider and kept.external == self.external:
            return message
        return bare(message)


def _from_session(message: Message) -> bool:
    """Whether another session's answer is in it."""
    return any(isinstance(part, ToolResultPart) and part.name == ASK_SESSION for part in message.parts)
