"""A look into the SQLite file that is quick, and changes nothing: does a table hold anything?

For commands that need the store only when there is something in it: SQLAlchemy takes a fifth of a second to load.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

FILE = "roxy.db"
"""The database's name in the data folder."""


def holds_any(folder: Path, table: str) -> bool:
    """Whether `table` of the database in `folder` has a row; also True when only opening it properly would tell."""
    path = folder / FILE
    if not path.exists():
        return False
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=0.2)) as connection:
            known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
            # The table's name is Roxy's own, and names cannot be parameters.
            return known is not None and bool(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone())  # noqa: S608
    except sqlite3.Error:
        return True
