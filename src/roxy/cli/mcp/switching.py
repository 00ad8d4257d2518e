"""`roxy mcp enable|disable|refresh`: whether a server may be used, and what it offers now.

Whether it is enabled is written where it is declared: into the database for a connector, else into the user's own file
or that of a project. A Roxy that runs takes it over within a second.
"""

import asyncio
import os
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.mcp.kept import with_connectors
from roxy.cli.mcp.statuses import first_sentence
from roxy.cli.opening import here, with_roxy
from roxy.config import layers
from roxy.config.explain import set_server_value
from roxy.config.places import Places
from roxy.config.servers import load_servers
from roxy.config.settings import load_settings
from roxy.contracts.doors import Assistant
from roxy.contracts.servers import ServerStatus
from roxy.errors import RoxyError
from roxy.store.peek import holds_any

_STYLE: dict[str, Any] = {"rich_markup_mode": None, "add_completion": False}
enabling = typer.Typer(**_STYLE)
disabling = typer.Typer(**_STYLE)
refreshing = typer.Typer(**_STYLE)

Server = Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")]
Project = Annotated[
    Path | None,
    typer.Option("--project", metavar="FOLDER", help="Write it into the project of this folder, not your own file."),
]


@enabling.command()
def enable(server: Server, *, project: Project = None, as_json: output.JsonFlag = False) -> None:
    """Let a server be started and called.

    \b
    Examples:
      roxy mcp enable github
      roxy mcp enable github --project .
    """
    _switch(server, project, enabled=True, as_json=as_json)


@disabling.command()
def disable(server: Server, *, project: Project = None, as_json: output.JsonFlag = False) -> None:
    """Stop a server, and let nobody start or call it.

    \b
    Examples:
      roxy mcp disable github
    """
    _switch(server, project, enabled=False, as_json=as_json)


@refreshing.command()
def refresh(
    server: Annotated[
        str | None, typer.Argument(metavar="SERVER", help="One server; all that can start without.")
    ] = None,
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Start servers and ask them anew what they offer. Ends with 1 when one of them cannot be asked.

    \b
    Examples:
      roxy mcp refresh github
      roxy mcp refresh --json
    """

    async def ask(roxy: Assistant) -> list[dict[str, Any]]:
        before = [await roxy.server_status(server)] if server else await roxy.server_statuses()
        usable = [status for status in before if server or (status.enabled and not status.missing)]
        return list(await asyncio.gather(*(_listed(roxy, status) for status in usable)))

    rows = with_roxy(ask, doing="" if as_json else f"Asking {server or 'servers'} anew")
    output.show(rows, as_json=as_json, view=_lists)
    failed = [row["server"] for row in rows if row["error"]]
    if failed:
        if not as_json:
            output.note(f"Step by step: roxy mcp test {failed[0]}")
        raise typer.Exit(1)


async def _listed(roxy: Assistant, before: ServerStatus) -> dict[str, Any]:
    row = {"server": before.name, "before": before.tools, "tools": None, "held": 0, "error": "", "next": ""}
    try:
        tools = await roxy.list_tools(before.name, fresh=True)
        row |= {"tools": len(tools), "held": sum(tool.held for tool in tools)}
    except RoxyError as failed:
        row |= {"error": failed.message, "next": failed.hint}
    return row


def _lists(rows: list[dict[str, Any]]) -> output.View | str:
    if not rows:
        return "No server can be started. See: roxy mcp list"
    table = [[row["server"], row["tools"], row["held"] or None, first_sentence(row["error"])] for row in rows]
    return output.table(["server", "tools", "held", "problem"], table)


def _switch(server: str, project: Path | None, *, enabled: bool, as_json: bool) -> None:
    places = here() if project is None else replace(here(), project=project.absolute() / ".roxy")
    if project is None and _is_connector(places, server):
        with_connectors(lambda kept, _: kept.edit(server, lambda connector: replace(connector, enabled=enabled)))
        where, holds = "the database", True
    else:
        path = set_server_value(
            places, os.environ, server, "enabled", str(enabled).lower(), project=project is not None
        )
        where, holds = str(path), load_servers(places, os.environ)[server].enabled is enabled
    word = "enabled" if enabled else "disabled"
    document = {"server": server, "enabled": enabled, "where": where, "holds": holds}
    output.show(document, as_json=as_json, view=lambda _: f"{server} is {word} in {where}.")
    if not holds:
        output.note(_why(places, server, word))


def _is_connector(places: Places, server: str) -> bool:
    url = load_settings(places, os.environ).store.url
    if not (url or holds_any(places.data, "mcp_connectors")):
        return False
    return any(one.name == server for one in with_connectors(lambda kept, _: kept.list()))


def _why(places: Places, server: str, word: str) -> str:
    """Why what was written does not hold."""
    if layers.project_state(places) in {"new", "changed"}:
        return f"It counts once you approve the project: cd {places.project.parent} && roxy mcp config approve"
    return f"Something that counts more says that {server} is not {word}. See: roxy mcp config explain {server}"
