"""The departments, each opened when it is first needed.

That is why the imports stand in the functions that open: a command that tells the time must not pay for the MCP SDK
(0.5 s) or for Presidio (1.4 s). Each function below is the one place where its department is put together.
"""

# ruff: noqa: PLC0415 -- departments are imported when they are opened; see above

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from roxy.config.places import Places
from roxy.config.secrets import known_secret_values
from roxy.config.settings import ModelSettings, Settings
from roxy.config.trust import TrustFile
from roxy.contracts.events import Event
from roxy.contracts.servers import ServerConfig, ServerState, ServerStatus
from roxy.contracts.turns import Notice, NoticeKind
from roxy.conversation.notices import NoticeBoard
from roxy.conversation.profile import ProfileKeeper
from roxy.errors import ConfigError
from roxy.events.sampling import Sampler
from roxy.llm.local import kinds_at
from roxy.llm.router import Limits, Policy, Router
from roxy.observe.logs import get_logger, install_redactor
from roxy.orchestrator.declared import Declared
from roxy.orchestrator.kept import Kept
from roxy.orchestrator.lazily import Lazy
from roxy.orchestrator.policies import Policies
from roxy.orchestrator.servers import Servers
from roxy.orchestrator.services import SystemServices
from roxy.orchestrator.warming import Warming

if TYPE_CHECKING:  # what these modules load is what must be loaded late
    from roxy.contracts.models import ChatModel
    from roxy.conversation.model.loop import Loop
    from roxy.conversation.schedule import Schedule
    from roxy.conversation.turn import Conversation
    from roxy.events.log import EventLog
    from roxy.mcp.known.catalog import Changes
    from roxy.mcp.servers import MCPServerManager
    from roxy.orchestrator.watching import Watching
    from roxy.privacy.gateway import PrivacyGateway
    from roxy.skills.manager import SkillManager, SkillProblem
    from roxy.store.database import Database

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where Roxy lives: its settings, the user's folders, the environment; `long_lived` for the owner of the data."""

    settings: Settings
    places: Places
    environ: Mapping[str, str]
    long_lived: bool = False


class Rooms:
    """All departments; closing `stack` closes those that were opened, the last first."""

    def __init__(self, stack: AsyncExitStack, around: Surroundings) -> None:
        self.around = around
        self.notices = NoticeBoard()
        self.profile = ProfileKeeper(around.places, around.environ, around.settings.profile(around.environ))
        self.database: Lazy[Database] = Lazy(stack, self._open_database)
        self.events: Lazy[EventLog] = Lazy(stack, self._open_events)
        self.skills: Lazy[SkillManager] = Lazy(stack, self._open_skills)
        self.gateway: Lazy[PrivacyGateway] = Lazy(stack, self._open_gateway)
        self.manager: Lazy[MCPServerManager] = Lazy(stack, self._open_manager)
        self.schedule: Lazy[Schedule] = Lazy(stack, self._open_schedule)
        self.conversation: Lazy[Conversation] = Lazy(stack, self._open_conversation)
        self.loop: Lazy[Loop] = Lazy(stack, self._open_loop)

    @cached_property
    def declared(self) -> Declared:
        """The declared servers; raises `ConfigError` for what is wrong in the files."""
        around = self.around
        return Declared(around.places, around.environ, around.settings, self.database, learn=self._learn_secrets)

    @cached_property
    def policies(self) -> Policies:
        """What may leave; raises `ConfigError` for what is wrong in the files."""
        return Policies(self.around.places, self.around.environ, self.declared.configs.values())

    def _learn_secrets(self, configs: Iterable[ServerConfig]) -> None:
        """What servers are given from now on must not leave either; a gateway that opens later learns all at once."""
        if self.gateway.now is not None:
            self.gateway.now.know(secrets=known_secret_values({}, configs))

    @cached_property
    def servers(self) -> Servers:
        """The servers, whether the manager is open or not."""
        return Servers(self.declared, self.manager, self.kept)

    @cached_property
    def kept(self) -> Kept:
        """What is kept of servers while the manager is not open."""
        return Kept(self.around.places.manifests, self.around.places.pins)

    @cached_property
    def watching(self) -> "Watching":
        """The watch over the files of declarations; only a Roxy that stays runs it."""
        from roxy.orchestrator.watching import Watching

        def tell(wrong: ConfigError) -> None:
            text = f"A change of the servers' declarations is not taken over: {wrong} What was declared before holds."
            self.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=text))

        return Watching(self.around.places, self._take_declarations, tell)

    @cached_property
    def warming(self) -> Warming:
        """Loads what finds personal data."""
        return Warming(self.notices)

    @property
    def refused(self) -> ConfigError | None:
        """What is wrong with the files as they are now, in a Roxy that goes by earlier ones."""
        return self.watching.problem if self.around.long_lived else None

    async def _take_declarations(self) -> None:
        book = self.policies.read()
        changed = await self.declared.reload(self.manager.now)
        gateway = self.gateway.now if self.policies.take(book, self.declared.configs.values()) else None
        if gateway is not None:
            gateway.obey(book)
        starting = [config.name for config in changed if config.auto_start and config.enabled]
        if starting:
            manager = await self.manager.get()
            await asyncio.gather(*(manager.start_server(name) for name in starting))
        if gateway is not None:
            await self.warming.warm(gateway)

    @cached_property
    def trust(self) -> TrustFile:
        """What the user approved and granted."""
        return TrustFile(self.around.places.trust_file)

    @cached_property
    def router(self) -> Router:
        """Which models are asked; what makes them is loaded when one is looked for."""
        settings = self.around.settings
        return Router(
            settings.models,
            policy=Policy(settings.router.policy),
            limits=Limits(max_rounds=settings.router.max_rounds, budget_tokens=settings.router.budget_tokens),
            find=self._find_model,
            make=self._make_model,
            local=kinds_at(settings.models.local_ports),
        )

    def _find_model(self, name: str) -> ModelSettings:
        from roxy.llm.model import model_settings

        return model_settings(name, self.around.settings.models)

    def _make_model(self, name: str) -> "ChatModel":
        from roxy.llm.model import make_model

        return make_model(name, self.around.settings.models, self.around.environ)

    @asynccontextmanager
    async def _open_database(self) -> "AsyncIterator[Database]":
        from roxy.store.database import open_database

        async with open_database(self.around.places.data, self.around.settings.store.url) as database:
            yield database

    @asynccontextmanager
    async def _open_events(self) -> "AsyncIterator[EventLog]":
        from roxy.events.log import EventLog
        from roxy.events.retention import Keeping, pruning

        database, settings = await self.database.get(), self.around.settings.events
        keeping = Keeping(days=settings.keep_days, rows=settings.max_rows)
        async with AsyncExitStack() as stack:
            if self.around.long_lived:  # the owner of the data alone
                await stack.enter_async_context(pruning(database, keeping))
            log = EventLog(database, redact=self._redacted, sampler=self._sampler(), search=settings.search)
            yield await stack.enter_async_context(log)

    def _sampler(self) -> Sampler:
        settings = self.around.settings.events
        return Sampler(settings.sample, settings.sample_pieces)

    async def _redacted(self, event: Event) -> Event:
        """An event that somebody handed over unseen, as the record may keep it."""
        gateway = await self.gateway.get()
        kept = await gateway.redact_record({"data": event.data, "extra": event.extra}, event.session_id)
        if not isinstance(kept, dict):  # the gateway withheld it, and says so
            kept = {"data": {"withheld": kept}, "extra": {}}
        return replace(event, data=kept["data"], extra=kept["extra"], redacted=True)

    @asynccontextmanager
    async def _open_skills(self) -> "AsyncIterator[SkillManager]":
        from roxy.skills.finding import standard_sources
        from roxy.skills.manager import SkillManager

        places, settings = self.around.places, self.around.settings
        async with SkillManager(
            standard_sources(places, settings.skill_folders),
            trust=self.trust,
            cache=places.cache,
            watch=[places.config] if self.around.long_lived else None,
            language=settings.language,
            disabled=[name for name in settings.skills if not settings.skill_enabled(name)],
            report=self._skill_trouble,
        ) as skills:
            yield skills

    @asynccontextmanager
    async def _open_gateway(self) -> "AsyncIterator[PrivacyGateway]":
        from roxy.privacy.gateway import PrivacyGateway

        name = self.profile.current.name
        await self.declared.refresh(None)
        secrets = known_secret_values(self.around.environ, self.declared.everything())
        gateway = PrivacyGateway(
            self.around.places.vaults,
            names=[name] if name else (),
            known_secrets=secrets,
            book=self.policies.book,
            grants=self.trust,
        )
        install_redactor(gateway.redact_text)
        self.profile.on_name = lambda name: gateway.know(names=[name])
        try:
            yield gateway
        finally:
            install_redactor(None)
            self.profile.on_name = None
            await gateway.flush()

    @asynccontextmanager
    async def _open_manager(self) -> "AsyncIterator[MCPServerManager]":
        from roxy.mcp.servers import MCPServerManager
        from roxy.orchestrator.sampling import ModelSampler

        services, gateway, events = await self._services(), await self.gateway.get(), await self.events.get()
        await self.declared.refresh(None)
        async with MCPServerManager(
            self.declared.for_manager(),
            privacy=gateway,
            events=events,
            log_dir=self.around.places.logs / "servers",
            work_dir=self.around.places.work,
            on_change=self._server_changed,
            services=services,
            redact=gateway.redact_text,
            manifests=self.around.places.manifests,
            pins=self.around.places.pins,
            max_running=self.declared.max_running,
            on_tools=self._tools_changed,
            sampler=ModelSampler(self.router, self.gateway.get, events),
        ) as manager:
            services.manager = manager
            yield manager

    @asynccontextmanager
    async def _open_schedule(self) -> "AsyncIterator[Schedule]":
        from roxy.conversation.schedule import Schedule

        schedule = Schedule(await self.database.get(), self.notices)
        if not self.around.long_lived:
            # Another Roxy may own the data; only the owner lets reminders fire.
            yield schedule
            return
        async with schedule:
            self.notices.on_arrival(schedule.wake)
            yield schedule

    @asynccontextmanager
    async def _open_conversation(self) -> "AsyncIterator[Conversation]":
        from roxy.conversation.contexts import Contexts, Keepers
        from roxy.conversation.longterm.asking import Asking
        from roxy.conversation.longterm.unkept import Unkept
        from roxy.conversation.memory import UserMemory
        from roxy.conversation.notebook import Notebook
        from roxy.conversation.sessions import Sessions
        from roxy.conversation.turn import Conversation
        from roxy.conversation.undo import Undo
        from roxy.conversation.words import Words

        database, skills, events = await self.database.get(), await self.skills.get(), await self.events.get()
        sessions = Sessions(database)
        keepers = Keepers(
            sessions=sessions,
            memory=UserMemory(database),
            unkept=Unkept(database),
            notebook=Notebook(database),
            schedule=await self.schedule.get(),
        )
        words = Words.of_language(self.around.places.packaged, self.around.settings.language)
        contexts = Contexts(
            keepers=keepers,
            skills=skills,
            servers=self.servers,
            trust=self.trust,
            profile=self.profile,
            settings=self.around.settings,
            words=words,
            audit=events.audit,
            privacy=self.gateway.get,
        )
        conversation = Conversation(
            sessions=sessions,
            undo=Undo(database),
            skills=skills,
            contexts=contexts,
            words=words,
            asking=Asking(keepers.memory, keepers.unkept, words),
            events=events,
            router=self.router,
            thinker=self.loop.get,
            vaults=self.gateway,
            consults=self.around.settings.router.sessions,
        )
        try:
            yield conversation
        finally:
            await conversation.aclose()

    @asynccontextmanager
    async def _open_loop(self) -> "AsyncIterator[Loop]":
        """Needs the conversation, which is what asks for it."""
        from roxy.conversation.longterm.summaries import Summaries
        from roxy.conversation.longterm.unkept import Unkept
        from roxy.conversation.memory import UserMemory
        from roxy.conversation.model.approval import Approvals
        from roxy.conversation.model.calls import Calls
        from roxy.conversation.model.loop import Loop
        from roxy.conversation.model.offer import Offer, OwnTools
        from roxy.conversation.model.offers.instructions import ReadSkill
        from roxy.conversation.model.offers.resources import ReadResource
        from roxy.conversation.model.offers.sessions import AskSession
        from roxy.conversation.model.past import Past
        from roxy.conversation.model.prompt import SUMMARY, Prompt
        from roxy.conversation.model.record import Record
        from roxy.conversation.model.summarise import Summariser
        from roxy.conversation.model.transcript import Transcript

        skills, events, gateway = await self.skills.get(), await self.events.get(), await self.gateway.get()
        conversation, database = await self.conversation.get(), await self.database.get()
        record = Record(events, gateway.redact_record, self._sampler())
        approvals = Approvals(self.trust, events.audit, conversation.words)
        own: list[OwnTools] = [ReadSkill(skills), ReadResource(self.servers)]
        if self.around.settings.router.sessions:
            own.append(AskSession(conversation.consultations, gateway, approvals, record.decided))
        transcript, summaries = Transcript(database), Summaries(database)
        loop = Loop(
            router=self.router,
            transcript=transcript,
            past=Past(transcript, summaries, UserMemory(database), Unkept(database)),
            summariser=Summariser(summaries, record, Prompt(self.around.places, self.profile, SUMMARY)),
            offer=Offer(skills, self.servers, own),
            calls=Calls(
                skills=skills,
                contexts=conversation.contexts,
                servers=self.servers,
                approvals=approvals,
                record=record,
                scan=gateway.scan,
            ),
            guard=gateway,
            record=record,
            prompt=Prompt(self.around.places, self.profile),
        )
        try:
            yield loop
        finally:
            await loop.aclose()

    async def _services(self) -> SystemServices:
        from roxy.conversation.memory import UserMemory
        from roxy.conversation.undo import Journal
        from roxy.store.folders import AllowedFolders

        memory = UserMemory(await self.database.get()).for_turn(Journal())
        return SystemServices(memory, AllowedFolders(self.around.settings.files.folders), self.profile)

    def _skill_trouble(self, problem: "SkillProblem") -> None:
        _log.warning("skill.trouble", skill=problem.skill)
        text = f"The skill {problem.skill} is not as it should be: {problem.problem}"
        self.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=text))

    def _tools_changed(self, server: str, differs: "Changes") -> None:
        _log.warning("tools.changed", server=server, added=len(differs.added), removed=len(differs.removed))
        self.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=differs.told(server)))

    def _server_changed(self, status: ServerStatus) -> None:
        _log.info("server.changed", server=status.name, state=str(status.state))
        if status.state is ServerState.FAILED:
            text = f"The server {status.name} failed: {status.error}"
            self.notices.publish(Notice(kind=NoticeKind.PROBLEM, text=text))
