"""Long-term memory: what kind a remembered thing is and what it was replaced by; summaries; what is not to be kept.

0004 and 0006 were never used. A database may be at 0007 already, and what came before that would not run there.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TIME = sa.DateTime(timezone=True)
_ID = sa.String(40)


def upgrade() -> None:
    """Widen the memory, add the two tables, then what the dialect searches summaries with."""
    # Plain columns: a batch would rebuild the table, and its triggers would be gone.
    op.add_column("memory", sa.Column("kind", sa.String(20), nullable=False, server_default="remembered"))
    op.add_column("memory", sa.Column("slot", sa.String(120)))
    op.add_column("memory", sa.Column("ended", _TIME))
    op.create_index("ix_memory_slot", "memory", ["slot"])
    op.create_table(
        "summaries",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("id", _ID, nullable=False),
        sa.Column("session_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("first_turn", _ID, nullable=False),
        sa.Column("last_turn", _ID, nullable=False),
        sa.Column("through", sa.Integer(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("source", sa.String(200), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_summaries"),
        sa.UniqueConstraint("id", name="uq_summaries_id"),
        sa.UniqueConstraint("session_id", name="uq_summaries_session_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name="fk_summaries_session_id", ondelete="CASCADE"),
    )
    op.create_table(
        "unkept",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("digest", sa.String(120)),
        sa.Column("turn_id", _ID),
        sa.PrimaryKeyConstraint("seq", name="pk_unkept"),
    )
    op.create_index("ix_unkept_turn_id", "unkept", ["turn_id"])
    if op.get_bind().dialect.name == "sqlite":
        _search_sqlite()
    else:
        op.execute("CREATE INDEX ix_summaries_words ON summaries USING gin (roxy_memory_words(text))")


def _search_sqlite() -> None:
    op.execute(
        "CREATE VIRTUAL TABLE summaries_fts USING fts5("
        "text, content='summaries', content_rowid='seq', tokenize='porter unicode61 remove_diacritics 2')"
    )
    put = "INSERT INTO summaries_fts(rowid, text) VALUES (new.seq, new.text);"
    drop = "INSERT INTO summaries_fts(summaries_fts, rowid, text) VALUES ('delete', old.seq, old.text);"
    for name, when, body in (("ai", "INSERT", put), ("ad", "DELETE", drop), ("au", "UPDATE OF text", drop + put)):
        op.execute(f"CREATE TRIGGER summaries_{name} AFTER {when} ON summaries BEGIN {body} END")
