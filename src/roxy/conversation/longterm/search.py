"""Full-text search of what Roxy remembers, and of summaries.

Order of events in a search: the question's small words are dropped, the rest must all be found (word stems count as
equal); when nothing has them all, their beginnings are enough; then the items with most of the words come, at least
half of them. Within each step the database's own measure (bm25, ts_rank) decides the order. What belongs to a dialect
is in `_STATEMENTS`. What something else took the place of is not found.
"""

import unicodedata
from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Float, Integer, Subquery, Table, bindparam, column, select, text
from sqlalchemy.engine import RowMapping
from sqlalchemy.ext.asyncio import AsyncConnection

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
_STEM = 3
"""Words as short as this have no ending that could differ."""
_MOST_WORDS = 16
_CANDIDATES = 50
_STATEMENTS = {
    "sqlite": (
        "SELECT t.seq AS seq, f.rank AS rank FROM {table}_fts AS f JOIN {table} AS t ON t.seq = f.rowid "
        "WHERE {table}_fts MATCH :match{current} ORDER BY f.rank, t.seq DESC LIMIT :most"
    ),
    "postgresql": (
        "SELECT t.seq, -ts_rank(roxy_memory_words(t.text), asked) AS rank "
        "FROM {table} AS t, to_tsquery('roxy_stems', :match) AS asked "
        "WHERE roxy_memory_words(t.text) @@ asked{current} ORDER BY rank, t.seq DESC LIMIT :most"
    ),
}


async def found(connection: AsyncConnection, query: str, limit: int, table: Table = memory) -> Sequence[RowMapping]:
    """The rows of `memory` or `summaries` that answer `query` best, best first."""
    words = content_words(query)
    if not words or limit < 1:
        return []
    rows = await _ranked(connection, table, words, limit)
    rows = rows or await _ranked(connection, table, words, limit, beginnings=True)
    return rows or await _with_most(connection, table, words, limit)


async def related(connection: AsyncConnection, words: Sequence[str], limit: int) -> Sequence[RowMapping]:
    """The remembered things that hold any of `words`, those with the most of them first."""
    # One statement for all words: a turn of a model waits for it.
    rows = await _ranked(connection, memory, words[:_MOST_WORDS], _CANDIDATES, beginnings=True, any_word=True)

    def held(row: RowMapping) -> int:
        there = telling_words(row["text"])
        return sum(any(alike(word, other) for other in there) for word in words)

    return sorted(rows, key=held, reverse=True)[:limit]


def content_words(query: str) -> list[str]:
    """The words that count, each once; all of them when there are only small ones."""
    words = _words(query)
    return ([word for word in words if word not in _SMALL] or words)[:_MOST_WORDS]


def telling_words(text: str) -> list[str]:
    """The words that count, each once; none when there are only small ones."""
    return [word for word in _words(text) if word not in _SMALL]


def alike(one: str, other: str) -> bool:
    """Whether two words are the same but for their endings."""
    short, long = sorted((one, other), key=len)
    return long == short or (len(short) > _STEM and long.startswith(_beginning(short)))


def _words(text: str) -> list[str]:
    plain = unicodedata.normalize("NFC", text.lower().translate(_APOSTROPHES))
    spaced = "".join(c if c.isalnum() or unicodedata.category(c).startswith("M") else " " for c in plain)
    return [word for word in dict.fromkeys(spaced.split()) if word[0].isalnum()]


async def _with_most(
    connection: AsyncConnection, table: Table, words: Sequence[str], limit: int
) -> Sequence[RowMapping]:
    """Those with the most of the words, at least half of them."""
    rows: dict[int, RowMapping] = {}
    counts: Counter[int] = Counter()
    for word in words:
        for row in await _ranked(connection, table, [word], _CANDIDATES, beginnings=True):
            rows[row["seq"]] = row
            counts[row["seq"]] += 1
    return [rows[seq] for seq, count in counts.most_common(limit) if count * 2 >= len(words)]


async def _ranked(
    connection: AsyncConnection,
    table: Table,
    words: Sequence[str],
    limit: int,
    *,
    beginnings: bool = False,
    any_word: bool = False,
) -> Sequence[RowMapping]:
    """The rows with all `words`, or with any, by relevance. Words are letters and digits, quoted: no syntax."""
    postgresql = connection.dialect.name == "postgresql"
    parts = [(_part_postgresql if postgresql else _part_sqlite)(word, beginnings) for word in words]
    both, either = (" & ", " | ") if postgresql else (" AND ", " OR ")
    hits = _hits(connection.dialect.name, table, (either if any_word else both).join(parts), limit)
    best = select(table).join(hits, hits.c.seq == table.c.seq).order_by(hits.c.rank, table.c.seq.desc())
    return (await connection.execute(best)).mappings().all()


def _hits(dialect: str, table: Table, match: str, most: int) -> Subquery:
    current = " AND t.ended IS NULL" if "ended" in table.c else ""
    # The names of two tables of ours; all that comes from outside is bound.
    statement = _STATEMENTS[dialect].format(table=table.name, current=current)
    ranked = text(statement).bindparams(bindparam("match", match), bindparam("most", most))
    return ranked.columns(column("seq", Integer), column("rank", Float)).subquery("hits")


def _part_sqlite(word: str, beginning: bool) -> str:  # noqa: FBT001 - one of two of a kind
    return f'"{_beginning(word)}"*' if beginning else f'"{word}"'


def _part_postgresql(word: str, beginning: bool) -> str:  # noqa: FBT001 - as above
    plain = "".join(c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return f"'{_beginning(plain)}':*" if beginning else f"'{plain}'"


def _beginning(word: str) -> str:
    """What is left of a longer word without its ending: "allergies" is to find "allergic", whose stem is another."""
    return word[: max(_SHORT, len(word) - 3)]
