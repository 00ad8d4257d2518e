"""What the user does not want to be remembered: known again without being kept.

A "no" is kept as a digest with a salt of its own, so it can be told whether the same thing is proposed again, and
nothing else. Digests are looked through one by one, so only the newest `MOST` are kept.
"""

import hashlib
import secrets
from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, insert, select

from roxy.conversation.longterm.sentences import facts
from roxy.store.database import Database
from roxy.store.tables import unkept

MOST = 1_000
_DIGESTED = unkept.c.digest.is_not(None)


class Unkept:
    """What was declined."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def decline(self, text: str) -> None:
        """The user said no to remembering `text`."""
        salt = secrets.token_hex(16)
        row = {"at": datetime.now(UTC), "digest": f"{salt}:{_digest(text, salt)}", "turn_id": None}
        newest = select(unkept.c.seq).where(_DIGESTED).order_by(unkept.c.seq.desc()).limit(MOST).scalar_subquery()
        async with self._database.writing() as connection:
            await connection.execute(insert(unkept).values(**row))
            await connection.execute(delete(unkept).where(_DIGESTED, unkept.c.seq.not_in(newest)))

    async def declined(self, text: str) -> bool:
        """Whether the user said no to it before."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(select(unkept.c.digest).where(_DIGESTED))).scalars().all()
        parts = (row.partition(":") for row in rows if row)
        return any(secrets.compare_digest(digest, _digest(text, salt)) for salt, _, digest in parts)

    async def turns(self, ids: Collection[str]) -> frozenset[str]:
        """Those of the turns `ids` in which something was told that was forgotten since."""
        told = select(unkept.c.turn_id).where(unkept.c.turn_id.in_(ids))
        async with self._database.reading() as connection:
            return frozenset(turn for turn in (await connection.execute(told)).scalars() if turn)


def _digest(text: str, salt: str) -> str:
    """The same for the same fact, however it was said."""
    stated = facts(text)
    plain = f"{stated[0].slot}\n{stated[0].value}" if len(stated) == 1 else text
    said = " ".join(plain.casefold().split()).rstrip(".!")
    return hashlib.blake2b(said.encode(errors="replace"), key=bytes.fromhex(salt), digest_size=24).hexdigest()
