"""What a server writes to stderr: the last lines in memory, all of it in a file that rotates.

Values of the server's declared environment and headers are masked before a line is kept, for servers like to print
their configuration; then `redact`, the privacy gateway, takes out what it knows of secrets and personal data. A flood
costs a bounded amount of disk (two files of `MAX_FILE_BYTES`), of memory, and of time: where lines are
looked at, of more than `MOST_LINES` in a second the rest is counted, not kept.
"""

import contextlib
import os
import re
import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

MAX_FILE_BYTES = 1024 * 1024
MAX_LINE_CHARS = 2000
_BYTES = 4
"""The most that a character takes."""
_HALF = 200
"""So much of the end of a line that was cut is left out: half of a value would not be known for one."""
KEPT_LINES = 200
MOST_LINES = 1000
"""In a second; each is looked at before it is kept."""
_MIN_SECRET_CHARS = 6  # shorter values ("true", "3000") are no secrets, and masking them garbles the log


def log_file(folder: Path, name: str) -> Path:
    """Where the lines of the server `name` are kept; older ones beside it, with `.1` at the end."""
    return folder / f"{re.sub(r'[^A-Za-z0-9._-]', '_', name)}.log"


class StderrLog:
    """The log of one server. Disk trouble never reaches the server: then only the lines in memory are kept."""

    def __init__(
        self,
        name: str,
        folder: Path | None,
        *,
        secrets: Iterable[str] = (),
        redact: Callable[[str], str] | None = None,
    ) -> None:
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.path = log_file(folder, name) if folder else None
        self._secrets = sorted({s for s in secrets if len(s) >= _MIN_SECRET_CHARS}, key=len, reverse=True)
        self._redact = redact
        self._second = 0
        self._in_second = 0
        self._left_out = 0
        self._partial = b""
        self._too_long = False
        """What comes until the next line break belongs to a line of which enough was kept."""
        self._file: IO[str] | None = None
        self._size = 0

    def feed(self, chunk: bytes) -> None:
        """Take bytes as they come from the pipe; they are kept line by line."""
        if self._too_long:
            _, ended, chunk = chunk.partition(b"\n")
            self._too_long = not ended
        *lines, self._partial = (self._partial + chunk).split(b"\n")
        for line in lines:
            self.add(line.decode("utf-8", "replace").rstrip("\r"))
        if len(self._partial) > MAX_LINE_CHARS * _BYTES:
            self.finish()
            self._too_long = True

    def finish(self) -> None:
        """Keep what stands after the last line break, when the pipe has ended."""
        rest, self._partial = self._partial, b""
        if rest:
            self.add(rest.decode("utf-8", "replace"))

    def add(self, line: str) -> None:
        """Keep one line."""
        if not self._has_room():
            return
        for secret in self._secrets:
            line = line.replace(secret, "***")
        cut, line = len(line) > MAX_LINE_CHARS, line[:MAX_LINE_CHARS]
        if self._redact is not None:
            line = self._redact(line)
            line = line[:-_HALF] if cut else line
        self._keep(line)

    @property
    def last(self) -> str:
        """The last line that says something; empty when there is none."""
        return next((line.strip() for line in reversed(self.lines) if line.strip()), "")

    def _has_room(self) -> bool:
        if self._redact is None:
            return True
        now = int(time.monotonic())
        if now != self._second:
            self._second, self._in_second = now, 0
            self._tell_left_out()
        self._in_second += 1
        self._left_out += self._in_second > MOST_LINES
        return self._in_second <= MOST_LINES

    def _tell_left_out(self) -> None:
        count, self._left_out = self._left_out, 0
        if count:
            self._keep(f"[Roxy: {count} lines were left out here; there were more than {MOST_LINES} in a second]")

    def _keep(self, line: str) -> None:
        self.lines.append(line)
        self._write(line + "\n")

    def tail(self, count: int) -> list[str]:
        """The last `count` lines: of the file when there is one (earlier runs included), else of this run."""
        if self.path is None or count <= 0:
            return list(self.lines)[-count:] if count > 0 else []
        lines: list[str] = []
        for path in (self.path.with_suffix(".log.1"), self.path):
            with contextlib.suppress(OSError):
                lines += path.read_text("utf-8", "replace").splitlines()
        return lines[-count:]

    def close(self) -> None:
        """Close the file; lines that come later open it again."""
        self.finish()
        self._tell_left_out()
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None

    def _write(self, text: str) -> None:
        if self.path is None:
            return
        try:
            if self._file is None:
                self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._file = open(self.path, "a", encoding="utf-8", buffering=1, opener=_private)  # noqa: SIM115 -- kept open
                self._size = self.path.stat().st_size
            elif self._size > MAX_FILE_BYTES:
                self._file.close()
                self._file = None
                self.path.replace(self.path.with_suffix(".log.1"))
                self._write(text)
                return
            self._file.write(text)
            self._size += len(text)
        except OSError:  # a full disk must not stop the server whose output this is
            self._file = None


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
