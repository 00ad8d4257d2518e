"""Logs: what happened, in event names and ids. Never what somebody said, never a value.

Order of events: a door calls `start_logging`, which only notes where logs go. The first record that is kept loads
structlog and opens the file; a command that has nothing to say never pays for either. Records go as JSON lines to a
rotating file that only the user may read, and from `warning` on to stderr for a person.

Every text in a record passes the redactor once one is installed; before that, a text that is not plainly a name or an
id is withheld. An exception is logged by its class and place: its message may quote anything.
"""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LEVELS = {"debug": 10, "info": 20, "warning": 30, "error": 40}
WITHHELD = "(withheld)"
FILE_NAME = "roxy.log"
LIBRARY = "library.logged"
"""The event of what a library logged; for the file only."""
_NAME = re.compile(r"[A-Za-z0-9_.:-]{0,80}")


@dataclass(frozen=True, slots=True)
class Target:
    """Where records go and how much is kept; sizes are bytes."""

    folder: Path
    level: int
    max_bytes: int
    keep: int
    terminal: bool


class _State:
    """What `start_logging` noted, and the sink once it was needed."""

    target: Target | None = None
    sink: Callable[[str, str, dict[str, Any]], None] | None = None
    close: Callable[[], None] | None = None
    redactor: Callable[[str], str] | None = None
    bridge: logging.Handler | None = None


class Logger:
    """Takes event names (dotted words) and fields (numbers, names, ids); does nothing before `start_logging`."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def debug(self, event: str, **fields: Any) -> None:
        """Something for those who look for a mistake."""
        _emit("debug", self.name, event, fields)

    def info(self, event: str, **fields: Any) -> None:
        """Something that is as it should be."""
        _emit("info", self.name, event, fields)

    def warning(self, event: str, **fields: Any) -> None:
        """Something that a person may want to look at."""
        _emit("warning", self.name, event, fields)

    def error(self, event: str, error: BaseException | None = None, **fields: Any) -> None:
        """Something that failed; of `error` its class, code and place are kept, not its message."""
        _emit("error", self.name, event, {**fields, **(_of_exception(error) if error else {})})


def get_logger(name: str) -> Logger:
    """The logger of a module; costs nothing."""
    return Logger(name.removeprefix("roxy."))


def start_logging(
    folder: Path, *, level: str = "info", max_bytes: int = 5_000_000, keep: int = 5, terminal: bool = True
) -> None:
    """Let records go to files in `folder`, and from `warning` on to stderr unless `terminal` is False."""
    stop_logging()
    _State.target = Target(folder, LEVELS[level], max_bytes, keep, terminal)
    _State.bridge = _Bridge(logging.WARNING)
    logging.getLogger().addHandler(_State.bridge)


def stop_logging() -> None:
    """Write what is buffered and close the file; records after this are dropped."""
    if _State.bridge is not None:
        logging.getLogger().removeHandler(_State.bridge)
    if _State.close is not None:
        _State.close()
    _State.target = _State.sink = _State.close = _State.bridge = None


def install_redactor(redactor: Callable[[str], str] | None) -> None:
    """Let every text in a record pass `redactor` from now on; None takes it out again."""
    _State.redactor = redactor


def _emit(level: str, name: str, event: str, fields: dict[str, Any]) -> None:
    target = _State.target
    if target is None or LEVELS[level] < target.level:
        return
    if _State.sink is None:
        # structlog takes a tenth of a second to load: only when there is something to write.
        from roxy.observe.sink import open_sink  # noqa: PLC0415

        _State.sink, _State.close = open_sink(target)
    kept = {key: safe(value) for key, value in fields.items() if value is not None}
    _State.sink(level, event, {"logger": name, **kept})


def safe(value: Any) -> Any:
    """`value` as it may be written: numbers and truth as they are, texts redacted, anything else by its type."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [safe(item) for item in value]
    if not isinstance(value, str):
        return f"<{type(value).__name__}>"
    if _State.redactor is None:
        return value if _is_name(value) else WITHHELD
    try:
        return _State.redactor(value)
    except Exception:  # noqa: BLE001 -- a border: a redactor that fails must neither leak the text nor end the caller
        return WITHHELD


def _is_name(text: str) -> bool:
    """Short, and made of the characters of names and ids: no address, number to call, path or sentence."""
    return bool(_NAME.fullmatch(text)) and not text.isdigit()


def _of_exception(error: BaseException) -> dict[str, Any]:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = f"{at.tb_frame.f_globals.get('__name__', '')}:{at.tb_lineno}" if at is not None else ""
    return {"error": type(error).__name__, "code": getattr(error, "code", None), "at": place or None}


class _Bridge(logging.Handler):
    """What is logged through the standard library as a warning or worse.

    Of libraries the logger and the place are kept: their messages may quote anything. Roxy's own modules that log this
    way write constant templates, whose arguments are treated as fields.
    """

    def emit(self, record: logging.LogRecord) -> None:
        level = "error" if record.levelno >= logging.ERROR else "warning"
        fields: dict[str, Any] = {"at": f"{record.module}:{record.lineno}"}
        if record.exc_info and record.exc_info[1]:
            fields |= _of_exception(record.exc_info[1])
        own = record.name.startswith("roxy.") and isinstance(record.msg, str)
        if own and record.args:
            fields["args"] = list(record.args) if isinstance(record.args, tuple) else []
        _emit(level, record.name.removeprefix("roxy."), str(record.msg) if own else LIBRARY, fields)
