"""Small real doubles of everything a skill is handed, kept in memory; state lasts as long as the bench."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from roxy.contracts.calls import Code, ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.ids import new_id
from roxy.contracts.offers import ReadResult, ResourceInfo
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import HttpReply, MemoryItem, Permissions, Reminder, SkillInfo
from roxy.errors import NeedsInput, ServerNotFound, UsageError

Clock = Callable[[], datetime]

_SMALL_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "at",
        "did",
        "do",
        "does",
        "for",
        "from",
        "have",
        "how",
        "i",
        "in",
        "is",
        "it",
        "me",
        "my",
        "of",
        "on",
        "our",
        "that",
        "the",
        "to",
        "was",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "with",
        "you",
        "your",
    ]  # a list of words reads better as words
)
_YES = frozenset(("yes", "y", "yeah", "yep", "sure", "ok", "okay", "do it", "always"))


def _words(text: str) -> set[str]:
    found = "".join(letter if letter.isalnum() else " " for letter in text.casefold()).split()
    return {word for word in found if word not in _SMALL_WORDS}


@dataclass(slots=True)
class MemoryDouble:
    """`Memory` as a list; search counts shared words."""

    clock: Clock
    kept: list[MemoryItem] = field(default_factory=list)

    async def remember(self, text: str, **about: Any) -> str:
        """Keep `text`."""
        item = MemoryItem(id=new_id("mem"), text=text, at=self.clock(), about=json.loads(json.dumps(about)))
        self.kept.append(item)
        return item.id

    async def search(self, query: str, limit: int = 5) -> Sequence[MemoryItem]:
        """Items that share words with `query`, the most first, then the newest."""
        wanted = _words(query)
        scored = [(len(wanted & _words(item.text)), at, item) for at, item in enumerate(self.kept)]
        return [item for score, _, item in sorted(scored, key=lambda one: one[:2], reverse=True) if score][:limit]

    async def latest(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The newest items first."""
        return self.kept[::-1][:limit]

    async def edit(self, id: str, text: str) -> bool:
        """Change what an item says."""
        there = any(item.id == id for item in self.kept)
        self.kept = [replace(item, text=text) if item.id == id else item for item in self.kept]
        return there

    async def forget(self, id: str) -> bool:
        """Drop an item."""
        before = len(self.kept)
        self.kept = [item for item in self.kept if item.id != id]
        return len(self.kept) < before


@dataclass(slots=True)
class StoreDouble:
    """`SkillStore` as a dictionary of JSON texts, so that only what JSON can hold survives."""

    kept: dict[str, str] = field(default_factory=dict)

    async def get(self, key: str, default: Any = None) -> Any:
        """The value under `key`."""
        return json.loads(self.kept[key]) if key in self.kept else default

    async def put(self, key: str, value: Any) -> None:
        """Keep `value`."""
        self.kept[key] = json.dumps(value)

    async def delete(self, key: str) -> bool:
        """Drop `key`."""
        return self.kept.pop(key, None) is not None

    async def items(self, prefix: str = "") -> Mapping[str, Any]:
        """Keys that begin with `prefix`, sorted."""
        return {key: json.loads(self.kept[key]) for key in sorted(self.kept) if key.startswith(prefix)}


@dataclass(slots=True)
class RemindersDouble:
    """`Reminders` that fire when the bench's clock passes them and `fire` is called."""

    clock: Clock
    waiting: dict[str, Reminder] = field(default_factory=dict)
    fired: list[Reminder] = field(default_factory=list)

    async def add(self, text: str, due: datetime, *, kind: str = "reminder", rule: str = "") -> Reminder:
        """Keep a reminder; `due` needs a time zone."""
        if due.tzinfo is None:
            raise UsageError("a reminder's time needs a time zone")
        reminder = Reminder(id=new_id("rem"), text=text, due=due, kind=kind, rule=rule, created=self.clock())
        self.waiting[reminder.id] = reminder
        return reminder

    async def pending(self) -> Sequence[Reminder]:
        """Those that will still fire, soonest first."""
        return sorted(self.waiting.values(), key=lambda one: (one.due, one.id))

    async def last_fired(self, limit: int = 5) -> Sequence[Reminder]:
        """Those that fired, latest first."""
        return self.fired[::-1][:limit]

    async def cancel(self, id: str) -> bool:
        """Let it never fire."""
        return self.waiting.pop(id, None) is not None

    async def move(self, id: str, due: datetime) -> Reminder:
        """Let it fire at `due`."""
        known = self.waiting.get(id) or next((one for one in self.fired if one.id == id), None)
        if known is None:
            raise UsageError(f"there is no reminder {id}")
        self.waiting[id] = replace(known, due=due)
        return self.waiting[id]

    def fire(self) -> list[Reminder]:
        """Fire everything that is due at the bench's time; recurring ones wait for their next time."""
        due = sorted((one for one in self.waiting.values() if one.due <= self.clock()), key=lambda one: one.due)
        for one in due:
            del self.waiting[one.id]
            self.fired.append(replace(one, fired=self.clock()))
            following = _following(one, self.clock()) if one.rule else None
            if following is not None:
                self.waiting[one.id] = replace(one, due=following)
        return due


def _following(reminder: Reminder, now: datetime) -> datetime | None:
    from dateutil.rrule import rrulestr  # noqa: PLC0415  # only for recurring reminders

    # With its zone, or dateutil refuses a rule whose UNTIL is in UTC, as RFC 5545 wants it.
    following: datetime | None = rrulestr(reminder.rule, dtstart=reminder.due).after(now)
    return following


@dataclass(slots=True)
class FetchDouble:
    """Fetches what the test wrote down; `roxy.skills.grants.Fetch`."""

    pages: dict[str, HttpReply] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    async def __call__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None,  # noqa: ARG002  # the Protocol's
        timeout: float,  # noqa: ARG002  # as above
        allow: Callable[[str], Awaitable[bool]],
    ) -> HttpReply:
        """The page of `url`; 404 when there is none."""
        await allow(urlsplit(url).hostname or "")
        self.asked.append(url)
        return self.pages.get(url, HttpReply(status=404, text="not found"))


@dataclass(slots=True)
class TrustDouble:
    """What the user granted; nothing is written anywhere."""

    kept: dict[str, Permissions] = field(default_factory=dict)
    unasked: dict[str, set[str]] = field(default_factory=dict)

    def approved(self, kind: str, name: str) -> str | None:  # noqa: ARG002  # the Protocol's
        """On the bench, any version may run."""
        return "any change"

    def granted(self, skill: str) -> Permissions:
        """What `skill` may do."""
        return self.kept.get(skill, Permissions())

    def grant(self, skill: str, permissions: Permissions) -> None:
        """Allow more."""
        had = self.granted(skill)
        self.kept[skill] = Permissions(
            had.servers | permissions.servers,
            had.tools | permissions.tools,
            had.folders | permissions.folders,
            had.hosts | permissions.hosts,
            had.server_control or permissions.server_control,
        )

    def always(self, skill: str) -> frozenset[str]:
        """What `skill` need not ask for."""
        return frozenset(self.unasked.get(skill, ()))

    def set_always(self, skill: str, what: str) -> None:
        """Never ask for `what` again."""
        self.unasked.setdefault(skill, set()).add(what)


@dataclass(slots=True)
class ServersDouble:
    """`ServerControl` over states that the test sets; starting and stopping changes them."""

    known: dict[str, ServerStatus] = field(default_factory=dict)
    failing: dict[str, str] = field(default_factory=dict)
    """Servers that do not start, with the reason."""

    def server_names(self) -> Sequence[str]:
        """In the order in which they were added."""
        return list(self.known)

    def status(self, server: str) -> ServerStatus:
        """What the test set, or the last start and stop."""
        if server not in self.known:
            raise ServerNotFound(
                f"there is no server {server}", server=server, hint=f"Servers: {', '.join(self.known)}."
            )
        return self.known[server]

    async def start_server(self, server: str) -> bool:
        """Running, unless the test said that it fails."""
        status, why = self.status(server), self.failing.get(server, "")
        state = ServerState.FAILED if why else ServerState.RUNNING
        self.known[server] = replace(status, state=state, error=why)
        return not why

    async def stop_server(self, server: str) -> bool:
        """Stopped."""
        self.known[server] = replace(self.status(server), state=ServerState.STOPPED)
        return True


@dataclass(slots=True)
class ToolsDouble:
    """A `ToolCaller` that records every call and answers what the test wrote down."""

    tools: dict[tuple[str, str], tuple[ToolInfo, Any]] = field(default_factory=dict)
    calls: list[ToolCall] = field(default_factory=list)
    resources: dict[tuple[str, str], tuple[ResourceInfo, str]] = field(default_factory=dict)
    reads: list[tuple[str, str]] = field(default_factory=list)

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,
        idempotent: bool = False,
    ) -> ToolCallResult:
        """Record the call; `not_found` for a tool that the test did not write down."""
        given = json.loads(json.dumps(dict(arguments or {})))
        self.calls.append(ToolCall(server, tool, given, timeout, session_id, idempotent))
        if (server, tool) not in self.tools:
            why = f"there is no tool {server}.{tool} on this bench; write bench.tool({server!r}, {tool!r}, returns=…)"
            return ToolCallResult(False, error=why, code=Code.NOT_FOUND, server=server, tool=tool)
        returns = self.tools[server, tool][1]
        value = returns(given) if callable(returns) else returns
        if isinstance(value, ToolCallResult):
            return replace(value, server=value.server or server, tool=value.tool or tool)
        text = value if isinstance(value, str) else json.dumps(value)
        return ToolCallResult(True, value, text, server=server, tool=tool, attempts=1, route="mcp:module")

    async def list_tools(self, server: str) -> Sequence[ToolInfo]:
        """The tools written down for `server`."""
        found = [info for (owner, _), (info, _) in self.tools.items() if owner == server]
        if not found:
            raise ServerNotFound(f"there is no server {server} on this bench", server=server)
        return found

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources written down for `server`."""
        return [info for (owner, _), (info, _) in self.resources.items() if owner == server]

    async def read_resource(
        self,
        server: str,
        uri: str,
        *,
        timeout: float | None = None,  # noqa: ARG002 # the Protocol's
        session_id: str | None = None,  # noqa: ARG002 # the Protocol's
    ) -> ReadResult:
        """The text that the test wrote down; `not_found` for a resource that it did not."""
        self.reads.append((server, uri))
        if (server, uri) not in self.resources:
            why = f"there is no resource {uri} on this bench; write bench.resource({server!r}, {uri!r}, text=…)"
            return ReadResult(success=False, error=why, code=Code.NOT_FOUND, server=server, uri=uri)
        text = self.resources[server, uri][1]
        return ReadResult(success=True, text=text, contents=[{"uri": uri, "text": text}], server=server, uri=uri)


@dataclass(slots=True)
class DialogueDouble:
    """`Dialogue` with answers written down before; without one a question ends the turn with `needs_input`."""

    answers: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:  # noqa: ARG002  # the Protocol's
        """The next answer."""
        self.questions.append(question)
        if not self.answers:
            raise NeedsInput(question)
        return self.answers.pop(0)

    async def confirm(self, question: str) -> bool:
        """Whether the next answer is a yes."""
        return (await self.ask(question, choices=("yes", "no"))).strip().casefold() in _YES

    async def say(self, text: str) -> None:
        """Note it."""
        self.said.append(text)


@dataclass(slots=True)
class InventoryDouble:
    """`Inventory` with the skill under test, and whatever the test adds."""

    trust: TrustDouble
    listed: list[SkillInfo] = field(default_factory=list)

    def skills(self) -> Sequence[SkillInfo]:
        """All of them."""
        return list(self.listed)

    def permissions(self, skill: str) -> Permissions:
        """What it was granted."""
        return self.trust.granted(skill)
