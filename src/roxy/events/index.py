"""Full-text search over events: keeping the index, and asking it.

Words are runs of letters and digits, whatever their case and accents. All words of a search must be found; words in
double quotes must follow each other, and a word with a star at its end is a beginning.

Events are put into the index a little later, many at a time: a commit that somebody waits for does not wait for the
index, and large pieces need less merging. A slice takes what the index has not seen yet (rows come in the order of
`seq`), so an index that was switched off, or left behind by a kill, catches up by itself. A search catches up first; on
PostgreSQL, where others index and write meanwhile, it looks through the last events itself.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from itertools import chain, starmap
from typing import NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    column,
    false,
    func,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.store.database import Database
from roxy.store.tables import events

SLICE = 1_000
"""As many events are put into the index at once: enough for it to be fast, and few enough to keep nobody waiting."""

TAIL = 100_000
"""So many of the newest events PostgreSQL looks through one by one in a search: some tenths of a second."""

_INDEX_NEW = {
    "sqlite": """
        INSERT INTO events_fts(rowid, text) SELECT seq, text FROM events_text
        WHERE seq > coalesce((SELECT max(id) FROM events_fts_docsize), 0) ORDER BY seq LIMIT ?
    """,
    "postgresql": """
        INSERT INTO events_words (seq, words) SELECT seq, roxy_event_words(data) FROM events
        WHERE seq > coalesce((SELECT max(seq) FROM events_words), 0) ORDER BY seq LIMIT $1
    """,
}
_BEHIND = """
    SELECT coalesce(max(seq) - greatest((SELECT max(seq) FROM events_words), min(seq) - 1), 0) FROM events
"""
_FORGET = """
    INSERT INTO events_fts(events_fts, rowid, text) SELECT 'delete', seq, text FROM events_text
    WHERE seq IN (SELECT value FROM json_each(?)) AND seq IN (SELECT id FROM events_fts_docsize)
"""
_PIECES = re.compile(r'"([^"]*)"|(\S+)')
_MOST_WORDS = 32


class Match(NamedTuple):
    """How a search, or a part of it, is put into a SELECT: what from, the condition, and the column that orders."""

    source: FromClause
    condition: ColumnElement[bool]
    position: ColumnElement[int]


async def index_slice(database: Database) -> bool:
    """Put the next events into the index; returns whether there may be more of them."""
    async with database.deriving() as connection:
        return (await connection.exec_driver_sql(_INDEX_NEW[database.dialect], (SLICE,))).rowcount >= SLICE


async def catch_up(database: Database) -> None:
    """Bring the events into the index that are not in it yet, but for those that a search looks through itself."""
    if database.dialect == "sqlite":
        while await index_slice(database):
            pass
        return
    async with database.reading() as connection:
        behind = (await connection.exec_driver_sql(_BEHIND)).scalar_one()
    for _ in range(TAIL, behind, SLICE):  # not for ever, when others write meanwhile
        await index_slice(database)


async def unindex(connection: AsyncConnection, seqs: Sequence[int]) -> None:
    """Take the words of events out of the index, before the events are deleted in the same transaction.

    PostgreSQL does it by itself: a trigger.
    """
    if connection.dialect.name == "sqlite":
        await connection.exec_driver_sql(_FORGET, (json.dumps(list(seqs)),))


def match(dialect: str, searched: str) -> Sequence[Match]:
    """What finds `searched`, in parts that have no event in common; empty when it has no word in it."""
    pieces = [piece for piece in (_piece(*found) for found in _PIECES.findall(searched)) if piece][:_MOST_WORDS]
    if not pieces:
        return ()
    if dialect == "sqlite":
        index = table("events_fts", column("rowid"))
        asked = " AND ".join(f'"{" ".join(words)}"{"*" if begins else ""}' for words, begins in pieces)
        condition = text("events_fts MATCH :asked").bindparams(bindparam("asked", asked))
        return [Match(index.join(events, events.c.seq == index.c.rowid), condition, index.c.rowid)]  # type: ignore[arg-type] # a text is a condition
    asked = " & ".join(starmap(_followed, pieces))
    return _match_postgresql(bindparam("asked", asked), list(chain.from_iterable(words for words, _ in pieces)))


def _match_postgresql(asked: BindParameter[str], words: Sequence[str]) -> Sequence[Match]:
    """What is in the index, and those after its last one; both of one moment, when one statement asks for both."""
    index = table("events_words", column("seq", Integer), column("words"))
    query = func.to_tsquery(text("'pg_catalog.simple'"), asked)
    last = select(func.coalesce(func.max(index.c.seq), 0)).scalar_subquery()
    said = func.roxy_event_words(events.c.data).op("@@")(query)
    tail = and_(events.c.seq > last, case((_may_say(words), said), else_=false()))
    return [
        Match(index.join(events, events.c.seq == index.c.seq), index.c.words.op("@@")(query), index.c.seq),
        Match(events, tail, events.c.seq),
    ]


def _may_say(words: Sequence[str]) -> ColumnElement[bool]:
    """A quick look at an event, a tenth of the price: what is ASCII alone must hold the words as they are."""
    said = cast(events.c.data, Text)
    plain = said.collate("C")  # folds ASCII letters alone, at half the price
    beyond = or_(func.octet_length(said) != func.char_length(said), said.contains("\\u", autoescape=True))
    if not all(word.isascii() for word in words):
        return beyond
    values = func.regexp_replace(plain, r'"\w+":', "", "g")  # names of fields, as `text`, stand in every event
    return or_(and_(*(one.ilike(f"%{word}%") for one in (plain, values) for word in words)), beyond)


def _piece(quoted: str, plain: str) -> tuple[list[str], bool] | None:
    words = "".join(c if c.isalnum() or unicodedata.combining(c) else " " for c in quoted or plain).split()
    return (words, plain.endswith("*")) if words else None


def _followed(words: list[str], begins: bool) -> str:  # noqa: FBT001 - a piece, as `_piece` gives it
    bare = ["".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)) for word in words]
    return "(" + " <-> ".join(f"'{word}'" for word in bare) + (":*)" if begins else ")")
