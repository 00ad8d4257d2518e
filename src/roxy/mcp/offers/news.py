"""What a server tells of changes, on one connection: that a list is another one, or a resource.

In the legacy eras such news is pushed, a resource's after `resources/subscribe`; in the modern one each is asked for
with a `subscriptions/listen` stream of its own (specification 2026-07-28, "subscriptions"). Either way it arrives at
`on_news`, with the method of the notification and the URI of the resource, if it is about one.
"""

import asyncio
import random
from collections.abc import Callable
from typing import Any

import mcp_types
from mcp import ClientSession, MCPError
from mcp.client.subscriptions import (
    PromptsListChanged,
    ResourcesListChanged,
    ResourceUpdated,
    Subscription,
    ToolsListChanged,
    listen,
)

from roxy.errors import ServerProtocolError
from roxy.mcp.wire.peer import Peer

TOOLS = "notifications/tools/list_changed"
RESOURCES = "notifications/resources/list_changed"
PROMPTS = "notifications/prompts/list_changed"
RESOURCE = "notifications/resources/updated"

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_REFUSALS = {mcp_types.METHOD_NOT_FOUND, mcp_types.INVALID_REQUEST, mcp_types.INVALID_PARAMS}

OnNews = Callable[[str, str], None]
"""Takes the method of a notification, and the URI of a resource, which is empty for lists. Must return at once."""

_METHODS: dict[type, str] = {
    mcp_types.ToolListChangedNotification: TOOLS,
    mcp_types.ResourceListChangedNotification: RESOURCES,
    mcp_types.PromptListChangedNotification: PROMPTS,
    ToolsListChanged: TOOLS,
    ResourcesListChanged: RESOURCES,
    PromptsListChanged: PROMPTS,
}


class News:
    """The news of one connection; `close` ends every stream."""

    def __init__(self, server: str, session: ClientSession, peer: Peer, on_news: OnNews) -> None:
        self._server = server
        self._session = session
        self._peer = peer
        self._on_news = on_news
        self._modern = session.discover_result is not None
        self._streams: dict[str, asyncio.Task[None]] = {}

    def open(self) -> None:
        """Begin to listen for changes of the lists, where the server says that it tells of them."""
        capabilities = self._session.server_capabilities
        if not self._modern or capabilities is None:
            return  # in the legacy eras they come by themselves
        offered = {TOOLS: capabilities.tools, RESOURCES: capabilities.resources, PROMPTS: capabilities.prompts}
        wanted = {method for method, kind in offered.items() if kind is not None and kind.list_changed}
        if wanted:
            self._streams[""] = asyncio.create_task(self._lists(wanted), name=f"listen {self._server}")

    async def close(self) -> None:
        """End every stream."""
        streams = list(self._streams.values())
        for stream in streams:
            stream.cancel()
        if streams:
            await asyncio.wait(streams)

    async def subscribe(self, uri: str) -> None:
        """Ask for news of a resource; raises what the server's refusal raises."""
        if not self._modern:
            await self._peer.request("resources/subscribe", {"uri": uri})
            return
        agreed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        stream = asyncio.create_task(self._resource(uri, agreed), name=f"listen {self._server} resource")
        self._streams[uri] = stream
        try:
            await agreed
        except BaseException:
            stream.cancel()
            raise

    async def unsubscribe(self, uri: str) -> None:
        """No more news of a resource, please."""
        if not self._modern:
            await self._peer.request("resources/unsubscribe", {"uri": uri})
        elif stream := self._streams.pop(uri, None):
            stream.cancel()
            await asyncio.wait({stream})

    async def _lists(self, wanted: set[str]) -> None:
        """Listen, and again when the stream has ended, unless the server says that there is none."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with listen(
                    self._session,
                    tools_list_changed=TOOLS in wanted,
                    resources_list_changed=RESOURCES in wanted,
                    prompts_list_changed=PROMPTS in wanted,
                ) as changes:
                    for method in wanted:
                        self._on_news(method, "")  # they may have changed before the subscription stood
                    async for change in changes:
                        pause = _FIRST_PAUSE
                        tell(change, self._on_news)
            except Exception as ended:  # noqa: BLE001 - the border to the SDK: whatever ends the subscription, no news is no fault
                if isinstance(ended, MCPError) and ended.code in _REFUSALS:
                    return
            pause = await _rested(pause)

    def _check_honored(self, uri: str, changes: Subscription) -> None:
        if uri not in (changes.honored.resource_subscriptions or ()):
            raise ServerProtocolError(
                f"The server {self._server} does not tell of changes of that resource.", server=self._server
            )

    async def _resource(self, uri: str, agreed: asyncio.Future[None]) -> None:
        """Listen, and again when the server has ended the stream: what was missed meanwhile is told as news."""
        pause = _FIRST_PAUSE
        while True:
            try:
                async with listen(self._session, resource_subscriptions=[uri]) as changes:
                    self._check_honored(uri, changes)
                    if agreed.done():
                        self._on_news(RESOURCE, uri)
                    else:
                        agreed.set_result(None)
                    async for change in changes:
                        pause = _FIRST_PAUSE
                        tell(change, self._on_news)
            except Exception as refused:  # noqa: BLE001 - the border to the SDK: whoever subscribes is told, once
                if not agreed.done():
                    agreed.set_exception(refused)
                    return
            pause = await _rested(pause)


async def _rested(pause: float) -> float:
    """Wait before a stream is asked for again; returns the next pause."""
    await asyncio.sleep(random.uniform(pause, pause * 1.5))  # noqa: S311 - jitter is no secret
    return min(pause * 2, _LONGEST_PAUSE)


def tell(message: Any, on_news: OnNews) -> None:
    """Hand on what `message` (a notification or an event of the SDK's) tells; other messages tell nothing."""
    if isinstance(message, mcp_types.ResourceUpdatedNotification):
        on_news(RESOURCE, str(message.params.uri))
    elif isinstance(message, ResourceUpdated):
        on_news(RESOURCE, message.uri)
    elif (method := _METHODS.get(type(message))) is not None:
        on_news(method, "")
