"""Facts are kept only when the user says so.

Order of events: a turn is over, and the user said something of themself in it that is neither known nor was declined.
Its reply ends with the question whether to remember it. A yes keeps it, a no is kept as a digest so that it is never
asked again, and anything else is no answer: the question is dropped, and the words are taken as what they are. Where a
fact contradicts another one, the question says so, and a yes replaces the old one.

What a model wants to remember is asked in the middle of its turn, before its tool does anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from roxy.contracts.skills import MemoryItem
from roxy.contracts.turns import Reply
from roxy.conversation.dialogue import Exchange
from roxy.conversation.longterm.sentences import Fact, facts
from roxy.conversation.longterm.traces import CONFIRMED
from roxy.conversation.longterm.unkept import Unkept
from roxy.conversation.memory import TurnMemory, UserMemory
from roxy.conversation.undo import Journal, quoted
from roxy.conversation.words import Words, plain
from roxy.errors import Denied, NeedsInput

_CHOICES = ("yes", "no")
_YES = frozenset(("yes", "always"))
_ANSWERS = _YES | {"no"}
_BOTH = frozenset(("both", "keep both", "both of them", "remember both"))
_MOST_PLACES = 1_000

Place = tuple[str, str]
"""A session and a door."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A fact that may be remembered, and what it contradicts."""

    fact: Fact
    before: MemoryItem | None
    turn_id: str
    """Where it was told."""

    @property
    def question(self) -> str:
        """What the user is asked."""
        if self.before is None:
            return f"Shall I remember that {self.fact.told}?"
        known = facts(self.before.text)
        told = f"that {known[0].told}" if known else quoted(self.before.text)
        since = f"{self.before.at.astimezone():%Y-%m-%d}"
        return f"I remember {told} (since {since}). Shall I remember that {self.fact.told} instead?"

    @property
    def choices(self) -> Sequence[str]:
        """The answers that are suggested."""
        return _CHOICES if self.before is None else (*_CHOICES, "both")


class Asking:
    """Asks about facts, one after the other, in each session at each door."""

    def __init__(self, memory: UserMemory, unkept: Unkept, words: Words) -> None:
        self._memory = memory
        self._unkept = unkept
        self._words = words
        self._open: dict[Place, list[Proposal]] = {}

    async def proposals(self, said: str, turn_id: str) -> Sequence[Proposal]:
        """What an utterance tells of the user that is new, and was not declined."""
        found = []
        for fact in facts(said):
            held = await self._memory.for_turn(Journal()).of_slot(fact.slot)
            known = any(_same(item, fact) for item in held)
            if not known and not await self._unkept.declined(fact.text):
                found.append(Proposal(fact, held[0] if held else None, turn_id))
        return found

    def ask(self, place: Place, proposals: Sequence[Proposal], reply: Reply) -> Reply:
        """The reply with the question about the first of `proposals`; what nobody understood makes way for it."""
        if not proposals:
            return reply
        self._open[place] = list(proposals)
        if len(self._open) > _MOST_PLACES:
            del self._open[next(iter(self._open))]
        question = proposals[0].question
        text = question if reply.code == "not_understood" else f"{reply.text}\n\n{question}"
        code = "" if reply.code == "not_understood" else reply.code
        return replace(reply, text=text, success=True, code=code, question=True, choices=tuple(proposals[0].choices))

    async def answered(self, place: Place, said: str, reply: Reply, turn_id: str) -> Reply | None:
        """The reply to an answer, with the next question if there is one; None when nothing was asked or answered."""
        waiting = self._open.pop(place, None)
        if not waiting:
            return None
        proposal, others = waiting[0], waiting[1:]
        both = proposal.before is not None and plain(said) in _BOTH
        meaning = "yes" if both else self._words.meaning(said)
        if meaning in _YES:
            text = await self._keep(proposal, Journal(place[0], turn_id), both=both)
        elif meaning == "no":
            await self._unkept.decline(proposal.fact.text)
            text = "OK, I will not remember it, and will not ask again."
        else:
            return None
        return self.ask(place, others, replace(reply, text=text))

    async def _keep(self, proposal: Proposal, journal: Journal, *, both: bool) -> str:
        memory, fact = self._memory.for_turn(journal, kind="fact"), proposal.fact
        about = {"turn_id": proposal.turn_id, CONFIRMED: journal.turn_id}
        if proposal.before is not None and not both:
            await memory.replace(proposal.before.id, fact.text, **about)
        else:
            await memory.remember(fact.text, **about)
        return f"OK, I will remember that {fact.told}."


class AskedMemory:
    """The memory as a model's tool has it: nothing is remembered before the user said yes.

    Implements the contracts' `Memory`.
    """

    def __init__(self, kept: TurnMemory, unkept: Unkept, exchange: Exchange, words: Words) -> None:
        self._kept = kept
        self._unkept = unkept
        self._exchange = exchange
        self._words = words

    async def remember(self, text: str, **about: Any) -> str:
        """Ask, then keep `text`; returns its id. Raises `Denied` when the user said no, now or before."""
        if await self._unkept.declined(text):
            raise Denied("The user does not want this to be remembered; it was not kept. Do not propose it again.")
        stated = facts(text)
        held = await self._kept.of_slot(stated[0].slot) if len(stated) == 1 else ()
        if len(stated) == 1 and not any(_same(item, stated[0]) for item in held):
            proposal = Proposal(stated[0], held[0] if held else None, "")
            question = proposal.question
        else:
            question, held = f"Shall I remember this: {quoted(text)}?", ()
        await self._permit(text, question)
        if held:
            return await self._kept.replace(held[0].id, text, **about)
        return await self._kept.remember(text, **about)

    async def _permit(self, text: str, question: str) -> None:
        if self._exchange.assume_yes:
            return
        meaning = None
        try:
            for again in ("", "Sorry, yes or no? "):
                meaning = self._words.meaning(await self._exchange.ask(again + question, choices=_CHOICES))
                if meaning in _ANSWERS:
                    break
        except NeedsInput:
            raise Denied(
                "Nobody can be asked now, so it was not kept. The user can say “remember that …” themself."
            ) from None
        if meaning == "no":
            await self._unkept.decline(text)
        if meaning not in _YES:
            raise Denied("The user did not say yes, so it was not kept. Do not propose it again.")

    async def search(self, query: str, limit: int = 5) -> Sequence[MemoryItem]:
        """The items that answer `query` best, best first."""
        return await self._kept.search(query, limit)

    async def latest(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The newest items, newest first."""
        return await self._kept.latest(limit)

    async def edit(self, id: str, text: str) -> bool:
        """Let the item `id` say `text`; False when there is none."""
        return await self._kept.edit(id, text)

    async def forget(self, id: str) -> bool:
        """Drop the item `id`; False when there is none."""
        return await self._kept.forget(id)


def _same(item: MemoryItem, fact: Fact) -> bool:
    return any(one.value.casefold() == fact.value.casefold() for one in facts(item.text))
