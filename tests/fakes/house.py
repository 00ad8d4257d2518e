"""Opens FakeAssistants, as the orchestrator opens Roxy, and a screen that keeps what it is shown."""

import asyncio
from contextlib import asynccontextmanager

from fakes.assistant import FakeAssistant


class House:
    """Opens FakeAssistants and keeps count."""

    def __init__(self):
        self.opened = []
        self.open = 0
        self.entered = asyncio.Event()

    @asynccontextmanager
    async def opener(self):
        self.opened.append(FakeAssistant())
        self.open += 1
        self.entered.set()
        try:
            yield self.opened[-1]
        finally:
            self.open -= 1


class Seen:
    """A screen that keeps `(kind, text)` of what it is shown."""

    def __init__(self):
        self.shown = []
        self.spinning = False
        self._more = asyncio.Event()

    def _add(self, kind, text):
        self.shown.append((kind, text))
        self._more.set()

    async def until(self, kind):
        while not self.texts(kind):
            self._more.clear()
            await self._more.wait()

    def texts(self, kind):
        return [text for one, text in self.shown if one == kind]

    def heard(self, notice):
        self._add(str(notice.kind), notice.text)

    def reply(self, reply):
        self._add("reply", reply.text)

    def problem(self, text):
        self._add("problem", text)

    def hint(self, text):
        self._add("hint", text)

    def show(self, view):
        self._add("view", view)

    def history(self, exchanges):
        self._add("history", [exchange.text for exchange in exchanges])

    @asynccontextmanager
    async def working(self):
        self.spinning = True
        try:
            yield
        finally:
            self.spinning = False
