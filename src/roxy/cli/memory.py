"""`roxy memory`: what Roxy remembers (what it was told to, facts, summaries), to look at, correct and forget."""

import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated, TypeVar

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.settings import load_settings
from roxy.contracts.skills import MemoryItem
from roxy.conversation.longterm.everything import Everything, Kind
from roxy.errors import UsageError
from roxy.store.database import open_database

T = TypeVar("T")

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="What Roxy remembers of you.")
Id = Annotated[str, typer.Argument(metavar="ID", help="Its id, as `roxy memory list` shows it.")]
KindOption = Annotated[Kind | None, typer.Option("--kind", help="Only what you told it to, facts, or summaries.")]
_WIDEST = 300


@app.command("list")
def list_items(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, newest first.")] = 50,
    kind: KindOption = None,
    replaced: Annotated[bool, typer.Option("--replaced", help="Also what something else took the place of.")] = False,
    as_json: output.JsonFlag = False,
) -> None:
    """What Roxy remembers, newest first, with kind and day.

    \b
    Examples:
      roxy memory list
      roxy memory list --kind fact --replaced
      roxy memory list --limit 5 --json
    """
    found = _with_memory(lambda memory: memory.latest(limit, kind=kind, replaced=replaced))
    output.show(found, as_json=as_json, view=_view)


@app.command()
def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words, or a question.")],
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, best first.")] = 10,
    kind: KindOption = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Find what Roxy remembers by its words. Ends with 1 when nothing fits.

    \b
    Examples:
      roxy memory search "wifi password"
      roxy memory search holiday --kind summary
    """
    found = _with_memory(lambda memory: memory.search(text, limit, kind=kind))
    output.show(found, as_json=as_json, view=lambda items: _view(items) if items else f"Nothing fits {text!r}.")
    if not found:
        raise typer.Exit(1)


@app.command()
def edit(
    item: Id,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What it is to say from now on.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """Correct one thing that Roxy remembers. The day on which you told it stays.

    \b
    Examples:
      roxy memory edit mem_01jd8k3v9w-7hq2mzx4 "I parked on level 4"
    """
    if not text.strip():
        raise UsageError("There are no words to remember.", hint=f"To drop it: roxy memory forget {item}")
    if not _with_memory(lambda memory: memory.edit(item, text.strip())):
        raise _unknown(item)
    output.show({"edited": item, "text": text}, as_json=as_json, view=lambda _: f"Now it says: {text}")


@app.command()
def forget(
    items: Annotated[
        list[str], typer.Argument(metavar="ID...", help="Ids as `roxy memory list` shows them.", show_default=False)
    ],
    *,
    yes: output.YesFlag = False,
    as_json: output.JsonFlag = False,
) -> None:
    """Forget things for good, with all traces. To forget all of it: roxy data delete memory.

    \b
    Examples:
      roxy memory forget mem_01jd8k3v9w-7hq2mzx4
    """
    if not output.confirm(f"Forget {len(items)} thing{'s' * (len(items) > 1)} for good?", yes=yes):
        raise typer.Exit(1)
    forgotten = _with_memory(lambda memory: memory.forget(items))
    missing = [item for item in items if item not in forgotten]
    if not forgotten:
        raise _unknown(missing[0])
    output.show({"forgotten": forgotten}, as_json=as_json, view=lambda _: f"Forgot {len(forgotten)} of {len(items)}.")
    if missing:
        raise _unknown(missing[0])


def _with_memory(work: Callable[[Everything], Awaitable[T]]) -> T:
    """Work on the memory in the database itself: it is the same for the owner and for any other process."""

    async def open_and_work() -> T:
        places = here().ready()
        async with open_database(places.data, load_settings(places, os.environ).store.url) as database:
            return await work(Everything(database))

    return run(open_and_work())


def _unknown(item: str) -> UsageError:
    return UsageError(f"Nothing with the id {item!r} is remembered.", hint="`roxy memory list` shows all ids.")


def _view(items: Sequence[MemoryItem]) -> output.View | str:
    if not items:
        return 'Nothing is remembered yet. Say "remember that …" to Roxy.'
    rows = [[item.id, item.kind, _day(item), _text(item)] for item in items]
    return output.table(["id", "kind", "told", "what, and in which conversation"], rows)


def _day(item: MemoryItem) -> str:
    until = f" to {item.ended.astimezone():%Y-%m-%d}" if item.ended else ""
    return f"{item.at.astimezone():%Y-%m-%d}{until}"


def _text(item: MemoryItem) -> str:
    turns = item.about.get("turns")
    text = f"{turns} turns:\n{item.text}" if turns else item.text
    told = text if len(text) <= _WIDEST else f"{text[:_WIDEST]}…"
    return f"{told}\n{item.about.get('session_id', '')}".rstrip()
