"""Encrypted files for vaults: AES-256-GCM (NIST SP 800-38D), one file per session, the key in a file beside them.

A file is `RXV2` and its parts: the length of what follows (4 bytes), a nonce of 12 bytes, the sealed content. The
file's name and the part's place are authenticated with it, so that neither files nor parts can be exchanged. The first
part is written atomically, later ones are appended; the end of these may be torn, or be zeros, when the power fails.
It is left out then, and the log says so. Files of `RXV1` have one part, to the end and without its length. The key file
is made once, complete before it is seen, and never changed.
"""

import errno
import logging
import os
import secrets
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from roxy.errors import StoreCorrupt
from roxy.store.atomic import explain_os_error, flush_file, write_atomic

KEY_FILE = "vault.key"
_MAGIC, _MAGIC_1 = b"RXV2", b"RXV1"
_LENGTH = 4
_NONCE = 12
_TAG = 16
_KEY = 32
_log = logging.getLogger(__name__)


class End(NamedTuple):
    """How a file ended when it was written or read: who appends to it sees whether it is still the same."""

    node: int
    size: int
    parts: int


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class Sealer:
    """Seals and opens the files of one folder. Opening it makes the folder (0700) and the key (0600) when missing.

    Raises `StoreError` when that is impossible, `StoreCorrupt` when the key is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.chmod(0o700)
            self.key = _key(folder / KEY_FILE)
        except OSError as error:
            raise explain_os_error(error, folder) from error
        self._cipher = _cipher(self.key)

    def write(self, name: str, data: bytes) -> End | None:
        """Seal `data` into the file of `name`, atomically and durably, in place of all that was in it."""
        path, sealed = self._path(name), _MAGIC + self._part(name, 0, data)
        write_atomic(path, sealed, mode=0o600)
        return _end(path, len(sealed), 1)

    def append(self, name: str, data: bytes, end: End) -> End | None:
        """Seal `data` as one more part of the file, which then outlives this process, but perhaps no power cut.

        None when the file is not the one that `end` tells of: then nothing was written.
        """
        path, part = self._path(name), self._part(name, end.parts, data)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
            try:
                now = os.fstat(descriptor)
                if (now.st_ino, now.st_size) != (end.node, end.size):
                    return None
                if os.write(descriptor, part) != len(part):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            finally:
                os.close(descriptor)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise explain_os_error(error, path) from error
        return End(end.node, end.size + len(part), end.parts + 1)

    def flush(self, name: str) -> None:
        """Make durable what was appended; no error when the file is no more."""
        path = self._path(name)
        try:
            flush_file(path)
        except FileNotFoundError:
            return
        except OSError as error:
            raise explain_os_error(error, path) from error

    def read(self, name: str) -> tuple[Sequence[bytes], End | None]:
        """The parts of the file of `name` (none when there is none), and its end when it can be appended to.

        Raises `StoreCorrupt` when it was changed.
        """
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return (), None
        except OSError as error:
            raise explain_os_error(error, path) from error
        try:
            if data.startswith(_MAGIC_1):
                return [self._opened(data[len(_MAGIC_1) :], name.encode())], None
            parts = list(self._parts(name, data))
        except Exception as error:  # the library's InvalidTag is no ValueError, and it is loaded late
            raise StoreCorrupt(
                f"The vault {path} cannot be opened: it is damaged, or was made with another key than `{KEY_FILE}` "
                "beside it.",
                hint="Put back the right key, or begin a new session; the old session's pseudonyms stay as they are.",
            ) from error
        whole = len(_MAGIC) + sum(_LENGTH + _NONCE + len(part) + _TAG for part in parts)
        if whole == len(data):
            return parts, _end(path, len(data), len(parts))
        _log.warning(
            "What was added last to the vault %s was not written whole and is left out: %d bytes. "
            "Its pseudonyms stay as they are until their values are said again.",
            path.name,
            len(data) - whole,
        )
        return parts, None

    def _parts(self, name: str, data: bytes) -> Iterator[bytes]:
        """What stands in a file; only at the end of several parts may anything be missing, or be zeros instead."""
        if not data.startswith(_MAGIC):
            raise ValueError("another kind of file")
        at = place = 0
        for place, (start, stop) in enumerate(_spans(data)):
            at = stop
            try:
                yield self._opened(data[start:stop], _about(name, place))
            except Exception:
                if place and not data[stop:].strip(b"\0"):
                    return
                raise
        if not at:
            raise ValueError("no part at all")

    def _part(self, name: str, place: int, data: bytes) -> bytes:
        nonce = secrets.token_bytes(_NONCE)
        sealed = nonce + self._cipher.encrypt(nonce, data, _about(name, place))
        return len(sealed).to_bytes(_LENGTH, "big") + sealed

    def _opened(self, sealed: bytes, about: bytes) -> bytes:
        return self._cipher.decrypt(sealed[:_NONCE], sealed[_NONCE:], about)

    def remove(self, name: str) -> None:
        """Remove the file of `name`, if there is one."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise explain_os_error(error, path) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.vault"


def _about(name: str, place: int) -> bytes:
    return f"{name}\0{place}".encode()


def _spans(data: bytes) -> Iterator[tuple[int, int]]:
    """Where the sealed parts stand; the last one may reach beyond the end."""
    at = len(_MAGIC)
    while at < len(data):
        start = at + _LENGTH
        at = start + int.from_bytes(data[at:start], "big")
        yield start, at


def _end(path: Path, size: int, parts: int) -> End | None:
    """None when somebody else has changed the file since."""
    try:
        now = path.stat()
    except OSError:
        return None
    return End(now.st_ino, size, parts) if now.st_size == size else None


def _key(path: Path) -> bytes:
    """The master key; made when there is none. Two processes that begin at once agree on one."""
    if not path.exists():
        descriptor, staged = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_KEY))
                file.flush()
                os.fsync(descriptor)
            # A link, unlike a rename, fails when the other process was first.
            if not path.exists():
                _link_unless_there(staged, path)
        finally:
            Path(staged).unlink()
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    key = path.read_bytes()
    if len(key) != _KEY:
        raise StoreCorrupt(
            f"The key of the vaults, {path}, has {len(key)} bytes instead of {_KEY}: it is damaged.",
            hint="Put it back from a backup, or move the folder away; old pseudonyms can then not be turned back.",
        )
    return key


def _link_unless_there(staged: str, path: Path) -> None:
    try:
        os.link(staged, path)
    except FileExistsError:
        return


def _cipher(key: bytes) -> _Cipher:
    # Loaded here, on first use: cryptography takes longer to import than the whole gateway.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return AESGCM(key)
