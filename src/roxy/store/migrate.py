"""Bringing the schema to the head. Imported only when it is not there yet: Alembic takes a quarter of a second to load.

The caller holds the write lock, so two processes that start at the same time migrate once; a migration that fails
leaves the schema as it was.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from roxy.errors import StoreTooNew

FOLDER = Path(__file__).parent / "migrations"


def scripts() -> ScriptDirectory:
    """The revisions that this Roxy knows."""
    return ScriptDirectory.from_config(_config())


def upgrade(connection: Connection, stored: str | None) -> None:
    """Migrate from `stored` (None: an empty database) to the head, within the transaction of `connection`.

    Raises `StoreTooNew` for a revision that this Roxy does not know.
    """
    known = {script.revision for script in scripts().walk_revisions()}
    if stored is not None and stored not in known:
        raise StoreTooNew(
            f"This data was written by a newer Roxy (its schema is {stored!r}). Nothing was changed.",
            hint="Upgrade Roxy, or restore a backup that this version has made: `roxy data restore FILE`.",
        )
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
