"""What a skill is given and what it gives back. A skill speaks to Roxy through this module alone."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from roxy.contracts.calls import ToolCaller
from roxy.contracts.servers import ServerControl

NOT_MINE = "not_mine"
"""The code of a result with which a skill leaves an utterance to others: it knows better than its sentences, and the
words were not meant for it ("dinner time" names no place). Nothing may have been done by then, nor asked."""


@dataclass(frozen=True, slots=True)
class SkillResult:
    """How a skill's turn ended."""

    success: bool
    response_text: str = ""
    """What is said to the user; on failure what happened, why, and the next step."""
    data: Any = None
    """Machine-readable result for `--json`."""
    error: str = ""
    code: str = ""
    """Empty on success; else a stable word, often the code of the tool call that failed, or `NOT_MINE`."""


@dataclass(frozen=True, slots=True)
class Permissions:
    """What a skill asks for, or what a user granted it. Empty is the default and means nothing at all."""

    servers: frozenset[str] = frozenset()
    """MCP servers, every tool of them."""
    tools: frozenset[str] = frozenset()
    """Single tools as `server.tool`."""
    folders: frozenset[str] = frozenset()
    """Folders it may read, `~` allowed; `granted` in a request stands for those the user allows by name."""
    hosts: frozenset[str] = frozenset()
    """Host names it may fetch from, `*.example.com` allowed."""
    server_control: bool = False
    """Whether it may start and stop servers."""

    def __bool__(self) -> bool:
        return bool(self.servers or self.tools or self.folders or self.hosts or self.server_control)


@dataclass(frozen=True, slots=True, kw_only=True)
class IntentInfo:
    """One intent of a skill, as people and models are told of it."""

    name: str
    sentences: Sequence[str] = ()
    """hassil templates."""
    examples: Sequence[str] = ()
    """Phrases that must route here; `roxy skills test` runs them."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    confirm: bool | None = None
    """Whether to ask first. None: asked when a tool with side effects is called; False: its policy is not to."""
    description: str = ""
    required: Sequence[str] = ()
    """The slots that every sentence fills: without them the skill is never asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillInfo:
    """A skill as it is listed."""

    name: str
    description: str
    source: str
    """`bundled`, `user`, `project`, or the entry point's distribution."""
    path: str = ""
    version: str = ""
    intents: Sequence[IntentInfo] = ()
    wants: Permissions = field(default_factory=Permissions)
    approved: bool = True
    problem: str = ""
    """Why it is not usable; empty when it is."""
    help: str = ""
    """The body of its SKILL.md."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserProfile:
    """What the user told Roxy about themselves, or what was guessed from the system."""

    name: str = ""
    timezone: ZoneInfo
    locale: str = "en_US"
    units: str = "metric"
    """`metric` or `imperial`."""


class ProfileEditor(Protocol):
    """Where the user changes what Roxy knows of them by saying so."""

    async def change(
        self,
        *,
        name: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
        units: str | None = None,
    ) -> UserProfile:
        """Write what is given into the user's settings; raises `ConfigError` for a value that does not exist."""
        ...


@dataclass(frozen=True, slots=True)
class Exchange:
    """One line of the conversation so far; `role` is `user` or `roxy`."""

    role: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MemoryItem:
    """Something Roxy remembers."""

    id: str
    text: str
    at: datetime
    about: Mapping[str, Any] = field(default_factory=dict)
    """What else is known of it: `session_id` and `turn_id` say where it was told, `changed` when it was edited."""
    kind: str = "remembered"
    """`remembered`: the user asked for it; `fact`: Roxy asked whether to; `summary`: of a conversation."""
    ended: datetime | None = None
    """When something else took its place; None as long as it is so."""


class Memory(Protocol):
    """What the user asked Roxy to remember; shared by all skills, searched by full text."""

    async def remember(self, text: str, **about: Any) -> str:
        """Keep `text`; returns its id. It is on the disk when this returns."""
        ...

    async def search(self, query: str, limit: int = 5) -> Sequence[MemoryItem]:
        """The items that answer `query` best, best first; a question's small words do not count."""
        ...

    async def latest(self, limit: int = 20) -> Sequence[MemoryItem]:
        """The newest items, newest first."""
        ...

    async def edit(self, id: str, text: str) -> bool:
        """Let the item `id` say `text` from now on; False when there is none."""
        ...

    async def forget(self, id: str) -> bool:
        """Drop the item `id`; False when there is none."""
        ...


class SkillStore(Protocol):
    """A skill's own little store of JSON values, kept in the local database; other skills cannot see it.

    Keys of the user's things are paths such as `list/shopping`: "undo that" takes back what changed under them. Other
    keys hold what a skill notes for itself, which undoing leaves alone.
    """

    async def get(self, key: str, default: Any = None) -> Any:
        """The value kept under `key`."""
        ...

    async def put(self, key: str, value: Any) -> None:
        """Keep `value`; it is on the disk when this returns."""
        ...

    async def delete(self, key: str) -> bool:
        """Drop `key`; False when there is none."""
        ...

    async def items(self, prefix: str = "") -> Mapping[str, Any]:
        """All keys that begin with `prefix`, sorted, with their values."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """A timer or a reminder."""

    id: str
    text: str
    """What to be reminded of; a timer's name, or empty."""
    due: datetime
    """The next time it fires, with a time zone."""
    kind: str = "reminder"
    """`timer` or `reminder`."""
    rule: str = ""
    """RFC 5545 recurrence rule such as `FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR`; empty when it fires once."""
    session_id: str | None = None
    created: datetime | None = None
    fired: datetime | None = None
    """When it fired last."""


class Reminders(Protocol):
    """Timers and reminders; they fire once, survive a restart, and are told later when nobody was there."""

    async def add(self, text: str, due: datetime, *, kind: str = "reminder", rule: str = "") -> Reminder:
        """Keep a reminder that fires at `due`, and by `rule` (RFC 5545) again after that."""
        ...

    async def pending(self) -> Sequence[Reminder]:
        """Those that will still fire, soonest first."""
        ...

    async def last_fired(self, limit: int = 5) -> Sequence[Reminder]:
        """Those that fired, latest first; what "snooze" means."""
        ...

    async def cancel(self, id: str) -> bool:
        """Let it never fire again; False when there is none."""
        ...

    async def move(self, id: str, due: datetime) -> Reminder:
        """Let it fire at `due` (again); a recurring one keeps its rule."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FileHit:
    """A file that was found."""

    path: str
    size: int
    modified: datetime
    line: int | None = None
    """Where the text was found, counted from 1."""
    excerpt: str = ""


class Files(Protocol):
    """The folders the user allowed this skill, and nothing outside them, by whatever path or link."""

    def folders(self) -> Sequence[str]:
        """The allowed folders, as absolute paths."""
        ...

    async def find(self, pattern: str, *, limit: int = 20) -> Sequence[FileHit]:
        """Files whose name matches `pattern` (a glob, or a part of the name), newest first."""
        ...

    async def search(self, text: str, *, limit: int = 20) -> Sequence[FileHit]:
        """Text files that contain `text`, whatever its case."""
        ...

    async def read(self, path: str, *, max_bytes: int = 1_000_000) -> str:
        """The text of a file; raises `Denied` outside the allowed folders."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpReply:
    """What a host answered."""

    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Http(Protocol):
    """Fetches from the hosts the user allowed this skill."""

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float = 20.0) -> HttpReply:
        """GET `url`; raises `Denied` for a host that was not granted, redirects included."""
        ...


class Dialogue(Protocol):
    """Talking with the user in the middle of a turn."""

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        """Ask, and wait for the next utterance of this session at this door."""
        ...

    async def confirm(self, question: str) -> bool:
        """Ask a yes-or-no question; anything that is neither is asked again once, then counts as no."""
        ...

    async def say(self, text: str) -> None:
        """Say something before the turn ends."""
        ...


class Inventory(Protocol):
    """What there is: for help and for "what can you do?"."""

    def skills(self) -> Sequence[SkillInfo]:
        """All skills that were found, those with a problem too."""
        ...

    def permissions(self, skill: str) -> Permissions:
        """What the user granted `skill`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillContext:
    """Everything one turn of a skill may use; every handle enforces what the user granted."""

    user_input: str
    intent: str
    parameters: Mapping[str, Any]
    """Slot values by name, typed as `roxy.yaml` declares them."""
    session_id: str
    now: datetime
    """The time of the turn, in the user's zone."""
    user: UserProfile
    profile: ProfileEditor
    config: Mapping[str, Any]
    """The skill's settings: `skills.<name>` of `roxy.yaml`."""
    conversation_history: Sequence[Exchange]
    memory: Memory
    store: SkillStore
    reminders: Reminders
    mcp: ToolCaller
    files: Files
    http: Http
    servers: ServerControl
    about: Inventory
    dialogue: Dialogue
    understood: str = ""
    """What was said without greeting, fillers and politeness, slips of the keyboard put right."""

    async def ask(self, question: str, *, choices: Sequence[str] = ()) -> str:
        """Ask the user; returns the next utterance of this session at this door."""
        return await self.dialogue.ask(question, choices=choices)

    async def confirm(self, question: str) -> bool:
        """Ask the user a yes-or-no question."""
        return await self.dialogue.confirm(question)

    async def say(self, text: str) -> None:
        """Say something before the turn ends."""
        await self.dialogue.say(text)

    async def remind(self, text: str, due: datetime | timedelta, *, rule: str = "") -> Reminder:
        """Remind the user of `text` at `due`, or that long from now."""
        when = self.now + due if isinstance(due, timedelta) else due
        return await self.reminders.add(text, when, rule=rule)


class RoxySkill(ABC):
    """A skill in Python. One instance serves all turns, so keep what must last in `context.store`."""

    @abstractmethod
    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer one turn; `context.intent` says which of the skill's intents was meant."""
