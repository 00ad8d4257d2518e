"""Where records end: JSON lines in a rotating file (mode 0600), pretty lines on stderr. Loads structlog."""

import logging
import logging.handlers
import os
import sys
from collections.abc import Callable
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import structlog

from roxy.observe.logs import FILE_NAME, LEVELS, LIBRARY, Target
from roxy.observe.trace import current

Sink = Callable[[str, str, dict[str, Any]], None]


def open_sink(target: Target) -> tuple[Sink, Callable[[], None]]:
    """What takes `(level, event, fields)`, and what closes it. The file is opened with the first record."""
    file = _File(target)
    logger = structlog.wrap_logger(
        _Written(),
        wrapper_class=structlog.make_filtering_bound_logger(target.level),
        processors=[
            _ids,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Tee(file, terminal=target.terminal),
        ],
        cache_logger_on_first_use=True,
    )

    def sink(level: str, event: str, fields: dict[str, Any]) -> None:
        getattr(logger, level)(event, **fields)

    return sink, file.close


class _Written:
    """The end of the chain: everything was written on the way."""

    def debug(self, *_: Any, **__: Any) -> None:
        """Nothing is left to do."""

    info = warning = error = debug


def _ids(_logger: Any, _method: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
    trace = current()
    for name in ("correlation_id", "session_id"):
        if value := getattr(trace, name):
            record[name] = value
    if trace.correlation_id:
        record["hop"] = trace.hop
    return record


class _Tee:
    """Writes a record to the file, and Roxy's own from `warning` on to stderr."""

    def __init__(self, file: "_File", *, terminal: bool) -> None:
        self._file = file
        self._terminal = terminal
        self._json = structlog.processors.JSONRenderer(ensure_ascii=False)

    def __call__(self, logger: Any, method: str, record: structlog.typing.EventDict) -> structlog.typing.EventDict:
        line = self._json(logger, method, dict(record))
        self._file.handle(logging.makeLogRecord({"msg": line}))
        if self._terminal and record["event"] != LIBRARY and LEVELS[method] >= LEVELS["warning"]:
            pretty = structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), pad_event_to=0)
            sys.stderr.write(str(pretty(logger, method, dict(record))) + "\n")
        raise structlog.DropEvent


class _File(logging.handlers.RotatingFileHandler):
    """A rotating file that the user alone may read, and that several Roxys may append to.

    When it cannot be written (full disk, read-only folder) the record is lost without a word: no log is worth a turn.
    """

    def __init__(self, target: Target) -> None:
        super().__init__(
            target.folder / FILE_NAME,
            maxBytes=target.max_bytes,
            backupCount=target.keep,
            encoding="utf-8",
            delay=True,
        )

    def _open(self) -> TextIOWrapper:
        folder = Path(self.baseFilename).parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return open(self.baseFilename, "a", encoding="utf-8", opener=_private)

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 -- the name that logging calls
        """Whether the file is full; one that another Roxy put aside is left first."""
        if self.stream is not None and not _same_file(self.stream, self.baseFilename):
            self.stream.close()
            self.stream = self._open()
        return bool(super().shouldRollover(record))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802, ARG002 -- as logging calls it
        """Lose the record; see the class. A mistake of ours is no such case."""
        if not isinstance(sys.exc_info()[1], OSError):
            raise  # noqa: PLE0704 -- logging calls this while it handles the exception


def _same_file(stream: TextIOWrapper, path: str) -> bool:
    try:
        return os.path.samestat(os.fstat(stream.fileno()), Path(path).stat())
    except OSError:
        return False


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_CLOEXEC, 0o600)
