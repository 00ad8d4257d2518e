"""`roxy mcp tools` and `roxy mcp search`: what servers can do, as they told it last or tell it now.

What a server told last stands in its manifest, so that neither starts anything that is known already, nor loads what
speaks to servers.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.mcp import views
from roxy.cli.mcp.statuses import ago, first_sentence
from roxy.cli.opening import with_roxy
from roxy.contracts.calls import ToolInfo
from roxy.contracts.doors import Assistant
from roxy.contracts.servers import ServerStatus
from roxy.mcp.known.search import matching

tools_app, search_app = (typer.Typer(rich_markup_mode=None, add_completion=False) for _ in range(2))

_Seen = tuple[Sequence[ToolInfo], Sequence[ServerStatus]]


@tools_app.command()
def tools(
    server: Annotated[str | None, typer.Argument(metavar="SERVER", help="One server; all when left away.")] = None,
    *,
    refresh: Annotated[bool, typer.Option("--refresh", help="Ask the servers now, which starts them.")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """The tools of one server, or of all that can start, as they were listed last.

    A server that has never listed its tools is started and asked.

    \b
    Examples:
      roxy mcp tools system
      roxy mcp tools github --refresh
      roxy mcp tools --json
    """
    began = datetime.now(UTC)
    found, statuses = _seen(server, refresh=refresh, as_json=as_json)
    output.show(found, as_json=as_json, view=lambda tools: views.tools(tools, server or ""))
    listed = min((one.listed for one in statuses if one.listed and one.enabled), default=began)
    if listed < began and not (refresh or as_json):
        output.note(f"Listed {ago(listed)}{'' if server else ' or later'}; --refresh asks again.")
    _tell_rest(statuses, server)


@search_app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What the tool should do, in words.")],
    *,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="How many at most.")] = 10,
    as_json: output.JsonFlag = False,
) -> None:
    """Find tools by what they are called and what they say they do. The best comes first; ends with 1 when none fits.

    \b
    Examples:
      roxy mcp search "create issue"
      roxy mcp search "what is the weather like" --limit 3
    """
    known, statuses = _seen(None, refresh=False, as_json=as_json)
    found = matching(known, text)[:limit]
    missing = f"None of the {len(known)} known tools fits {text!r}; `roxy mcp tools SERVER` shows those of a server."
    output.show(found, as_json=as_json, view=lambda tools: views.tools(tools) if tools else missing)
    _tell_rest(statuses, None)
    if not found:
        raise typer.Exit(1)


def _seen(server: str | None, *, refresh: bool, as_json: bool) -> _Seen:
    """The tools, and how the servers are after that; what is wrong with the declarations is said on stderr."""

    async def look(roxy: Assistant) -> tuple[_Seen, Sequence[str]]:
        found = await roxy.list_tools(server, fresh=refresh)
        statuses = [await roxy.server_status(server)] if server else await roxy.server_statuses()
        return (found, statuses), await views.problems(roxy)

    seen, problems = with_roxy(look, doing="" if as_json else f"Asking {server or 'servers'} for tools")
    for problem in problems:
        output.note(f"Note: {problem}")
    return seen


def _tell_rest(statuses: Sequence[ServerStatus], server: str | None) -> None:
    """Whose tools are not among those that were shown, or cannot be called."""
    for status in statuses:
        if not status.enabled and server:
            output.note(f"{status.name} is disabled: none of this can be called. Enable it: roxy mcp enable {server}")
        elif status.enabled and not status.missing and status.tools is None and not server:
            why = first_sentence(status.why) or f"{status.name} could not be asked."
            output.note(f"Not asked: {why} See: roxy mcp test {status.name}")
