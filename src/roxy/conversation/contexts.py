"""What a skill is given for one turn: every handle it may use, each behind a guard that enforces what was granted."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Protocol

from roxy.config.settings import Settings
from roxy.config.trust import TrustFile
from roxy.contracts.calls import ToolCaller, ToolCallResult, ToolInfo
from roxy.contracts.offers import ReadResult, ResourceInfo
from roxy.contracts.privacy import PrivacyGuard
from roxy.contracts.servers import ServerControl
from roxy.contracts.skills import HttpReply, Memory, SkillContext, SkillResult
from roxy.conversation.dialogue import Exchange
from roxy.conversation.longterm.asking import AskedMemory
from roxy.conversation.longterm.unkept import Unkept
from roxy.conversation.memory import UserMemory
from roxy.conversation.notebook import Notebook
from roxy.conversation.profile import ProfileKeeper
from roxy.conversation.schedule import Schedule
from roxy.conversation.sessions import Sessions
from roxy.conversation.undo import Journal
from roxy.conversation.words import Words
from roxy.errors import Denied
from roxy.mcp.questions.person import answering
from roxy.privacy.policy.origin import Origin, speaker
from roxy.skills.grants import Allow, Audit, Turn, guard
from roxy.skills.loaded import confirmation, declined
from roxy.skills.manager import Match, SkillManager
from roxy.store.folders import AllowedFolders

HISTORY = 20
"""How many lines of the conversation a skill sees."""


class Servers(ToolCaller, ServerControl, Protocol):
    """The servers: to call their tools, and to start and stop them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """Where the user's things are kept."""

    sessions: Sessions
    memory: UserMemory
    unkept: Unkept
    notebook: Notebook
    schedule: Schedule


class Narrated:
    """A caller of tools that tells the door whom it asks, and notes what was called.

    What a server asks back while it is called, the user of this exchange is asked.
    """

    def __init__(self, tools: ToolCaller, exchange: Exchange) -> None:
        self._tools = tools
        self._exchange = exchange

    async def call_tool(
        self,
        server: str,
        tool: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        timeout: float | None = None,
        session_id: str | None = None,  # noqa: ARG002 -- a skill always calls in the name of its own session
        idempotent: bool = False,
    ) -> ToolCallResult:
        """Call, in the name of this session."""
        self._exchange.progress(f"asking {server} …")
        self._exchange.tools.append(f"{server}.{tool}")
        with answering(self._exchange):
            return await self._tools.call_tool(
                server, tool, arguments, timeout=timeout, session_id=self._exchange.session_id, idempotent=idempotent
            )

    async def list_tools(self, server: str) -> Sequence[ToolInfo]:
        """The tools of `server`."""
        self._exchange.progress(f"asking {server} …")
        return await self._tools.list_tools(server)

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources of `server`."""
        self._exchange.progress(f"asking {server} …")
        return await self._tools.list_resources(server)

    async def read_resource(
        self,
        server: str,
        uri: str,
        *,
        timeout: float | None = None,
        session_id: str | None = None,  # noqa: ARG002 -- as above
    ) -> ReadResult:
        """Read, in the name of this session."""
        self._exchange.progress(f"reading from {server} …")
        with answering(self._exchange):
            return await self._tools.read_resource(server, uri, timeout=timeout, session_id=self._exchange.session_id)


class Contexts:
    """Makes the context of each turn, and lets the skill run in it."""

    def __init__(
        self,
        *,
        keepers: Keepers,
        skills: SkillManager,
        servers: Servers,
        trust: TrustFile,
        profile: ProfileKeeper,
        settings: Settings,
        words: Words,
        audit: Audit,
        privacy: Callable[[], Awaitable[PrivacyGuard]],
    ) -> None:
        self._keepers = keepers
        self._skills = skills
        self._servers = servers
        self._trust = trust
        self._profile = profile
        self._settings = settings
        self._words = words
        self._audit = audit
        self._privacy = privacy

    async def run(
        self, match: Match, exchange: Exchange, *, text: str, turn_id: str, by_model: bool = False
    ) -> SkillResult:
        """Let the matched version of the skill answer; `NeedsInput` and cancellation go up.

        What it remembers `by_model`, and not in the user's own words, is asked first.
        """
        turn = Turn(
            skill=match.skill,
            wants=match.wants,
            trust=self._trust,
            dialogue=exchange,
            audit=self._audit,
            session_id=exchange.session_id,
            assume_yes=exchange.assume_yes,
            confirmed=match.intent.confirm is not None,
            understand=self._words.meaning,
        )
        if match.intent.confirm and not await self._consents(turn, match):
            return declined()
        journal = Journal(exchange.session_id, turn_id)
        memory = self._asked_memory(journal, exchange) if by_model else self._keepers.memory.for_turn(journal)
        context = await self._context(match, exchange, turn, text=text, journal=journal, memory=memory)
        # Whether to ask was settled above.
        return await match.loaded.run(match.intent.name, context, assume_yes=True)

    async def _consents(self, turn: Turn, match: Match) -> bool:
        """Ask before an intent with a side effect outside Roxy: yes, no, or always for this intent."""
        what = f"intent:{match.intent.name}"
        if what in self._trust.always(match.skill):
            return True
        question = confirmation(match.intent, match.parameters)
        try:
            await turn.decide(what, question, always=lambda: self._trust.set_always(match.skill, what))
        except Denied:
            return False
        return True

    def _asked_memory(self, journal: Journal, exchange: Exchange) -> AskedMemory:
        kept = self._keepers.memory.for_turn(journal, kind="fact")
        return AskedMemory(kept, self._keepers.unkept, exchange, self._words)

    async def _fetch(
        self, session_id: str, url: str, *, headers: Mapping[str, str] | None, timeout: float, allow: Allow
    ) -> HttpReply:
        """Fetch; where a model runs the skill, no address that holds anything personal: it may be told to carry it."""
        if speaker().origin is Origin.MODEL:
            guard, said = await self._privacy(), {"url": url, "headers": dict(headers or {})}
            out = await guard.outgoing(said, destination="web", tool="http.get", session_id=session_id)
            if out.payload != said:
                raise Denied(
                    "The address or its headers hold something personal, and a model does not send that anywhere.",
                    hint="Say it to the skill yourself, without the model.",
                )
        # httpx takes 0.05 s to load, and few turns fetch anything.
        from roxy.skills.fetching import fetch  # noqa: PLC0415

        return await fetch(url, headers=headers, timeout=timeout, allow=allow)

    async def _context(
        self, match: Match, exchange: Exchange, turn: Turn, *, text: str, journal: Journal, memory: Memory
    ) -> SkillContext:
        session_id, user = exchange.session_id, self._profile.current
        handles = guard(
            turn,
            mcp=Narrated(self._servers, exchange),
            folders=AllowedFolders,
            fetch=partial(self._fetch, session_id),
            servers=self._servers,
        )
        return SkillContext(
            user_input=text,
            intent=match.intent.name,
            parameters=match.parameters,
            session_id=session_id,
            now=datetime.now(user.timezone),
            user=user,
            profile=self._profile,
            config=self._settings.skill(match.skill),
            conversation_history=await self._keepers.sessions.exchanges(session_id, HISTORY),
            memory=memory,
            store=self._keepers.notebook.for_skill(match.skill, journal),
            reminders=self._keepers.schedule.for_turn(session_id, journal),
            mcp=handles.mcp,
            files=handles.files,
            http=handles.http,
            servers=handles.servers,
            about=self._skills,
            dialogue=exchange,
            understood=match.understood,
        )
