"""What Roxy has and how it is doing; starting and stopping of servers goes through `context.servers`."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from roxy import RoxySkill, SkillContext, SkillResult, __version__
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.contracts.skills import Permissions

_LINES = 5
_WORDS = {
    ServerState.STOPPED: "is stopped",
    ServerState.STARTING: "is starting",
    ServerState.RUNNING: "is running",
    ServerState.DEGRADED: "is running, with trouble",
    ServerState.BACKOFF: "has failed, and will be tried again",
    ServerState.STOPPING: "is stopping",
    ServerState.FAILED: "has failed",
}
_GROUPS = {
    "running": {ServerState.RUNNING, ServerState.DEGRADED},
    "failed": {ServerState.FAILED, ServerState.BACKOFF, ServerState.DEGRADED},
    "stopped": {ServerState.STOPPED, ServerState.STOPPING},
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class SystemSkill(RoxySkill):
    """Servers, tools, skills, and Roxy itself."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Do what the intent says; an unknown server or skill is a failure with the code `not_found`."""
        return await _INTENTS[context.intent](context)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.casefold())


def _named(context: SkillContext) -> str | SkillResult:
    """The declared server that is meant, or the answer that there is none."""
    said = str(context.parameters.get("known") or context.parameters["server"])
    names = list(context.servers.server_names())
    fits = _fitting(names, _plain(said))
    if len(fits) == 1:
        return fits[0]
    if fits:
        told = f"“{said}” may be {' or '.join(fits)}. Say which one."
    else:
        told = f"There is no server {said} in mcp_servers.yaml. There is: {', '.join(names) or 'none'}."
    return SkillResult(False, told, error=told, code="not_found")


def _fitting(names: Sequence[str], wanted: str) -> list[str]:
    """The names that are `wanted`, else those that begin so."""
    exact = [name for name in names if _plain(name) == wanted]
    return exact or [name for name in names if wanted and _plain(name).startswith(wanted)]


async def _servers(context: SkillContext) -> SkillResult:
    everything = [context.servers.status(name) for name in context.servers.server_names()]
    wanted = context.parameters.get("state")
    shown = [status for status in everything if not wanted or status.state in _GROUPS[str(wanted)]]
    data = {"servers": [_data(status) for status in shown]}
    if not everything:
        return SkillResult(True, "No servers are declared. They go into mcp_servers.yaml.", data)
    if not shown:
        return SkillResult(True, f"None of the {len(everything)} servers is {wanted}.", data)
    return SkillResult(True, "\n".join(["Servers:", *(f"- {_line(status)}" for status in shown)]), data)


async def _server(context: SkillContext) -> SkillResult:
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    status = context.servers.status(name)
    return SkillResult(True, f"{_line(status)}.", _data(status))


async def _why(context: SkillContext) -> SkillResult:
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    status = context.servers.status(name)
    if not status.error:
        return SkillResult(True, f"{name} has not failed: it {_WORDS[status.state]}.", _data(status))
    said = [f"  {line}" for line in status.stderr[-_LINES:]]
    last = ["The last it wrote:", *said] if said else []
    more = f"More is in: roxy mcp logs {name}"
    return SkillResult(True, "\n".join([f"{name}: {status.error}", *last, more]), _data(status))


async def _start(context: SkillContext) -> SkillResult:
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    if context.servers.status(name).state in _GROUPS["running"]:
        return SkillResult(True, f"{name} is running already.", _data(context.servers.status(name)))
    return await _started(context, name, "is running now")


async def _started(context: SkillContext, name: str, told: str) -> SkillResult:
    if await context.servers.start_server(name):
        return SkillResult(True, f"{name} {told}.", _data(context.servers.status(name)))
    error = context.servers.status(name).error or "it gave no reason"
    return SkillResult(False, f"{name} did not start: {error}", error=error, code="not_running")


async def _stop(context: SkillContext) -> SkillResult:
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    if context.servers.status(name).state is ServerState.STOPPED:
        return SkillResult(True, f"{name} is not running.", _data(context.servers.status(name)))
    if not await context.confirm(f"Shall I stop the server {name}?"):
        return SkillResult(True, f"{name} keeps running.", _data(context.servers.status(name)))
    return await _stopped(context, name) or SkillResult(True, f"{name} is stopped.", {"name": name})


async def _stopped(context: SkillContext, name: str) -> SkillResult | None:
    """Stop it; the answer when that failed."""
    if await context.servers.stop_server(name):
        return None
    error = context.servers.status(name).error or "it gave no reason"
    return SkillResult(False, f"{name} could not be stopped: {error}", error=error, code="not_running")


async def _restart(context: SkillContext) -> SkillResult:
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    if context.servers.status(name).state is not ServerState.STOPPED:
        failed = await _stopped(context, name)
        if failed is not None:
            return failed
    return await _started(context, name, "is running again")


async def _tools(context: SkillContext) -> SkillResult:
    if "server" not in context.parameters and "known" not in context.parameters:
        counted = [context.servers.status(name) for name in context.servers.server_names()]
        lines = [f"- {one.name}: {'not known yet' if one.tools is None else one.tools}" for one in counted]
        told = "\n".join(["Tools by server:", *lines, "To see them: roxy mcp tools SERVER"])
        return SkillResult(True, told, {"tools": {one.name: one.tools for one in counted}})
    name = _named(context)
    if isinstance(name, SkillResult):
        return name
    count = context.servers.status(name).tools
    known = f"{name} has {count} tools" if count is not None else f"{name} was not asked for its tools yet"
    return SkillResult(True, f"{known}. To see them: roxy mcp tools {name}", {"tools": {name: count}})


async def _skills(context: SkillContext) -> SkillResult:
    skills = context.about.skills()
    lines = [
        f"- {skill.name}: {(skill.problem and f'not usable: {skill.problem}') or _first_sentence(skill.description)}"
        for skill in skills
    ]
    data = {"skills": [{"name": skill.name, "problem": skill.problem} for skill in skills]}
    return SkillResult(True, "\n".join(["Skills:", *lines]), data)


async def _permissions(context: SkillContext) -> SkillResult:
    said = str(context.parameters["skill"])
    skill = next((one for one in context.about.skills() if _plain(one.name) == _plain(said)), None)
    if skill is None:
        told = f"There is no skill {said}. Say “which skills do you have” to see them."
        return SkillResult(False, told, error=told, code="not_found")
    granted = context.about.permissions(skill.name)
    data = {"skill": skill.name, "granted": _sentences(granted), "wanted": _sentences(skill.wants)}
    if not granted and not skill.wants:
        return SkillResult(True, f"{skill.name} asks for nothing: no servers, folders or hosts.", data)
    may = "; ".join(data["granted"]) or "nothing so far"
    asks = "; ".join(data["wanted"]) or "nothing"
    return SkillResult(True, f"{skill.name} may {may}. It asks to {asks}.", data)


def _sentences(permissions: Permissions) -> list[str]:
    """What permissions allow, as parts of a sentence."""
    lists: tuple[tuple[str, Sequence[str]], ...] = (
        ("use the servers", sorted(permissions.servers)),
        ("use the tools", sorted(permissions.tools)),
        ("read", ["folders you allow by name" if one == "granted" else one for one in sorted(permissions.folders)]),
        ("fetch from", sorted(permissions.hosts)),
    )
    told = [f"{verb} {', '.join(names)}" for verb, names in lists if names]
    return [*told, "start and stop servers"] if permissions.server_control else told


async def _about(context: SkillContext) -> SkillResult:
    skills = [skill for skill in context.about.skills() if not skill.problem]
    told = (
        f"I am Roxy {__version__}, a private assistant with {len(skills)} skills and "
        f"{len(context.servers.server_names())} servers. What you tell me stays on this machine unless a skill needs "
        "a server outside, and then names and secrets are taken out first. Say “what can you do” for more."
    )
    return SkillResult(True, told, {"version": __version__})


def _line(status: ServerStatus) -> str:
    more = [f"for {_span(status.uptime)}"] if status.uptime is not None else []
    more += [f"{status.tools} tools"] if status.tools is not None else []
    more += ["switched off in the configuration"] if not status.enabled else []
    told = f"{status.name} {_WORDS[status.state]}" + (f" ({', '.join(more)})" if more else "")
    return f"{told}: {status.error.rstrip('.')}" if status.error else told


def _span(seconds: float) -> str:
    for length, unit in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= length:
            count = int(seconds // length)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a moment"


def _data(status: ServerStatus) -> dict[str, object]:
    return {"name": status.name, "state": status.state.value, "error": status.error, "tools": status.tools}


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]


_INTENTS: Mapping[str, Callable[[SkillContext], Awaitable[SkillResult]]] = {
    "servers": _servers,
    "server": _server,
    "why": _why,
    "start": _start,
    "stop": _stop,
    "restart": _restart,
    "tools": _tools,
    "skills": _skills,
    "permissions": _permissions,
    "about": _about,
}
