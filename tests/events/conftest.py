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
