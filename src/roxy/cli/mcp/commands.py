"""`roxy mcp`: list, look at, call, start and stop MCP servers."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Annotated, Any, ClassVar, TypeVar

import typer

from roxy.cli import output
from roxy.cli.groups import Entry, LazyGroup
from roxy.cli.mcp import statuses, views
from roxy.cli.mcp.arguments import call_arguments
from roxy.cli.opening import is_owner, with_owner, with_roxy
from roxy.contracts.calls import ToolInfo
from roxy.contracts.doors import Assistant
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.errors import UsageError

T = TypeVar("T")
UNHEALTHY = frozenset({ServerState.FAILED, ServerState.BACKOFF, ServerState.DEGRADED})

Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")]


class McpGroup(LazyGroup):
    """`roxy mcp`, with the commands that live in modules of their own."""

    table: ClassVar[Mapping[str, Entry]] = {
        "config": Entry("roxy.cli.mcp.config:app", "Merged settings, where each comes from, how to change one."),
        "logs": Entry("roxy.cli.mcp.reading_logs:app", "What a server wrote to stderr, in this run and earlier ones."),
        "test": Entry("roxy.cli.mcp.trying:app", "Say step by step what works with a server."),
        "enable": Entry("roxy.cli.mcp.switching:enabling", "Let a server be started and called."),
        "disable": Entry("roxy.cli.mcp.switching:disabling", "Stop a server, and let nobody start or call it."),
        "diff": Entry("roxy.cli.mcp.trust:diff_app", "What changed in the tools of a server since you approved them."),
        "approve": Entry("roxy.cli.mcp.trust:approve_app", "Let tools be used as their server offers them now."),
        "refresh": Entry("roxy.cli.mcp.switching:refreshing", "Ask servers anew what they offer."),
        "resources": Entry("roxy.cli.mcp.offers:resources_app", "What can be read from a server."),
        "read": Entry("roxy.cli.mcp.offers:read_app", "Read a resource of a server."),
        "prompts": Entry("roxy.cli.mcp.offers:prompts_app", "The prompts of a server, and what they take."),
        "prompt": Entry("roxy.cli.mcp.offers:prompt_app", "Have a server fill in one of its prompts."),
        "connectors": Entry("roxy.cli.mcp.connectors:app", "Servers that are declared in the database."),
    }


app = typer.Typer(
    cls=McpGroup,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="MCP servers: what they are, how they do, what they offer.",
)


@app.command("list")
def list_servers(*, as_json: output.JsonFlag = False) -> None:
    """The declared servers, and how they are doing.

    \b
    Examples:
      roxy mcp list
      roxy mcp list --json
    """
    output.show(_with_problems(lambda roxy: roxy.server_statuses()), as_json=as_json, view=statuses.servers)


@app.command()
def status(
    server: Annotated[str | None, typer.Argument(metavar="SERVER", help="One server; all when left away.")] = None,
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """How servers do: process, calls, last error. Ends with 1 when one is not well.

    \b
    Examples:
      roxy mcp status
      roxy mcp status github
      roxy mcp status --json
    """

    async def look(roxy: Assistant) -> tuple[Sequence[ServerStatus], bool]:
        found = await roxy.server_statuses() if server is None else [await roxy.server_status(server)]
        return found, is_owner(roxy)

    found, owned = _with_problems(look)
    if server is None:
        output.show(found, as_json=as_json, view=statuses.doing)
    else:
        output.show(found[0], as_json=as_json, view=statuses.server)
    if not owned and found and not as_json:
        output.note(
            "No Roxy is running, so no server is; `roxy daemon start` keeps one, and calls start what they need."
        )
    if any(_is_unwell(status) for status in found):
        raise typer.Exit(1)


@app.command()
def tools(
    server: Annotated[str | None, typer.Argument(metavar="SERVER", help="One server, started when needed.")] = None,
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """The tools of one server, or of all that can start. Those of which nothing is known are started.

    \b
    Examples:
      roxy mcp tools system
      roxy mcp tools --json
    """
    output.show(_with_problems(lambda roxy: roxy.list_tools(server)), as_json=as_json, view=views.tools)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words of the tool's name or description.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Find tools by words of their names and descriptions. The best comes first; ends with 1 when none fits.

    \b
    Examples:
      roxy mcp search "create issue"
    """
    known = with_roxy(lambda roxy: roxy.list_tools())
    found = matching(known, text)
    missing = f"None of the {len(known)} known tools fits {text!r}; `roxy mcp tools SERVER` asks a server for its own."
    output.show(found, as_json=as_json, view=lambda tools: views.tools(tools) if tools else missing)
    if not found:
        raise typer.Exit(1)


@app.command()
def call(
    server: Server,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name on that server.")],
    arguments: Annotated[str | None, typer.Argument(metavar="JSON", help="A JSON object; `-` reads it.")] = None,
    *,
    arg: Annotated[list[str] | None, typer.Option("--arg", metavar="K=V", help="One argument; JSON or text.")] = None,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0.001, help="Seconds for the whole call.")] = None,
    session: Annotated[str | None, typer.Option("--session", help="Call as this session, with what it binds.")] = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Call one tool and print what it returns. Ends with 1 when it fails.

    \b
    Examples:
      roxy mcp call system memory_search '{"query": "bike"}'
      roxy mcp call system memory_search --arg query=bike --arg limit=3
      echo '{"query": "bike"}' | roxy mcp call system memory_search - --json
      roxy mcp call tracker list_issues --session ses_01jd8k3v9w-7hq2mzx4
    """
    given = call_arguments(arguments, arg or ())
    result = with_roxy(lambda roxy: roxy.call_tool(server, tool, given, timeout=timeout, session_id=session))
    if as_json or result.success or result.text:
        output.show(result, as_json=as_json, view=views.result)
    if not result.success:
        if not as_json:
            output.note(f"Error ({result.code}): {result.error}")
        raise typer.Exit(1)


@app.command()
def start(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """Start a server of the running Roxy, and wait until it answers.

    \b
    Examples:
      roxy mcp start github
    """
    _control(
        lambda roxy: roxy.start_server(server),
        statuses.UP,
        "a server would stop again with this command",
        as_json=as_json,
    )


@app.command()
def stop(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """Stop a server of the running Roxy, and everything it started.

    \b
    Examples:
      roxy mcp stop github
    """
    expected = frozenset({ServerState.STOPPED})
    _control(lambda roxy: roxy.stop_server(server), expected, "no server is running", as_json=as_json)


@app.command()
def restart(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """Stop a server of the running Roxy and start it again.

    \b
    Examples:
      roxy mcp restart github
    """
    _control(lambda roxy: roxy.restart_server(server), statuses.UP, "no server is running", as_json=as_json)


def matching(tools: Sequence[ToolInfo], text: str) -> list[ToolInfo]:
    """The tools in which any word of `text` stands, those with most of them first; a name counts double."""
    words = _words(text)
    scored = [(_score(tool, words), tool) for tool in tools]
    return [tool for score, tool in sorted(scored, key=lambda pair: -pair[0]) if score]


def _with_problems(work: Callable[[Assistant], Awaitable[T]]) -> T:
    """What `work` gives; what is wrong with the declarations as a whole is said on stderr."""

    async def both(roxy: Assistant) -> tuple[T, Sequence[str]]:
        found = await work(roxy)
        with suppress(UsageError):  # an owner of an older version does not know the question
            return found, await roxy.server_problems()
        return found, ()

    found, problems = with_roxy(both)
    for problem in problems:
        output.note(f"Note: {problem}")
    return found


def _is_unwell(status: ServerStatus) -> bool:
    """Whether something is wrong with it; one that was never set up only waits for its key."""
    return status.state in UNHEALTHY or bool(status.error and not status.missing)


def _score(tool: ToolInfo, words: set[str]) -> int:
    name = _words(f"{tool.full_name} {tool.title}")
    return 2 * len(words & name) + len(words & _words(tool.description))


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W_]+", text.lower()))


def _control(
    work: Callable[[Assistant], Awaitable[ServerStatus]], wanted: frozenset[ServerState], why: str, *, as_json: bool
) -> None:
    """Have the owner do it and show how the server is after that; ends with 1 when it is not as wanted."""

    async def act(roxy: Assistant) -> Any:
        return await work(roxy)

    status: ServerStatus = with_owner(act, why)
    output.show(status, as_json=as_json, view=_outcome)
    if status.state not in wanted:
        raise typer.Exit(1)


def _outcome(status: ServerStatus) -> str:
    said = f"{status.name} is {status.state}"
    return f"{said}: {status.error}" if status.error else f"{said}."
