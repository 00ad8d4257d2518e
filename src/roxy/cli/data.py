"""`roxy data`: everything Roxy keeps about the user, backed up, brought back, taken out or deleted."""

import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.edit import set_in_file
from roxy.config.places import Places
from roxy.config.settings import UserSettings, load_settings
from roxy.conversation.keepsakes import Kind, delete_kept, export
from roxy.daemon.lock import LOCK_NAME, own
from roxy.errors import UsageError
from roxy.store import backup as backups
from roxy.store import dump
from roxy.store.atomic import explain_os_error, write_atomic
from roxy.store.database import FILE, open_database

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="Everything Roxy keeps about you."
)

_PROFILE = "profile"
_CHOICES = (*Kind, _PROFILE)


@app.command()
def backup(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="A new file; its name is made from the time when left out.")
    ] = None,
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Write a backup of the database and of the pseudonyms to a file. Roxy may be running meanwhile.

    A PostgreSQL database is backed up by pg_dump, which must be installed.

    \b
    Examples:
      roxy data backup
      roxy data backup ~/roxy-monday.db
    """
    target = (file or Path(f"roxy-{datetime.now().astimezone():%Y%m%d-%H%M%S}.db")).expanduser().absolute()
    places = here()
    if url := _server(places, "pg_dump --format=custom --file=FILE DATABASE"):
        dump.backup(url, places.vaults, target)
    else:
        backups.backup(places.data / FILE, target, beside=places.vaults)
    output.show({"backup": str(target)}, as_json=as_json, view=lambda _: f"Backed up to {target}.")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A backup that `roxy data backup` wrote.")],
    *,
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Put a backup in the place of the database and the pseudonyms. What was there is kept beside it.

    A PostgreSQL database is restored by pg_restore, which must be installed.

    \b
    Examples:
      roxy data restore ~/roxy-monday.db
    """
    places = here().ready()
    url = _server(places, "pg_restore --clean --if-exists --dbname=DATABASE FILE")
    source = file.expanduser().absolute()
    _ask_or_leave(f"Replace all that Roxy keeps in {places.data} by {file}?", yes=yes)
    with own(places.data, door="data"):
        if url:
            kept: Path | None = dump.restore(url, places.vaults, source)
        else:
            kept = backups.restore(places.data, source, name=FILE, beside=places.vaults.name)
    said = f"Restored {file}." + (f" What was there before is kept as {kept}." if kept else "")
    output.show({"restored": str(file), "kept": kept and str(kept)}, as_json=as_json, view=lambda _: said)


@app.command("export")
def export_all(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to; standard output when left out.")
    ] = None,
) -> None:
    """Print everything Roxy keeps about you as one JSON document.

    \b
    Examples:
      roxy data export > roxy.json
      roxy data export roxy.json
    """
    places = here()
    document = output.as_document({_PROFILE: _profile(places), **run(_exported(places))})
    if file is None:
        output.line(document)
        return
    write_atomic(file.expanduser().absolute(), f"{document}\n".encode())
    output.note(f"Exported to {file}.")


@app.command()
def delete(
    what: Annotated[
        list[str] | None, typer.Argument(metavar="WHAT", help=f"{', '.join(_CHOICES)}; all when left out.")
    ] = None,
    *,
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Delete what Roxy keeps about you, for good. Roxy may not be running meanwhile.

    Without a name everything goes: conversations, memory, lists, reminders, events, logs, pseudonyms, and your profile
    (name, time zone, locale, units). Other settings, skills and backups that you made elsewhere stay.

    \b
    Examples:
      roxy data delete
      roxy data delete memory conversations
    """
    for name in what or ():
        if name not in _CHOICES:
            raise UsageError(f"Roxy keeps no {name!r}.", hint=f"There are {', '.join(_CHOICES)}.")
    places = here().ready()
    named = ", ".join(what) if what else "everything Roxy keeps about you"
    _ask_or_leave(f"Delete {named} for good?", yes=yes)
    with own(places.data, door="data"):
        counts = _delete(places, what)
    said = "\n".join(f"{name}: {count} deleted" for name, count in counts.items())
    output.show(dict(counts), as_json=as_json, view=lambda _: said or "There was nothing to delete.")
    names = (FILE, places.vaults.name, dump.KEPT)
    if copies := sorted(str(path) for name in names for path in places.data.glob(f"{name}.*")):
        output.note(f"Copies that were kept of what was damaged or replaced still hold it: {', '.join(copies)}.")


def _server(places: Places, instead: str) -> str:
    """The URL of a database that its own programs copy; empty for the file in the data folder."""
    url = _url(places)
    if url and not dump.available(url):
        raise UsageError(
            "Roxy's data is in the database that `store.url` names, and the programs that copy it (pg_dump and "
            "pg_restore) are not on PATH. Nothing was done.",
            hint=f"Install PostgreSQL's client programs, or use that database's own tools: {instead}",
        )
    return url


def _ask_or_leave(question: str, *, yes: bool) -> None:
    if not output.confirm(question, yes=yes):
        output.note("Nothing was done.")
        raise typer.Exit(1)


def _delete(places: Places, what: list[str] | None) -> Mapping[str, int]:
    names = dict.fromkeys(_CHOICES if what is None else what)
    counts: dict[str, int] = {}
    if what is None and not _url(places):
        # Damaged databases and old ones hold it too: the whole folder goes, but for the lock that is held.
        counts["files"] = _empty(places.data, keep=LOCK_NAME) + _empty(places.cache)
    elif kinds := [Kind(name) for name in names if name != _PROFILE]:
        counts |= run(_deleted(places, kinds))
    if Kind.CONVERSATIONS in names:
        counts["pseudonyms"] = _empty(places.vaults)
        places.chat_history.unlink(missing_ok=True)
    if _PROFILE in names:
        counts[_PROFILE] = _forget_profile(places)
    return counts


async def _exported(places: Places) -> dict[str, Any]:
    async with open_database(places.data, _url(places)) as database:
        return await export(database)


async def _deleted(places: Places, kinds: list[Kind]) -> Mapping[str, int]:
    async with open_database(places.data, _url(places)) as database:
        return {kind.value: count for kind, count in (await delete_kept(database, kinds)).items()}


def _url(places: Places) -> str:
    return load_settings(places, os.environ).store.url


def _profile(places: Places) -> dict[str, Any]:
    return {name: value for name, value in asdict(load_settings(places, os.environ).user).items() if value}


def _forget_profile(places: Places) -> int:
    """Empty the user's part of the user's own settings file; returns how many values there were."""
    file = places.config / "roxy.yaml"
    known = len(_profile(places))
    if file.exists() and known:
        set_in_file(file, ["user"], asdict(UserSettings()))
    return known


def _empty(folder: Path, *, keep: str = "") -> int:
    """Delete all that is in `folder`; returns how many files and folders those were."""
    deleted = 0
    if not folder.exists():
        return deleted
    try:
        for entry in sorted(folder.iterdir()):
            if entry.name == keep:
                continue
            if entry.is_dir() and not entry.is_symlink():
                shutil.rmtree(entry)
            else:
                entry.unlink()
            deleted += 1
    except OSError as error:
        raise explain_os_error(error, folder) from error
    return deleted
