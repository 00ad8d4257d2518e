"""Which tools a model is offered: the intents of skills, and the tools of MCP servers.

Servers are asked as little as possible: what is known of a server is taken; one that nothing is known of is started
when it belongs to Roxy's start, or when the words of the conversation speak of it. When there are more tools than a
model can choose from well, those whose words fit the conversation best are offered, and those it used already.
"""

import asyncio
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from roxy.contracts.calls import ToolInfo
from roxy.contracts.models import ToolSpec
from roxy.contracts.servers import ServerStatus
from roxy.contracts.skills import IntentInfo, SkillInfo
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
_TYPES = {"number": "number", "integer": "integer"}

_log = get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool that a model may call, and what stands behind it: a server's tool, or a skill's intent."""

    spec: ToolSpec
    server: str = ""
    tool: str = ""
    skill: str = ""
    intent: str = ""
    read_only: bool = False
    public: bool = False
    """What it says of itself comes with Roxy, so there is nothing personal in it."""


class Skills(Protocol):
    """The skills that are in use."""

    def skills(self) -> Sequence[SkillInfo]:
        """All of them, those with a problem too."""
        ...


class Servers(Protocol):
    """The servers, as far as offering their tools needs them."""

    def startable(self) -> Sequence[str]:
        """The servers that are enabled and miss no variable."""
        ...

    def status(self, server: str) -> ServerStatus:
        """What it is doing."""
        ...

    def at_hand(self, server: str) -> Sequence[ToolInfo]:
        """What it offered last; empty when nothing is known. Starts nothing."""
        ...

    async def known_tools(self, server: str) -> Sequence[ToolInfo]:
        """What it offered last; it is started when nothing is known of it."""
        ...


class Offer:
    """Chooses the tools for each turn."""

    def __init__(self, skills: Skills, servers: Servers, *, most: int = MOST, patience: float = PATIENCE) -> None:
        self._skills = skills
        self._servers = servers
        self._most = most
        self._patience = patience
        self._starting: dict[str, asyncio.Task[Sequence[ToolInfo]]] = {}

    async def tools(self, text: str, used: Collection[str] = ()) -> Sequence[Offered]:
        """The tools that fit `text` (what was said lately), with those of the names `used`; in a stable order."""
        said = _words(text)
        everything = [*self._intents(), *(_of_server(info) for info in await self._infos(said) if not info.held)]
        if len(everything) <= self._most:
            return everything
        place = {one.spec.name: number for number, one in enumerate(everything)}
        rank = _ranks(everything)
        best = sorted(everything, key=lambda one: (one.spec.name not in used, -_fit(one, said), rank[one.spec.name]))
        return sorted(best[: self._most], key=lambda one: place[one.spec.name])

    async def aclose(self) -> None:
        """Let go of servers that are still starting."""
        for task in self._starting.values():
            task.cancel()
        await asyncio.gather(*self._starting.values(), return_exceptions=True)

    def _intents(self) -> Iterable[Offered]:
        servers = set(self._servers.startable())
        for skill in self._skills.skills():
            if skill.problem or not skill.approved:
                continue
            # A server and a skill may share a name; the server's tools have the older right to it.
            prefix = f"{skill.name}-skill" if skill.name in servers else skill.name
            for intent in skill.intents:
                yield Offered(
                    spec=_spec(prefix, skill, intent),
                    skill=skill.name,
                    intent=intent.name,
                    public=skill.source == "bundled",
                )

    async def _infos(self, said: frozenset[str]) -> Sequence[ToolInfo]:
        found: list[ToolInfo] = []
        waiting: list[asyncio.Task[Sequence[ToolInfo]]] = []
        for server in self._servers.startable():
            if known := self._servers.at_hand(server):
                found += known
            elif self._wanted(server, said):
                waiting.append(self._start(server))
        if waiting:
            done, _ = await asyncio.wait(waiting, timeout=self._patience)
            found += [info for task in waiting if task in done for info in task.result()]
        return found

    def _wanted(self, server: str, said: frozenset[str]) -> bool:
        status = self._servers.status(server)
        return status.auto_start or not said.isdisjoint(_words(f"{server} {status.description}"))

    def _start(self, server: str) -> asyncio.Task[Sequence[ToolInfo]]:
        """Go on starting it even when the turn waits no longer."""
        task = self._starting.get(server)
        if task is None or task.done():
            task = self._starting[server] = asyncio.create_task(self._ask(server), name=f"tools of {server}")
        return task

    async def _ask(self, server: str) -> Sequence[ToolInfo]:
        try:
            return await self._servers.known_tools(server)
        except RoxyError as error:
            _log.warning("tools.not_offered", server=server, code=error.code)
            return ()


def _of_server(info: ToolInfo) -> Offered:
    schema = info.input_schema or {"type": "object", "properties": {}}
    spec = ToolSpec(name=info.full_name, description=info.description or info.title or info.name, parameters=schema)
    return Offered(spec=spec, server=info.server, tool=info.name, read_only=info.read_only)


def _spec(prefix: str, skill: SkillInfo, intent: IntentInfo) -> ToolSpec:
    about = intent.description or skill.description
    examples = "; ".join(intent.examples[:2])
    description = f"{about} Phrases: {examples}." if examples else about
    properties = {name: _slot(slot if isinstance(slot, Mapping) else {}) for name, slot in intent.slots.items()}
    parameters = {"type": "object", "properties": properties, "additionalProperties": False}
    return ToolSpec(name=f"{prefix}.{intent.name}", description=description, parameters=parameters)


def _slot(slot: Mapping[str, Any]) -> Mapping[str, Any]:
    schema: dict[str, Any] = {"type": _TYPES.get(str(slot.get("type")), "string")}
    if slot.get("description"):
        schema["description"] = str(slot["description"])
    values = slot.get("values")
    if isinstance(values, Mapping | list | tuple) and values:
        schema["enum"] = [str(value) for value in values]
    return schema


def _words(text: str) -> frozenset[str]:
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


def _fit(one: Offered, said: frozenset[str]) -> int:
    name = _words(one.spec.name.replace("_", " ").replace(".", " "))
    return 3 * len(name & said) + len(_words(one.spec.description) & said)
