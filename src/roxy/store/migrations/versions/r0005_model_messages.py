"""The messages of models per session, and the model that a session chose."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"


def upgrade() -> None:
    """Make the table and add the column."""
    op.add_column("sessions", sa.Column("model", sa.String(200)))
    op.create_table(
        "model_messages",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.String(40), nullable=False),
        sa.Column("turn_id", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("provider", sa.String(40), nullable=False),
        sa.Column("external", sa.Boolean(), nullable=False),
        sa.Column("tokens", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name="pk_model_messages"),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name="fk_model_messages_session_id", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_model_messages_session_id", "model_messages", ["session_id"])
