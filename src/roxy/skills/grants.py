"""What a skill may touch, enforced on the handles it gets.

The order for anything a skill does through a handle: not asked for in its `roxy.yaml` → refused; granted by the user →
done; asked for and not granted → the user is asked (yes: for this turn; no: refused; always: granted from now on). A
tool that its server does not call read-only is then asked about once more, with all its arguments, unless the intent
was confirmed already, its `confirm` is false, or the user said always for that tool. Every refusal, grant and
confirmation is one audit event, without any argument's value, and is on the disk before the call goes on.

Whoever makes contexts calls `guard` once a turn and puts the four handles into the `SkillContext`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from roxy.contracts.calls import ToolCaller, ToolCallResult, ToolInfo
from roxy.contracts.events import Event, EventKind
from roxy.contracts.offers import ReadResult, ResourceInfo
from roxy.contracts.servers import ServerControl, ServerStatus
from roxy.contracts.skills import Dialogue, FileHit, Files, Http, HttpReply, Permissions
from roxy.errors import ConfigError, Denied, ServerError
from roxy.skills.finding import Trust
from roxy.skills.sentences.hearing import hear

Audit = Callable[[Event], Awaitable[None]]
"""Writes an event down and returns when it is kept: `EventSink.audit`."""

GRANTED = "granted"
"""In `permissions.folders`: the folders that the user allows by name."""

CHOICES = ("yes", "no", "always")
_MEANINGS = {
    **dict.fromkeys(("yes", "y", "yeah", "yep", "sure", "ok", "okay", "allow", "allow it", "do it", "go ahead"), "yes"),
    **dict.fromkeys(("no", "n", "nope", "do not", "never", "stop", "cancel", "never mind", "deny"), "no"),
    **dict.fromkeys(("always", "always allow", "always yes", "yes always", "yes to all", "always for this"), "always"),
}
_POLITE = frozenset(("please", "thanks", "thank", "you"))


def meaning(text: str) -> str | None:
    """`yes`, `no` or `always` for an English answer; None when it is none of them."""
    readings = (" ".join(word for word in heard.text.split() if word not in _POLITE) for heard in hear(text))
    return next((_MEANINGS[reading] for reading in readings if reading in _MEANINGS), None)


class FilesOver(Protocol):
    """Makes `Files` over folders; `roxy.store.folders.AllowedFolders` is the real one."""

    def __call__(self, paths: Sequence[str], /) -> Files:
        """The files in `paths` and nothing else."""
        ...


Allow = Callable[[str], Awaitable[bool]]
"""Raises `Denied` for a host that may not be asked; True when it was granted by its very name."""


class Fetch(Protocol):
    """Fetches from anywhere `allow` lets it; `roxy.skills.fetching.fetch` is the real one."""

    async def __call__(
        self,
        url: str,
        *,
        headers: Mapping[str, str] | None,
        timeout: float,
        allow: Allow,
    ) -> HttpReply:
        """GET `url`. `allow(host)` is asked before every hop, raises `Denied`, and tells whether it was named."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Handles:
    """What a skill gets to touch the world with."""

    mcp: ToolCaller
    files: Files
    http: Http
    servers: ServerControl


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What the guards of one turn have in common."""

    skill: str
    wants: Permissions
    """What its `roxy.yaml` asks for."""
    trust: Trust
    dialogue: Dialogue
    audit: Audit
    session_id: str | None = None
    assume_yes: bool = False
    """`--yes`: questions are taken as answered yes, for this turn."""
    confirmed: bool = False
    """Side effects are not asked about again: the intent's `confirm` is true (`run` asked) or false (its policy)."""
    understand: Callable[[str], str | None] = meaning
    """`yes`, `no`, `always` or None for an answer, in the user's language."""
    once: set[str] = field(default_factory=set)
    """What was allowed for this turn."""

    async def decide(self, what: str, question: str, *, always: Callable[[], None]) -> None:
        """Ask whether `what` may be done, unless that was settled; raises `Denied` when it may not."""
        if what in self.once:
            return
        answer = "yes" if self.assume_yes else await self._answer(question)
        if answer not in ("yes", "always"):
            await self.refuse(what, "You said no.")
        self.once.add(what)
        if answer == "always":
            always()
        await self._record("skill.granted" if answer == "always" else "skill.confirmed", what)

    async def refuse(self, what: str, why: str, hint: str = "") -> None:
        """Record the refusal and raise `Denied`."""
        await self._record("skill.refused", what, why=why)
        raise Denied(f"The skill {self.skill} may not use {what}. {why}".rstrip(), hint=hint)

    async def not_asked_for(self, what: str) -> None:
        """Refuse what the skill's `roxy.yaml` does not ask for."""
        await self.refuse(what, "Its roxy.yaml does not ask for that.", f"See: roxy skills show {self.skill}")

    async def _answer(self, question: str) -> str:
        for attempt in (question, f"Please answer yes, no or always. {question}"):
            found = self.understand(await self.dialogue.ask(attempt, choices=CHOICES))
            if found is not None:
                return found
        return "no"

    async def _record(self, name: str, what: str, **more: Any) -> None:
        data = {"skill": self.skill, "what": what, **more}
        await self.audit(Event(kind=EventKind.AUDIT, name=name, data=data, session_id=self.session_id))


def guard(turn: Turn, *, mcp: ToolCaller, folders: FilesOver, fetch: Fetch, servers: ServerControl) -> Handles:
    """The handles of one turn of one skill; everything behind them is the real thing, without limits of its own."""
    return Handles(
        mcp=GuardedTools(turn, mcp, servers),
        files=GuardedFiles(turn, folders),
        http=GuardedHttp(turn, fetch),
        servers=GuardedServers(turn, servers),
    )


@dataclass(frozen=True, slots=True)
class GuardedTools:
    """A `ToolCaller` that asks first."""

    turn: Turn
    inner: ToolCaller
    servers: ServerControl

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
        """Call the tool when it may be called; a refusal is a result with the code `denied`."""
        try:
            await self._permit(server, f"{server}.{tool}")
            await self._confirm(server, tool, arguments or {})
        except (Denied, ServerError, ConfigError) as error:
            return ToolCallResult(False, error=str(error), next=error.hint, code=error.code, server=server, tool=tool)
        session = session_id or self.turn.session_id
        return await self.inner.call_tool(
            server, tool, arguments, timeout=timeout, session_id=session, idempotent=idempotent
        )

    async def list_tools(self, server: str) -> Sequence[ToolInfo]:
        """The tools of a server that the skill may use; raises `Denied` for others."""
        wants = self.turn.wants
        named = {tool for tool in wants.tools if tool.startswith(f"{server}.")}
        if server in wants.servers:
            await self._permit(server, server)
        elif named:
            await self._permit(server, min(named))
        else:
            await self.turn.not_asked_for(server)
        listed = await self.inner.list_tools(server)
        return [info for info in listed if server in wants.servers or info.full_name in named]

    async def list_resources(self, server: str) -> Sequence[ResourceInfo]:
        """The resources of a server of which the skill may use everything; raises `Denied` for others."""
        await self._permit_whole(server)
        return await self.inner.list_resources(server)

    async def read_resource(
        self, server: str, uri: str, *, timeout: float | None = None, session_id: str | None = None
    ) -> ReadResult:
        """Read a resource of such a server; a refusal is a result with the code `denied`."""
        try:
            await self._permit_whole(server)
        except (Denied, ServerError, ConfigError) as error:
            told = str(error)
            return ReadResult(success=False, error=told, next=error.hint, code=error.code, server=server, uri=uri)
        session = session_id or self.turn.session_id
        return await self.inner.read_resource(server, uri, timeout=timeout, session_id=session)

    async def _permit_whole(self, server: str) -> None:
        """Resources are not granted one by one: whoever may call a single tool may not read everything."""
        if server not in self.turn.wants.servers:
            await self.turn.not_asked_for(f"the resources of {server}")
        await self._permit(server, server)

    async def _permit(self, server: str, what: str) -> None:
        """Let the skill use `what` of `server`: granted, or asked for and allowed now."""
        turn = self.turn
        whole = server in turn.wants.servers
        if not whole and what not in turn.wants.tools:
            await turn.not_asked_for(what)
        granted = turn.trust.granted(turn.skill)
        if server in granted.servers or what in granted.tools:
            return
        self._startable(server)
        asked = f"the server {server}" if whole else f"the tool {what}"
        allowed = Permissions(servers=frozenset((server,))) if whole else Permissions(tools=frozenset((what,)))
        await turn.decide(
            asked,
            f"The skill {turn.skill} wants to use {asked}. Allow it?",
            always=partial(turn.trust.grant, turn.skill, allowed),
        )

    def _startable(self, server: str) -> None:
        """Raise for a server that is not declared or lacks a variable: a permission would be of no use to anybody."""
        missing = self.servers.status(server).missing
        if missing:
            raise ConfigError(
                f"The server {server} needs {', '.join(missing)} in the environment.",
                hint=f"Set it before Roxy starts: export {missing[0]}=…",
            )

    async def _confirm(self, server: str, tool: str, arguments: Mapping[str, Any]) -> None:
        """Ask about a tool with side effects, with all its arguments in sight."""
        turn, name = self.turn, f"tool:{server}.{tool}"
        if turn.confirmed or turn.assume_yes or name in turn.trust.always(turn.skill):
            return
        if await self._only_reads(server, tool):
            return
        shown = "".join(f"\n  {key}: {value}" for key, value in arguments.items())
        # Each call is asked about by itself: what was allowed once may not be done twice with other arguments.
        turn.once.discard(name)
        await turn.decide(
            name,
            f"The skill {turn.skill} wants to run {server}.{tool}{f' with:{shown}' if shown else '.'}\nAllow it?",
            always=partial(turn.trust.set_always, turn.skill, name),
        )

    async def _only_reads(self, server: str, tool: str) -> bool:
        """Whether the server says that the tool changes nothing; a tool it does not list may change anything."""
        return any(one.read_only for one in await self.inner.list_tools(server) if one.name == tool)


@dataclass(slots=True)
class GuardedFiles:
    """`Files` over the folders that the skill asks for and the user granted."""

    turn: Turn
    over: FilesOver

    def folders(self) -> Sequence[str]:
        """The folders it may read just now."""
        return self._inner().folders()

    async def find(self, pattern: str, *, limit: int = 20) -> Sequence[FileHit]:
        """As `Files.find`; raises `Denied` when no folder is allowed."""
        await self._permit()
        return await self._inner().find(pattern, limit=limit)

    async def search(self, text: str, *, limit: int = 20) -> Sequence[FileHit]:
        """As `Files.search`; raises `Denied` when no folder is allowed."""
        await self._permit()
        return await self._inner().search(text, limit=limit)

    async def read(self, path: str, *, max_bytes: int = 1_000_000) -> str:
        """As `Files.read`."""
        await self._permit()
        try:
            return await self._inner().read(path, max_bytes=max_bytes)
        except Denied as error:
            await self.turn.refuse("a file", error.message, error.hint)
            raise

    def _allowed(self) -> list[str]:
        wants = self.turn.wants.folders
        granted = self.turn.trust.granted(self.turn.skill).folders
        once = {folder for folder in wants if f"the folder {folder}" in self.turn.once}
        return sorted(once | {folder for folder in granted if GRANTED in wants or folder in wants})

    def _inner(self) -> Files:
        return self.over(self._allowed())

    async def _permit(self) -> None:
        turn = self.turn
        if not turn.wants.folders:
            await turn.not_asked_for("files")
        for folder in sorted(turn.wants.folders - {GRANTED} - set(self._allowed())):
            allowed = Permissions(folders=frozenset((folder,)))
            await turn.decide(
                f"the folder {folder}",
                f"The skill {turn.skill} wants to read files in {folder}. Allow it?",
                always=partial(turn.trust.grant, turn.skill, allowed),
            )
        if not self._allowed():
            hint = f"Allow one with: roxy skills grant {turn.skill} --folder PATH"
            await turn.refuse("files", "You allowed it no folder yet.", hint)


@dataclass(frozen=True, slots=True)
class GuardedHttp:
    """`Http` to the hosts that the skill asks for and the user granted, at every hop of a redirect."""

    turn: Turn
    fetch: Fetch

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None, timeout: float = 20.0) -> HttpReply:
        """As `Http.get`."""
        return await self.fetch(url, headers=headers, timeout=timeout, allow=self.permit)

    async def permit(self, host: str) -> bool:
        """Let the skill ask `host`; True when the user granted it by its very name. Raises `Denied`."""
        turn = self.turn
        granted = turn.trust.granted(turn.skill).hosts
        if host in granted:
            return True
        if f"the host {host}" in turn.once:
            return not turn.assume_yes
        if not any(covers(pattern, host) for pattern in turn.wants.hosts):
            await turn.not_asked_for(f"the host {host}")
        if any(covers(pattern, host) for pattern in granted):
            return False
        allowed = Permissions(hosts=frozenset((host,)))
        await turn.decide(
            f"the host {host}",
            f"The skill {turn.skill} wants to fetch from {host}. Allow it?",
            always=partial(turn.trust.grant, turn.skill, allowed),
        )
        # `--yes` was said before this name was known, so it opens nobody's own network.
        return not turn.assume_yes


def covers(pattern: str, host: str) -> bool:
    """Whether `pattern` (a name, `*.example.com`, or `*` for any) stands for `host`."""
    if pattern == "*":
        return True
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern.lower()


@dataclass(frozen=True, slots=True)
class GuardedServers:
    """`ServerControl` for skills that ask for `server_control`; starting and stopping needs the user's grant."""

    turn: Turn
    inner: ServerControl

    def server_names(self) -> Sequence[str]:
        """The declared servers; raises `Denied` when the skill does not ask for control."""
        self._asked_for()
        return self.inner.server_names()

    def status(self, server: str) -> ServerStatus:
        """As `ServerControl.status`; raises `Denied` when the skill does not ask for control."""
        self._asked_for()
        return self.inner.status(server)

    async def start_server(self, server: str) -> bool:
        """Start it; raises `Denied`."""
        await self._permit(f"start {server}")
        return await self.inner.start_server(server)

    async def stop_server(self, server: str) -> bool:
        """Stop it; raises `Denied`."""
        await self._permit(f"stop {server}")
        return await self.inner.stop_server(server)

    def _asked_for(self) -> None:
        if not self.turn.wants.server_control:
            raise Denied(f"The skill {self.turn.skill} may not see servers: its roxy.yaml does not ask for that.")

    async def _permit(self, what: str) -> None:
        turn = self.turn
        if not turn.wants.server_control:
            await turn.not_asked_for("control of servers")
        if turn.trust.granted(turn.skill).server_control:
            return
        await turn.decide(
            "control of servers",
            f"The skill {turn.skill} wants to {what}. Allow it to start and stop servers?",
            always=partial(turn.trust.grant, turn.skill, Permissions(server_control=True)),
        )
