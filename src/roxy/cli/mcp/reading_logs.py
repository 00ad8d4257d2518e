"""`roxy mcp logs`: what a server wrote to stderr, from the files in which whoever runs it keeps that.

The files are read here, so that another process may run the server, and none has to. Following goes on across rotation:
the file that was open is read to its end before the new one is begun.
"""

import asyncio
import contextlib
import io
import os
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Self

import typer

from roxy.cli import output
from roxy.cli.opening import here, with_roxy
from roxy.contracts.doors import Assistant
from roxy.mcp.wire.stderr import log_file

app = typer.Typer(rich_markup_mode=None, add_completion=False)

_EVERY = 0.25
"""Seconds between two looks at a file that is followed."""


@app.command()
def logs(
    server: Annotated[str, typer.Argument(metavar="SERVER", help="Its name, as `roxy mcp list` shows it.")],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many of the last lines.")] = 100,
    as_json: output.JsonFlag = False,
) -> None:
    """What a server wrote to stderr, in this run and earlier ones.

    \b
    Examples:
      roxy mcp logs github
      roxy mcp logs github -n 20 -f
    """

    async def read(roxy: Assistant) -> None:
        await roxy.server_status(server)  # a name that nobody declared ends here, with the nearest ones
        path = log_file(here().logs / "servers", server)
        with Following(path) as following:
            known = following.last(lines)
            _tell(known, as_json=as_json)
            if not known and not follow and not as_json:
                output.note(f"{server} has written nothing to stderr yet.")
            while follow:
                await asyncio.sleep(_EVERY)
                _tell(list(following.new()), as_json=as_json)

    with_roxy(read)


class Following:
    """Reads the log file at `path`, which may not be there yet, may grow, and may be set aside for a new one."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: io.BufferedReader | None = None
        self._partial = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def last(self, count: int) -> Sequence[str]:
        """The last `count` lines that are there, of the file before this one too; `new` goes on after them."""
        kept: deque[str] = deque(maxlen=count)
        with contextlib.suppress(OSError):
            kept.extend(self._path.with_suffix(".log.1").read_text("utf-8", "replace").splitlines())
        kept.extend(self.new())
        return list(kept)

    def new(self) -> Iterator[str]:
        """The whole lines that have come since."""
        if self._file is None:
            self._open()
        while self._file is not None:
            yield from self._lines(self._file)
            if not self._was_replaced(self._file):
                return
            yield from self._lines(self._file)  # what was written between the reading and the replacing
            self._file.close()
            self._file = None
            if self._partial:
                rest, self._partial = self._partial, b""
                yield _text(rest)
            self._open()

    def _open(self) -> None:
        with contextlib.suppress(OSError):
            self._file = self._path.open("rb")

    def _lines(self, file: io.BufferedReader) -> Iterator[str]:
        *lines, self._partial = (self._partial + file.read()).split(b"\n")
        yield from map(_text, lines)

    def _was_replaced(self, file: io.BufferedReader) -> bool:
        try:
            now = self._path.stat()
        except OSError:  # between being set aside and the first line of the new one
            return False
        held = os.fstat(file.fileno())
        return (now.st_ino, now.st_dev) != (held.st_ino, held.st_dev)


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r")


def _tell(lines: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        output.show_lines({"line": line} for line in lines)
        return
    for line in lines:
        output.line(line)
