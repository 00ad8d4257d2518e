"""An event log on each database."""

import pytest

from roxy.contracts.events import Event, EventKind
from roxy.events.log import EventLog


@pytest.fixture
async def log(database):
    async with EventLog(database) as opened:
        yield opened


@pytest.fixture
def event():
    """Makes an event from what differs."""

    def made(name="tool.called", kind=EventKind.TOOL_CALL, **more) -> Event:
        return Event(kind=kind, name=name, **more)

    return made


@pytest.fixture
def index_is_whole():
    """Asserts that the index of words holds what is in the events that it has seen, and nothing else."""

    async def checked(database) -> None:
        async with database.writing() as connection:
            if database.dialect == "sqlite":
                await connection.exec_driver_sql("INSERT INTO events_fts(events_fts) VALUES ('integrity-check')")
                return
            wrong = await connection.exec_driver_sql(
                "SELECT count(*) FROM events_words FULL JOIN (SELECT seq, data FROM events "
                "WHERE seq <= (SELECT max(seq) FROM events_words)) AS seen USING (seq) "
                "WHERE words IS DISTINCT FROM roxy_event_words(data) OR data IS NULL"
            )
            assert wrong.scalar_one() == 0

    return checked
