"""What Alembic runs to migrate: it uses the connection, and the transaction, that `roxy.store.migrate` hands it."""

from alembic import context

from roxy.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, once BEGIN is our own; Alembic assumes that it cannot
    render_as_batch=True,  # SQLite cannot alter most things in place
)
with context.begin_transaction():
    context.run_migrations()
