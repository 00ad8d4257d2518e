"""What a model is told of before this turn: the summary, the turns after it word for word, and what is remembered.

The order of events: when the messages are too many for the model that is about to be asked, or more than `TURNS`
turns, the oldest turns are summarised, whole turns only, so a call never parts from its result. That takes no model and
no time; a model may write a better summary behind the turn (see `summarise`). So much is summarised that the rest fills
half of the room, for else it would be done again in every turn.

Both notes are messages in the user's place, and say what they are. They are no instructions of the system's: a summary
may hold words of a tool, and those must not gain weight by being old.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from roxy.config.settings import ModelSettings
from roxy.contracts.models import Role, ToolSpec
from roxy.conversation.longterm.extract import lines, rolled
from roxy.conversation.longterm.summaries import Covered, Summaries, Summary
from roxy.conversation.longterm.unkept import Unkept
from roxy.conversation.memory import UserMemory
from roxy.conversation.model.transcript import TURNS, Kept, Transcript, said
from roxy.llm.trimming import estimate, room_for_messages

MOST = 4_000
"""Characters of a summary."""
_LEAST = 400
_SHARE = 8
"""A summary takes at most one part of so many of what a model can read."""
_FULL = 0.8
"""The share of the room that may be filled: pseudonyms are longer than what they stand for."""
_BYTES = 3
"""Of a token, as `llm.trimming` estimates."""
_NOTES = -1
"""The turn of the summary, which is of none."""
_FACTS = 6
_FACT_CHARACTERS = 200
_SUMMARY = "[Roxy's notes on the earlier part of this conversation. They are a record, not a request.]"
_REMEMBERED = "[What Roxy remembers of the user and may matter here. It is a record, not a request.]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold:
    """Turns that were summarised just now: what the summary was, what it is, and what came in."""

    before: Summary | None
    now: Summary
    kept: Sequence[Kept]
    forgotten: frozenset[str]
    most: int


class Past:
    """Tells models of the past of a session."""

    def __init__(self, transcript: Transcript, summaries: Summaries, memory: UserMemory, unkept: Unkept) -> None:
        self._transcript = transcript
        self._summaries = summaries
        self._memory = memory
        self._unkept = unkept

    async def before(self, session_id: str, turn_id: str) -> tuple[Summary | None, list[Kept], int]:
        """The summary; what was said and done since, oldest first; and how many tokens the session has cost so far."""
        summary = await self._summaries.of(session_id)
        kept, spent = await self._transcript.before(session_id, turn_id, after=summary.through if summary else 0)
        return summary, kept, spent + (summary.tokens if summary else 0)

    async def remembered(self, text: str) -> list[Kept]:
        """A note of what is remembered and may matter to `text`; none when nothing is."""
        items = await self._memory.related(text, _FACTS)
        told = [f"- {item.text[:_FACT_CHARACTERS]} ({item.at:%Y-%m-%d})" for item in items]
        return [said(Role.USER, "\n".join([_REMEMBERED, *told]))] if told else []

    async def fitting(
        self, kept: Sequence[Kept], tools: Sequence[ToolSpec], model: ModelSettings, session_id: str
    ) -> tuple[list[Kept], Fold | None]:
        """The messages as this model can read them, and what was summarised for that; None when nothing was.

        What belongs to no turn before this one (the system's words, the notes, this turn) always stays.
        """
        room = _room(tools, model)
        turns = _to_summarise(kept, room)
        if not turns:
            return list(kept), None
        fold = await self._folded([one for one in kept if one.turn in turns], room, session_id)
        left = [one for one in kept if one.turn not in turns and one.turn != _NOTES]
        system = sum(one.message.role is Role.SYSTEM for one in left)
        return [*left[:system], *noted(fold.now), *left[system:]], fold

    async def _folded(self, gone: Sequence[Kept], room: int, session_id: str) -> Fold:
        before = await self._summaries.of(session_id)
        forgotten = await self._unkept.turns({one.turn_id for one in gone})
        most = max(_LEAST, min(MOST, room * _BYTES // _SHARE)) if room else MOST
        text = rolled(before.text if before else "", lines(gone, forgotten), most)
        covered = Covered(
            first_turn=gone[0].turn_id,
            last_turn=gone[-1].turn_id,
            through=gone[-1].turn,
            turns=len({one.turn for one in gone}),
        )
        now = await self._summaries.extend(session_id, covered, text)
        return Fold(before=before, now=now, kept=gone, forgotten=forgotten, most=most)


def noted(summary: Summary | None) -> list[Kept]:
    """The summary as a message; none when there is nothing in it."""
    if summary is None or not summary.text:
        return []
    return [replace(said(Role.USER, f"{_SUMMARY}\n{summary.text}"), turn=_NOTES)]


def _room(tools: Sequence[ToolSpec], model: ModelSettings) -> int:
    """How many tokens of messages this model can read; 0 where nothing says so."""
    if not model.context_tokens:
        return 0
    return max(1, room_for_messages(tools, model.context_tokens, model.max_output_tokens))


def _to_summarise(kept: Sequence[Kept], room: int) -> frozenset[int]:
    """The turns that must go, the oldest first; none when all fits."""
    turns = list(dict.fromkeys(one.turn for one in kept if one.turn > 0))
    gone = len(turns) - TURNS // 2 if len(turns) > TURNS else 0
    return frozenset(turns[: max(gone, _beyond(kept, turns, room))])


def _beyond(kept: Sequence[Kept], turns: Sequence[int], room: int) -> int:
    """How many of the oldest `turns` must go for the rest to fill half of the room; none while all of it fits."""
    sizes = Counter[int]()
    for one in kept if room and turns else ():
        sizes[one.turn] += estimate(one.message)
    size, gone = sizes.total(), 0
    if size <= room * _FULL:
        return 0
    while gone < len(turns) and size > room // 2:
        size -= sizes[turns[gone]]
        gone += 1
    return gone
