import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from roxy.contracts.events import Event, EventKind
from roxy.conversation.keepsakes import Kind, delete_kept
from roxy.events.index import catch_up, index_slice, unindex
from roxy.events.indexer import Indexer
from roxy.events.log import EventLog
from roxy.events.search import EventQuery, find, get, stream
from roxy.store.database import open_database
from roxy.store.tables import events

DAY = datetime(2026, 5, 1, tzinfo=UTC)
TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    name=TEXT,
    data=st.dictionaries(TEXT, JSON, max_size=4),
    session_id=st.none() | TEXT,
    thread_id=st.none() | TEXT,
    parent_id=st.none() | TEXT,
    correlation_id=st.none() | TEXT,
    hop=st.integers(0, 20),
    route=TEXT,
    transport=TEXT,
    extra=st.dictionaries(TEXT, st.dictionaries(TEXT, JSON, max_size=2), max_size=2),
    version=st.integers(1, 9),
    at=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone follows
)


async def _names(database, **query):
    return [event.name for event in await find(database, EventQuery(**query))]


@pytest.mark.requirement("events.whole")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(made=st.lists(EVENTS, min_size=1, max_size=5))
async def test_every_event_comes_back_as_it_was(log, database, made):
    for event in made:
        log.record(event)
    await log.flush()
    for event in made:
        assert await get(database, event.id) == event


@pytest.mark.requirement("events.queries")
async def test_events_are_found_by_session_thread_correlation_kind_name_and_time(log, database, event):
    log.record(event("a", session_id="s1", correlation_id="c1", at=DAY))
    log.record(event("b", session_id="s2", correlation_id="c1", thread_id="t", at=DAY + timedelta(hours=1)))
    log.record(event("c", EventKind.AUDIT, session_id="s1", at=DAY + timedelta(hours=2)))
    await log.flush()
    assert await _names(database) == ["c", "b", "a"]
    assert await _names(database, session_id="s1") == ["c", "a"]
    assert await _names(database, correlation_id="c1") == ["b", "a"]
    assert await _names(database, thread_id="t") == ["b"]
    assert await _names(database, kinds=[EventKind.AUDIT, EventKind.ERROR]) == ["c"]
    assert await _names(database, name="b") == ["b"]
    assert await _names(database, since=DAY + timedelta(hours=1), until=DAY + timedelta(hours=2)) == ["b"]
    assert await _names(database, session_id="s1", correlation_id="c1") == ["a"]


@pytest.mark.requirement("events.queries")
@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("brave", ["search"]),
        ("BRAVE search", ["search"]),
        ("zurich", ["trip"]),
        ("Zürich", ["trip"]),
        ("example", ["search"]),
        ("timed out", ["trip", "timeout"]),
        ('"timed out"', ["timeout"]),
        ("tim*", ["trip", "timeout"]),
        ("ti", []),
        ("server", []),
        ("inner", ["trip"]),
        ("brave zurich", []),
        ("brave_search", ["search"]),
        ('"; DROP TABLE events', []),
        ("AND OR NOT", []),
        ("' & | ! ( ) : *", []),
        ("日本", ["trip"]),
    ],
)
async def test_words_are_found_whatever_their_case_accents_and_place(log, database, event, searched, found):
    log.record(event("search", data={"server": "brave_search", "url": "https://example.com/path?x=1"}))
    log.record(event("timeout", data={"error": "the tool timed out"}))
    log.record(event("trip", data={"a": [{"b": "an inner word"}], "to": "Zürich, 日本", "x": "out of what was timed"}))
    await log.flush()
    assert await _names(database, search=searched) == found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(searched=st.text(max_size=40))
async def test_no_search_is_an_error(log, database, searched):
    assert await find(database, EventQuery(search=searched)) == []


async def test_a_search_keeps_to_the_other_conditions(log, database, event):
    for session in ("s1", "s2"):
        log.record(event(session, session_id=session, data={"text": "same words"}))
    await log.flush()
    assert await _names(database, search="words", session_id="s1") == ["s1"]


async def test_a_search_finds_what_the_log_has_not_indexed(database, event):
    async with EventLog(database, search=False) as log:
        log.record(event("late", data={"text": "xylophone"}))
    assert await _names(database, search="xylophone") == ["late"]


async def _indexed(database):
    """How many events are in the index."""
    table = "events_fts_docsize" if database.dialect == "sqlite" else "events_words"
    async with database.reading() as connection:
        return (await connection.exec_driver_sql(f"SELECT count(*) FROM {table}")).scalar_one()


async def _indexes(database, count):
    async with asyncio.timeout(20):
        while await _indexed(database) != count:
            pass


async def test_a_search_that_is_switched_off_costs_nothing(database, event):
    async with EventLog(database, search=False, most_waiting=5_000) as log:
        for _ in range(1_500):
            log.record(event(data={"text": "words"}))
        await log.flush()
        await log._indexer.follow()  # what the log does when nothing comes any more
    assert await _indexed(database) == 0
    async with EventLog(database) as log:
        await _indexes(database, 1_500)


async def test_the_index_follows_while_events_are_written_and_when_nothing_comes(database, event):
    async with EventLog(database, most_waiting=10_000) as log:
        for number in range(3_210):
            log.record(event(data={"text": f"n{number}"}))
        await _indexes(database, 3_210)
        for number in range(3_210, 3_220):
            log.record(event(data={"text": f"n{number}"}))
        await _indexes(database, 3_220)


async def test_words_go_with_their_events_whoever_deletes_them(database, event):
    async with EventLog(database) as log:
        for number in range(20):
            log.record(event(data={"text": f"n{number}"}))
        await _indexes(database, 20)
    await delete_kept(database, [Kind.EVENTS])
    assert await _indexed(database) == 0
    async with EventLog(database) as log:
        log.record(event("new", data={"text": "n3"}))
        await log.flush()
        assert await _names(database, search="n3") == ["new"]


async def test_what_is_not_in_the_index_yet_is_found_with_what_is_and_nothing_twice(database, event):
    async with EventLog(database, search=False) as log:
        for number in range(5):
            log.record(event(f"e{number}", data={"text": f"shared n{number}"}))
    await index_slice(database)
    async with EventLog(database, search=False) as log:
        for number in range(5, 8):
            log.record(event(f"e{number}", data={"text": f"shared n{number}"}))
    assert await _names(database, search="shared") == [f"e{number}" for number in range(7, -1, -1)]
    assert await _names(database, search="n2") == ["e2"]
    assert await _names(database, search="n6") == ["e6"]
    assert [e.name async for e in stream(database, EventQuery(search="share*"))] == [f"e{n}" for n in range(8)]


@pytest.mark.requirement("events.queries")
async def test_a_page_of_a_search_ends_in_the_index_or_behind_it(database, event):
    async with EventLog(database, search=False) as log:
        for number in range(1_030):
            log.record(event(f"n{number}", data={"text": f"word{number % 2}"}, session_id=f"s{number % 4}"))
    await index_slice(database)
    named = [f"n{number}" for number in range(1_030)]
    assert await _names(database, search="word1") == named[:-201:-2][:100]
    assert await _names(database, search="word0", session_id="s2") == named[1026::-4][:100]
    told = [one.name async for one in stream(database, EventQuery(search="word0"))]
    assert told == named[::2]


async def test_the_name_of_a_field_is_no_word_of_an_event_before_and_after_it_is_indexed(database, event):
    async with EventLog(database, search=False) as log:
        log.record(event("field", data={"colour": 'the "pale": one', "deep": {"hue": ["red"]}}))
        log.record(event("value", data={"text": 'his "colour": deep'}))
    for _ in range(2):
        assert await _names(database, search="colour") == ["value"]
        assert await _names(database, search="deep") == ["value"]
        assert await _names(database, search="pale") == ["field"]
        assert await _names(database, search="red") == ["field"]
        await index_slice(database)


async def test_a_writer_waits_only_when_too_much_is_not_indexed(database, event):
    indexer = Indexer(database, on=True, most=2_000)
    async with EventLog(database, search=False) as log:
        for number in range(3_000):
            log.record(event(f"n{number}", data={"text": "word"}))
    indexer.wrote(3_000)
    async with asyncio.timeout(20):
        await indexer.keep_up()
    # SQLite indexes a slice with each commit, so there it is never far behind.
    assert indexer.behind <= (3_000 if database.dialect == "sqlite" else 2_000)
    await indexer.stop()


async def test_json_with_escapes_is_found_before_and_after_it_is_indexed(database, event):
    async with EventLog(database, search=False) as log:
        await log.append(event("escaped"))
    async with database.writing() as connection:
        await connection.exec_driver_sql("""UPDATE events SET data = '{"text": "Z\\u00fcrich"}'""")
    for searched in ("zurich", "Zürich", "ZÜR*"):
        assert await _names(database, search=searched) == ["escaped"]
    await index_slice(database)
    assert await _names(database, search="zurich") == ["escaped"]


async def test_two_who_index_at_once_put_nothing_in_twice(tmp_path, store_url, database, event):
    async with EventLog(database, search=False, most_waiting=10_000) as log:
        for number in range(4_500):
            log.record(event(data={"text": f"n{number}"}))
    async with open_database(tmp_path, store_url) as other, asyncio.timeout(30):
        await asyncio.gather(*(catch_up(one) for one in (database, other, database)))
    assert len(await _names(database, search="n4499")) == 1
    assert len(await _names(database, search="n7")) == 1
    assert await _indexed(database) <= 4_500


async def test_an_index_that_was_left_behind_catches_up_in_slices(database, event):
    async with EventLog(database, search=False, most_waiting=5_000) as log:
        for number in range(2_500):
            log.record(event(data={"text": f"n{number}"}))
    await catch_up(database)
    for number in (0, 999, 1000, 2499):
        assert len(await _names(database, search=f"n{number}")) == 1


async def test_the_index_stays_whole_when_indexed_events_go_and_others_come(database, event, index_is_whole):
    async with EventLog(database) as log:
        for number in range(10):
            log.record(event(f"e{number}", data={"text": f"shared n{number}"}))
        await log.flush()
        await catch_up(database)
        async with database.writing() as connection:
            await unindex(connection, list(range(1, 8)))
            await connection.execute(events.delete().where(events.c.seq < 8))
        log.record(event("new", data={"text": "shared"}))
        await log.flush()
        assert await _names(database, search="shared") == ["new", "e9", "e8", "e7"]
        assert await _names(database, search="n3") == []
    await index_is_whole(database)


async def test_a_stream_gives_all_in_order_over_many_pages(database, event):
    async with EventLog(database) as log:
        for number in range(1_203):
            log.record(event(str(number), data={"text": "page" if number % 2 else "leaf"}))
    names = [event.name async for event in stream(database, EventQuery())]
    assert names == [str(number) for number in range(1_203)]
    odd = [event.name async for event in stream(database, EventQuery(search="page"))]
    assert odd == [str(number) for number in range(1, 1_203, 2)]


async def test_an_event_that_is_not_there_is_none(database):
    assert await get(database, "evt_none") is None
