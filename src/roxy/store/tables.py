"""All tables, as SQLAlchemy describes them. The migrations must lead to exactly this; a test compares the two.

What the user said (sessions, turns, summaries, memory, notebook, reminders, undo) is kept as it was said. Events hold
pseudonyms, `unkept` holds digests. The full-text indexes of `memory`, `summaries` and `events` are not in this list:
they belong to the dialect (see `migrations/`).
"""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Moment(TypeDecorator[datetime]):
    """A point in time: aware when it goes in, UTC when it comes out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; SQLite keeps no zone, so it is dropped only after that."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a point in time needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy calls it with both
        """To an aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Words(TypeDecorator[str]):
    """Text as people type it: what is no Unicode (a lone surrogate, a NUL) is replaced, for no database keeps it."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy calls it with both
        """To what can be encoded as UTF-8."""
        if value is None:
            return None
        return value.encode("utf-8", "replace").decode("utf-8").replace("\0", "\N{REPLACEMENT CHARACTER}")


def _column(name: str, type_: Any, *rest: Any, **options: Any) -> Column[Any]:
    """A column that is never NULL unless it says so."""
    return Column(name, type_, *rest, nullable=options.pop("nullable", False), **options)


def _seq() -> Column[Any]:
    """Numbers the rows in the order in which they came."""
    return _column("seq", Integer, primary_key=True, autoincrement=True)


def _session(**options: Any) -> Column[Any]:
    """The session that a row belongs to, and goes with."""
    return _column("session_id", String(40), ForeignKey("sessions.id", ondelete="CASCADE"), **options)


sessions = Table(
    "sessions",
    metadata,
    _column("id", String(40), primary_key=True),
    _column("started", Moment),
    _column("last", Moment, index=True),
    _column("title", Words),
    _column("metadata", Text, nullable=True),  # JSON as it was written: a rollback gives back every byte
    _column("model", String(200), nullable=True),
)

turns = Table(
    "turns",
    metadata,
    _seq(),
    _column("id", String(40), unique=True),
    _session(index=True),
    _column("correlation_id", String(80)),
    _column("door", String(40)),
    _column("heard", Words),
    _column("started", Moment),
    _column("ended", Moment, nullable=True),
    _column("reply", Words, nullable=True),
    _column("success", Boolean, nullable=True),
    _column("route", String(80), nullable=True),
    _column("skill", String(80), nullable=True),
    _column("intent", String(80), nullable=True),
    _column("tools", JSON, nullable=True),
    _column("code", String(40), nullable=True),
    _column("ms", Float, nullable=True),
)

model_messages = Table(
    "model_messages",
    metadata,
    _seq(),
    _session(index=True),
    _column("turn_id", String(40)),
    _column("at", Moment),
    _column("provider", String(40)),
    _column("external", Boolean),
    _column("tokens", Integer),
    _column("message", Words),
)

memory = Table(
    "memory",
    metadata,
    _seq(),
    _column("id", String(40), unique=True),
    _column("text", Words),
    _column("about", JSON),
    _column("at", Moment),
    _column("kind", String(20), server_default="remembered"),
    _column("slot", String(120), nullable=True, index=True),
    _column("ended", Moment, nullable=True),
)

summaries = Table(
    "summaries",
    metadata,
    _seq(),
    _column("id", String(40), unique=True),
    _session(unique=True),
    _column("at", Moment),
    _column("first_turn", String(40)),
    _column("last_turn", String(40)),
    _column("through", Integer),  # `turns.seq` of the last turn
    _column("turns", Integer),
    _column("source", String(200)),
    _column("tokens", Integer),
    _column("revision", Integer),
    _column("text", Words),
)

unkept = Table(
    "unkept",
    metadata,
    _seq(),
    _column("at", Moment),
    _column("digest", String(120), nullable=True),
    _column("turn_id", String(40), nullable=True, index=True),
)

notebook = Table(
    "notebook",
    metadata,
    _column("skill", String(80), primary_key=True),
    _column("key", Words, primary_key=True),
    _column("value", Text),
)

reminders = Table(
    "reminders",
    metadata,
    _column("id", String(40), primary_key=True),
    _column("text", Words),
    _column("kind", String(20)),
    _column("rule", Text),
    _column("start", Moment),
    _column("zone", String(60)),
    _column("due", Moment, nullable=True, index=True),
    _column("session_id", String(40), nullable=True),
    _column("created", Moment),
    _column("fired", Moment, nullable=True, index=True),
    _column("missed", Moment, nullable=True),
)

undo = Table(
    "undo",
    metadata,
    _seq(),
    _column("session_id", String(40), index=True),
    _column("turn_id", String(40)),
    _column("at", Moment, index=True),
    _column("target", String(40)),
    _column("key", JSON),
    _column("before", JSON(none_as_null=True), nullable=True),
    _column("after", JSON(none_as_null=True), nullable=True),
    _column("words", Words),
)

events = Table(
    "events",
    metadata,
    _seq(),
    _column("id", Text, unique=True),
    _column("at", Moment),
    _column("kind", String(20)),
    _column("name", Text),
    _column("session_id", Text, nullable=True),
    _column("thread_id", Text, nullable=True),
    _column("parent_id", Text, nullable=True),
    _column("correlation_id", Text, nullable=True),
    _column("hop", Integer),
    _column("route", Text),
    _column("transport", Text),
    _column("data", JSON),
    _column("extra", JSON),
    _column("version", Integer),
    Index("ix_events_session_id_seq", "session_id", "seq"),
    Index("ix_events_correlation_id_seq", "correlation_id", "seq"),
    Index("ix_events_kind_at", "kind", "at"),
    sqlite_autoincrement=True,
)

mcp_connectors = Table(
    "mcp_connectors",
    metadata,
    _seq(),
    _column("name", String(64), unique=True),
    _column("kind", String(20)),
    _column("transport", String(20), nullable=True),
    _column("url", Text, nullable=True),
    _column("command", Text, nullable=True),
    _column("args", JSON(none_as_null=True), nullable=True),
    _column("env_keys", JSON(none_as_null=True), nullable=True),
    _column("options", JSON),
    _column("strict", Boolean),
    _column("enabled", Boolean),
    _column("revision", Integer),
    _column("created", Moment),
    _column("updated", Moment),
    sqlite_autoincrement=True,
)

mcp_session_bindings = Table(
    "mcp_session_bindings",
    metadata,
    _seq(),
    _session(),
    _column("connector_seq", Integer, ForeignKey("mcp_connectors.seq", ondelete="CASCADE"), index=True),
    _column("label", String(64)),
    _column("transport", String(20), nullable=True),
    _column("endpoint", Text, nullable=True),
    _column("command", Text, nullable=True),
    _column("args", JSON(none_as_null=True), nullable=True),
    _column("env_keys", JSON(none_as_null=True), nullable=True),
    _column("options", JSON),
    _column("priority", Integer),
    _column("revision", Integer),
    _column("created", Moment),
    _column("updated", Moment),
    UniqueConstraint("session_id", "connector_seq", "label"),
    sqlite_autoincrement=True,
)
