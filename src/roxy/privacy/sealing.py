"""Encrypted files for vaults: AES-256-GCM (NIST SP 800-38D), one file per session, the key in a file beside them.

A file is `RXV1`, a nonce of 12 bytes, and the sealed content; the file's own name is authenticated with it, so that
files cannot be exchanged. The key file is made once, complete before it is seen, and never changed.
"""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Protocol

from roxy.errors import StoreCorrupt
from roxy.store.atomic import explain_os_error, write_atomic

KEY_FILE = "vault.key"
_MAGIC = b"RXV1"
_NONCE = 12
_KEY = 32


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

    def write(self, name: str, data: bytes) -> None:
        """Seal `data` into the file of `name`, atomically."""
        nonce = secrets.token_bytes(_NONCE)
        sealed = self._cipher.encrypt(nonce, data, name.encode())
        write_atomic(self._path(name), _MAGIC + nonce + sealed, mode=0o600)

    def read(self, name: str) -> bytes | None:
        """The content of the file of `name`; None when there is none. Raises `StoreCorrupt` when it was changed."""
        path = self._path(name)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise explain_os_error(error, path) from error
        head = len(_MAGIC) + _NONCE
        try:
            if not data.startswith(_MAGIC):
                raise ValueError  # noqa: TRY301 - one place says what is wrong with the file
            return self._cipher.decrypt(data[len(_MAGIC) : head], data[head:], name.encode())
        except Exception as error:  # the library's InvalidTag is no ValueError, and it is loaded late
            raise StoreCorrupt(
                f"The vault {path} cannot be opened: it is damaged, or was made with another key than `{KEY_FILE}` "
                "beside it.",
                hint="Put back the right key, or begin a new session; the old session's pseudonyms stay as they are.",
            ) from error

    def remove(self, name: str) -> None:
        """Remove the file of `name`, if there is one."""
        path = self._path(name)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise explain_os_error(error, path) from error

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.vault"


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
