"""Connectors in the database, what sessions bind of them, and the sessions' metadata."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the two tables and the column."""
    op.add_column("sessions", sa.Column("metadata", sa.Text()))
    op.create_table(
        "mcp_connectors",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("transport", sa.String(20)),
        sa.Column("url", sa.Text()),
        sa.Column("command", sa.Text()),
        sa.Column("args", sa.JSON()),
        sa.Column("env_keys", sa.JSON()),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("strict", sa.Boolean(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("updated", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_mcp_connectors"),
        sa.UniqueConstraint("name", name="uq_mcp_connectors_name"),
        sqlite_autoincrement=True,
    )
    _bindings()


def _bindings() -> None:
    table = "mcp_session_bindings"
    op.create_table(
        table,
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("connector_seq", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(64), nullable=False),
        sa.Column("transport", sa.String(20)),
        sa.Column("endpoint", sa.Text()),
        sa.Column("command", sa.Text()),
        sa.Column("args", sa.JSON()),
        sa.Column("env_keys", sa.JSON()),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created", _TIME, nullable=False),
        sa.Column("updated", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("seq", name=f"pk_{table}"),
        sa.UniqueConstraint("session_id", "connector_seq", "label", name=f"uq_{table}_session_id"),
        sa.ForeignKeyConstraint(["session_id"], ["sessions.id"], name=f"fk_{table}_session_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["connector_seq"], ["mcp_connectors.seq"], name=f"fk_{table}_connector_seq", ondelete="CASCADE"
        ),
        sqlite_autoincrement=True,
    )
    op.create_index(f"ix_{table}_connector_seq", table, ["connector_seq"])
