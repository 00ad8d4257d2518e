"""A turn of a model with tools.

The order of events: the session's messages are read, the tools are chosen, and the first model of the order is asked.
What is too long for it is summarised before (see `past`), and it may write a better summary when the turn is over.
Its words go to the door as they come; its calls are made, all of one answer at once; their results go back to it, and
so on until it answers without a call. Each message is on the disk before the next step, so the next model sees it too,
and so does the next process. A model that does not answer is followed by the next one, unless words were shown.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any, cast

from roxy.contracts.models import (
    ChatModel,
    ChatRequest,
    Finished,
    Message,
    Role,
    StopReason,
    TextDelta,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    Usage,
)
from roxy.contracts.skills import SkillResult
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.budget import Account, charged_to, payer
from roxy.conversation.model.calls import Calls, Turn
from roxy.conversation.model.offer import Offer
from roxy.conversation.model.offers.offered import Offered
from roxy.conversation.model.past import Fold, Past, noted
from roxy.conversation.model.pieces import Pieces
from roxy.conversation.model.record import Record
from roxy.conversation.model.seen import Seen
from roxy.conversation.model.summarise import Summariser
from roxy.conversation.model.transcript import Kept, Transcript, said
from roxy.conversation.model.veil import Guard, Veil
from roxy.errors import BudgetExceeded, ConfigError, ModelError, ModelUnavailable, PrivacyBlocked
from roxy.llm.router import Router

_CUT = "[The answer was cut here: it had reached its greatest length.]"
_LATELY = 3
"""So many messages of the user decide which tools are offered."""


@dataclass(slots=True, kw_only=True)
class _State:
    """One turn on its way."""

    exchange: Exchange
    turn_id: str
    text: str
    models: list[str]
    """Those that are still to be tried; the first one is being asked."""
    kept: list[Kept]
    new: list[Kept]
    """What is not on the disk yet: the user's words wait for the first answer."""
    account: Account
    """Who pays: this session, or the one that asked it."""
    tools: Sequence[Offered] = ()
    veils: dict[str, Veil] = field(default_factory=dict)
    failed: list[ModelError | ConfigError] = field(default_factory=list)
    answer: str = ""
    """The words of the answer that is coming in."""
    fold: Fold | None = None
    """What was summarised in this turn."""
    pieces: Pieces | None = None
    """The same, piece by piece, where they are written down."""

    @property
    def pays(self) -> bool:
        """Whether this session pays for itself."""
        return self.account.session_id == self.exchange.session_id

    def say(self, text: str) -> None:
        """Show more words; those of a later answer begin a paragraph of their own."""
        if not text:
            return
        if not self.answer and self.exchange.shown:
            self.exchange.delta("\n\n")
        self.answer += text
        if self.pieces is not None:
            self.pieces.add(text)
        self.exchange.delta(text)


class Loop:
    """Lets models answer."""

    def __init__(
        self,
        *,
        router: Router,
        transcript: Transcript,
        past: Past,
        summariser: Summariser,
        offer: Offer,
        calls: Calls,
        guard: Guard,
        record: Record,
        prompt: Callable[[], str],
    ) -> None:
        self._router = router
        self._transcript = transcript
        self._past = past
        self._summariser = summariser
        self._offer = offer
        self._calls = calls
        self._guard = guard
        self._record = record
        self._prompt = prompt
        self._seen = Seen(guard)

    async def aclose(self) -> None:
        """Close the connections to models, and wait for what is still written down."""
        await self._offer.aclose()
        await self._summariser.aclose()
        await self._record.aclose()
        await self._router.aclose()

    async def run(self, exchange: Exchange, models: Sequence[str], *, text: str, turn_id: str) -> SkillResult:
        """Answer `text`, asking `models` in this order. Raises `ModelError` when nobody did and nothing was shown."""
        state = await self._begin(exchange, models, text, turn_id)
        try:
            result = await self._rounds(state)
        except PrivacyBlocked as blocked:
            return _ended(exchange, str(blocked), blocked.code)
        except ModelError as error:
            if not exchange.shown:
                raise
            return _ended(exchange, str(error), error.code)
        except asyncio.CancelledError:
            # What was said until the stop is a part of the conversation.
            if state.answer:
                await self._keep(state, said(Role.ASSISTANT, state.answer))
            raise
        if state.fold is not None and not self._over_budget(state):
            await self._summarise(state, state.fold)
        return result

    async def _summarise(self, state: _State, fold: Fold) -> None:
        """Let the model that answered write a better summary; nobody waits for it."""
        name = state.models[0]
        model = await self._router.model(name)
        self._summariser.begin(fold, model, self._veil(name, model.provider, state.exchange.session_id))

    async def _begin(self, exchange: Exchange, models: Sequence[str], text: str, turn_id: str) -> _State:
        session_id = exchange.session_id
        summary, kept, spent = await self._past.before(session_id, turn_id)
        user = said(Role.USER, text)
        lately = [one.message.text for one in kept if one.message.role is Role.USER][1 - _LATELY :]
        used = {part.name for one in kept for part in one.message.parts if isinstance(part, ToolCallPart)}
        tools, remembered = await asyncio.gather(
            self._offer.tools("\n".join([*lately, text]), used, session_id),
            self._past.remembered("\n".join([*lately[-1:], text])),
        )
        system = Kept(message=Message(role=Role.SYSTEM, parts=(TextPart(text=self._prompt()),)))
        return _State(
            exchange=exchange,
            turn_id=turn_id,
            text=text,
            models=list(models),
            kept=[system, *noted(summary), *kept, *remembered, user],
            new=[user],
            account=payer() or Account(session_id, spent),
            tools=tools,
        )

    async def _rounds(self, state: _State) -> SkillResult:
        exchange, limits = state.exchange, self._router.limits
        turn = Turn(
            exchange=exchange,
            text=state.text,
            turn_id=state.turn_id,
            offered={one.spec.name: one for one in state.tools},
        )
        for _ in range(limits.max_rounds):
            self._check_budget(state)
            finished = await self._answered(state)
            calls = [part for part in finished.message.parts if isinstance(part, ToolCallPart)]
            if not calls:
                return _result(exchange, finished)
            await self._called(calls, turn, state)
        raise BudgetExceeded(
            f"I stopped after {limits.max_rounds} rounds of tools without an end.",
            hint='Say "go on" to continue; `router.max_rounds` in roxy.yaml sets how many there may be.',
        )

    async def _called(self, calls: Sequence[ToolCallPart], turn: Turn, state: _State) -> None:
        """Make the calls and keep their results, also those that are there when the turn ends in the middle."""
        results: list[ToolResultPart] = []
        before = state.account.spent
        try:
            with charged_to(state.account):
                await self._calls.make(calls, turn, results)
        finally:
            # What other sessions used for these results is kept with them.
            cost = Usage(input_tokens=state.account.spent - before) if state.pays else None
            if results:
                await self._keep(state, Kept(message=Message(role=Role.TOOL, parts=tuple(results)), usage=cost))

    def _check_budget(self, state: _State) -> None:
        if self._over_budget(state):
            budget = self._router.limits.budget_tokens
            raise BudgetExceeded(
                f"This session has used {state.account.spent:,} tokens of models, and its budget is {budget:,}.",
                hint="Begin a new one with /new, or raise `router.budget_tokens` in roxy.yaml.",
            )

    def _over_budget(self, state: _State) -> bool:
        budget = self._router.limits.budget_tokens
        return bool(budget) and state.account.spent >= budget

    def _veil(self, name: str, provider: str, session_id: str) -> Veil:
        return Veil(
            name,
            provider=provider,
            external=self._router.settings(name).external,
            session_id=session_id,
            guard=self._guard,
            decided=self._record.decided,
            seen=self._seen,
        )

    async def _answered(self, state: _State) -> Finished:
        """The answer of the first model that gives one, kept and with real values."""
        while True:
            name = state.models[0]
            state.answer = ""
            try:
                return await self._ask(name, state)
            except (ModelError, ConfigError) as error:
                state.failed.append(error)
                route = self._router.settings(name).provider
                self._record.failed(error, route=route, model=name)
                if state.exchange.shown or len(state.models) == 1:
                    raise _nobody(state) from error
                state.models.pop(0)

    async def _ask(self, name: str, state: _State) -> Finished:
        declared = self._router.settings(name)
        state.exchange.progress(f"asking {name} …")
        model = await self._router.model(name)
        state.exchange.route = model.provider
        specs, session_id = [one.spec for one in state.tools], state.exchange.session_id
        state.kept, fold = await self._past.fitting(state.kept, specs, declared, session_id)
        if fold is not None:
            state.fold = fold
            state.veils.pop(name, None)  # it has seen messages that are not sent any more
        veil = state.veils.get(name)
        if veil is None:
            veil = state.veils[name] = self._veil(name, model.provider, session_id)
        request = ChatRequest(messages=await veil.messages(state.kept), tools=await veil.tools(state.tools))
        if state.new and state.new[0].message.role is Role.USER:
            self._record.asked(state.new[0].message, route=model.provider, model=name)
        finished = await self._streamed(model, request, veil, state)
        if not finished.message.parts:
            raise ModelUnavailable(f"The model {name} gave an empty answer.", provider=model.provider)
        real = await veil.real(finished.message)
        if not state.answer:
            state.say(real.text)
        state.account.spent += finished.usage.input_tokens + finished.usage.output_tokens
        self._record.answered(real, finished.usage, route=model.provider, model=name)
        usage = finished.usage if state.pays else None
        answer = Kept(message=real, provider=model.provider, external=declared.external, usage=usage)
        await self._keep(state, answer)
        state.answer = ""
        return Finished(message=real, stop=finished.stop, usage=finished.usage, raw_stop=finished.raw_stop)

    async def _streamed(self, model: ChatModel, request: ChatRequest, veil: Veil, state: _State) -> Finished:
        """Show the words as they come; leaving in the middle closes the stream, which cancels the request."""
        state.pieces = self._record.pieces()
        try:
            async with veil.saving():
                finished = await _shown(model, request, veil, state)
        finally:
            if state.pieces is not None:
                self._record.shown(state.pieces, route=veil.provider, model=veil.name)
        if finished is None:
            raise ModelUnavailable(f"The answer of {veil.name} broke off.", provider=veil.provider)
        return finished

    async def _keep(self, state: _State, kept: Kept) -> None:
        state.kept.append(kept)
        new, state.new = [*state.new, kept], []
        await self._transcript.keep(state.exchange.session_id, state.turn_id, new)


async def _shown(model: ChatModel, request: ChatRequest, veil: Veil, state: _State) -> Finished | None:
    """How the answer ended, when it did."""
    restorer = veil.stream()
    finished: Finished | None = None
    events = cast("AsyncGenerator[Any, None]", model.stream(request))
    async with aclosing(events):
        async for event in events:
            if isinstance(event, TextDelta):
                state.say(restorer.feed(event.text))
            elif isinstance(event, Finished):
                finished = event
    state.say(restorer.close())
    return finished


def _nobody(state: _State) -> ModelError:
    """What went wrong with each of them, as one error; its next step is that of the first."""
    first = state.failed[0]
    text = " ".join(error.message for error in state.failed)
    kind = type(first) if isinstance(first, ModelError) else ModelError
    return kind(text, hint=first.hint or "`roxy doctor` tells what is wrong; `/model` chooses another one.")


def _result(exchange: Exchange, finished: Finished) -> SkillResult:
    if finished.stop is StopReason.REFUSED:
        return _ended(exchange, "The model would not answer this.", "model_refused")
    if finished.stop is StopReason.LENGTH:
        exchange.delta(f"\n\n{_CUT}")
    return SkillResult(True, exchange.shown)


def _ended(exchange: Exchange, why: str, code: str) -> SkillResult:
    """A failure after words that were shown keeps them, so that the reply holds all that was said."""
    text = f"{exchange.shown}\n\n{why}" if exchange.shown else why
    return SkillResult(False, text, error=why, code=code)
