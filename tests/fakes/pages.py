"""The pages of the documentation as tests read them: their code blocks, and what they print when they are run.

A page is run from its top, as a reader would, in one shell with a home of its own:

    ```console            lines that begin with `$ ` are typed; what stands below them is what they print
    ```console fails      the same, and each of them ends with another exit code than 0
    ```console stays      one command that goes on, in a terminal of its own, until the next one of these or the end
    ```text chat          lines that begin with `> ` are said to `roxy chat`; the rest is what Roxy answers
    ```yaml file=a/b.yaml a file that the reader writes

Other blocks are not run. What is printed must be what the page shows, but for what differs from day to day and from
machine to machine: `…` stands for anything, the time after "It's" for any time of day, a date for any date, and a
number of milliseconds for any number. A command below which nothing is shown may print anything.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

_FENCE = re.compile(r"^(?P<mark>`{3,})(?P<info>[^\n`]*)\n(?P<text>.*?)^(?P=mark)\s*$", re.MULTILINE | re.DOTALL)
_END = "\x1e"
_LONGEST = 280
"""Seconds for one page."""
_DAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_MONTH = r"(?:January|February|March|April|May|June|July|August|September|October|November|December)"
_VARIES = {
    "anything": r"…",
    "date": rf"(?:(?:today|tomorrow), )?{_DAY}, {_MONTH} \d{{1,2}}(?:, \d{{4}})?",
    "time": rf"(?<=It's )\d{{1,2}}:\d{{2}} [AP]M(?: on {_DAY})?",
    "milliseconds": r"\d+(?:\.\d+)? ms",
}
_VARYING = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in _VARIES.items()))


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    page: Path
    line: int
    language: str
    words: tuple[str, ...]
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def file(self) -> str:
        """The file that the reader is asked to write; empty when it is none."""
        return next((word.removeprefix("file=") for word in self.words if word.startswith("file=")), "")


@dataclass(frozen=True)
class Step:
    """Something the reader does, and what they should see."""

    place: str
    script: str
    shown: str
    fails: bool = False
    """Whether it ends with another exit code than 0."""
    stays: bool = False
    """Whether it goes on while the next steps are done."""


def pages() -> list[Path]:
    return [ROOT / name for name in ("README.md", "AGENTS.md", "CHANGELOG.md")] + sorted((ROOT / "docs").rglob("*.md"))


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text(encoding="utf-8")
    for found in _FENCE.finditer(text):
        language, *words = found["info"].split() or [""]
        yield Block(page, text.count("\n", 0, found.start()) + 1, language, tuple(words), found["text"])


def steps(page: Path) -> Iterator[Step]:
    for block in blocks(page):
        if block.file:
            yield Step(block.place, _written(block), "")
        elif block.language == "console":
            yield from _typed(block)
        elif block.language == "text" and "chat" in block.words:
            said, shown = _parted(block, "> ")
            yield Step(block.place, f"roxy chat <<'SAID'\n{said}\nSAID", shown)


def run(page: Path, home: Mapping[str, str]) -> list[tuple[Step, int, str]]:
    """Follow a page; each step with its exit code and what it printed, stderr too."""
    todo = list(steps(page))
    script = "\n".join(f"{_done(step)}\nprintf '{_END}%s{_END}' $?" for step in todo)
    with subprocess.Popen(
        ["bash", "-c", f"exec 2>&1\ntrap 'kill $STAYING 2>/dev/null' EXIT\n{script}"],
        env=environment(home),
        cwd=home["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as shell:
        try:
            printed, _ = shell.communicate(timeout=_LONGEST)
        except BaseException:
            _end(shell.pid, home)
            raise
    parts = printed.split(_END)
    return [(step, int(code), out) for step, out, code in zip(todo, parts[::2], parts[1::2], strict=False)]


def _done(step: Step) -> str:
    """What the shell does for a step; of one that stays it waits for the first words that the page shows."""
    if not step.stays:
        return step.script
    awaited = max(step.shown.splitlines(), key=len).split("…", maxsplit=1)[0]
    return (
        f'kill $STAYING 2>/dev/null; wait $STAYING; {step.script} >"$HOME/.staying" 2>&1 & STAYING=$!\n'
        f'for _ in {{1..300}}; do grep -qF {shlex.quote(awaited)} "$HOME/.staying" && break; sleep 0.1; done\n'
        'cat "$HOME/.staying"'
    )


def _end(shell: int, home: Mapping[str, str]) -> None:
    """Leave nothing behind of a page that was not followed to its end: neither its commands nor a daemon it started."""
    os.killpg(shell, signal.SIGKILL)
    stop = [Path(home["HOME"]) / "bin" / "roxy", "daemon", "stop"]
    subprocess.run(stop, env=dict(home), check=False, capture_output=True, timeout=30)


def environment(home: Mapping[str, str]) -> dict[str, str]:
    """That of a reader with a locale of 12 hours and a free port, to whom Python shows no warnings for developers."""
    path = f"{commands(Path(home['HOME']))}{os.pathsep}{home['PATH']}"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    return {**home, "PATH": path, "ROXY_USER__LOCALE": "en_US", "PYTHONWARNINGS": "ignore", "DICE_PORT": port}


def commands(folder: Path) -> Path:
    """A folder with the commands that the pages type: `roxy` of this checkout, and stand-ins for `uvx` and `uv`.

    `uvx NAME` fetches the package NAME and runs its command, and `uv run FILE` fetches what the file needs and runs it;
    here what is installed beside Roxy is run.
    """
    found = folder / "bin"
    found.mkdir()
    interpreter = shlex.quote(sys.executable)
    for name, script in {
        "roxy": f'exec {interpreter} -m roxy "$@"',
        "uv": f'test "$1" = run && shift && exec {interpreter} "$@"',
        "uvx": f'name=$(printf %s "$1" | tr - _); shift; exec {interpreter} -m "$name" "$@"',
    }.items():
        path = found / name
        path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        path.chmod(0o755)
    return found


def matches(shown: str, printed: str) -> bool:
    """Whether `printed` is what the page shows."""
    return not shown.strip() or re.fullmatch(_pattern(_tidy(shown)), _tidy(printed)) is not None


def _pattern(shown: str) -> str:
    pattern, end = "", 0
    for found in _VARYING.finditer(shown):
        kind = found.lastgroup or ""
        pattern += re.escape(shown[end : found.start()]) + (r"[\s\S]*?" if kind == "anything" else _VARIES[kind])
        end = found.end()
    return pattern + re.escape(shown[end:])


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _written(block: Block) -> str:
    path = block.file.replace("~", "$HOME", 1)
    return f'mkdir -p "$(dirname "{path}")" && cat > "{path}" <<\'WRITTEN\'\n{block.text}WRITTEN'


def _typed(block: Block) -> Iterator[Step]:
    for number, part in enumerate(re.split(r"^\$ ", block.text, flags=re.MULTILINE)):
        if number:
            lines = part.splitlines()
            end = next((at for at, line in enumerate(lines) if not line.endswith("\\")), len(lines) - 1)
            script, shown = "\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])
            yield Step(block.place, script, shown, "fails" in block.words, "stays" in block.words)


def _parted(block: Block, mark: str) -> tuple[str, str]:
    lines = block.text.splitlines()
    said = [line.removeprefix(mark) for line in lines if line.startswith(mark)]
    return "\n".join(said), "\n".join(line for line in lines if not line.startswith(mark))
