"""`roxy daemon`: the Roxy in the background that owns the data, keeps servers running and fires reminders."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import typer

from roxy.cli import output
from roxy.cli.failures import INTERRUPTED
from roxy.cli.opening import here, opened_here
from roxy.cli.running import run
from roxy.config.places import private_folder
from roxy.daemon.client import attach
from roxy.daemon.lock import Owner, owner_of
from roxy.errors import ConfigError, OwnedElsewhere, RoxyError

app = typer.Typer(rich_markup_mode=None, add_completion=False, no_args_is_help=True, help="The Roxy in the background.")

START_TIME = 30.0
STOP_TIME = 20.0
_POLL = 0.05


@app.command("run")
def run_here() -> None:
    """Be the daemon in this terminal. It owns the data and serves it, until Ctrl-C or SIGTERM.

    \b
    Examples:
      roxy daemon run
    """
    # Starlette and uvicorn load in the owner alone.
    from roxy.daemon.running import run_daemon  # noqa: PLC0415

    data = private_folder(here().data)

    def ready() -> None:
        output.note(f"Roxy is ready (process {os.getpid()}).")

    ended_by = run(run_daemon(data, lambda: opened_here(long_lived=True, log_here=True), ready=ready))
    if ended_by == signal.SIGINT:
        raise typer.Exit(INTERRUPTED)


@app.command()
def start(*, as_json: output.JsonFlag = False) -> None:
    """Start Roxy in the background and wait until it is ready.

    \b
    Examples:
      roxy daemon start
    """
    data = private_folder(here().data)
    if (owner := owner_of(data)) is None:
        owner = _launched(data)
        output.show(_document(owner), as_json=as_json, view=lambda _: f"Roxy is ready (process {owner.pid}).")
    else:
        output.show(_document(owner), as_json=as_json, view=lambda _: f"Roxy is already running: {_described(owner)}.")


@app.command()
def stop() -> None:
    """Stop the Roxy in the background. What it is answering just now is let end.

    \b
    Examples:
      roxy daemon stop
    """
    data = here().data
    owner = owner_of(data)
    if owner is None or owner.pid is None:
        output.note("No Roxy is running.")
        return
    if owner.door == "chat":
        raise OwnedElsewhere(
            f"The Roxy that runs is a chat (process {owner.pid}).", pid=owner.pid, hint="Leave it there with /quit."
        )
    os.kill(owner.pid, signal.SIGTERM)
    if not _wait(lambda: owner_of(data) is None, STOP_TIME):
        raise RoxyError(
            f"Roxy (process {owner.pid}) has not ended after {STOP_TIME:.0f} seconds.",
            hint=f"End it with `kill -9 {owner.pid}`; nothing that was confirmed is lost.",
        )
    output.note("Roxy has stopped.")


@app.command()
def status(*, as_json: output.JsonFlag = False) -> None:
    """Whether a Roxy is running. Ends with 1 when none is.

    \b
    Examples:
      roxy daemon status --json
    """
    owner = owner_of(here().data)
    output.show(_document(owner), as_json=as_json, view=lambda _: _described(owner) if owner else "not running")
    if owner is None:
        raise typer.Exit(1)


def _document(owner: Owner | None) -> dict[str, Any]:
    if owner is None:
        return {"running": False}
    return {"running": True, "pid": owner.pid, "door": owner.door, "socket": owner.socket, "since": owner.since}


def _described(owner: Owner) -> str:
    served = f", serving on {owner.socket}" if owner.socket else ", not serving yet"
    return f"{owner.door or 'a Roxy'} (process {owner.pid or 'unknown'}) since {owner.since or 'just now'}{served}"


def _launched(data: Path) -> Owner:
    """Start the daemon as a process of its own, and wait until it answers."""
    said = private_folder(here().logs) / "daemon.out"
    with open(os.open(said, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as file:  # noqa: PTH123 -- its mode
        process = subprocess.Popen(
            [sys.executable, "-m", "roxy", "daemon", "run"],
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
        if _wait(lambda: process.poll() is not None or _serves(data), START_TIME) and process.poll() is None:
            owner = owner_of(data)
            if owner is not None:
                return owner
        raise _not_started(process, file)


def _serves(data: Path) -> bool:
    owner = owner_of(data)
    return owner is not None and bool(owner.socket) and asyncio.run(attach(data)) is not None


def _not_started(process: subprocess.Popen[bytes], file: IO[bytes]) -> RoxyError:
    ended = process.poll()
    if ended is None:
        process.terminate()
        return RoxyError(f"Roxy was not ready after {START_TIME:.0f} seconds, and was stopped.")
    file.seek(0)
    said = file.read()[-4000:].decode(errors="replace").strip()
    kind = ConfigError if ended == ConfigError.exit_code else RoxyError
    return kind(f"Roxy ended while it started:\n{said}", hint="`roxy daemon run` starts it in this terminal.")


def _wait(done: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True
