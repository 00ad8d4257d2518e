"""An owner of the data folder for the tests of commands: a FakeAssistant, served from a thread of its own."""

import asyncio
import os
import threading
from contextlib import contextmanager
from pathlib import Path

from fakes.assistant import FakeAssistant
from roxy.daemon.lock import own
from roxy.daemon.server import serving


class _Owner(threading.Thread):
    def __init__(self, data, door):
        super().__init__()
        self.ready = threading.Event()
        self._data = data
        self._door = door

    def run(self):
        asyncio.run(self._serve())

    async def _serve(self):
        self.assistant = FakeAssistant()
        self.loop = asyncio.get_running_loop()
        self.end = asyncio.Event()
        with own(self._data, door=self._door) as owned:
            async with serving(self.assistant, owned):
                self.ready.set()
                await self.end.wait()


@contextmanager
def served(door="daemon"):
    """Serve a FakeAssistant as the owner of this test's home; gives the assistant."""
    data = Path(os.environ["ROXY_HOME"]) / "data"
    data.mkdir(parents=True, exist_ok=True)
    owner = _Owner(data, door)
    owner.start()
    assert owner.ready.wait(30)
    try:
        yield owner.assistant
    finally:
        owner.loop.call_soon_threadsafe(owner.end.set)
        owner.join(30)
