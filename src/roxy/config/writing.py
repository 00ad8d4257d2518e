"""Writing a file of the user so that a crash leaves either the old or the new one, never half of one."""

import os
import time
from contextlib import suppress
from pathlib import Path

from roxy.config.places import private_folder
from roxy.errors import ConfigError


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text`: stage beside it with mode 0600, fsync, rename, fsync the folder.

    A symbolic link stays one: what it points to is replaced. Raises `ConfigError` when it cannot be written; the old
    file is then untouched.
    """
    path = path.resolve()
    if not path.parent.exists():
        private_folder(path.parent)
    staged = path.with_name(f".{path.name}.{os.getpid()}.{time.monotonic_ns()}")
    try:
        _stage(staged, text.encode())
        staged.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        with suppress(OSError):
            staged.unlink()
        raise ConfigError(
            f"{path} cannot be written: {error.strerror}.",
            hint="Free some space or make the folder writable; the old file is unchanged.",
        ) from error


def _stage(path: Path, data: bytes) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor, opened with its mode above
        file.write(data)
        file.flush()
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
