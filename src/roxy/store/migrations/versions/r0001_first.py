"""The first schema: conversations, memory with its full-text index, notebook, reminders, undo, events.

It is written out, not taken from `tables.py`: a revision that was released never changes, while the tables do.
"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(40)


def upgrade() -> None:
    """Make everything."""
    _conversations()
    _memory()
    _notebook_and_reminders()
    _undo()
    _events()


def _conversations() -> None:
    op.create_table(
        "sessions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("last", _TIME, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
    )
    op.create_index("ix_sessions_last", "sessions", ["last"])
    op.create_table(
        "turns",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("correlation_id", sa.String(80), nullable=False),
        sa.Column("door", sa.String(40), nullable=False),
        sa.Column("heard", sa.Text(), nullable=False),
        sa.Column("started", _TIME, nullable=False),
        sa.Column("ended", _TIME),
        sa.Column("reply", sa.Text()),
        sa.Column("success", sa.Boolean()),
        sa.Column("route", sa.String(80)),
        sa.Column("skill", sa.String(80)),
        sa.Column("intent", sa.String(80)),
        sa.Column("tools", sa.JSON()),
        sa.Column("code", sa.String(40)),
        sa.Column("ms", sa.Float()),
        sa.PrimaryKeyConstraint("seq", name="pk_turns"),
        sa.UniqueConstraint("id", name="uq_turns_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_turns_session_id", ondelete="CASCADE"),
    )
    op.create_index("ix_turns_session_id", "turns", ["session_id"])


def _memory() -> None:
    op.create_table(
        "memory",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("about", sa.JSON(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_memory"),
        sa.UniqueConstraint("id", name="uq_memory_id"),
    )
    if op.get_bind().dialect.name != "sqlite":
        return
    # The index holds no text of its own; triggers keep it in step with the table, whoever changes that.
    op.execute(
        "CREATE VIRTUAL TABLE memory_fts USING fts5("
        "text, content='memory', content_rowid='seq', tokenize='porter unicode61 remove_diacritics 2')"
    )
    put = "INSERT INTO memory_fts(rowid, text) VALUES (new.seq, new.text);"
    drop = "INSERT INTO memory_fts(memory_fts, rowid, text) VALUES ('delete', old.seq, old.text);"
    for name, when, body in (("ai", "INSERT", put), ("ad", "DELETE", drop), ("au", "UPDATE", drop + put)):
        op.execute(f"CREATE TRIGGER memory_{name} AFTER {when} ON memory BEGIN {body} END")


def _notebook_and_reminders() -> None:
    op.create_table(
        "notebook",
        sa.Column("skill", sa.String(80), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("skill", "key", name="pk_notebook"),
    )
    op.create_table(
        "reminders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("start", _TIME, nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("due", _TIME),
        sa.Column("session_id", _ID),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("fired", _TIME),
        sa.Column("missed", _TIME),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
    )
    op.create_index("ix_reminders_due", "reminders", ["due"])
    op.create_index("ix_reminders_fired", "reminders", ["fired"])


def _undo() -> None:
    op.create_table(
        "undo",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("turn_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("target", sa.String(40), nullable=False),
        sa.Column("key", sa.JSON(), nullable=False),
        sa.Column("before", sa.JSON()),
        sa.Column("after", sa.JSON()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_undo"),
    )
    op.create_index("ix_undo_session_id", "undo", ["session_id"])
    op.create_index("ix_undo_at", "undo", ["at"])


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("session_id", _ID),
        sa.Column("correlation_id", sa.String(80)),
        sa.Column("hop", sa.Integer(), nullable=False),
        sa.Column("route", sa.String(80), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_events"),
        sa.UniqueConstraint("id", name="uq_events_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_session_id_seq", "events", ["session_id", "seq"])
    op.create_index("ix_events_kind_seq", "events", ["kind", "seq"])
