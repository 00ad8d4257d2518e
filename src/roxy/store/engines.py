"""What differs between the databases at the level of connections: how one is opened, and how a transaction begins.

SQLite: WAL, and Roxy emits BEGIN itself. A durable writing is flushed to the disk at its commit (`synchronous=FULL`);
another one survives the end of the process in any way, `kill -9` included, but not a power cut at the wrong moment.

PostgreSQL: who writes holds an advisory lock until its commit, so writings follow each other as on SQLite, also those
of other processes; who reads sees one snapshot. A durable writing waits for the server's disk whatever its settings.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from roxy.errors import ConfigError
from roxy.store import driver
from roxy.store.documents import as_clean_json, as_json

WRITING = "roxy_writing"
"""The execution option of a connection that is to write: `DURABLE`, `QUICK`, `DERIVED`, or `ALONE`: no transaction."""
DURABLE, QUICK, DERIVED, ALONE = "durable", "quick", "derived", "alone"

_BUSY_MS = 10_000
_PRAGMAS = (
    f"PRAGMA busy_timeout={_BUSY_MS}",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    "PRAGMA secure_delete=ON",  # what is forgotten is overwritten, not only unlinked
)
_SYNCHRONOUS = {DURABLE: "FULL", QUICK: "NORMAL"}
_LOCK_KEY = 0x526F7879  # "Roxy"; advisory locks are numbers, per database
_LOCK = f"SELECT pg_advisory_xact_lock({_LOCK_KEY})"
_LOCKS = {
    QUICK: _LOCK,
    DURABLE: f"{_LOCK}, set_config('synchronous_commit', 'on', true)",
    DERIVED: f"SELECT pg_advisory_xact_lock({_LOCK_KEY + 1})",  # a trigger of `events` takes this one too
}
_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
}


@asynccontextmanager
async def opened_engine(url: str | URL) -> AsyncIterator[AsyncEngine]:
    """The engine of `url`, set up for its dialect. Nothing is connected yet. Raises `ConfigError`."""
    place = _checked(url)
    options, listeners = _OF_DIALECT[place.get_backend_name()]
    try:
        # Parameters are what users said: they may not appear in the text of an exception.
        engine = create_async_engine(place, hide_parameters=True, **options)
    except ImportError as error:
        raise ConfigError(
            f"The database in `store.url` needs the driver {place.get_driver_name()}, which is not installed.",
            hint="Install it: pip install 'roxy-assistant[postgresql]'",
        ) from error
    for name, listener in listeners.items():
        event.listen(engine.sync_engine, name, listener)
    try:
        yield engine
    finally:
        await engine.dispose()


def reading_options(dialect: str) -> Mapping[str, Any]:
    """Execution options that let a transaction see one state of the data."""
    if dialect == "postgresql":
        return {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    return {}  # with WAL SQLite's transactions do so anyway


def alone_options(dialect: str) -> Mapping[str, Any]:
    """Execution options for statements that no transaction may surround."""
    # On SQLite there is none unless Roxy begins it, and SQLAlchemy would give the driver its own transactions back.
    return {WRITING: ALONE} | ({"isolation_level": "AUTOCOMMIT"} if dialect == "postgresql" else {})


def _checked(url: str | URL) -> URL:
    try:
        place = make_url(url)
    except ArgumentError as error:  # its words hold the URL, and so the password
        raise ConfigError(
            "`store.url` is not the URL of a database.", hint="Write it like postgresql+asyncpg://USER@HOST/DATABASE."
        ) from error
    place = place.set(drivername=_DRIVERS.get(place.drivername, place.drivername))
    if place.drivername not in _DRIVERS.values():
        raise ConfigError(
            f"`store.url` names a database of the kind {place.drivername!r}, which Roxy does not keep its data in.",
            hint="There are sqlite+aiosqlite:///FILE and postgresql+asyncpg://USER@HOST/DATABASE.",
        )
    if "sslmode" in place.query:  # libpq's name, which everybody knows; asyncpg has another
        query = {name: value for name, value in place.query.items() if name != "sslmode"}
        place = place.set(query=query | {"ssl": place.query["sslmode"]})
    return place


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own transactions begin too late (at the first write) and never IMMEDIATE: Roxy emits BEGIN itself.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    if writing == ALONE:
        return
    if writing is None:
        connection.exec_driver_sql("BEGIN")
        return
    if connection.info.get(WRITING, DURABLE) != writing:  # it can be changed between transactions only
        connection.exec_driver_sql(f"PRAGMA synchronous={_SYNCHRONOUS[writing]}")
        connection.info[WRITING] = writing
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _begin_postgresql(connection: Connection) -> None:
    writing = connection.get_execution_options().get(WRITING)
    if writing in _LOCKS:
        connection.exec_driver_sql(_LOCKS[writing])


_Listeners = dict[str, Callable[..., None]]
_OF_DIALECT: dict[str, tuple[dict[str, Any], _Listeners]] = {
    "sqlite": (
        {"json_serializer": as_json, "connect_args": {"async_creator_fn": driver.connect}},
        {"connect": _set_pragmas, "begin": _begin_sqlite},
    ),
    "postgresql": (
        {
            "json_serializer": as_clean_json,
            "pool_pre_ping": True,  # a server that was restarted is reached again
            "connect_args": {
                "timeout": _BUSY_MS / 1000,
                "server_settings": {"application_name": "roxy", "lock_timeout": str(_BUSY_MS)},
            },
        },
        {"begin": _begin_postgresql},
    ),
}
