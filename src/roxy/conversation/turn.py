"""One utterance, start to end.

The order of events: the session is resumed or begun; what was heard is on the disk before anything is done about it;
the choice is made; a skill runs, or Roxy's own words answer; the reply is on the disk before it is said. When a skill
asks something, its question is the reply, the skill waits, and the next utterance of that session at that door goes
to it.

This is the border of the conversation: whatever goes wrong below becomes a reply in words.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from roxy.contracts.events import Event, EventKind, EventSink
from roxy.contracts.ids import new_id
from roxy.contracts.skills import NOT_MINE
from roxy.contracts.turns import Listener, Reply, Utterance
from roxy.conversation.choose import Answer, Choice, Manners, NotUnderstood, Repeat, Run, Stop, Undo, choose
from roxy.conversation.contexts import Contexts
from roxy.conversation.dialogue import Exchange, Question
from roxy.conversation.followup import Before
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Undo as UndoLog
from roxy.conversation.words import Words
from roxy.observe import metrics, trace
from roxy.skills.manager import Match, SkillManager

_MORE_READINGS = 2
_NOTHING_TO_STOP = "OK. There is nothing going on that I could stop; “undo” takes back the last change."
_MAX_PLACES = 1000
"""Sessions at doors whose last utterance is kept, so that one can go on from it."""


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
        events: EventSink,
    ) -> None:
        self.sessions = sessions
        """The conversations that are kept."""
        self._undo = undo
        self._skills = skills
        self._contexts = contexts
        self._words = words
        self._events = events
        self._exchanges: dict[tuple[str, str], Exchange] = {}
        self._before: dict[tuple[str, str], Before] = {}
        self._latest_turn: dict[tuple[str, str], str] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def turn(self, utterance: Utterance, listener: Listener) -> Reply:
        """Take one utterance to its reply."""
        began = time.perf_counter()
        session_id = utterance.session_id or self.sessions.create()
        correlation_id = new_id("cor")
        with trace.bound(correlation_id=correlation_id, session_id=session_id):
            async with self._locks.setdefault(session_id, asyncio.Lock()):
                turn_id = await self.sessions.begin_turn(session_id, utterance.text, utterance.door, correlation_id)
                self._record(EventKind.REQUEST, "turn.heard", door=utterance.door, characters=len(utterance.text))
                heard = _Heard(utterance=utterance, listener=listener, session_id=session_id, turn_id=turn_id)
                choice = self._choose(heard)
                reply = await self._respond(heard, choice)
                if not isinstance(choice, Answer):
                    # What a skill changes after a question belongs to the turn that started the skill.
                    self._note_turn(heard)
                return await self._remember(heard, replace(reply, ms=round((time.perf_counter() - began) * 1000, 1)))

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

    def _choose(self, heard: _Heard) -> Choice:
        exchange = self._exchanges.get(heard.place)
        waiting = exchange is not None and exchange.waiting
        return choose(
            heard.utterance.text,
            question_open=waiting,
            words=self._words,
            skills=self._skills,
            before=self._before.get(heard.place),
        )

    async def _respond(self, heard: _Heard, choice: Choice) -> Reply:
        match choice:
            case Run():
                return await self._run_first_willing(heard, choice)
            case Manners(kind=kind):
                return heard.reply(self._words.replies[kind])
            case Answer():
                return await self._answered(heard)
            case Stop():
                stopped = await self.cancel(heard.session_id)
                return heard.reply("OK, never mind." if stopped else _NOTHING_TO_STOP)
            case Undo(only_latest=only_latest):
                return heard.reply(await self._undone(heard, only_latest=only_latest))
            case Repeat():
                return heard.reply(await self._last_reply(heard))
            case NotUnderstood(nearest=nearest):
                return heard.reply(_not_understood(nearest), code="not_understood")

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

    async def _run_first_willing(self, heard: _Heard, choice: Run) -> Reply:
        """The best reading, or the next one as long as a skill leaves the words to others."""
        for match in (choice.match, *choice.others[:_MORE_READINGS]):
            reply = await self._run(heard, match, choice.text or heard.utterance.text)
            if reply.code != NOT_MINE:
                self._keep_for_going_on(heard, match)
                return reply
        return heard.reply(_not_understood(self._skills.nearest(heard.utterance.text, 3)), code="not_understood")

    def _keep_for_going_on(self, heard: _Heard, match: Match) -> None:
        slots = tuple(value for value in match.parameters.values() if isinstance(value, str))
        self._before.pop(heard.place, None)
        self._before[heard.place] = Before(match.understood, match.skill, match.intent.name, slots)
        if len(self._before) > _MAX_PLACES:
            del self._before[next(iter(self._before))]

    def _note_turn(self, heard: _Heard) -> None:
        self._latest_turn.pop(heard.place, None)
        self._latest_turn[heard.place] = heard.turn_id
        if len(self._latest_turn) > _MAX_PLACES:
            del self._latest_turn[next(iter(self._latest_turn))]

    async def _run(self, heard: _Heard, match: Match, text: str) -> Reply:
        exchange = Exchange(
            heard.utterance, session_id=heard.session_id, words=self._words, listener=heard.listener, match=match
        )
        self._exchanges[heard.place] = exchange
        work = self._contexts.run(match, exchange, text=text, turn_id=heard.turn_id)
        exchange.start(work, ended=lambda: self._ended(heard.place))
        return await self._next(heard, exchange)

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
            route=f"skill:{exchange.match.skill}",
            skill=exchange.match.skill,
            intent=exchange.match.intent.name,
            tools=tuple(exchange.tools),
        )
        if isinstance(came, Question):
            return replace(about, question=True, choices=tuple(came.choices))
        code = came.code or ("" if came.success else "skill_error")
        return replace(about, success=came.success, code=code, data=came.data)

    async def _remember(self, heard: _Heard, reply: Reply) -> Reply:
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
            Event(kind=kind, name=name, data=data, session_id=ids.session_id, correlation_id=ids.correlation_id)
        )


def _not_understood(nearest: Sequence[str]) -> str:
    if not nearest:
        return "I did not understand that, and no skill is loaded that could help. `roxy doctor` tells what is wrong."
    phrases = "\n".join(f"  - {phrase}" for phrase in nearest)
    return f"Sorry, I did not understand that. Things you can say:\n{phrases}\nSay “help” for everything I can do."
