"""The only place that prints: data as JSON or as something to read, notes to stderr, questions to a person.

Everything shown here may come from servers, skills or files that nobody checked, so control and invisible characters
are taken out at this one border (a terminal obeys them; a reader does not see them). rich is imported when a table is
shown, since most commands print a line or JSON.
"""

import json
import os
import re
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any, Protocol, TextIO, TypeVar

import typer

from roxy.errors import RoxyError, UsageError

T = TypeVar("T")

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON and nothing else.")]
YesFlag = Annotated[bool, typer.Option("--yes", "-y", help="Answer yes to every question.")]

# Everything of the categories Cc (but tab and line feed), Cf, Zl and Zp that hides, reorders or commands. Kept from Cf:
# the joiners U+200C and U+200D, which Persian, Hindi and many emoji need, and the visible Arabic number signs.
_UNSAFE = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u070f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0001-\U000e007f"
)
_UNSAFE_TEXT = re.compile(f"[{_UNSAFE}]")
_UNSAFE_JSON = re.compile(f"[{_UNSAFE}\ud800-\udfff]")


_GAP = 3
"""Blanks between two columns of a table."""
_ROOM, _LITTLE_ROOM = 24, 12
"""Characters for the last column: what it should have, and with what the others still keep their words."""


class View(Protocol):
    """Anything rich can render."""

    def __rich_console__(self, console: Any, options: Any) -> Iterable[Any]:
        """Yield what is drawn."""
        ...


def prepare_streams() -> None:
    """Let no character that the terminal's encoding lacks, nor an undecodable argument, end a command."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")


def clean(text: str) -> str:
    """`text` without the characters that a terminal obeys or that nobody can see."""
    return _UNSAFE_TEXT.sub("", text)


def line(text: str = "") -> None:
    """Print one cleaned text, plain, to stdout."""
    _write(sys.stdout, clean(text))


class Stream:
    """A text that is printed while it comes in, cleaned; then the whole of it, of which only the rest is printed."""

    def __init__(self) -> None:
        self.text = ""
        """What was printed so far."""
        self._broken = False

    def add(self, text: str) -> None:
        """Print the next piece."""
        self.text += text
        _write(sys.stdout, clean(self._after_break(text)), end="")

    def break_line(self) -> None:
        """Let something else have a line to itself, until the next piece comes."""
        if self.text and not self._broken:
            self._broken = True
            _write(sys.stdout, "")

    def rest(self, text: str) -> str:
        """What is to be printed of `text`, the whole; another text begins on a line of its own."""
        shown, self.text = self.text, ""
        if shown and text.startswith(shown):
            return self._after_break(text[len(shown) :])
        return self._after_break(f"\n{text}" if shown else text)

    def _after_break(self, text: str) -> str:
        """The line was ended already: a piece that would end it does not do so again."""
        if not (self._broken and text):
            return text
        self._broken = False
        return text.removeprefix("\n")


def note(text: str) -> None:
    """Say something beside the data: to stderr."""
    _write(sys.stderr, clean(text))


def passing(text: str) -> None:
    """Write a line to the terminal's stderr that the next one takes the place of; an empty one takes it away."""
    stand_in = clean(text).replace("\n", " ")[: width() - 1]
    _write(sys.stderr, f"\r\x1b[K{stand_in}", end="")


def show(data: T, *, as_json: bool, view: Callable[[T], View | str]) -> None:
    """Print `data` as one JSON document, or what `view` makes of it: a text, or anything rich can draw."""
    if as_json:
        _write(sys.stdout, as_document(data))
        return
    drawn = view(data)
    if isinstance(drawn, str):
        line(drawn)
    else:
        draw(drawn)


def show_lines(items: Iterable[Any]) -> None:
    """Print JSON Lines: one compact document per item, as soon as it comes."""
    for item in items:
        _write(sys.stdout, as_line(item))


def as_line(item: Any) -> str:
    """`item` as one compact line of JSON, safe to show on a terminal."""
    return _escape(json.dumps(item, default=_plain, ensure_ascii=False))


def as_document(data: Any) -> str:
    """`data` (dataclasses, mappings, sequences, times, paths) as indented JSON, safe to show on a terminal."""
    return _escape(json.dumps(data, default=_plain, ensure_ascii=False, indent=2))


@dataclass(frozen=True, slots=True)
class Cell:
    """A text of a table that is drawn in `style` (rich's words, such as `green` or `dim`) where there are colours."""

    text: str
    style: str

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class Parts:
    """A text of a table of which some parts are styled."""

    parts: Sequence[Cell | str]

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    numbers: Iterable[str] = (),
    whole: Iterable[str] = (),
) -> View:
    """A table that fits the terminal: the last column takes what is left and wraps, the others keep their words.

    Those named in `numbers` are aligned to the right; what stands in those of `whole` is never wrapped.
    """
    import rich.box  # noqa: PLC0415 -- heavy; most commands draw no table
    import rich.table  # noqa: PLC0415 -- as above

    drawn = rich.table.Table(box=rich.box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    right, unbroken = set(numbers), set(whole)
    for header in headers:
        drawn.add_column(
            header,
            overflow="fold",
            ratio=1 if header == headers[-1] else None,
            justify="right" if header in right else "left",
            no_wrap=header in unbroken,
        )
    for row in rows:
        cells = ("" if cell is None else cell for cell in row)
        drawn.add_row(*map(_drawable, cells))
    return drawn


def _drawable(cell: object) -> Any:
    import rich.text  # noqa: PLC0415 -- as above

    parts = cell.parts if isinstance(cell, Parts) else (cell,)
    text = rich.text.Text()
    for part in parts:
        text.append(str(part), part.style if isinstance(part, Cell) else None)
    return text


def fitting(columns: Mapping[str, Sequence[object]], *, least: Sequence[str] = (), numbers: Iterable[str] = ()) -> View:
    """A table by columns that leaves out what does not fit: empty columns, then those of `least`, the first one first.

    The last column gets at least `_ROOM` characters where that is possible, and is never left out.
    """
    *fixed, last = columns
    longest = {name: max(_length(cell) for cell in columns[name]) for name in fixed}
    widths = {name: max(len(name), length) for name, length in longest.items() if length}
    left = width() - _ROOM
    for name in least:
        if _together(widths) > left:
            widths.pop(name, None)
    names = [*widths, last]
    whole = widths if _together(widths) <= left + _ROOM - _LITTLE_ROOM else ()
    rows = zip(*(columns[name] for name in names), strict=True)
    return table(names, rows, numbers=numbers, whole=whole)


def _together(widths: Mapping[str, int]) -> int:
    return sum(widths.values()) + len(widths) * _GAP


def _length(cell: object) -> int:
    return 0 if cell is None else len(str(cell))


def mark(*, good: bool) -> Cell:
    """A tick or a cross, where the output can show one."""
    try:
        "✓✗".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return Cell("ok  " if good else "FAIL", "green" if good else "red")
    return Cell("✓", "green") if good else Cell("✗", "red")


def pieces(*parts: Cell | str) -> None:
    """Print one line that is made of plain and of styled texts, cleaned."""
    if not sys.stdout.isatty():
        line("".join(map(str, parts)))
        return
    draw(_drawable(Parts(parts)))


def pairs(values: Mapping[str, object]) -> View:
    """Names and values, one below the other; empty values are left out."""
    import rich.table  # noqa: PLC0415 -- as above

    drawn = rich.table.Table.grid(padding=(0, 2))
    drawn.add_column(style="bold")
    drawn.add_column(overflow="fold")
    for name, value in values.items():
        if value not in (None, "", (), []):
            drawn.add_row(name, str(value))
    return drawn


def interactive() -> bool:
    """Whether a person sits at both ends: standard input and error are terminals."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def confirm(question: str, *, yes: bool) -> bool:
    """Ask a yes-or-no question; anything but yes is no.

    Raises `UsageError` (exit code 2) when nobody is there to answer and `--yes` was not given.
    """
    if yes:
        return True
    if not interactive():
        raise UsageError(f"{question} Nobody can answer here, so nothing was done.", hint="Add --yes to do it.")
    _write(sys.stderr, f"{clean(question)} [y/N] ", end="")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def console() -> Any:
    """A rich console on stdout, whatever that is at the moment of printing.

    No markup, emoji codes or highlighting: the text is foreign, and `[red]` in it means `[red]`.
    """
    import rich.console  # noqa: PLC0415 -- as above

    return rich.console.Console(markup=False, emoji=False, highlight=False)


def width() -> int:
    """How many characters fit into a line."""
    columns: int = console().width
    return columns


def draw(view: View, on: Any = None) -> None:
    """Draw a view, cleaned, on a console of `console()`."""
    (on or console()).print(_Cleaned(view))


class _Cleaned:
    """Draws what it wraps, without unsafe characters; styles are applied after this and so survive."""

    def __init__(self, view: View) -> None:
        self._view = view

    def __rich_console__(self, console: Any, options: Any) -> Iterable[Any]:
        for segment in console.render(self._view, options):
            yield segment if segment.control else segment._replace(text=clean(segment.text))


def _write(stream: TextIO, text: str, end: str = "\n") -> None:
    try:
        stream.write(text + end)
        stream.flush()
    except BrokenPipeError:
        raise  # whoever reads has enough; the command ends in silence
    except OSError as error:
        _give_up(stream)
        raise RoxyError(f"The output cannot be written: {error.strerror}.") from error


def _give_up(stream: TextIO) -> None:
    """Lead a stream that takes no more to nowhere; else Python tries again at its end, and complains."""
    with suppress(OSError, ValueError), Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


def _escape(document: str) -> str:
    """Write unsafe characters of a JSON document as escapes; they can only stand inside its strings."""
    return _UNSAFE_JSON.sub(_as_escape, document)


def _as_escape(match: re.Match[str]) -> str:
    if match[0] in "\n\r":
        return match[0]
    units = match[0].encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


def _plain(value: Any) -> Any:
    """What `json` cannot write itself, as something it can."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, AbstractSet):
        return sorted(value)
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return list(value)
    return str(value)
