"""What models are told of a conversation so far: their own messages, tool calls and results, and all other turns.

A turn that a model answered is kept here message by message, with real values, as it happens. A turn that a skill
answered is already kept with the session; it is read from there as words of the user and of the assistant. So the next
model sees all of it, whoever answered, and a turn without a model costs nothing here.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache

from sqlalchemy import insert, select
from sqlalchemy.engine import RowMapping

from roxy.contracts.models import Message, Role, TextPart, ToolCallPart, ToolResultPart, Usage
from roxy.events.messages import message_as_json, message_from_json
from roxy.store.database import Database
from roxy.store.tables import model_messages, turns

TURNS = 100
"""So many turns back a model is told of, word for word."""
_MOST_READ = 5 * TURNS
"""So many are read at once: those beyond are left to be summarised, and a longer talk without a model is not read."""
BROKEN_OFF = "This call was broken off; whether it still took effect is not known."
_READ = 1_000
"""So many messages are not read again when they are told in the next turn."""
_OWN_WORDS = ("roxy", "skill:", "session:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A message, and whose it is: what only one provider understands goes back to that one alone."""

    message: Message
    provider: str = ""
    external: bool = False
    usage: Usage | None = None
    """What the answer cost, for an answer."""
    turn_id: str = ""
    turn: int = 0
    """The turn it belongs to, and its place among all turns; 0 for what is of no turn before this one."""


class Transcript:
    """The messages of all sessions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def before(self, session_id: str, turn_id: str, *, after: int = 0) -> tuple[list[Kept], int]:
        """What was said and done in the session before this turn, oldest first, every call with its result.

        Also how many tokens all answers in the session have cost so far, in and out. `after`: only what came after the
        turn of this place.
        """
        latest = (
            select(turns.c.seq, turns.c.id, turns.c.heard, turns.c.reply, turns.c.route)
            .where(turns.c.session_id == session_id, turns.c.id != turn_id, turns.c.seq > after)
            .order_by(turns.c.seq.desc())
            .limit(_MOST_READ)
        )
        stored = select(model_messages).where(model_messages.c.session_id == session_id).order_by(model_messages.c.seq)
        async with self._database.reading() as connection:
            spoken = (await connection.execute(latest)).mappings().all()
            rows = (await connection.execute(stored)).mappings().all()
        by_turn: dict[str, list[Kept]] = {}
        for row in rows:
            by_turn.setdefault(row["turn_id"], []).append(_kept(row))
        found = (
            replace(kept, turn_id=turn["id"], turn=turn["seq"])
            for turn in reversed(spoken)
            for kept in by_turn.get(turn["id"]) or _of_turn(turn)
        )
        return whole(found), sum(row["tokens"] for row in rows)

    async def keep(self, session_id: str, turn_id: str, kept: Iterable[Kept]) -> None:
        """Add messages of a turn. They are on the disk when this returns."""
        now = datetime.now(UTC)
        rows = [
            {
                "session_id": session_id,
                "turn_id": turn_id,
                "at": now,
                "provider": one.provider,
                "external": one.external,
                "tokens": one.usage.input_tokens + one.usage.output_tokens if one.usage else 0,
                "message": json.dumps(message_as_json(one.message), ensure_ascii=False),
            }
            for one in kept
        ]
        async with self._database.writing() as connection:
            await connection.execute(insert(model_messages), rows)


def whole(kept: Iterable[Kept]) -> list[Kept]:
    """The messages with a result for every call: a kill or a stop may have come between the two."""
    out: list[Kept] = []
    open_calls: dict[str, str] = {}
    for one in kept:
        if open_calls and one.message.role is not Role.TOOL:
            out.append(_broken_off(open_calls, out[-1]))
            open_calls = {}
        out.append(one)
        for part in one.message.parts:
            if isinstance(part, ToolCallPart):
                open_calls[part.id] = part.name
            elif isinstance(part, ToolResultPart):
                open_calls.pop(part.call_id, None)
    if open_calls:
        out.append(_broken_off(open_calls, out[-1]))
    return out


def said(role: Role, text: str) -> Kept:
    """Words of the user or of the assistant."""
    return Kept(message=Message(role=role, parts=(TextPart(text=text),)))


def _broken_off(calls: dict[str, str], last: Kept) -> Kept:
    parts = [ToolResultPart(call_id=key, name=name, content=BROKEN_OFF, is_error=True) for key, name in calls.items()]
    return Kept(message=Message(role=Role.TOOL, parts=tuple(parts)), turn_id=last.turn_id, turn=last.turn)


def _of_turn(turn: RowMapping) -> Sequence[Kept]:
    """A turn without messages of its own: as it was said; none when it belongs to an earlier turn of a model.

    The answer to a question of a model's tool is such a turn: its outcome stands among the results of that tool.
    """
    route = turn["route"] or _OWN_WORDS[0]
    if not route.startswith(_OWN_WORDS):
        return ()
    lines = [said(Role.USER, turn["heard"])]
    return [*lines, said(Role.ASSISTANT, turn["reply"])] if turn["reply"] else lines


def _kept(row: RowMapping) -> Kept:
    return Kept(message=_message(row["message"]), provider=row["provider"], external=row["external"])


@lru_cache(maxsize=_READ)
def _message(text: str) -> Message:
    return message_from_json(json.loads(text))
