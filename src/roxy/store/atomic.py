"""Writing a file so that it is either the old one or the new one, whatever happens in between.

Order of events: the bytes go to a new file in the same folder, that file is flushed to the disk, it takes the place of
the old one by rename, and the folder is flushed too, so that the rename survives a power cut.
"""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from roxy.errors import StoreError, StoreFull, StoreReadOnly

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_CLOSED = {errno.EROFS, errno.EACCES, errno.EPERM}


def write_atomic(path: Path, data: bytes, mode: int = 0o600) -> None:
    """Put `data` at `path` with the permissions `mode`; the folder must exist.

    Raises `StoreFull`, `StoreReadOnly` or `StoreError`; the old content is then still there, and nothing else.
    """
    with replacing(path, mode) as file:
        file.write(data)


@contextlib.contextmanager
def replacing(path: Path, mode: int = 0o600) -> Iterator[BinaryIO]:
    """A new file that takes the place of `path` when the context ends without an error; raises as `write_atomic`."""
    staged = ""
    try:
        descriptor, staged = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            yield file
            file.flush()
            os.fsync(descriptor)
        Path(staged).replace(path)
        flush_folder(path.parent)
    except OSError as error:
        raise explain_os_error(error, path) from error
    finally:
        with contextlib.suppress(OSError):
            Path(staged).unlink(missing_ok=True)


def place(staged: Path, path: Path) -> bool:
    """Put the finished file `staged` at `path` unless something is there; returns whether it did.

    Raises `OSError`.
    """
    try:
        os.link(staged, path)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in _NO_LINKS or path.exists():
            raise
        staged.rename(path)  # a file system without hard links
    flush_folder(path.parent)
    return True


def keep_copy(source: Path, target: Path) -> None:
    """Copy `source` to the new file `target`, whole or not at all, readable by the user alone. Raises `OSError`."""
    staged = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        shutil.copy2(source, staged)
        staged.chmod(0o600)
        flush_file(staged)
        place(staged, target)
    finally:
        with contextlib.suppress(OSError):
            staged.unlink(missing_ok=True)


def flush_file(path: Path) -> None:
    """Make the content of `path` durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def flush_folder(folder: Path) -> None:
    """Make the names in `folder` durable: after a power cut a rename that was flushed has happened."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def explain_os_error(error: OSError, path: Path) -> StoreError:
    """The `StoreError` that tells a person what `error` means for writing `path`."""
    if error.errno in _FULL:
        return StoreFull(
            f"{path} could not be written: there is no room left on its disk. What was there before is kept.",
            hint="Free some space, then try again.",
        )
    if error.errno in _CLOSED:
        return StoreReadOnly(
            f"{path} may not be written: {os.strerror(error.errno)}.",
            hint=f"Make {path.parent} writable for you, or set ROXY_HOME to a folder that is.",
        )
    reason = os.strerror(error.errno) if error.errno else type(error).__name__
    return StoreError(f"{path} could not be written: {reason}.", hint=f"Check that {path.parent} is a working folder.")
