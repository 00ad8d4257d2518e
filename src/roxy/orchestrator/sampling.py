"""The configured model answers for a server that may ask for one.

The server's words go to a model elsewhere as everything does: under pseudonyms. Nothing is turned back for the server,
neither in what the model is asked nor in what it answers.
"""

from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from roxy.contracts.events import EventSink
from roxy.contracts.models import ChatRequest, Finished, Message, Role, StopReason, TextPart
from roxy.contracts.privacy import PrivacyGuard
from roxy.contracts.sampling import Sample, SampleRequest
from roxy.errors import ConfigError, ModelUnavailable, PrivacyBlocked
from roxy.llm.router import Router
from roxy.mcp.requests.decided import note_decision
from roxy.privacy.policy.origin import Origin, speaking

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

SECONDS = 60.0
"""For the whole answer."""
_ROLES = {"user": Role.USER, "assistant": Role.ASSISTANT}


@dataclass(frozen=True, slots=True)
class ModelSampler:
    """Implements the contracts' `Sampler` over the models that answer the user, too."""

    router: Router
    guard: Callable[[], Awaitable[PrivacyGuard]]
    events: EventSink | None = None

    async def sample(self, asked: SampleRequest) -> Sample:
        """The answer of the first model that the settings name."""
        names = self.router.order()
        if not names:
            raise ConfigError("No model is set up that could answer.", hint="See: roxy doctor")
        name = names[0]
        told: dict[str, Any] = {"system": asked.system, "messages": [text for _, text in asked.messages]}
        if self.router.settings(name).external:
            told = await self._veiled(told, name, asked)
        messages = [
            Message(role=_ROLES[role], parts=(TextPart(text=text),))
            for (role, _), text in zip(asked.messages, told["messages"], strict=True)
        ]
        if told["system"]:
            messages.insert(0, Message(role=Role.SYSTEM, parts=(TextPart(text=told["system"]),)))
        request = ChatRequest(
            messages=messages,
            max_output_tokens=asked.max_tokens,
            temperature=asked.temperature,
            timeout=SECONDS,
        )
        finished = await self._answered(name, request)
        return Sample(text=finished.message.text, model=name, cut=finished.stop is StopReason.LENGTH)

    async def _veiled(self, told: dict[str, Any], name: str, asked: SampleRequest) -> dict[str, Any]:
        guard = await self.guard()
        with speaking(Origin.SERVER):
            out = await guard.outgoing(told, destination=f"model:{name}", tool="sampling", session_id=asked.session_id)
        note_decision(self.events, out.decision, session_id=asked.session_id)
        if out.decision.blocked:
            raise PrivacyBlocked(out.decision.reason)
        veiled: dict[str, Any] = out.payload
        return veiled

    async def _answered(self, name: str, request: ChatRequest) -> Finished:
        model = await self.router.model(name)
        async with aclosing(cast("AsyncGenerator[Any, None]", model.stream(request))) as events:
            async for event in events:
                if isinstance(event, Finished):
                    return event
        raise ModelUnavailable(f"The answer of {name} broke off.", provider=model.provider)
