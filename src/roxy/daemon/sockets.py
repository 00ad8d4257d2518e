"""The owner's unix socket as a file: where it can be, who may connect."""

import hashlib
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from roxy.errors import StoreError

SOCKET_NAME = "roxy.sock"

# sun_path of sockaddr_un: 104 bytes on macOS, 108 on Linux, with the closing zero.
_PATH_LIMIT = 103


@contextmanager
def bound(folder: Path) -> Iterator[tuple[socket.socket, str]]:
    """A listening socket of mode 0600 in `folder`, or in the runtime folder when that cannot hold one, and its path.

    A file that a dead owner left there is replaced: only who holds the folder's lock may call this. The file is
    removed at the end. Raises `StoreError` when no place will do.
    """
    reasons = []
    for path in _places(folder):
        try:
            opened = _listen(path)
        except OSError as error:
            reasons.append(f"{path}: {error.strerror or error}")
            continue
        with opened:
            try:
                yield opened, str(path)
            finally:
                path.unlink(missing_ok=True)
        return
    raise StoreError(f"No socket can be opened ({'; '.join(reasons)}).", hint="Set ROXY_HOME to a shorter local path.")


def is_own_user(connection: socket.socket) -> bool:
    """Whether the other end runs as this user; True where the platform does not tell."""
    if hasattr(socket, "SO_PEERCRED"):  # Linux: struct ucred, see unix(7)
        _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    elif sys.platform == "darwin":  # struct xucred of sys/ucred.h: version, uid, …; SOL_LOCAL 0, LOCAL_PEERCRED 1
        _, uid = struct.unpack_from("2I", connection.getsockopt(0, 1, 76))
    else:
        return True
    return bool(uid == os.geteuid())


def _listen(path: Path) -> socket.socket:
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)
        opened.bind(str(path))
        # Before listen() nobody can connect, so there is no instant in which others could.
        path.chmod(0o600)
        opened.setblocking(False)
        opened.listen(128)
    except OSError:
        opened.close()
        raise
    return opened


def _places(folder: Path) -> Iterator[Path]:
    beside = folder.absolute() / SOCKET_NAME
    if len(os.fsencode(beside)) <= _PATH_LIMIT:
        yield beside
    name = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
    yield _runtime_folder() / f"{name}.sock"


def _runtime_folder() -> Path:
    """A short folder that only this user can use."""
    given = os.environ.get("XDG_RUNTIME_DIR")
    base = Path(given) if given and Path(given).is_dir() else Path(tempfile.gettempdir())
    folder = base / f"roxy-{os.geteuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    about = folder.lstat()
    # In a shared folder somebody else could have made it first.
    if folder.is_symlink() or about.st_uid != os.geteuid() or about.st_mode & 0o077:
        raise StoreError(f"{folder} is not this user's alone.", hint="Remove it, or set XDG_RUNTIME_DIR.")
    return folder
