"""`roxy mcp`: list, look at, call, start and stop MCP servers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Annotated, Any, ClassVar, TypeVar

import typer

from roxy.cli import output
from roxy.cli.failures import ended
from roxy.cli.groups import Entry, LazyGroup
from roxy.cli.mcp import statuses, views
from roxy.cli.mcp.arguments import Pairs, Words, tool_arguments
from roxy.cli.mcp.trust import approved_now
from roxy.cli.opening import is_owner, with_owner, with_roxy
from roxy.cli.terminal.asking import person
from roxy.contracts.calls import Code, ToolCallResult
from roxy.contracts.doors import Assistant
from roxy.contracts.servers import ServerState, ServerStatus
from roxy.mcp.questions.person import answering

T = TypeVar("T")
UNHEALTHY = frozenset({ServerState.FAILED, ServerState.BACKOFF, ServerState.DEGRADED})

Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")]


class McpGroup(LazyGroup):
    """`roxy mcp`, with the commands that live in modules of their own."""

    table: ClassVar[Mapping[str, Entry]] = {
        "tools": Entry("roxy.cli.mcp.tools:tools_app", "The tools of a server, or of all."),
        "search": Entry("roxy.cli.mcp.tools:search_app", "Find tools by what they do."),
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
def call(
    server: Server,
    tool: Annotated[str, typer.Argument(metavar="TOOL", help="The tool's name on that server.")],
    arguments: Words = None,
    *,
    arg: Pairs = None,
    timeout: Annotated[float | None, typer.Option("--timeout", min=0.001, help="Seconds for the whole call.")] = None,
    session: Annotated[str | None, typer.Option("--session", help="Call as this session, with what it binds.")] = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Call one tool and print what it returns. Ends with 1 when it fails.

    A VALUE that is JSON is what it says: limit=3 is a number, tags='["a"]' a list; '"3"' is a text.
    At a terminal the server may ask you something back, and a tool that changed may be approved.

    \b
    Examples:
      roxy mcp call system memory_search query=bike limit=3
      roxy mcp call system memory_search '{"query": "bike"}'
      roxy mcp call system memory_search @question.json --arg limit=3
      echo '{"query": "bike"}' | roxy mcp call system memory_search - --json
      roxy mcp call tracker list_issues --session ses_01jd8k3v9w-7hq2mzx4
    """
    given = tool_arguments(arguments or (), arg or ())

    somebody = person(quiet=as_json)

    async def ask(roxy: Assistant) -> ToolCallResult:
        with answering(somebody):
            return await roxy.call_tool(server, tool, given, timeout=timeout, session_id=session)

    doing = "" if as_json else f"Calling {server}.{tool}"
    result = with_roxy(ask, doing=doing)
    if result.code == Code.NOT_APPROVED and somebody is not None and approved_now(server, tool, session):
        result = with_roxy(ask, doing=doing)
    _end(result, as_json=as_json)


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
        f"Starting {server}",
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
    work, doing = (lambda roxy: roxy.stop_server(server)), f"Stopping {server}"
    _control(work, expected, "no server is running", doing, as_json=as_json)


@app.command()
def restart(server: Server, *, as_json: output.JsonFlag = False) -> None:
    """Stop a server of the running Roxy and start it again.

    \b
    Examples:
      roxy mcp restart github
    """
    work, doing = (lambda roxy: roxy.restart_server(server)), f"Restarting {server}"
    _control(work, statuses.UP, "no server is running", doing, as_json=as_json)


def _end(result: ToolCallResult, *, as_json: bool) -> None:
    if as_json or result.success:
        output.show(result, as_json=as_json, view=views.result)
    else:
        output.note(ended(result))
    if not result.success:
        raise typer.Exit(1)


def _with_problems(work: Callable[[Assistant], Awaitable[T]]) -> T:
    """What `work` gives; what is wrong with the declarations as a whole is said on stderr."""

    async def both(roxy: Assistant) -> tuple[T, Sequence[str]]:
        return await work(roxy), await views.problems(roxy)

    found, problems = with_roxy(both)
    for problem in problems:
        output.note(f"Note: {problem}")
    return found


def _is_unwell(status: ServerStatus) -> bool:
    """Whether something is wrong with it; one that was never set up only waits for its key."""
    return status.state in UNHEALTHY or bool(status.error and not status.missing)


def _control(
    work: Callable[[Assistant], Awaitable[ServerStatus]],
    wanted: frozenset[ServerState],
    why: str,
    doing: str,
    *,
    as_json: bool,
) -> None:
    """Have the owner do it and show how the server is after that; ends with 1 when it is not as wanted."""

    async def act(roxy: Assistant) -> Any:
        return await work(roxy)

    status: ServerStatus = with_owner(act, why, doing="" if as_json else doing)
    output.show(status, as_json=as_json, view=_outcome)
    if status.state not in wanted:
        raise typer.Exit(1)


def _outcome(status: ServerStatus) -> str:
    said = f"{status.name} is {status.state}"
    return "\n".join(filter(None, (f"{said}: {status.why}", status.next))) if status.error else f"{said}."
