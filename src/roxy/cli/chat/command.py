"""`roxy chat`: finds out how it is talked to, opens or attaches to Roxy, and converses."""

import os
import pwd
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from roxy import __version__
from roxy.cli import output
from roxy.cli.chat import first_start, piped
from roxy.cli.chat.screen import PlainScreen, RichScreen
from roxy.cli.chat.talk import Talk
from roxy.cli.opening import here, opened_here
from roxy.cli.running import run
from roxy.config.places import Places, private_folder
from roxy.config.settings import Settings, load_settings
from roxy.daemon.lock import owner_of
from roxy.daemon.seat import present
from roxy.errors import UsageError

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command()
def chat(
    *,
    session: Annotated[str | None, typer.Option("--session", help="Go on with this session.")] = None,
    voice: Annotated[bool, typer.Option("--voice", help="Talk aloud; not there yet.")] = False,
) -> None:
    """Talk to Roxy; /help lists the commands, Ctrl-D leaves. With piped input every line is answered.

    \b
    Examples:
      roxy
      roxy chat --session ses_01jd8k3v9w-7hq2mzx4
      echo "what time is it" | roxy chat
    """
    if voice:
        raise UsageError("Voice is not installed yet.", hint="Leave --voice away and type.")
    interactive = sys.stdin.isatty() and sys.stdout.isatty()
    run(_talk_at_terminal(session) if interactive else _talk_over_pipe(session))


async def _talk_over_pipe(session_id: str | None) -> None:
    async with _talk(PlainScreen(), session_id) as talk:
        talk.presence.let_others_in()
        await piped.converse(talk)


async def _talk_at_terminal(session_id: str | None) -> None:
    # prompt_toolkit is for those who type.
    from roxy.cli.chat import terminal  # noqa: PLC0415

    places = here()
    settings = load_settings(places, os.environ)
    unknown = not settings.user.name and first_start.is_due(places)
    if unknown and owner_of(private_folder(places.data)) is None:
        await first_start.introduce(
            _guesses(settings),
            ask=terminal.ask,
            tell=output.note,
            write=lambda answers: first_start.write_user(places, answers),
        )
    screen = RichScreen()
    screen.hint(f"Roxy {__version__}. Say “help” for what I can do; /help lists the commands, Ctrl-D leaves.")
    async with _talk(screen, session_id) as talk:
        await terminal.converse(talk, _history(places, settings), shown=talk.presence.let_others_in)


@asynccontextmanager
async def _talk(screen: PlainScreen | RichScreen, session_id: str | None) -> AsyncIterator[Talk]:
    data = private_folder(here().data)
    async with present(data, lambda: opened_here(long_lived=True), screen, door="chat") as presence:
        talk = Talk(presence, screen)
        if session_id is not None:
            await talk.resume(session_id)
        yield talk


def _history(places: Places, settings: Settings) -> Path | None:
    return places.chat_history if settings.chat.history else None


def _guesses(settings: Settings) -> dict[str, str]:
    """What the system tells about the user."""
    profile = settings.profile()
    return {"name": profile.name or _account_name(), "timezone": str(profile.timezone), "units": profile.units}


def _account_name() -> str:
    """The first name of the account, when it has one."""
    try:
        full = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].split()
    except KeyError:
        return ""
    return full[0] if full and full[0].lower() != "root" else ""
