"""`roxy events import`: what an agent's program has printed becomes events."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, BinaryIO

import typer

from roxy.cli import output
from roxy.cli.opening import here
from roxy.cli.running import run
from roxy.config.settings import load_settings
from roxy.errors import UsageError
from roxy.events.importing import Imported, import_lines
from roxy.orchestrator.recording import recording


class Program(StrEnum):
    """Whose lines are read."""

    CODEX = "codex"
    GEMINI = "gemini"
    CLAUDE = "claude"


def import_events(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What it has printed; - is standard input.")],
    *,
    program: Annotated[Program, typer.Option("--from", help="Whose lines these are.")],
    session: Annotated[
        str | None, typer.Option("--session", metavar="ID", help="The conversation that they belong to.")
    ] = None,
    as_json: output.JsonFlag = False,
) -> None:
    """Read what an agent's program has printed into the record.

    It is redacted like all events. Reading a file again adds nothing; of one that has grown, only what is new.

    \b
    Examples:
      roxy events import --from codex run.jsonl
      roxy events import --from claude - < run.jsonl
    """
    told = run(_imported(file, program, session))
    output.show(told.as_json(), as_json=as_json, view=lambda _: _summary(told))


async def _imported(file: Path, program: Program, session: str | None) -> Imported:
    places = here().ready()
    with _lines(file) as lines:
        async with recording(load_settings(places, os.environ), places, os.environ) as (database, log):
            return await import_lines(lines, program, log, database, session_id=session)


@contextmanager
def _lines(file: Path) -> Iterator[BinaryIO]:
    if str(file) == "-":
        yield sys.stdin.buffer
        return
    try:
        with file.expanduser().open("rb") as opened:
            yield opened
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else type(error).__name__
        raise UsageError(f"{file} cannot be read: {why}.") from error


def _summary(told: Imported) -> str:
    sentences = [f"Lines read: {told.lines}. Events added: {told.events}."]
    if told.known:
        sentences.append(f"Events that were there already: {told.known}.")
    if told.unknown:
        sentences.append(f"Lines of a kind that Roxy does not know, kept as they are: {told.unknown}.")
    if told.bad:
        named = ", ".join(map(str, told.bad_lines)) + (", …" if told.bad > len(told.bad_lines) else "")
        sentences.append(f"Lines that are no JSON object, left out: {told.bad} (line {named}).")
    if told.events:
        sentences.append(f"See them: roxy events list --correlation {told.correlation_id}")
    return "\n".join(sentences)
