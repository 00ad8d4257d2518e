"""What the user asked Roxy to remember, found again by full text.

Order of events in a search: the question's small words are dropped, the rest must all be found (word stems count as
equal); when nothing has them all, their beginnings are enough; then the items with most of the words come, at least
half of them. Within each step the database's own measure (bm25, ts_rank) decides the order. All that belongs to a
dialect is in `_ranked`.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Float, Integer, Subquery, bindparam, column, delete, insert, select, text, update
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.ids import new_id
from roxy.contracts.skills import MemoryItem
from roxy.conversation.undo import Journal, quoted
from roxy.store.database import Database
from roxy.store.tables import memory

_SMALL = frozenset(
    word
    for line in (
        "a about am an and any are as at be been but by can could did do does for from had has have he her his how i",
        "if in is it its know me my of on or our remember she should so tell that the their them they this to us was",
        "we were what whats when where wheres which who whom whos whose why will with would you your",
    )
    for word in line.split()
)
_APOSTROPHES = dict.fromkeys(map(ord, "'\N{RIGHT SINGLE QUOTATION MARK}"))
_SHORT = 5
_MOST_WORDS = 16
_CANDIDATES = 50


class UserMemory:
    """The memory of one user; all skills and sessions share it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def for_turn(self, journal: Journal) -> "TurnMemory":
        """The memory as one turn sees it: what it changes can be undone."""
        return TurnMemory(self._database, journal)


class TurnMemory:
    """`roxy.contracts.skills.Memory` for one turn."""

    def __init__(self, database: Database, journal: Journal) -> None:
        self._database = database
        self._journal = journal

    async def remember(self, text: str, **about: Any) -> str:
        """Keep `text`; returns its id. It is on the disk when this returns."""
        id_, undone = new_id("mem"), f"I no longer remember {quoted(text)}."
        about = {**self._journal.source, **about}
        async with (
            self._database.writing() as connection,
            self._journal.change(connection, memory, {"id": id_}, undone),
        ):
            await connection.execute(insert(memory).values(id=id_, text=text, about=about, at=datetime.now(UTC)))
        return id_

    async def search(self, query: str, limit: int = 5) -> Sequence[MemoryItem]:
        """The items that answer `query` best, best first; a question's small words do not count."""
        words = _content_words(query)
        if not words or limit < 1:
            return []
        async with self._database.reading() as connection:
            rows = await _ranked(connection, words, limit)
            rows = rows or await _ranked(connection, words, limit, beginnings=True)
            rows = rows or await _with_most(connection, words, limit)
        return [_item(row) for row in rows]

    async def latest(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The newest items, newest first."""
        async with self._database.reading() as connection:
            newest = select(memory).order_by(memory.c.seq.desc()).limit(limit)
            return [_item(row) for row in (await connection.execute(newest)).mappings()]

    async def edit(self, id: str, text: str) -> bool:
        """Let the item `id` say `text`; when it was told stays, when it was changed is noted. False: there is none."""
        changed = {"changed": datetime.now(UTC).isoformat(timespec="seconds")}
        async with self._database.writing() as connection:
            kept = await _kept(connection, id)
            if kept is None:
                return False
            async with self._journal.change(connection, memory, {"id": id}, f"I remember {quoted(kept.text)} again."):
                edited = update(memory).where(memory.c.id == id).values(text=text, about={**kept.about, **changed})
                await connection.execute(edited)
        return True

    async def forget(self, id: str) -> bool:
        """Drop the item `id`; False when there is none."""
        async with self._database.writing() as connection:
            kept = await _kept(connection, id)
            if kept is None:
                return False
            async with self._journal.change(connection, memory, {"id": id}, f"I remember {quoted(kept.text)} again."):
                await connection.execute(delete(memory).where(memory.c.id == id))
        return True


async def _kept(connection: AsyncConnection, id_: str) -> MemoryItem | None:
    row = (await connection.execute(select(memory).where(memory.c.id == id_))).mappings().one_or_none()
    return None if row is None else _item(row)


def _content_words(query: str) -> list[str]:
    """The words that count, each once; all of them when there are only small ones."""
    plain = unicodedata.normalize("NFC", query.lower().translate(_APOSTROPHES))
    spaced = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in plain)
    words = [word for word in dict.fromkeys(spaced.split()) if word[0].isalnum()]
    return ([word for word in words if word not in _SMALL] or words)[:_MOST_WORDS]


async def _with_most(connection: AsyncConnection, words: Sequence[str], limit: int) -> Sequence[RowMapping]:
    """Those with the most of the words, at least half of them."""
    rows: dict[int, RowMapping] = {}
    counts: Counter[int] = Counter()
    for word in words:
        for row in await _ranked(connection, [word], _CANDIDATES, beginnings=True):
            rows[row["seq"]] = row
            counts[row["seq"]] += 1
    return [rows[seq] for seq, count in counts.most_common(limit) if count * 2 >= len(words)]


async def _ranked(
    connection: AsyncConnection, words: Sequence[str], limit: int, *, beginnings: bool = False
) -> Sequence[RowMapping]:
    """The rows with all `words` by relevance. Words are letters and digits, quoted: they hold no syntax."""
    hits = (_hits_postgresql if connection.dialect.name == "postgresql" else _hits_sqlite)(words, limit, beginnings)
    best = select(memory).join(hits, hits.c.seq == memory.c.seq).order_by(hits.c.rank, memory.c.seq.desc())
    rows = await connection.execute(best)
    return rows.mappings().all()


def _hits_sqlite(words: Sequence[str], limit: int, beginnings: bool) -> Subquery:  # noqa: FBT001 - one of two of a kind
    match = " AND ".join(f'"{_beginning(word)}"*' if beginnings else f'"{word}"' for word in words)
    return _hits(
        "SELECT rowid AS seq, rank FROM memory_fts WHERE memory_fts MATCH :match ORDER BY rank, rowid DESC LIMIT :most",
        match,
        limit,
    )


def _hits_postgresql(words: Sequence[str], limit: int, beginnings: bool) -> Subquery:  # noqa: FBT001 - as above
    plain = ["".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c)) for word in words]
    match = " & ".join(f"'{_beginning(word)}':*" if beginnings else f"'{word}'" for word in plain)
    return _hits(
        "SELECT seq, -ts_rank(roxy_memory_words(text), asked) AS rank "
        "FROM memory, to_tsquery('roxy_stems', :match) AS asked WHERE roxy_memory_words(text) @@ asked "
        "ORDER BY rank, seq DESC LIMIT :most",
        match,
        limit,
    )


def _hits(statement: str, match: str, most: int) -> Subquery:
    ranked = text(statement).bindparams(bindparam("match", match), bindparam("most", most))
    return ranked.columns(column("seq", Integer), column("rank", Float)).subquery("hits")


def _beginning(word: str) -> str:
    """What is left of a longer word without its ending: "allergies" is to find "allergic", whose stem is another."""
    return word[: max(_SHORT, len(word) - 3)]


def _item(row: RowMapping) -> MemoryItem:
    return MemoryItem(id=row["id"], text=row["text"], at=row["at"], about=row["about"])
