"""`roxy sessions export` and `delete`: one conversation with all that is kept of it, taken out or ended."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.conversation.keepsakes import delete_conversation, export_conversation
from roxy.daemon.lock import own
from roxy.mcp.known.pins import forget_session
from roxy.privacy.memory.vaults import Vaults
from roxy.store.atomic import write_atomic
from roxy.store.database import open_database

export = typer.Typer(rich_markup_mode=None, add_completion=False)
delete = typer.Typer(rich_markup_mode=None, add_completion=False)

Session = Annotated[str, typer.Argument(metavar="SESSION", help="Its id, as `roxy sessions list` shows it.")]


@export.command("export")
def export_session(
    session: Session,
    file: Annotated[
        Path | None, typer.Argument(metavar="[FILE]", help="Where to; standard output when left out.")
    ] = None,
) -> None:
    """Print one conversation with all that is kept of it, as one JSON document.

    That is what was said, what models were told and answered, and the summary, in real words. What happened in it, in
    pseudonyms and in the formats of providers, is printed by `roxy events export`.

    \b
    Examples:
      roxy sessions export ses_01jd8k3v9w-7hq2mzx4
      roxy sessions export work work.json
    """
    document = output.as_document(run(_exported(here(), session)))
    if file is None:
        output.line(document)
        return
    write_atomic(file.expanduser().absolute(), f"{document}\n".encode())
    output.note(f"Exported to {file}.")


@delete.command("delete")
def delete_session(
    session: Session,
    *,
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Delete one conversation for good: what was said, its summary, its bindings, its events, and its pseudonyms.

    What you had Roxy remember in it stays (`roxy memory` shows it), and so do the audit's events, which hold no values.
    Roxy may not be running meanwhile.

    \b
    Examples:
      roxy sessions delete ses_01jd8k3v9w-7hq2mzx4
      roxy sessions delete work --yes
    """
    places = here().ready()
    if not output.confirm(f"Delete the conversation {session} for good?", yes=yes):
        output.note("Nothing was done.")
        raise typer.Exit(1)
    with own(places.data, door="sessions"):
        counts = run(_deleted(places, session))
        Vaults(places.vaults).forget(session)
        forget_session(places.pins, session)
    said = f"Deleted {session}: {counts['turns']} turns, {counts['events']} events."
    output.show(dict(counts), as_json=as_json, view=lambda _: said)


async def _exported(places: Places, session: str) -> dict[str, Any]:
    async with open_database(places.data, load_settings(places, os.environ).store.url) as database:
        return await export_conversation(database, session)


async def _deleted(places: Places, session: str) -> Mapping[str, int]:
    async with open_database(places.data, load_settings(places, os.environ).store.url) as database:
        return await delete_conversation(database, session)
