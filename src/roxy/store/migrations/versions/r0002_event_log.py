"""The whole event: thread, lineage, transport, what providers add, the version; and full-text search, also of memory.

On SQLite the index of events reads its text from a view, so no text is kept twice; whoever writes or deletes events
keeps it in step (`roxy.events.index`), many rows at a time, which is three times as fast as a trigger. On PostgreSQL
the words come from two functions of this schema, which split as SQLite does (anything but letters and digits parts
words, accents do not count), and the indexes follow by themselves.
"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

# What parts words: accents are taken off first. All names are qualified, so that a dump can be restored.
_PLAIN = (
    "regexp_replace(regexp_replace(normalize(left({text}, 100000), NFKD), "
    "U&'[\\0300-\\036f]', '', 'g'), '[^[:alnum:]]+', ' ', 'g')"
)
_STRINGS = (
    "(SELECT string_agg(found #>> '{}', ' ') "
    "FROM jsonb_path_query(data::jsonb, 'strict $.** ? (@.type() == \"string\")') AS found)"
)


def upgrade() -> None:
    """Widen the table, then add what the dialect searches with."""
    _columns()
    if op.get_bind().dialect.name == "sqlite":
        _search_sqlite()
    else:
        _search_postgresql()


def _columns() -> None:
    op.drop_index("ix_events_kind_seq", "events")
    with op.batch_alter_table("events", table_kwargs={"sqlite_autoincrement": True}) as events:
        for name in ("id", "name", "route"):
            events.alter_column(name, type_=sa.Text(), existing_nullable=False)
        for name in ("session_id", "correlation_id"):
            events.alter_column(name, type_=sa.Text(), existing_nullable=True)
        events.add_column(sa.Column("thread_id", sa.Text()))
        events.add_column(sa.Column("parent_id", sa.Text()))
        events.add_column(sa.Column("transport", sa.Text(), nullable=False, server_default=""))
        events.add_column(sa.Column("extra", sa.JSON(), nullable=False, server_default="{}"))
        events.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    # The defaults were for the rows that are there; new ones say all of it.
    with op.batch_alter_table("events", table_kwargs={"sqlite_autoincrement": True}) as events:
        for name, kind in (("transport", sa.Text()), ("extra", sa.JSON()), ("version", sa.Integer())):
            events.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    op.create_index("ix_events_correlation_id_seq", "events", ["correlation_id", "seq"])
    op.create_index("ix_events_kind_at", "events", ["kind", "at"])


def _search_sqlite() -> None:
    op.execute(
        "CREATE VIEW events_text AS SELECT seq, "
        "(SELECT group_concat(atom, ' ') FROM json_tree(events.data) WHERE type = 'text') AS text FROM events"
    )
    op.execute(
        "CREATE VIRTUAL TABLE events_fts USING fts5("
        "text, content='events_text', content_rowid='seq', tokenize='unicode61 remove_diacritics 2')"
    )


def _search_postgresql() -> None:
    # English stems as PostgreSQL's own, but without its list of words that are not indexed at all.
    op.execute("CREATE TEXT SEARCH DICTIONARY roxy_stem (TEMPLATE = pg_catalog.snowball, LANGUAGE = english)")
    op.execute("CREATE TEXT SEARCH CONFIGURATION roxy_stems (COPY = pg_catalog.simple)")
    words = "asciiword, word, numword, hword, asciihword, numhword, hword_part, hword_asciipart, hword_numpart"
    op.execute(f"ALTER TEXT SEARCH CONFIGURATION roxy_stems ALTER MAPPING FOR {words} WITH roxy_stem")
    schema = op.get_bind().exec_driver_sql("SELECT quote_ident(current_schema())").scalar_one()
    body = "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    for name, given, words in (
        ("memory", "text text", f"to_tsvector('{schema}.roxy_stems', {_PLAIN.format(text='text')})"),
        ("event", "data json", f"to_tsvector('pg_catalog.simple', {_PLAIN.format(text=_STRINGS)})"),
    ):
        op.execute(f"CREATE FUNCTION roxy_{name}_words({given}) RETURNS tsvector {body} $$ SELECT {words} $$")
    op.execute("CREATE INDEX ix_memory_words ON memory USING gin (roxy_memory_words(text))")
    op.execute("CREATE INDEX ix_events_words ON events USING gin (roxy_event_words(data))")
