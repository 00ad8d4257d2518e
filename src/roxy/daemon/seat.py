"""A door's way to Roxy: attached to the owner of the data folder, or as its owner, and again when the owner leaves.

Order of events: an owner that answers is attached to; without one the folder is locked, Roxy is opened in this
process, and others are let in once the door says so. When an owner that was attached to leaves, the same begins
again: one of those who were attached becomes the next owner, and reminders go on.

One task holds all of this, so a door may use `Presence` from any task.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from roxy.contracts.doors import Assistant
from roxy.contracts.turns import Listener, Notice, NoticeKind
from roxy.daemon.client import Attached, attach
from roxy.daemon.lock import Owned, own
from roxy.errors import OwnedElsewhere, OwnerGone, RoxyError, TurnCancelled

Opener = Callable[[], AbstractAsyncContextManager[Assistant]]
"""Opens Roxy in this process, for long."""

_TRIES = 3
_PAUSE = 0.05


@asynccontextmanager
async def present(folder: Path, opener: Opener, listener: Listener, *, door: str) -> AsyncIterator["Presence"]:
    """Be there for as long as the context is open; `listener` hears what Roxy says unasked.

    Raises what opening Roxy raises, and `OwnedElsewhere` when the owner does not answer.
    """
    presence = Presence(folder, opener, listener, door)
    try:
        await presence.assistant()
        yield presence
    finally:
        await presence.leave()


class Presence:
    """Roxy as this door has it now."""

    def __init__(self, folder: Path, opener: Opener, listener: Listener, door: str) -> None:
        self.owner = False
        """Whether this process owns the data folder."""
        self._folder = folder
        self._opener = opener
        self._listener = listener
        self._door = door
        self._session_id: str | None = None
        self._others = False
        self._leaving = False
        self._changed = asyncio.Event()
        self._seated: asyncio.Future[Assistant] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[None] | None = None

    async def assistant(self) -> Assistant:
        """Roxy; waits while one owner follows another, and tries again after a failure."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._stay(), name="presence")
        either: set[asyncio.Future[Any]] = {self._seated, self._task}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if self._seated.done():
            return self._seated.result()
        self._task.result()
        raise TurnCancelled("Roxy is closing.")

    def let_others_in(self) -> None:
        """From now on, serve later commands on the socket while this process is the owner."""
        self._others = True
        self._changed.set()

    def listen_as(self, session_id: str | None) -> None:
        """Hear first what belongs to this session."""
        self._session_id = session_id
        self._changed.set()

    async def leave(self) -> None:
        """Close what this process opened; turns of others in flight get their grace."""
        self._leaving = True
        self._changed.set()
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)

    async def _stay(self) -> None:
        await self._sit_once()
        while not self._leaving:
            try:
                await self._sit_once()
            except OwnedElsewhere:
                continue  # the owner takes its time to leave; reminders wait for the next one, so this does too
            except RoxyError as error:
                text = f"Roxy could not be opened again after its owner left. {error}"
                self._listener.heard(Notice(kind=NoticeKind.PROBLEM, text=text))
                raise

    async def _sit_once(self) -> None:
        """Be there until the owner is gone or the door leaves."""
        async with AsyncExitStack() as stack:
            assistant, owned = await self._sit(stack)
            self.owner = owned is not None
            try:
                await self._remain(stack, assistant, owned)
            except OwnerGone:
                await asyncio.sleep(_PAUSE)
            finally:
                if self._seated.done():
                    self._seated = asyncio.get_running_loop().create_future()

    async def _sit(self, stack: AsyncExitStack) -> tuple[Assistant, Owned | None]:
        """Attach, or become the owner; two that try at once are told apart by the lock."""
        for _ in range(_TRIES):
            if (attached := await attach(self._folder)) is not None:
                return attached, None
            try:
                owned = stack.enter_context(own(self._folder, door=self._door))
            except OwnedElsewhere:
                continue
            return await stack.enter_async_context(self._opener()), owned
        raise OwnedElsewhere(f"{self._folder} changes its owner again and again.", hint="Please try again.")

    async def _remain(self, stack: AsyncExitStack, assistant: Assistant, owned: Owned | None) -> None:
        """Listen, and serve others when the door wishes, until it leaves or the owner is gone."""
        gone = assistant.gone if isinstance(assistant, Attached) else asyncio.Event()
        watch = asyncio.create_task(gone.wait(), name="owner gone")
        watch.add_done_callback(lambda _: self._changed.set())
        serving = False
        try:
            async with AsyncExitStack() as ears:
                session_id = self._session_id
                await ears.enter_async_context(assistant.listening(self._listener, session_id=session_id))
                self._seated.set_result(assistant)
                while not (self._leaving or gone.is_set()):
                    if session_id != self._session_id:
                        await ears.aclose()
                        session_id = self._session_id
                        await ears.enter_async_context(assistant.listening(self._listener, session_id=session_id))
                    if self._others and owned is not None and not serving:
                        serving = True
                        await self._serve(stack, assistant, owned)
                    await self._changed.wait()
                    self._changed.clear()
        finally:
            watch.cancel()

    async def _serve(self, stack: AsyncExitStack, assistant: Assistant, owned: Owned) -> None:
        # Starlette and uvicorn load in a thread, so that nobody waits for them at the prompt.
        server = await asyncio.to_thread(import_module, "roxy.daemon.server")
        try:
            await stack.enter_async_context(server.serving(assistant, owned))
        except RoxyError as error:
            text = f"Other commands cannot reach this Roxy. {error}"
            self._listener.heard(Notice(kind=NoticeKind.PROBLEM, text=text))
