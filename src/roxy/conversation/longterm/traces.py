"""What is left of a forgotten thing elsewhere, and its end.

`drop_traces` belongs into the transaction that forgets: the lines of summaries that say it go, the turn in which it was
told is summarised no more, and the indexes are made anew, for a word that was deleted stays in them otherwise. `purge`
also takes what could be undone, after which nobody can bring the thing back.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.contracts.skills import MemoryItem
from roxy.conversation.longterm.search import alike, telling_words
from roxy.conversation.longterm.sentences import facts
from roxy.store.tables import memory, summaries, undo, unkept

CONFIRMED = "confirmed_turn_id"
"""In what is known of a fact: the turn in which the user said yes, whose reply tells the fact again."""
_INDEXED = ("memory", "summaries")


async def drop_traces(connection: AsyncConnection, items: Sequence[MemoryItem], *, undoable: bool) -> None:
    """Drop what is left of `items`, whose rows are gone; when not `undoable`, also from what could be undone."""
    told = (item.about.get(name) for item in items for name in ("turn_id", CONFIRMED))
    turns = {turn for turn in told if isinstance(turn, str)}
    if turns:
        now = datetime.now(UTC)
        await connection.execute(insert(unkept), [{"at": now, "turn_id": turn, "digest": None} for turn in turns])
    await _drop_lines(connection, items)
    if not undoable:
        await _purge(connection, {item.id for item in items})
    await rebuild_indexes(connection)


async def rebuild_indexes(connection: AsyncConnection) -> None:
    """Make the indexes of words anew where words that are gone would stay in them."""
    for table in _INDEXED if connection.dialect.name == "sqlite" else ():
        statement = f"INSERT INTO {table}_fts({table}_fts) VALUES ('rebuild')"  # noqa: S608 - a table of ours
        await connection.exec_driver_sql(statement)


def says(line: str, item: MemoryItem) -> bool:
    """Whether a line tells `item`: all words of a fact's value, or half of the words of anything else."""
    stated = facts(item.text)
    words = [word for fact in stated for word in telling_words(fact.value)]
    wanted = len(words)
    if not words:
        words = telling_words(item.text)
        wanted = -(-len(words) // 2)
    there = telling_words(line)
    return bool(words) and sum(any(alike(word, other) for other in there) for word in words) >= wanted


async def _drop_lines(connection: AsyncConnection, items: Sequence[MemoryItem]) -> None:
    # Every summary is newer now: what a model is just writing from the old one is not taken any more.
    await connection.execute(update(summaries).values(revision=summaries.c.revision + 1))
    for row in (await connection.execute(select(summaries.c.id, summaries.c.text))).all():
        lines = row.text.splitlines()
        left = [line for line in lines if not any(says(line, item) for item in items)]
        if len(left) < len(lines):
            changed = update(summaries).where(summaries.c.id == row.id).values(text="\n".join(left))
            await connection.execute(changed)


async def _purge(connection: AsyncConnection, ids: Collection[str]) -> None:
    kept = select(undo.c.seq, undo.c.key).where(undo.c.target == memory.name)
    gone = [row.seq for row in (await connection.execute(kept)).all() if row.key.get("id") in ids]
    if gone:
        await connection.execute(delete(undo).where(undo.c.seq.in_(gone)))
