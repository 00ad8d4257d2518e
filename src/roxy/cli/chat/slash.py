"""The commands of the chat that begin with a slash: what they do, and what completes their argument."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from roxy.cli import output
from roxy.cli.chat.talk import Talk
from roxy.cli.failures import sentence
from roxy.cli.mcp import statuses, views
from roxy.cli.sessions.commands import sessions_view, summary_view
from roxy.contracts.doors import Assistant, ModelInfo
from roxy.contracts.skills import SkillInfo
from roxy.errors import RoxyError, UsageError


class Slash(NamedTuple):
    """One command; `completes` gives the words its argument may be."""

    help: str
    run: Callable[[Talk, str], Awaitable[None]]
    argument: str = ""
    completes: Callable[[Assistant], Awaitable[Sequence[str]]] | None = None


async def take(talk: Talk, line: str) -> None:
    """Do what a line that begins with a slash says; what fails is told."""
    name, _, argument = line.partition(" ")
    if (command := COMMANDS.get(name)) is None:
        near = get_close_matches(name, COMMANDS, n=1)
        meant = f"Did you mean {near[0]}?" if near else "/help lists them."
        talk.screen.problem(f"There is no command {name}. {meant}")
        return
    try:
        await command.run(talk, argument.strip())
    except RoxyError as error:
        talk.screen.problem(sentence(error))


async def _help(talk: Talk, _: str) -> None:
    rows = [[f"{name} {command.argument}".strip(), command.help] for name, command in COMMANDS.items()]
    talk.screen.show(output.table(["command", "does"], rows))
    talk.screen.hint('Anything else is said to Roxy; "what can you do?" tells what it understands.')


async def _skills(talk: Talk, name: str) -> None:
    skills = await (await talk.presence.assistant()).skills()
    if not name:
        rows = [[skill.name, skill.problem or skill.description] for skill in skills]
        talk.screen.show(output.table(["skill", "does"], rows))
        return
    talk.screen.show(_skill(_found(name, skills)))


async def _tools(talk: Talk, server: str) -> None:
    assistant = await talk.presence.assistant()
    talk.screen.show(views.tools(await assistant.list_tools(server or None)))
    if not server:
        intents = [(skill.name, intent) for skill in await assistant.skills() for intent in skill.intents]
        rows = [[f"{skill}.{intent.name}", intent.description] for skill, intent in intents]
        talk.screen.show(output.table(["skill's intent, for a model", "does"], rows))


async def _servers(talk: Talk, server: str) -> None:
    assistant = await talk.presence.assistant()
    if server:
        talk.screen.show(statuses.server(await assistant.server_status(server)))
    else:
        talk.screen.show(statuses.servers(await assistant.server_statuses()))


async def _session(talk: Talk, session_id: str) -> None:
    if session_id:
        await talk.resume(session_id)
        return
    talk.screen.hint(f"This is session {talk.session_id}." if talk.session_id else "This session has not begun yet.")
    talk.screen.show(sessions_view(await (await talk.presence.assistant()).sessions(limit=10)))


async def _summary(talk: Talk, _: str) -> None:
    found = await (await talk.presence.assistant()).summary(talk.session_id) if talk.session_id else ()
    talk.screen.show(summary_view(found))


async def _model(talk: Talk, name: str) -> None:
    assistant = await talk.presence.assistant()
    if name:
        talk.enter(await assistant.choose_model(name, talk.session_id))
        told = "No model is asked in this session" if name == "none" else f"{name} is asked in this session"
        talk.screen.hint(f"{told}, from now on; what was said and done so far stays known.")
        return
    models = await assistant.models(talk.session_id)
    if models:
        talk.screen.show(output.table(["", "model", "is", "sees", "from"], [_model_row(model) for model in models]))
    if not any(model.chosen for model in models):
        talk.screen.hint("No model is asked here: Roxy's skills answer. /model NAME chooses one, for this session.")


def _model_row(model: ModelInfo) -> Sequence[str]:
    sees = "pseudonyms" if model.external else "real values"
    return ["*" if model.chosen else "", model.name, model.model, sees, model.note or model.provider]


async def _privacy(talk: Talk, _: str) -> None:
    statuses = await (await talk.presence.assistant()).server_statuses()
    external = ", ".join(status.name for status in statuses if status.external) or "none"
    talk.screen.show(
        "What skills answer stays on this machine. What goes to an external server or model has what is personal "
        "replaced as your policy says, and put back in what you see; whom a message goes to is asked for; secrets "
        f"never leave. External servers: {external}. `roxy privacy policy` shows what holds, "
        "`roxy privacy audit` what left."
    )


async def _new(talk: Talk, _: str) -> None:
    talk.enter(None)
    talk.choices = ()
    talk.screen.hint("A new session.")


async def _quit(talk: Talk, _: str) -> None:
    talk.over = True


async def _server_names(assistant: Assistant) -> Sequence[str]:
    return [status.name for status in await assistant.server_statuses()]


async def _skill_names(assistant: Assistant) -> Sequence[str]:
    return [skill.name for skill in await assistant.skills()]


async def _model_names(assistant: Assistant) -> Sequence[str]:
    return [*(model.name for model in await assistant.models()), "none"]


async def _session_ids(assistant: Assistant) -> Sequence[str]:
    return [session.id for session in await assistant.sessions()]


COMMANDS: Mapping[str, Slash] = {
    "/help": Slash("these commands", _help),
    "/skills": Slash("what Roxy can do, or one skill", _skills, "[NAME]", _skill_names),
    "/tools": Slash("the tools that are known, or those of one server", _tools, "[SERVER]", _server_names),
    "/servers": Slash("the MCP servers, or one of them", _servers, "[SERVER]", _server_names),
    "/session": Slash("this session and the last ones, or go on with one", _session, "[ID]", _session_ids),
    "/summary": Slash("what models are told instead of this session's older turns", _summary),
    "/model": Slash("which models answer, or let one answer from now on", _model, "[NAME|none]", _model_names),
    "/privacy": Slash("what leaves this machine", _privacy),
    "/new": Slash("begin a new session", _new),
    "/quit": Slash("leave", _quit),
}


def _found(name: str, skills: Sequence[SkillInfo]) -> SkillInfo:
    for skill in skills:
        if skill.name == name:
            return skill
    near = get_close_matches(name, [skill.name for skill in skills], n=1)
    raise UsageError(f"There is no skill {name}.", hint=f"Did you mean {near[0]}?" if near else "/skills lists them.")


def _skill(skill: SkillInfo) -> output.View:
    examples = [example for intent in skill.intents for example in intent.examples]
    return output.pairs(
        {
            "skill": skill.name,
            "does": skill.description,
            "from": skill.source,
            "problem": skill.problem,
            "say": "\n".join(examples[:8]),
            "help": skill.help.strip(),
        }
    )
