"""A server as it is spoken to: its methods, sent as plain dicts and answered as plain dicts.

Nothing here is validated as a whole: `tolerance` keeps what is good in an answer, item by item. Errors are those of the
dispatcher (`MCPError`) and of Roxy; the connection tells them in its own words.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import mcp_types
from mcp import MCPError
from mcp.shared.dispatcher import CallOptions, Dispatcher, ProgressFnT

from roxy.errors import ServerProtocolError
from roxy.mcp.wire import tolerance
from roxy.mcp.wire.envelope import Envelope
from roxy.mcp.wire.inputs import InputHandler, completed
from roxy.mcp.wire.tolerance import Dropped, Item

MAX_PAGES = 1000
MAX_ITEMS = 100_000
_BATCH = 500  # items between two rests of the loop
_LISTS = {
    "tools": "tools/list",
    "resources": "resources/list",
    "resourceTemplates": "resources/templates/list",
    "prompts": "prompts/list",
}
_LONGEST_TTL = 86_400.0  # seconds; a server that says more is asked again all the same


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What goes with a request beside its parameters."""

    meta: Mapping[str, Any] = field(default_factory=dict)
    """The caller's part of `_meta`."""
    on_progress: ProgressFnT | None = None


PLAIN = RequestOptions()


def lasting(answer: Mapping[str, Any]) -> tuple[float, bool]:
    """For how many seconds an answer holds, and whether for the one who asked alone; 0 when it does not say."""
    ttl = answer.get("ttlMs")
    milliseconds = ttl if isinstance(ttl, int | float) and not isinstance(ttl, bool) else 0
    seconds = min(max(0.0, milliseconds / 1000), _LONGEST_TTL)
    return seconds, answer.get("cacheScope") != "public"


def _join(found: Item, page: Item, *, first: bool) -> None:
    """The strictest hints of all pages hold for the whole."""
    seconds, private = lasting(page)
    before, was_private = (seconds, private) if first else lasting(found)
    found["ttlMs"] = min(seconds, before) * 1000
    found["cacheScope"] = "private" if private or was_private else "public"


class Peer:
    """The server `name` behind `dispatcher`."""

    def __init__(
        self,
        name: str,
        dispatcher: Dispatcher[Any],
        envelope: Envelope,
        *,
        on_input: InputHandler | None,
        dropped: Dropped,
    ) -> None:
        self.dropped = dropped
        self._name = name
        self._dispatcher = dispatcher
        self._envelope = envelope
        self._on_input = on_input

    async def call_tool(self, tool: str, arguments: Mapping[str, Any], options: RequestOptions = PLAIN) -> Item:
        """`tools/call`, with as many rounds of input as it needs."""
        given = {"name": tool, "arguments": arguments}
        try:
            result = await self._completed("tools/call", given, options)
        except MCPError as refused:
            if refused.code != mcp_types.HEADER_MISMATCH:
                raise
            await self.list_items("tools")  # which arguments are mirrored in headers has changed: nothing was done yet
            result = await self._completed("tools/call", given, options)
        return tolerance.call_result(result, self.dropped)

    async def read_resource(self, uri: str, options: RequestOptions = PLAIN) -> Item:
        """`resources/read`."""
        result = await self._completed("resources/read", {"uri": uri}, options)
        return tolerance.read_result(result, self.dropped)

    async def get_prompt(self, prompt: str, arguments: Mapping[str, str], options: RequestOptions = PLAIN) -> Item:
        """`prompts/get`."""
        given = {"name": prompt, "arguments": arguments}
        return tolerance.prompt_result(await self._completed("prompts/get", given, options), self.dropped)

    async def list_items(self, kind: str) -> list[Item]:
        """All tools, resources, resourceTemplates or prompts, page by page; pages that never end are cut."""
        items: list[Item] = (await self.listed(kind))[kind]
        return items

    async def listed(self, kind: str, options: RequestOptions = PLAIN) -> Item:
        """As `list_items`, as one page: the items under `kind`, with the hints that hold for all pages together."""
        items: list[Item] = []
        found: Item = {kind: items}
        seen: set[str] = set()
        cursor: Any = None
        for number in range(MAX_PAGES):
            page = await self._page(kind, cursor, options)
            if page is None:
                return found
            items += await self._good_ones(kind, page[kind])
            _join(found, page, first=not number)
            cursor = page.get("nextCursor")
            if not cursor:
                return found
            if not isinstance(cursor, str) or cursor in seen or len(items) >= MAX_ITEMS:
                break
            seen.add(cursor)
        self.dropped.report("pages", 1)
        return found

    async def sign_of_life(self) -> None:
        """`ping` in the legacy era, `server/discover` in the modern one, which has no ping."""
        await self.request("server/discover" if self._envelope.modern else "ping", {})

    async def request(self, method: str, given: Mapping[str, Any], options: RequestOptions = PLAIN) -> Item:
        """Send one request; returns its result as it came."""
        params = self._envelope.params(given, options.meta)
        told: CallOptions = {}
        if (headers := self._envelope.headers(method, params)) is not None:
            told["headers"] = headers
        if options.on_progress is not None:
            told["on_progress"] = options.on_progress
        return await self._dispatcher.send_raw_request(method, params, told)

    async def _completed(self, method: str, given: Mapping[str, Any], options: RequestOptions) -> Item:
        result = await self.request(method, given, options)
        if result.get("resultType", "complete") == "complete":  # as nearly always
            return result

        async def send(added: Mapping[str, Any]) -> Item:
            return await self.request(method, {**given, **added}, options)

        return await completed(self._name, result, send, self._on_input)

    async def _page(self, kind: str, cursor: str | None, options: RequestOptions) -> Item | None:
        """One page, with a list in it; None for no page: there are none of the kind, or a later one is bad."""
        try:
            page = await self.request(_LISTS[kind], {} if cursor is None else {"cursor": cursor}, options)
        except MCPError as refused:
            if refused.code == mcp_types.METHOD_NOT_FOUND and cursor is None:
                return None
            if cursor is None or refused.code == mcp_types.CONNECTION_CLOSED:
                raise
            self.dropped.report("pages", 1)
            return None
        if isinstance(page.get(kind), list):
            return page
        if cursor is None:
            raise ServerProtocolError(f"The server {self._name} lists no {kind}.", server=self._name)
        self.dropped.report("pages", 1)
        return None

    async def _good_ones(self, kind: str, listed: list[Any]) -> list[Item]:
        good: list[Item] = []
        for begin in range(0, len(listed), _BATCH):
            usable = tolerance.usable_items(kind, listed[begin : begin + _BATCH], self.dropped)
            if kind == "tools":
                learned = self._envelope.learn(usable)
                self.dropped.report("tools", len(usable) - len(learned))
                usable = learned
            good += usable
            if len(listed) > _BATCH:
                await asyncio.sleep(0)
        return good
