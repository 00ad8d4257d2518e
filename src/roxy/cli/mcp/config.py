"""`roxy mcp config`: the merged settings, where each value comes from, and how to change one."""

import os
from pathlib import Path
from typing import Annotated

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.config import layers
from roxy.config.explain import Explained, explain_server, explain_settings, set_server_value
from roxy.config.loader import leaves, read_file

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    add_completion=False,
    help="The merged settings of servers and of Roxy, where each value comes from, and how to change one.",
)

MaybeServer = Annotated[
    str | None, typer.Argument(metavar="SERVER", help="A server; Roxy's own settings when left away.")
]


@app.command()
def show(server: MaybeServer = None, *, as_json: output.JsonFlag = False) -> None:
    """The settings as they hold now, merged over all layers. Values of variables are never shown.

    \b
    Examples:
      roxy mcp config show
      roxy mcp config show github --json
    """
    rows = _rows(server)
    output.show({row.key: row.shown for row in rows}, as_json=as_json, view=output.pairs)


@app.command()
def explain(server: MaybeServer = None, *, as_json: output.JsonFlag = False) -> None:
    """Where each value comes from. That is a file and line, a variable, or a default.

    \b
    Examples:
      roxy mcp config explain github
      roxy mcp config explain --json
    """
    rows = [{"key": row.key, "value": row.shown, "from": row.origin} for row in _rows(server)]
    output.show(rows, as_json=as_json, view=_lines)


@app.command("set")
def set_value(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="A server; one with `command` or `url` may be new.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="Such as timeout_request, enabled or env.NAME.")],
    value: Annotated[str, typer.Argument(metavar="VALUE", help="Such as 60 or `[a, b]`; a secret as '${NAME}'.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Write one value into your own file, checked before. Everything else in the file stays as it is.

    \b
    Examples:
      roxy mcp config set github timeout_request 60
      roxy mcp config set brave_search enabled false
      roxy mcp config set files args '[-y, "@modelcontextprotocol/server-filesystem", /home/me]'
    """
    path = set_server_value(here(), os.environ, server, key, value)
    document = {"server": server, "key": key, "value": value, "file": str(path)}
    output.show(document, as_json=as_json, view=lambda _: f"{server}: {key} is {value} now, in {path}.")


@app.command()
def approve(*, yes: output.YesFlag = False, as_json: output.JsonFlag = False) -> None:
    """Let the settings in this folder's .roxy count, as they are now. A change has to be approved again.

    \b
    Examples:
      roxy mcp config approve
    """
    places = here()
    state = layers.project_state(places)
    if state in {"new", "changed"}:
        for key, text, where in _project(places.project):
            output.note(f"{where}: {key}: {text}")
        question = f"Servers that are declared there can run commands. Let {places.project} count?"
        if not output.confirm(question, yes=yes):
            raise typer.Exit(1)
        layers.approve_project(places)
    said = f"There are no settings in {places.project}." if state == "none" else f"{places.project} is approved."
    document = {"project": str(places.project), "state": "none" if state == "none" else "approved"}
    output.show(document, as_json=as_json, view=lambda _: said)


def _rows(server: str | None) -> list[Explained]:
    places = here()
    return explain_settings(places, os.environ) if server is None else explain_server(places, os.environ, server)


def _lines(rows: list[dict[str, str]]) -> str:
    """One line per value with its origin whole, so that it can be copied; a table would break the paths."""
    width = max(len(row["key"]) for row in rows)
    return "\n".join(f"{row['key']:<{width}}  {row['value'] or '-'}  ({row['from']})" for row in rows)


def _project(folder: Path) -> list[tuple[str, str, str]]:
    """What the project's files say, value by value, as it is written."""
    found = []
    for name in (layers.SETTINGS_FILE, layers.SERVERS_FILE):
        root = read_file(folder / name)
        for path, leaf in leaves(root) if root is not None else ():
            items = leaf.value if isinstance(leaf.value, list) else [leaf]
            text = " ".join(item.text if item.text is not None else "…" for item in items)
            found.append((".".join(path), text, leaf.where))
    return found
