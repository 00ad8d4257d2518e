"""Which tools a model is offered: Roxy's own, the intents of skills, and the tools of MCP servers.

Servers are asked as little as possible: what is known of a server is taken; one that nothing is known of is started
when it belongs to Roxy's start, when the session bound it, or when the words of the conversation speak of it. What only
one session binds is offered in that session alone, and what it overrides as it has it. When there are more tools than a
model can choose from well, those whose words fit the conversation best are offered, and those it used already.
"""

import asyncio
import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Protocol

from roxy.contracts.calls import ToolInfo
from roxy.contracts.models import ToolSpec
from roxy.contracts.servers import ServerConfig
from roxy.contracts.skills import SkillInfo
from roxy.conversation.model.offers.intents import offered_intents
from roxy.conversation.model.offers.offered import Offered
from roxy.errors import RoxyError
from roxy.observe.logs import get_logger

MOST = 64
"""Tools in one request: with more, models choose worse, and each costs tokens in every round."""
PATIENCE = 5.0
"""Seconds that a turn waits for servers which start; what comes later is offered in the next turn."""

_WORD = re.compile(r"[^\W\d_]{3,}")
_SMALL = frozenset(
    """about all and any are can does for from has have how into let not phrases say that the them this user was what
    when will with you your""".split()  # noqa: SIM905 -- forty quotation marks say no more
)
"""Words that stand in any description."""
_log = get_logger(__name__)


class Skills(Protocol):
    """The skills that are in use."""

    def skills(self) -> Sequence[SkillInfo]:
        """All of them, those with a problem too."""
        ...


class OwnTools(Protocol):
    """Makes tools that Roxy itself has."""

    async def offered(self, said: frozenset[str], session_id: str | None) -> Sequence[Offered]:
        """Those that fit what was said lately, `said` in the words of `words_of`, in this session."""
        ...


class Servers(Protocol):
    """The servers, as far as offering their tools needs them."""

    async def refresh(self, session_id: str | None = None) -> None:
        """See what the session binds now."""
        ...

    def startable(self, session_id: str | None = None) -> Mapping[str, ServerConfig]:
        """The servers that are enabled and miss no variable, as this session has them."""
        ...

    def binds(self, server: str, session_id: str | None) -> bool:
        """Whether the session has a `server` of its own."""
        ...

    def at_hand(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """What it offered last; empty when nothing is known. Starts nothing."""
        ...

    async def known_tools(self, server: str, session_id: str | None = None) -> Sequence[ToolInfo]:
        """What it offered last; it is started when nothing is known of it."""
        ...


class Offer:
    """Chooses the tools for each turn; `own` makes those that Roxy itself has."""

    def __init__(
        self,
        skills: Skills,
        servers: Servers,
        own: Sequence[OwnTools] = (),
        *,
        most: int = MOST,
        patience: float = PATIENCE,
    ) -> None:
        self._skills = skills
        self._servers = servers
        self._own = own
        self._most = most
        self._patience = patience
        self._starting: dict[tuple[str, str | None], asyncio.Task[Sequence[ToolInfo]]] = {}

    async def tools(self, text: str, used: Collection[str] = (), session_id: str | None = None) -> Sequence[Offered]:
        """The tools that fit `text` (what was said lately), with those of the names `used`; in a stable order."""
        said = words_of(text)
        await self._servers.refresh(session_id)
        own = [one for maker in self._own for one in await maker.offered(said, session_id)]
        taken = {one.spec.name for one in own}
        infos = (info for info in await self._infos(said, session_id) if not info.held and info.full_name not in taken)
        intents = offered_intents(self._skills.skills(), self._servers.startable(session_id))
        everything = [*own, *intents, *map(_of_server, infos)]
        if len(everything) <= self._most:
            return everything
        place = {one.spec.name: number for number, one in enumerate(everything)}
        rank = _ranks(everything)
        best = sorted(
            everything,
            key=lambda one: (
                one.own is None and one.spec.name not in used,
                -_fit(one, said),
                rank[one.spec.name],
            ),
        )
        return sorted(best[: self._most], key=lambda one: place[one.spec.name])

    async def aclose(self) -> None:
        """Let go of servers that are still starting."""
        for task in self._starting.values():
            task.cancel()
        await asyncio.gather(*self._starting.values(), return_exceptions=True)

    async def _infos(self, said: frozenset[str], session_id: str | None) -> Sequence[ToolInfo]:
        found: list[ToolInfo] = []
        waiting: list[asyncio.Task[Sequence[ToolInfo]]] = []
        for server, config in self._servers.startable(session_id).items():
            if known := self._servers.at_hand(server, session_id):
                found += known
            elif self._wanted(config, said, session_id):
                waiting.append(self._start(server, session_id))
        if waiting:
            done, _ = await asyncio.wait(waiting, timeout=self._patience)
            found += [info for task in waiting if task in done for info in task.result()]
        return found

    def _wanted(self, config: ServerConfig, said: frozenset[str], session_id: str | None) -> bool:
        """What a session bound for itself is wanted in it."""
        if config.auto_start or self._servers.binds(config.name, session_id):
            return True
        return not said.isdisjoint(words_of(f"{config.name} {config.description}"))

    def _start(self, server: str, session_id: str | None) -> asyncio.Task[Sequence[ToolInfo]]:
        """Go on starting it even when the turn waits no longer."""
        whose = session_id if self._servers.binds(server, session_id) else None
        task = self._starting.get((server, whose))
        if task is None or task.done():
            task = asyncio.create_task(self._ask(server, whose), name=f"tools of {server}")
            self._starting[server, whose] = task
        return task

    async def _ask(self, server: str, session_id: str | None) -> Sequence[ToolInfo]:
        try:
            return await self._servers.known_tools(server, session_id)
        except RoxyError as error:
            _log.warning("tools.not_offered", server=server, code=error.code)
            return ()


def _of_server(info: ToolInfo) -> Offered:
    schema = info.input_schema or {"type": "object", "properties": {}}
    spec = ToolSpec(name=info.full_name, description=info.description or info.title or info.name, parameters=schema)
    return Offered(spec=spec, server=info.server, tool=info.name, read_only=info.read_only)


def words_of(text: str) -> frozenset[str]:
    """The words that mean something, without their plural."""
    found = (word.lower() for word in _WORD.findall(text))
    return frozenset(word.removesuffix("s") for word in found if word not in _SMALL)


def _ranks(tools: Sequence[Offered]) -> Mapping[str, int]:
    """Which of its skill or server each one is: where nothing fits, everybody's first tools are offered."""
    counts: dict[str, int] = {}
    ranks = {}
    for one in tools:
        holder = one.skill or one.server
        ranks[one.spec.name] = counts[holder] = counts.get(holder, 0) + 1
    return ranks


@lru_cache(maxsize=2_000)
def _declared_words(text: str) -> frozenset[str]:
    """Those of a name or a description, which come again with every turn."""
    return words_of(text)


def _fit(one: Offered, said: frozenset[str]) -> int:
    name = _declared_words(one.spec.name.replace("_", " ").replace(".", " "))
    return 3 * len(name & said) + len(_declared_words(one.spec.description) & said)
