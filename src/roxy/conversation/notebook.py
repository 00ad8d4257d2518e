"""A little store of JSON values for each skill: lists, notes, counters. One skill never sees another's."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from roxy.conversation.undo import Journal, quoted
from roxy.errors import SkillError
from roxy.store.database import Database
from roxy.store.tables import notebook

MAX_CHARACTERS = 1_000_000
"""The longest value, as JSON text."""


class Notebook:
    """The notebooks of all skills."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def for_skill(self, name: str, journal: Journal) -> "SkillNotebook":
        """The notebook of the skill `name` in one turn: what the turn changes can be undone."""
        return SkillNotebook(self._database, name, journal)


class SkillNotebook:
    """`roxy.contracts.skills.SkillStore` for one skill and turn."""

    def __init__(self, database: Database, skill: str, journal: Journal) -> None:
        self._database = database
        self._skill = skill
        self._journal = journal

    async def get(self, key: str, default: Any = None) -> Any:
        """The value kept under `key`."""
        async with self._database.reading() as connection:
            found = await connection.execute(select(notebook.c.value).where(self._is(key)))
            value = found.scalar_one_or_none()
        return default if value is None else json.loads(value)

    async def put(self, key: str, value: Any) -> None:
        """Keep `value`; it is on the disk when this returns. Raises `SkillError` for what is no JSON, or too long."""
        packed = self._packed(key, value)
        async with self._database.writing() as connection, self._change(connection, key):
            await connection.execute(delete(notebook).where(self._is(key)))
            await connection.execute(insert(notebook).values(skill=self._skill, key=key, value=packed))

    async def delete(self, key: str) -> bool:
        """Drop `key`; False when there is none."""
        async with self._database.writing() as connection, self._change(connection, key):
            return bool((await connection.execute(delete(notebook).where(self._is(key)))).rowcount)

    async def items(self, prefix: str = "") -> Mapping[str, Any]:
        """All keys that begin with `prefix`, sorted, with their values."""
        begins = func.substr(notebook.c.key, 1, len(prefix)) == prefix  # LIKE would not tell a from A
        kept = select(notebook.c.key, notebook.c.value).where(notebook.c.skill == self._skill, begins)
        async with self._database.reading() as connection:
            rows = (await connection.execute(kept.order_by(notebook.c.key))).all()
        return {key: json.loads(value) for key, value in rows}

    def _change(self, connection: AsyncConnection, key: str) -> AbstractAsyncContextManager[None]:
        # Keys of the user's things are paths such as `list/shopping`: what it is, and what the user calls it. Others
        # are what a skill notes for itself (the last result), which nobody means by "undo that".
        kind, path, name = key.rpartition("/")
        if not path:
            return nullcontext()
        words = f"The {kind.replace('/', ' ')} {quoted(name)} is as it was before."
        return self._journal.change(connection, notebook, {"skill": self._skill, "key": key}, words)

    def _is(self, key: str) -> ColumnElement[bool]:
        return and_(notebook.c.skill == self._skill, notebook.c.key == key)

    def _packed(self, key: str, value: Any) -> str:
        try:
            packed = json.dumps(value, allow_nan=False)
        except (TypeError, ValueError, RecursionError) as error:
            raise SkillError(
                f"The skill {self._skill} tried to keep something that is not JSON under {key!r}: {error}.",
                skill=self._skill,
                hint="Keep strings, numbers, booleans, null, lists and mappings of them.",
            ) from error
        if len(packed) > MAX_CHARACTERS:
            raise SkillError(
                f"The skill {self._skill} tried to keep {len(packed):,} characters under {key!r};"
                f" {MAX_CHARACTERS:,} is the most.",
                skill=self._skill,
                hint="Spread it over several keys, or keep it in a file.",
            )
        return packed
