"""One skill on the bench: say something, and see what it answered, asked, said and called.

The order of a `say`: the skill's own sentences read the utterance (an AssertionError names the nearest examples when
none does), a context is made with the doubles, and the skill runs as it does in Roxy. What a skill raises that is not
a `RoxyError` comes out of `say`, with its traceback; in Roxy it would end as a sentence that names the skill.

The skill is granted what its `roxy.yaml` asks for (for `folders: [granted]` the bench's own folder), so only tools put
on the bench with `read_only=False` ask first; `bench.grant` adds to it and `bench.withdraw` takes all away. What it
does not ask for is refused, as in Roxy.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from roxy.contracts.calls import ToolCall, ToolCallResult, ToolInfo
from roxy.contracts.events import Event
from roxy.contracts.offers import ResourceInfo
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import (
    Exchange,
    HttpReply,
    Permissions,
    SkillContext,
    SkillInfo,
    SkillResult,
    UserProfile,
)
from roxy.errors import NeedsInput, RoxyError
from roxy.skills.folder import SkillFolder, read_folder
from roxy.skills.grants import GRANTED, Turn, guard
from roxy.skills.loaded import LoadedSkill, checked, confirmed, declined
from roxy.skills.sentences.grammar import Grammar
from roxy.store.folders import AllowedFolders
from roxy.testing.doubles import (
    DialogueDouble,
    FetchDouble,
    InventoryDouble,
    MemoryDouble,
    RemindersDouble,
    ServersDouble,
    StoreDouble,
    ToolsDouble,
    TrustDouble,
)

_NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""A Monday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReply:
    """How a `say` ended."""

    success: bool
    text: str
    data: Any = None
    code: str = ""
    error: str = ""
    intent: str
    parameters: Mapping[str, Any]
    questions: list[str]
    """What was asked in this turn, permissions and confirmations too."""
    said: list[str]
    """What was said before the turn ended."""
    calls: list[ToolCall]
    """The tools called in this turn, in order."""


@dataclass(slots=True)
class Bench:
    """A skill with doubles all around it; everything may be changed between two `say`s."""

    skill: LoadedSkill
    folder: Path
    """An empty folder of the disk; it is granted to a skill that asks for folders."""
    now: datetime = _NOON
    """The time of the next turn, with a time zone."""
    user: UserProfile = field(default_factory=lambda: UserProfile(timezone=ZoneInfo("UTC")))
    config: dict[str, Any] = field(default_factory=dict)
    history: list[Exchange] = field(default_factory=list)
    memory: MemoryDouble = field(init=False)
    store: StoreDouble = field(default_factory=StoreDouble)
    reminders: RemindersDouble = field(init=False)
    pages: FetchDouble = field(default_factory=FetchDouble)
    servers: ServersDouble = field(default_factory=ServersDouble)
    tools: ToolsDouble = field(default_factory=ToolsDouble)
    dialogue: DialogueDouble = field(default_factory=DialogueDouble)
    trust: TrustDouble = field(default_factory=TrustDouble)
    """What the skill was granted, and what it need not ask for."""
    about: InventoryDouble = field(init=False)
    audit: list[Event] = field(default_factory=list)
    """Every refusal, grant and confirmation, as Roxy writes them down."""
    assume_yes: bool = False
    """As `roxy ask --yes`."""
    _grammar: Grammar = field(default_factory=Grammar)

    def __post_init__(self) -> None:
        self.memory = MemoryDouble(lambda: self.now)
        self.reminders = RemindersDouble(lambda: self.now)
        self.about = InventoryDouble(self.trust)
        described = self.skill.folder
        self._grammar.put(described.name, described.templates)
        self.about.listed.append(_listed(described))
        self.trust.grant(described.name, replace(described.wants, folders=described.wants.folders - {GRANTED}))
        if GRANTED in described.wants.folders:
            self.grant(folders=[self.folder])

    def at(self, text: str) -> datetime:
        """`2026-03-01 15:04` in the user's time zone."""
        return datetime.fromisoformat(text).replace(tzinfo=self.user.timezone)

    def answers(self, *answers: str) -> None:
        """What the user will answer, in order, to `ask` and `confirm` and to questions of permission."""
        self.dialogue.answers.extend(answers)

    def grant(
        self,
        *,
        servers: Iterable[str] = (),
        tools: Iterable[str] = (),
        folders: Iterable[Path | str] = (),
        hosts: Iterable[str] = (),
        server_control: bool = False,
    ) -> None:
        """Allow the skill more."""
        more = Permissions(
            servers=frozenset(servers),
            tools=frozenset(tools),
            folders=frozenset(str(folder) for folder in folders),
            hosts=frozenset(hosts),
            server_control=server_control,
        )
        self.trust.grant(self.skill.name, more)

    def withdraw(self) -> None:
        """Allow the skill nothing; it must ask for everything then."""
        self.trust.kept.pop(self.skill.name, None)
        self.trust.unasked.pop(self.skill.name, None)

    def tool(
        self,
        server: str,
        tool: str,
        *,
        returns: Any | ToolCallResult | Callable[[dict[str, Any]], Any] = "",
        read_only: bool = True,
        description: str = "",
    ) -> None:
        """Put a tool on the bench: it returns a value, a whole result, or what a function of its arguments returns.

        `read_only=False` stands for a tool with side effects, for which Roxy asks first.
        """
        info = ToolInfo(server, tool, description=description, annotations={"readOnlyHint": read_only})
        self.tools.tools[server, tool] = (info, returns)
        if server not in self.servers.known:
            self.add_server(server, state=ServerState.RUNNING)

    def resource(self, server: str, uri: str, *, text: str, name: str = "") -> None:
        """Put a resource on the bench."""
        self.tools.resources[server, uri] = (ResourceInfo(server=server, uri=uri, name=name or uri), text)
        if server not in self.servers.known:
            self.add_server(server, state=ServerState.RUNNING)

    def http(self, url: str, text: str, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        """Put a page on the bench."""
        self.pages.pages[url] = HttpReply(status=status, text=text, headers=headers or {})

    def add_server(
        self, name: str, state: ServerState | str = ServerState.STOPPED, error: str = "", **more: Any
    ) -> None:
        """Put a server on the bench; `error` is why it failed last. See `ServerStatus` for `more`."""
        self.servers.known[name] = ServerStatus(name=name, state=ServerState(state), error=error, **more)

    def file(self, name: str, text: str) -> Path:
        """Write a file into the bench's folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    async def say(self, text: str) -> BenchReply:
        """Let the skill's own sentences read `text`, then run it; AssertionError when none matches."""
        hits = self._grammar.hits(text)
        if not hits:
            near = ", ".join(f"“{phrase}”" for phrase in _nearest(self.skill.folder, text))
            raise AssertionError(
                f"no sentence of {self.skill.name} matches “{text}”; the nearest examples are {near or 'none'}"
            )
        return await self._run(text, hits[0].intent, hits[0].parameters, understood=hits[0].heard.whole())

    async def run(self, intent: str, **parameters: Any) -> BenchReply:
        """Run an intent as if its sentences had been matched."""
        return await self._run("", intent, parameters)

    async def _run(self, text: str, intent: str, parameters: Mapping[str, Any], *, understood: str = "") -> BenchReply:
        marks = len(self.dialogue.questions), len(self.dialogue.said), len(self.tools.calls)
        result = await self._result(intent, self._context(text, understood, intent, parameters))
        self.history += [Exchange("user", text, self.now), Exchange("roxy", result.response_text, self.now)]
        return BenchReply(
            success=result.success,
            text=result.response_text,
            data=result.data,
            code=result.code,
            error=result.error,
            intent=intent,
            parameters=parameters,
            questions=self.dialogue.questions[marks[0] :],
            said=self.dialogue.said[marks[1] :],
            calls=self.tools.calls[marks[2] :],
        )

    async def _result(self, intent: str, context: SkillContext) -> SkillResult:
        info = self.skill.folder.intent(intent)
        try:
            if info.confirm and not self.assume_yes and not await confirmed(info, context):
                return declined()
            result = await self.skill.code().skill_for(intent).execute(context)
        except NeedsInput as question:
            return SkillResult(False, question.message, code=question.code)
        except RoxyError as error:
            return SkillResult(False, str(error), error=error.message, code=error.code)
        return checked(self.skill.name, result)

    def _context(self, text: str, understood: str, intent: str, parameters: Mapping[str, Any]) -> SkillContext:
        turn = Turn(
            skill=self.skill.name,
            wants=self.skill.folder.wants,
            trust=self.trust,
            dialogue=self.dialogue,
            audit=self._note,
            session_id="bench",
            assume_yes=self.assume_yes,
            confirmed=self.skill.folder.intent(intent).confirm is not None,
        )
        handles = guard(turn, mcp=self.tools, folders=AllowedFolders, fetch=self.pages, servers=self.servers)
        return SkillContext(
            user_input=text,
            intent=intent,
            parameters=parameters,
            session_id="bench",
            now=self.now.astimezone(self.user.timezone),
            user=self.user,
            profile=self,
            config=self.config,
            conversation_history=tuple(self.history),
            memory=self.memory,
            store=self.store,
            reminders=self.reminders,
            mcp=handles.mcp,
            files=handles.files,
            http=handles.http,
            servers=handles.servers,
            about=self.about,
            dialogue=self.dialogue,
            understood=understood,
        )

    async def change(
        self,
        *,
        name: str | None = None,
        timezone: str | None = None,
        locale: str | None = None,
        units: str | None = None,
    ) -> UserProfile:
        """Change `bench.user`, as `context.profile` does."""
        self.user = replace(
            self.user,
            name=self.user.name if name is None else name,
            timezone=self.user.timezone if timezone is None else ZoneInfo(timezone),
            locale=self.user.locale if locale is None else locale,
            units=self.user.units if units is None else units,
        )
        return self.user

    async def _note(self, event: Event) -> None:
        self.audit.append(event)


@asynccontextmanager
async def skill_bench(skill: Path | str) -> AsyncIterator[Bench]:
    """Put the skill in the folder `skill` (or in that of a file in it, such as `__file__`) on a bench.

    Raises `ConfigError` with file and line when the folder is not a valid skill, `SkillError` when its code cannot be
    loaded.
    """
    loaded = LoadedSkill(read_folder(_folder_of(skill)), source="bench")
    if loaded.folder.has_code:
        loaded.code()
    with tempfile.TemporaryDirectory(prefix="roxy-bench-") as scratch:
        yield Bench(loaded, _folder_of(scratch))


def _folder_of(path: Path | str) -> Path:
    found = Path(path).resolve()
    return found.parent if found.is_file() else found


def _listed(folder: SkillFolder) -> SkillInfo:
    return SkillInfo(
        name=folder.name,
        description=folder.description,
        source="bench",
        path=str(folder.path),
        intents=folder.intents,
        wants=folder.wants,
        help=folder.help,
    )


def _nearest(folder: SkillFolder, text: str) -> list[str]:
    from roxy.skills.sentences.nearest import nearest  # noqa: PLC0415  # only when something went wrong

    return nearest(text, [(intent.name, phrase) for intent in folder.intents for phrase in intent.examples], 3)
