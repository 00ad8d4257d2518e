"""`roxy events`: what happened, in pseudonyms.

The commands read the database themselves, whether another Roxy writes to it meanwhile or not.
"""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from roxy.cli import output
from roxy.cli.events import views
from roxy.cli.events.importing import import_events
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.settings import Settings, load_settings
from roxy.contracts.events import Event, EventKind
from roxy.errors import UsageError
from roxy.events.export import event_as_json, translated
from roxy.events.retention import Keeping, prune
from roxy.events.search import EventQuery, find, get, stream
from roxy.store.atomic import replacing
from roxy.store.database import Database, open_database

app = typer.Typer(
    rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="What happened: list, search, export."
)
app.command("import")(import_events)


class Form(StrEnum):
    """How events are written out: as they are kept, or as a provider's own objects."""

    JSONL = "jsonl"
    OPENAI = "openai"
    CODEX = "codex"
    GEMINI = "gemini"
    CLAUDE = "claude"


Session = Annotated[str | None, typer.Option("--session", metavar="ID", help="Of one conversation alone.")]
Thread = Annotated[
    str | None, typer.Option("--thread", metavar="ID", help="Of one conversation of an agent's program alone.")
]


@app.command("list")
def list_events(
    *,
    session: Session = None,
    thread: Thread = None,
    correlation: Annotated[
        str | None, typer.Option("--correlation", metavar="ID", help="Of one turn alone, across servers and sessions.")
    ] = None,
    kind: Annotated[list[EventKind] | None, typer.Option("--kind", help="Of this kind; may be repeated.")] = None,
    search: Annotated[
        str, typer.Option("--search", metavar="TEXT", help='With all these words; "a phrase", a beginn* too.')
    ] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 50,
    as_json: output.JsonFlag = False,
) -> None:
    """The newest events.

    \b
    Examples:
      roxy events list
      roxy events list --kind audit --kind error
      roxy events list --search "brave timed out" --limit 5 --json
    """
    query = EventQuery(
        session_id=session, thread_id=thread, correlation_id=correlation, kinds=tuple(kind or ()), search=search
    )

    async def found() -> Sequence[Event]:
        async with _opened() as (database, settings):
            if search and not settings.events.search:
                raise UsageError("Events are not searched here: `events.search` is off.", hint="Set it to true.")
            return await find(database, query, limit=limit)

    events = run(found())
    if as_json:
        output.show([event_as_json(event) for event in events], as_json=True, view=str)
    else:
        output.show(events, as_json=False, view=views.listed)


@app.command("show")
def show_event(
    event: Annotated[str, typer.Argument(metavar="ID", help="Its id, as `roxy events list` shows it.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """One event with all that is kept of it.

    \b
    Examples:
      roxy events show evt_01jd8k3v9w-7hq2mzx4
    """

    async def found() -> Event:
        async with _opened() as (database, _):
            kept = await get(database, event)
        if kept is None:
            raise UsageError(f"There is no event {event}.", hint="See: roxy events list")
        return kept

    kept = run(found())
    if as_json:
        output.show(event_as_json(kept), as_json=True, view=str)
    else:
        output.show(kept, as_json=False, view=views.shown)


@app.command("export")
def export_events(
    file: Annotated[
        Path | None, typer.Argument(metavar="FILE", help="Where to; standard output when left out.")
    ] = None,
    *,
    session: Session = None,
    thread: Thread = None,
    form: Annotated[Form, typer.Option("--as", help="As they are kept, or as a provider's own objects.")] = Form.JSONL,
) -> None:
    """Write events as JSON Lines, oldest first.

    With --as, as the objects of a provider, which are those of one conversation.

    \b
    Examples:
      roxy events export events.jsonl
      roxy events export --session ses_01jd8k3v9w-7hq2mzx4 --as claude
    """
    if form is not Form.JSONL and session is None and thread is None:
        raise UsageError(f"What {form} understands is one conversation.", hint="Name it: --session ID, or --thread ID.")
    query = EventQuery(session_id=session, thread_id=thread)
    if file is None:
        run(_printed(query, form))
        return
    count = run(_written(query, form, file.expanduser().absolute()))
    output.note(f"Exported to {file}: {count} lines.")


@app.command()
def vacuum(*, as_json: output.JsonFlag = False) -> None:
    """Let go of old events and of their room.

    How many are kept is said by the settings `events.keep_days` and `events.max_rows`.

    \b
    Examples:
      roxy events vacuum
    """
    deleted = run(_vacuumed())
    output.show({"deleted": deleted}, as_json=as_json, view=lambda _: f"Events deleted: {deleted}.")


@asynccontextmanager
async def _opened() -> AsyncIterator[tuple[Database, Settings]]:
    places = here().ready()
    settings = load_settings(places, os.environ)
    async with open_database(places.data, settings.store.url) as database:
        yield database, settings


@asynccontextmanager
async def _exported(query: EventQuery, form: Form) -> AsyncIterator[AsyncIterator[Mapping[str, Any]]]:
    """What is to be written, one by one; closed before the database is, also when it cannot be written."""
    async with _opened() as (database, _):
        if form is Form.JSONL:
            found = _as_kept(database, query)
        else:  # only the translator that is asked for is loaded
            found = translated(database, query, import_module(f"roxy.events.translators.{form}"))
        async with aclosing(found):
            yield found


async def _as_kept(database: Database, query: EventQuery) -> AsyncGenerator[dict[str, Any], None]:
    async with aclosing(stream(database, query)) as events:
        async for event in events:
            yield event_as_json(event)


async def _printed(query: EventQuery, form: Form) -> None:
    async with _exported(query, form) as items:
        async for item in items:
            output.show_lines([item])


async def _written(query: EventQuery, form: Form, file: Path) -> int:
    count = 0
    with replacing(file) as target:
        async with _exported(query, form) as items:
            async for item in items:
                target.write(f"{output.as_line(item)}\n".encode())
                count += 1
    return count


async def _vacuumed() -> int:
    async with _opened() as (database, settings):
        deleted = await prune(database, Keeping(days=settings.events.keep_days, rows=settings.events.max_rows))
        await database.vacuum()
        return deleted
