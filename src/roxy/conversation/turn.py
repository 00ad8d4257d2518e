"""One utterance, start to end.

The order of events: the session is resumed or begun; what was heard is kept before anything is done about it, and is on
the disk before a skill or a tool does anything (a model is asked meanwhile); the choice is made; a skill runs, a model
answers with tools, or Roxy's own words do; the pseudonyms that left, and then the reply, are on the disk before it is
said. When a skill or a tool asks something, its question is the reply, the skill waits, and the next utterance of that
session at that door goes to it. A turn in which the user told something of themself may end with the question whether
to remember that (see `longterm.asking`).

This is the border of the conversation: whatever goes wrong below becomes a reply in words.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.ids import new_id
from roxy.contracts.privacy import LateKeeper
from roxy.contracts.skills import NOT_MINE, SkillResult
from roxy.contracts.turns import Listener, Reply, Utterance
from roxy.conversation.choose import Answer, AskModel, Choice, Manners, NotUnderstood, Repeat, Run, Stop, Undo, choose
from roxy.conversation.consult.addressed import Consult
from roxy.conversation.consult.asking import DOOR, Consultations, asked_back
from roxy.conversation.contexts import Contexts
from roxy.conversation.dialogue import Exchange, Question
from roxy.conversation.followup import Before
from roxy.conversation.longterm.asking import Asking
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Undo as UndoLog
from roxy.conversation.words import Words
from roxy.errors import BudgetExceeded, ModelError, RoxyError
from roxy.llm.router import Policy, Router
from roxy.observe import metrics, trace
from roxy.privacy.policy.origin import Origin, speaking
from roxy.skills.manager import Match, SkillManager

_MORE_READINGS = 2
_NOTHING_TO_STOP = "OK. There is nothing going on that I could stop; “undo” takes back the last change."
_MAX_PLACES = 1000
"""Sessions at doors whose last utterance is kept, so that one can go on from it."""


class Thinker(Protocol):
    """Lets models answer; `roxy.conversation.model.loop.Loop` is the real one."""

    async def run(self, exchange: Exchange, models: Sequence[str], *, text: str, turn_id: str) -> SkillResult:
        """Answer; raises `ModelError` when none of `models` did."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """An utterance that is on the disk."""

    utterance: Utterance
    listener: Listener
    session_id: str
    turn_id: str

    @property
    def place(self) -> tuple[str, str]:
        """The session and the door, where a question waits for its answer."""
        return self.session_id, self.utterance.door

    def reply(self, text: str, *, code: str = "") -> Reply:
        """Roxy's own words."""
        return Reply(text=text, session_id=self.session_id, success=not code, code=code, route="roxy")


class Conversation:
    """Takes utterances to replies; any number of sessions at once, one utterance of a session at a time."""

    def __init__(  # the conductor hands the conversation all that it talks with
        self,
        *,
        sessions: Sessions,
        undo: UndoLog,
        skills: SkillManager,
        contexts: Contexts,
        words: Words,
        asking: Asking,
        events: EventSink,
        router: Router,
        thinker: Callable[[], Awaitable[Thinker]],
        vaults: LateKeeper,
        consults: bool = True,
    ) -> None:
        self.sessions = sessions
        """The conversations that are kept."""
        self._undo = undo
        self._skills = skills
        self.contexts = contexts
        """What skills get; a model runs skills in the same ones."""
        self.words = words
        self._asking = asking
        self._events = events
        self._router = router
        self._thinker = thinker
        self._vaults = vaults
        self._consults = consults
        self.consultations = Consultations(self.turn, sessions, events)
        """Lets one session ask another one."""
        self._exchanges: dict[tuple[str, str], Exchange] = {}
        self._before: dict[tuple[str, str], Before] = {}
        self._after_model: set[tuple[str, str]] = set()
        self._latest_turn: dict[tuple[str, str], str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def turn(self, utterance: Utterance, listener: Listener) -> Reply:
        """Take one utterance to its reply."""
        began = time.perf_counter()
        session_id = utterance.session_id or self.sessions.create()
        around = trace.current()
        # A question of another session belongs to what that one was asked.
        correlation_id = (around.correlation_id if around.hop else None) or new_id("cor")
        with trace.bound(correlation_id=correlation_id, session_id=session_id):
            self._router.check(utterance.model)
            async with self._locks.setdefault(session_id, asyncio.Lock()):
                turn_id = await self.sessions.begin_turn(session_id, utterance.text, utterance.door, correlation_id)
                self._record(EventKind.REQUEST, "turn.heard", door=utterance.door, characters=len(utterance.text))
                heard = _Heard(utterance=utterance, listener=listener, session_id=session_id, turn_id=turn_id)
                reply = await self._asked(heard) or await self._chosen(heard)
                return await self._remember(heard, replace(reply, ms=round((time.perf_counter() - began) * 1000, 1)))

    async def _asked(self, heard: _Heard) -> Reply | None:
        """The reply when this answers the question whether to remember something."""
        said = heard.utterance.text
        reply = await self._asking.answered(heard.place, said, heard.reply(""), heard.turn_id)
        if reply is not None:
            self._note_turn(heard)
        return reply

    async def _chosen(self, heard: _Heard) -> Reply:
        """Choose what is done, and do it."""
        choice = await self._choose(heard)
        reply = await self._respond(heard, choice)
        if isinstance(choice, Answer):
            # What a skill changes after a question belongs to the turn that started the skill.
            return reply
        self._note_turn(heard)
        if reply.question or heard.utterance.one_shot or not (reply.success or reply.code == "not_understood"):
            return reply
        return self._asking.ask(heard.place, await self._asking.proposals(heard.utterance.text, heard.turn_id), reply)

    async def cancel(self, session_id: str) -> bool:
        """Stop the turn or the question in flight of a session; False when there is none."""
        going_on = [exchange for (session, _), exchange in self._exchanges.items() if session == session_id]
        for exchange in going_on:
            await exchange.cancel()
        return bool(going_on)

    async def aclose(self) -> None:
        """Stop everything in flight."""
        for exchange in list(self._exchanges.values()):
            await exchange.cancel()

    async def _choose(self, heard: _Heard) -> Choice:
        exchange = self._exchanges.get(heard.place)
        return await choose(
            heard.utterance.text,
            question_open=exchange is not None and exchange.waiting,
            words=self.words,
            skills=self._skills,
            models=lambda: self.models(heard.session_id, heard.utterance.model),
            model_first=self._router.policy is Policy.MODEL_FIRST,
            before=self._before.get(heard.place),
            after_model=heard.place in self._after_model,
            sessions=self._consults,
        )

    async def models(self, session_id: str | None, asked: str = "") -> Sequence[str]:
        """The models that are tried in a session, the first one first; empty when skills answer alone.

        Raises `UsageError` when the session chose one that has left the settings since then.
        """
        chosen = await self.sessions.model(session_id) if session_id and not asked else ""
        return self._router.order(asked=asked, chosen=chosen)

    async def choose_model(self, name: str, session_id: str | None) -> str:
        """Ask this model first in a session from now on; None begins a session. Returns the session's id."""
        self._router.check(name)
        chosen_in = session_id or self.sessions.create()
        await self.sessions.choose_model(chosen_in, name)
        return chosen_in

    async def _respond(self, heard: _Heard, choice: Choice) -> Reply:
        if not isinstance(choice, AskModel):
            # A model's first answer is kept before its calls are made, and takes what was heard to the disk with it.
            await self.sessions.flush()
        match choice:
            case Run() | Consult() | AskModel():
                return await self._work(heard, lambda exchange: self._done(heard, exchange, choice))
            case Manners(kind=kind):
                return heard.reply(self.words.replies[kind])
            case Answer():
                return await self._answered(heard)
            case Stop():
                stopped = await self.cancel(heard.session_id)
                return heard.reply("OK, never mind." if stopped else _NOTHING_TO_STOP)
            case Undo(only_latest=only_latest):
                return heard.reply(await self._undone(heard, only_latest=only_latest))
            case Repeat():
                return heard.reply(await self._last_reply(heard))
            case NotUnderstood():
                return heard.reply(_not_understood(self._nearest(heard)), code="not_understood")

    async def _undone(self, heard: _Heard, *, only_latest: bool) -> str:
        if not only_latest:
            undone = await self._undo.undo_last(heard.session_id)
            return undone or "There is nothing in this conversation that I could take back."
        turn_id = self._latest_turn.get(heard.place)
        undone = await self._undo.undo_last(heard.session_id, only_turn=turn_id) if turn_id else None
        return undone or _NOTHING_TO_STOP

    async def _last_reply(self, heard: _Heard) -> str:
        said = [line.text for line in await self.sessions.exchanges(heard.session_id, 4) if line.role == "roxy"]
        return said[-1] if said else "I have not said anything yet."

    async def _work(self, heard: _Heard, work: Callable[[Exchange], Coroutine[None, None, SkillResult]]) -> Reply:
        """Let a skill or a model work in a task of its own, until it is done or asks something."""
        self._after_model.discard(heard.place)
        exchange = Exchange(heard.utterance, session_id=heard.session_id, words=self.words, listener=heard.listener)
        self._exchanges[heard.place] = exchange
        # What another session asks is not in its user's words.
        words = "" if heard.utterance.door == DOOR else heard.utterance.text
        with speaking(Origin.SKILL, words):
            exchange.start(work(exchange), ended=lambda: self._ended(heard.place))
        return await self._next(heard, exchange)

    async def _done(self, heard: _Heard, exchange: Exchange, choice: Run | Consult | AskModel) -> SkillResult:
        match choice:
            case Run():
                return await self._perform(heard, exchange, choice)
            case Consult():
                return await self._consult(heard, exchange, choice)
            case AskModel():
                return await self._think(heard, exchange, choice)

    async def _perform(self, heard: _Heard, exchange: Exchange, choice: Run) -> SkillResult:
        """The best reading, or the next one as long as a skill leaves the words to others; then a model, if any."""
        text = choice.text or heard.utterance.text
        for match in (choice.match, *choice.others[:_MORE_READINGS]):
            exchange.answered_by(match)
            result = await self.contexts.run(match, exchange, text=text, turn_id=heard.turn_id)
            if result.code != NOT_MINE:
                self._keep_for_going_on(heard, match)
                return result
        exchange.answered_by(None)
        names = await self.models(heard.session_id, heard.utterance.model)
        if names and self._router.policy is not Policy.MODEL_FIRST:
            return await self._think(heard, exchange, AskModel(names, NotUnderstood()))
        return SkillResult(False, _not_understood(self._nearest(heard)), code="not_understood")

    async def _consult(self, heard: _Heard, exchange: Exchange, choice: Consult) -> SkillResult:
        """Let another session answer what the user asks it: in the user's own words, which are for it."""
        session = choice.session
        exchange.route = f"session:{session}"
        model = heard.utterance.model
        try:
            reply = await self.consultations.ask(session, choice.question, exchange, model=model)
        except RoxyError as error:
            return SkillResult(False, str(error), error=str(error), code=error.code)
        exchange.tools.extend(reply.tools)
        return SkillResult(reply.success, asked_back(session, reply), data=reply.data, code=reply.code)

    def _nearest(self, heard: _Heard) -> Sequence[str]:
        """Phrases that would have been understood; looked for only when they are said, for it takes a while."""
        return self._skills.nearest(heard.utterance.text, 3)

    def _keep_for_going_on(self, heard: _Heard, match: Match) -> None:
        slots = tuple(value for value in match.parameters.values() if isinstance(value, str))
        self._before.pop(heard.place, None)
        self._before[heard.place] = Before(match.understood, match.skill, match.intent.name, slots)
        if len(self._before) > _MAX_PLACES:
            del self._before[next(iter(self._before))]

    async def _think(self, heard: _Heard, exchange: Exchange, choice: AskModel) -> SkillResult:
        """Let a model answer; when none does, what the sentences make of it, or honest words and the next step."""
        text = heard.utterance.text
        try:
            thinker = await self._thinker()
            result = await thinker.run(exchange, choice.models, text=text, turn_id=heard.turn_id)
        except ModelError as error:
            if isinstance(choice.otherwise, Run):
                return await self._perform(heard, exchange, choice.otherwise)
            exchange.answered_by(None)
            return SkillResult(False, _no_model(error, self._nearest(heard)), error=str(error), code=error.code)
        # "And in Paris?" after a model's words goes on from those, not from what a skill understood before.
        self._before.pop(heard.place, None)
        self._after_model.add(heard.place)
        return result

    def _note_turn(self, heard: _Heard) -> None:
        self._latest_turn.pop(heard.place, None)
        self._latest_turn[heard.place] = heard.turn_id
        if len(self._latest_turn) > _MAX_PLACES:
            del self._latest_turn[next(iter(self._latest_turn))]

    def _ended(self, place: tuple[str, str]) -> None:
        self._exchanges.pop(place, None)

    async def _answered(self, heard: _Heard) -> Reply:
        exchange = self._exchanges[heard.place]
        exchange.listener = heard.listener
        exchange.answer(heard.utterance.text)
        return await self._next(heard, exchange)

    async def _next(self, heard: _Heard, exchange: Exchange) -> Reply:
        """The skill's next question or its result, as the reply to what was heard."""
        try:
            came = await exchange.next()
        except asyncio.CancelledError:
            # The door went away in the middle: nobody is left to hear the answer.
            await exchange.cancel()
            raise
        about = heard.reply(came.text if isinstance(came, Question) else came.response_text or came.error)
        about = replace(
            about,
            route=exchange.route or about.route,
            skill=exchange.skill,
            intent=exchange.intent,
            tools=tuple(exchange.tools),
        )
        if isinstance(came, Question):
            return replace(about, question=True, choices=tuple(came.choices))
        code = came.code or ("" if came.success else "skill_error")
        return replace(about, success=came.success, code=code, data=came.data)

    async def _remember(self, heard: _Heard, reply: Reply) -> Reply:
        if (vaults := self._vaults.now) is not None:
            await vaults.save(heard.session_id)  # mostly done by now: it began while the turn went on
        await self.sessions.end_turn(heard.turn_id, reply)
        self._record(
            EventKind.RESPONSE, "turn.replied", route=reply.route, intent=reply.intent, code=reply.code, ms=reply.ms
        )
        metrics.turn_ended(reply.route, reply.ms / 1000, success=reply.success)
        await self._skills.turn_ended(
            session_id=heard.session_id,
            text=heard.utterance.text,
            reply=reply.text,
            skill=reply.skill or "",
            success=reply.success,
            data=reply.data,
        )
        return reply

    def _record(self, kind: EventKind, name: str, **data: Any) -> None:
        """Events hold no words of the user: they would have to be redacted, and they are in the session anyway."""
        ids = trace.current()
        self._events.record(
            Event(
                kind=kind,
                name=name,
                data=data,
                session_id=ids.session_id,
                correlation_id=ids.correlation_id,
                parent_id=ids.parent_id,
                hop=ids.hop,
            )
        )


def _no_model(error: ModelError, nearest: Sequence[str]) -> str:
    if isinstance(error, BudgetExceeded):
        return str(error)
    phrases = "".join(f"\n  - {phrase}" for phrase in nearest)
    could = f"\nThe nearest things I can do without one:{phrases}" if phrases else ""
    return f"I did not understand that by myself, and no model answered: {error}{could}"


def _not_understood(nearest: Sequence[str]) -> str:
    if not nearest:
        return "I did not understand that, and no skill is loaded that could help. `roxy doctor` tells what is wrong."
    phrases = "\n".join(f"  - {phrase}" for phrase in nearest)
    return f"Sorry, I did not understand that. Things you can say:\n{phrases}\nSay “help” for everything I can do."
