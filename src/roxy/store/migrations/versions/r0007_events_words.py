"""PostgreSQL: the words of events in a table of their own, which a task behind the writer of events fills.

An index over `events` itself made each commit wait for the words of its events. The table is not logged, since it can
be made anew: after a crash of the server it is empty, and fills again from `events`. A trigger takes out the words of
events that are deleted, whoever does it, under the lock of whoever fills (`roxy.store.engines`): no words of a deleted
event can come in behind it. SQLite's index has been filled that way from the beginning.
"""

from alembic import op

revision = "0007"
down_revision = "0005"

_FILLING = 0x526F787A
_STRINGS = (
    "(SELECT string_agg(found #>> '{}', ' ') "
    "FROM jsonb_path_query(data::jsonb, 'strict $.** ? (@.type() == \"string\")') AS found)"
)
# As in 0002, at half its price: what has no accents is not looked through for them, and a single blank is left alone.
_BARE = (
    "CASE WHEN octet_length(found.text) = char_length(found.text) THEN found.text ELSE "
    "regexp_replace(normalize(found.text, NFKD), U&'[\\0300-\\036f]', '', 'g') END"
)
_WORDS = (
    f"SELECT to_tsvector('pg_catalog.simple', regexp_replace({_BARE}, '[^[:alnum:] ]+', ' ', 'g')) "  # noqa: S608 - constants of this file alone
    f"FROM (SELECT left({_STRINGS}, 100000) AS text) AS found"
)


def upgrade() -> None:
    """Nothing changes on SQLite."""
    if op.get_bind().dialect.name == "sqlite":
        return
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    op.execute("DROP INDEX ix_events_words")
    op.execute(
        "CREATE OR REPLACE FUNCTION roxy_event_words(data json) RETURNS tsvector "
        f"LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ {_WORDS} $$"
    )
    op.execute("CREATE UNLOGGED TABLE events_words (seq INTEGER PRIMARY KEY, words TSVECTOR)")
    # New words are put into the index many at a time; what waits for that is searched too, and at most 4 MB.
    op.execute(
        "CREATE INDEX ix_events_words_words ON events_words USING gin (words) "
        "WITH (fastupdate = on, gin_pending_list_limit = 4096)"
    )
    forget = f"DELETE FROM {schema}.events_words WHERE seq IN (SELECT seq FROM gone)"  # noqa: S608 - quoted above
    op.execute(
        "CREATE FUNCTION roxy_forget_words() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"PERFORM pg_advisory_xact_lock({_FILLING}); {forget}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE TRIGGER events_forget_words AFTER DELETE ON events REFERENCING OLD TABLE AS gone "
        "FOR EACH STATEMENT EXECUTE FUNCTION roxy_forget_words()"
    )
