"""Who owns a data folder: a lock on `roxy.lock`, held for as long as the owner lives.

The lock is flock(2) on the open file, so it ends with its process, however that dies: a dead owner's lock is free. The
file itself stays, because a lock lives on the file and not on its name; it tells who holds it and where they listen.
"""

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from roxy.errors import OwnedElsewhere, StoreError
from roxy.store.atomic import explain_os_error

LOCK_NAME = "roxy.lock"

# Whoever asks for the owner holds a shared lock for an instant, and must not be taken for one.
_ATTEMPTS = 5
_PAUSE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Who holds the lock, in their own words; all of it may still be unknown in the first instant."""

    pid: int | None = None
    door: str = ""
    """`chat` or `daemon`."""
    socket: str = ""
    """The path they listen on; empty until they do."""
    since: str = ""
    """ISO 8601, UTC."""


class Owned:
    """The held lock of `folder`."""

    def __init__(self, folder: Path, descriptor: int, owner: Owner) -> None:
        self.folder = folder
        self._descriptor = descriptor
        self._owner = owner
        self._write(owner)

    def listening_on(self, socket: str) -> None:
        """Let others know where this owner listens; empty when it no longer does."""
        self._owner = Owner(pid=self._owner.pid, door=self._owner.door, since=self._owner.since, socket=socket)
        self._write(self._owner)

    def _write(self, owner: Owner) -> None:
        text = json.dumps(asdict(owner)).encode()
        try:
            # Written before it is cut to length: a reader in between finds one whole JSON value and a rest to ignore.
            os.pwrite(self._descriptor, text + b"\n", 0)
            os.ftruncate(self._descriptor, len(text) + 1)
        except OSError as error:
            raise explain_os_error(error, self.folder / LOCK_NAME) from error


@contextmanager
def own(folder: Path, *, door: str) -> Iterator[Owned]:
    """Own `folder` for as long as the context is open.

    Raises `OwnedElsewhere` when somebody else does, `StoreFull`, `StoreReadOnly` or `StoreError` when it cannot be
    locked.
    """
    descriptor = _open(folder / LOCK_NAME)
    try:
        _take(descriptor, folder)
        owner = Owner(pid=os.getpid(), door=door, since=datetime.now(UTC).isoformat(timespec="seconds"))
        yield Owned(folder, descriptor, owner)
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def owner_of(folder: Path) -> Owner | None:
    """Who owns `folder` now; None when nobody does."""
    try:
        descriptor = os.open(folder / LOCK_NAME, os.O_RDONLY | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise StoreError(
            f"{folder / LOCK_NAME} cannot be read: {error.strerror}.",
            hint=f"Make {folder} yours to read and write, or set ROXY_HOME to a folder that is.",
        ) from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(descriptor)
    finally:
        os.close(descriptor)
    return None


def _open(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise explain_os_error(error, path) from error


def _take(descriptor: int, folder: Path) -> None:
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if attempt < _ATTEMPTS - 1:
                time.sleep(_PAUSE)
        except OSError as error:
            raise StoreError(
                f"{folder} cannot be locked: {error.strerror}.", hint="Set ROXY_HOME to a folder on a local disk."
            ) from error
        else:
            return
    pid = _read(descriptor).pid
    raise OwnedElsewhere(
        f"Another Roxy (process {pid or 'unknown'}) already runs on {folder}.",
        pid=pid,
        hint="Talk to it with `roxy chat`, or end it with `roxy daemon stop`.",
    )


def _read(descriptor: int) -> Owner:
    text = os.pread(descriptor, 65536, 0).decode(errors="replace")
    with contextlib.suppress(ValueError, TypeError):
        found, _ = json.JSONDecoder().raw_decode(text)
        return Owner(**found)
    return Owner()
