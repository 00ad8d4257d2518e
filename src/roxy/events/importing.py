"""What an agent's program has printed, read into the log: the lines of Codex, Gemini's program and Claude Code.

Order of events: a line is read and becomes events, which nobody has redacted; a few hundred of them are looked for in
the log, and those that are not there yet are appended. An event's id is made from the lines up to its own, so the same
file gives the same events whoever reads it again, and of a file that has grown only what is new comes in.
"""

import asyncio
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from types import ModuleType
from typing import Any

from sqlalchemy import select

from roxy.contracts.events import Event, EventKind
from roxy.contracts.models import Usage
from roxy.errors import UsageError
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, stream
from roxy.events.translators import claude_events, codex, gemini_events
from roxy.events.translators.transcript import Reader, read_lines, recorded
from roxy.store.database import Database
from roxy.store.tables import events

PROGRAMS: dict[str, ModuleType] = {"codex": codex, "gemini": gemini_events, "claude": claude_events}
"""Whose lines can be read."""

_AT_ONCE = 200
_MOST_NAMED = 20


@dataclass(slots=True)
class Imported:
    """What was read. Lines count from 1; of those that are no JSON object the first few are named."""

    lines: int = 0
    events: int = 0
    """How many were added to the log."""
    known: int = 0
    """How many had been there before."""
    unknown: int = 0
    """How many lines were of a kind that Roxy does not know; they are kept as they are."""
    bad: int = 0
    """How many lines are no JSON object, and were left out."""
    bad_lines: list[int] = field(default_factory=list)
    session_id: str | None = None
    correlation_id: str = ""

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return asdict(self)


async def import_lines(
    lines: Iterable[bytes], program: str, log: EventLog, database: Database, *, session_id: str | None = None
) -> Imported:
    """Read `lines` of `program` (a key of `PROGRAMS`) into the log, as events of the conversation `session_id`.

    Raises `UsageError` when no line is one, and `StoreError` when events cannot be written; those before are kept, and
    importing the same lines again goes on there.
    """
    told = Imported(session_id=session_id)
    reading = _Reading(program, told, await _used(database, program))
    batch: list[Event] = []
    for event in reading.events(lines):
        batch.append(event)
        if len(batch) >= _AT_ONCE:
            await _add(batch, log, database, told)
            batch = []
    await _add(batch, log, database, told)
    if not told.lines:
        raise UsageError(
            f"There is no line in it that {program} could have printed.",
            hint="JSON Lines are printed by `codex exec --json`, `gemini -o stream-json` and "
            "`claude -p --output-format stream-json --verbose`.",
        )
    return told


class _Reading:
    """One pass over the lines; counts them as it goes."""

    def __init__(self, program: str, told: Imported, used: Sequence[Event]) -> None:
        self._module = PROGRAMS[program]
        self._told = told
        self._digest = hashlib.sha256(f"{program} {told.session_id or ''}".encode())
        self._part = 0
        self._used = used

    def events(self, lines: Iterable[bytes]) -> Iterator[Event]:
        """The events of all lines, not redacted yet."""
        reader: Reader | None = None
        for number, found in read_lines(self._digested(lines)):
            if found is None:
                self._told.bad += 1
                self._told.bad_lines += [number] if len(self._told.bad_lines) < _MOST_NAMED else []
                continue
            reader = reader or self._reader()
            self._told.lines += 1
            yield from self._counted(recorded(reader, found))
        if reader is not None:
            yield from self._counted(recorded(reader, None))

    def _digested(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            self._digest.update(line.strip() + b"\n")
            self._part = 0
            yield line

    def _reader(self) -> Reader:
        told, module = self._told, self._module
        told.correlation_id = f"cor_{self._digest.hexdigest()[:18]}"
        more = {"earlier": self._used} if module is codex else {}
        reader: Reader = module.line_reader(session_id=told.session_id, correlation_id=told.correlation_id, **more)
        reader.record.next_id = self._next_id
        return reader

    def _next_id(self) -> str:
        self._part += 1
        return f"evt_{self._digest.hexdigest()[:24]}-{self._part}"

    def _counted(self, found: Iterable[Event]) -> Iterator[Event]:
        for event in found:
            self._told.unknown += event.kind is EventKind.OTHER and event.name not in self._module.FRAME
            yield replace(event, redacted=False)


async def _used(database: Database, program: str) -> list[Event]:
    """What earlier runs of Codex cost: it tells the cost of a whole thread, of which only the rest is new."""
    if program != "codex":
        return []
    names = Usage.__dataclass_fields__
    query = EventQuery(kinds=(EventKind.USAGE,), name="codex.turn.completed")
    found = stream(database, query)
    return [replace(e, data={name: e.data.get(name, 0) for name in names}, extra={}) async for e in found]


async def _add(batch: Sequence[Event], log: EventLog, database: Database, told: Imported) -> None:
    ids = [event.id for event in batch]
    async with database.reading() as connection:
        there = set((await connection.execute(select(events.c.id).where(events.c.id.in_(ids)))).scalars())
    new = [event for event in batch if event.id not in there]
    await asyncio.gather(*(log.append(event) for event in new))
    told.events += len(new)
    told.known += len(there)
