"""Who wants to hear of changes of a server's resources; outlives the connections on which they are told.

Order of events: the first subscriber of a URI subscribes on the connection; a new connection subscribes anew to all of
them, and everyone hears that the resource may have changed meanwhile; when the last subscriber leaves, the server is
told. A subscriber is told once for changes that come faster than it takes them.
"""

import asyncio
import contextlib
from contextvars import Context
from typing import TYPE_CHECKING

from roxy.contracts.offers import ResourceCallback
from roxy.errors import RoxyError
from roxy.observe.logs import get_logger

if TYPE_CHECKING:
    from roxy.mcp.connection import Connection

MAX_URIS = 256
_log = get_logger(__name__)


class Subscriber:
    """One callback for one resource, called by one task at a time."""

    def __init__(self, uri: str, callback: ResourceCallback) -> None:
        self.uri = uri
        self.callback = callback
        self._news: str | None = None
        self._telling: asyncio.Task[None] | None = None

    def tell(self, uri: str) -> None:
        """Let the callback hear of it soon."""
        self._news = uri
        if self._telling is None or self._telling.done():
            # In a context of its own: the one here is that of whichever call has started the server, long ago.
            self._telling = asyncio.create_task(self._tell(), name="news of a resource", context=Context())

    def close(self) -> None:
        """Tell it nothing more."""
        if self._telling is not None:
            self._telling.cancel()

    async def _tell(self) -> None:
        while self._news is not None:
            uri, self._news = self._news, None
            try:
                await self.callback(uri)
            except Exception as failed:  # noqa: BLE001 - the border to a callback, whose fault costs one piece of news
                _log.error("subscription.callback_failed", failed)


class Subscriptions:
    """The subscriptions to one server, by the URI as it is sent to it."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._by_uri: dict[str, list[Subscriber]] = {}
        self._renewing: asyncio.Task[None] | None = None

    def __bool__(self) -> bool:
        return bool(self._by_uri)

    async def add(self, connection: "Connection", sent: str, subscriber: Subscriber) -> None:
        """Subscribe; `sent` is the URI as the server knows it. Raises `RoxyError` when the server refuses."""
        if sent not in self._by_uri:
            if len(self._by_uri) >= MAX_URIS:
                raise RoxyError(f"There are {MAX_URIS} subscriptions to the server {self._server} already.")
            await connection.subscribe(sent)
        self._by_uri.setdefault(sent, []).append(subscriber)

    async def remove(self, connection: "Connection | None", uri: str) -> bool:
        """End all subscriptions to `uri`, as it was subscribed to; False when there are none."""
        leaving = [sent for sent, found in self._by_uri.items() if any(one.uri == uri for one in found)]
        for sent in leaving:
            for subscriber in self._by_uri.pop(sent):
                subscriber.close()
            if connection is not None:
                with contextlib.suppress(RoxyError):  # it is of no importance to anybody any more
                    await connection.unsubscribe(sent)
        return bool(leaving)

    def changed(self, uri: str) -> None:
        """The server says that `uri`, or something below it, has changed."""
        for sent, subscribers in self._by_uri.items():
            if uri == sent or uri.startswith(sent.rstrip("/") + "/"):
                for subscriber in subscribers:
                    subscriber.tell(subscriber.uri if uri == sent else uri)

    def renew(self, connection: "Connection") -> None:
        """Subscribe to everything on a new connection, beside what else happens there."""
        if self._by_uri:
            self.pause()
            self._renewing = asyncio.create_task(self._renew(connection), name=f"subscribe {self._server}")

    def pause(self) -> None:
        """The connection has ended."""
        if self._renewing is not None:
            self._renewing.cancel()

    def close(self) -> None:
        """Nobody hears anything more."""
        self.pause()
        for subscribers in self._by_uri.values():
            for subscriber in subscribers:
                subscriber.close()
        self._by_uri.clear()

    async def _renew(self, connection: "Connection") -> None:
        for sent in list(self._by_uri):
            try:
                await connection.subscribe(sent)
            except RoxyError as refused:
                _log.warning("subscription.not_renewed", server=self._server, code=refused.code)
            for subscriber in self._by_uri.get(sent, ()):
                subscriber.tell(subscriber.uri)
