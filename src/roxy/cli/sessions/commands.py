"""`roxy sessions`: the conversations that are kept."""

from collections.abc import Mapping, Sequence
from typing import Annotated, ClassVar

import typer

from roxy.cli import output
from roxy.cli.groups import Entry, LazyGroup
from roxy.cli.opening import with_roxy
from roxy.contracts.doors import Assistant, SessionInfo
from roxy.contracts.skills import Exchange, MemoryItem


class SessionsGroup(LazyGroup):
    """`roxy sessions`, with the commands that live in a module of their own."""

    table: ClassVar[Mapping[str, Entry]] = {
        "export": Entry("roxy.cli.sessions.keeping:export", "Print one conversation with all that is kept of it."),
        "delete": Entry("roxy.cli.sessions.keeping:delete", "Delete one conversation for good."),
        "config": Entry("roxy.cli.sessions.config:app", "The servers that a session binds, and what it changes."),
    }


app = typer.Typer(
    cls=SessionsGroup,
    rich_markup_mode=None,
    add_completion=False,
    no_args_is_help=True,
    help="The conversations that are kept.",
)


@app.command("list")
def list_sessions(
    *,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, latest first.")] = 20,
    as_json: output.JsonFlag = False,
) -> None:
    """The latest conversations.

    \b
    Examples:
      roxy sessions list
      roxy sessions list --limit 5 --json
    """
    found = with_roxy(lambda assistant: assistant.sessions(limit=limit))
    output.show(found, as_json=as_json, view=sessions_view)


@app.command("show")
def show_session(
    session: Annotated[str, typer.Argument(metavar="SESSION", help="Its id, as `roxy sessions list` shows it.")],
    *,
    as_json: output.JsonFlag = False,
) -> None:
    """What was said in one conversation, and what was summarised.

    \b
    Examples:
      roxy sessions show ses_01jd8k3v9w-7hq2mzx4
      roxy memory list --kind summary
    """

    async def shown(assistant: Assistant) -> tuple[Sequence[Exchange], Sequence[MemoryItem]]:
        return await assistant.history(session), await assistant.summary(session)

    found, summary = with_roxy(shown)
    output.show(found, as_json=as_json, view=history_view)
    if summary and not as_json:
        output.line(f"\n{summary_view(summary)}")


def sessions_view(sessions: Sequence[SessionInfo]) -> output.View | str:
    """A table, latest first."""
    if not sessions:
        return "There is no conversation yet. Start one with `roxy`."
    rows = [[info.id, f"{info.last.astimezone():%Y-%m-%d %H:%M}", info.turns, info.title] for info in sessions]
    return output.table(["session", "last", "turns", "began with"], rows)


def summary_view(summary: Sequence[MemoryItem]) -> str:
    """What stands for the older turns, and who wrote it."""
    if not summary:
        return "Nothing was summarised here: models are still told all of it."
    (item,) = summary
    source = item.about["source"]
    by = {"extract": "without a model", "user": "corrected by you"}.get(source, f"by {source}")
    return f"Summary of the first {item.about['turns']} turns ({item.at.astimezone():%Y-%m-%d}, {by}):\n{item.text}"


def history_view(exchanges: Sequence[Exchange]) -> str:
    """One paragraph per line of the conversation."""
    return "\n".join(f"{exchange.at.astimezone():%H:%M} {exchange.role}: {exchange.text}" for exchange in exchanges)
