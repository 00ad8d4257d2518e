"""The vaults of all sessions: those in memory, and their encrypted files.

Order of events: `open` gives the vault of a session (from memory, else from its file, else new); `note` appends to the
file what was added since, so that it outlives the process; `flush` brings what was noted to the disk, in a thread and
soon after; `save` returns when everything is there, whoever brings it; `forget` wipes both. Without a folder everything
stays in memory and ends with the process. So does the vault of calls that belong to no session.

A session's key is derived from the master key and its id: the same value gets the same pseudonym after a restart,
even when the file was never written.
"""

import base64
import hashlib
import hmac
import secrets
import threading
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from roxy.errors import StoreCorrupt, StoreError
from roxy.privacy.memory.sealing import End, Sealer
from roxy.privacy.vault import SessionVault

KEPT_OPEN = 256
"""So many sessions stay in memory; the ones used longest ago are read from their files again."""
_FEW = 100
"""So many entries are written without a thread."""
_MOST_PARTS = 2_000
"""A file of so many parts is written anew."""


class Vaults:
    """All vaults: those in memory, and their files under `folder` (0700), sealed with the key in `vault.key` (0600)."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sealer: Sealer | None = None
        self._master = secrets.token_bytes(32)
        self._open: dict[str, SessionVault] = {}
        self._ends: dict[str, End] = {}
        self._appended: dict[str, int] = {}
        """How often was appended what may not be on the disk yet, by session."""
        self._nobody = SessionVault(secrets.token_bytes(32))
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # apart, so that nobody who opens a vault waits for the disk
        self._flushing = threading.Lock()  # apart, so that nobody who appends waits for it
        self._counting = threading.Lock()

    @property
    def on_disk(self) -> bool:
        """Whether there is a folder that keeps them."""
        return self._folder is not None

    def at_hand(self, session_id: str | None) -> bool:
        """Whether the vault can be opened without touching the disk."""
        return session_id is None or self._folder is None or session_id in self._open

    def open(self, session_id: str | None) -> SessionVault:
        """The vault of a session. Raises `StoreError` when its file or the key cannot be read."""
        if session_id is None:
            return self._nobody
        with self._lock:
            vault = self._open.pop(session_id, None)
            if vault is None:
                vault = self._read(session_id)
            self._open[session_id] = vault  # the one used last stands last
            self._close_oldest()
            return vault

    def latest(self, most: int) -> list[SessionVault]:
        """The vaults that were used last and hold something, the latest first."""
        used = [vault for vault in reversed(list(self._open.values())) if len(vault) or len(vault.traces)]
        return used[:most]

    def note(self, session_id: str | None) -> bool:
        """Append to the vault's file what was added, when that takes microseconds: it outlives this process then.

        False when a `save` is due. Raises `StoreError` when it cannot be written.
        """
        vault = self._open.get(session_id) if session_id is not None else None
        if session_id is None or vault is None or not vault.unsaved or self._folder is None:
            return True
        if vault.news > _FEW or not self._writing.acquire(blocking=False):
            return False
        try:
            return self._append(session_id, vault)
        finally:
            self._writing.release()

    def due(self, session_id: str | None) -> bool:
        """Whether `save` has anything to do or to wait for."""
        if session_id is None or self._folder is None:
            return False
        vault = self._open.get(session_id)
        return session_id in self._appended or (vault is not None and vault.unsaved) or self._writing.locked()

    def save(self, session_id: str | None) -> None:
        """Have all of the vault on the disk. Raises `StoreError` when it cannot be written."""
        if session_id is None or self._folder is None:
            return
        vault = self._open.get(session_id)
        with self._writing:
            if vault is not None and vault.unsaved and not self._append(session_id, vault):
                self._write(session_id, vault, self._seal(self._folder))
        self._flush(session_id)

    def flush(self) -> None:
        """Have on the disk what was noted of all sessions; what fails is due at the next `save`, which tells why."""
        for session_id in list(self._appended):
            with suppress(StoreError):
                self._flush(session_id)

    def _flush(self, session_id: str) -> None:
        with self._flushing:  # who comes second waits until it is there
            count = self._appended.get(session_id)
            if count is None or self._folder is None:
                return
            self._seal(self._folder).flush(self._name(session_id))
            with self._counting:
                if self._appended.get(session_id) == count:  # what was appended meanwhile is for the next time
                    del self._appended[session_id]

    def _append(self, session_id: str, vault: SessionVault) -> bool:
        """Whether what was added could be appended; not to a file that somebody else has written."""
        end = self._ends.pop(session_id, None)
        if end is None or end.parts >= _MOST_PARTS or self._sealer is None:
            return False
        try:
            new = self._sealer.append(self._name(session_id), vault.dump(news=True), end)
        except BaseException:
            vault.unsaved = True
            raise
        if new is None:
            vault.unsaved = True
            return False
        self._ends[session_id] = new
        with self._counting:
            self._appended[session_id] = self._appended.get(session_id, 0) + 1
        return True

    def _write(self, session_id: str, vault: SessionVault, sealer: Sealer) -> None:
        try:
            end = sealer.write(self._name(session_id), vault.dump())
        except BaseException:
            vault.unsaved = True
            raise
        with self._counting:
            self._appended.pop(session_id, None)
        if end is not None:
            self._ends[session_id] = end

    def unsaved(self) -> list[str]:
        """The sessions of whose vault something is not on the disk yet."""
        return [*{*list(self._appended), *(name for name, vault in list(self._open.items()) if vault.unsaved)}]

    def forget(self, session_id: str) -> None:
        """Wipe a session's vault: its pseudonyms can never be turned back again. No error when there is none."""
        with self._writing, self._lock:
            self._open.pop(session_id, None)
            self._ends.pop(session_id, None)
            with self._counting:
                self._appended.pop(session_id, None)
            if self._folder is not None and self._folder.exists():
                self._seal(self._folder).remove(self._name(session_id))

    def _read(self, session_id: str) -> SessionVault:
        master, end = self._master, None
        parts: Sequence[bytes] = ()
        if self._folder is not None:
            sealer = self._seal(self._folder)
            master = sealer.key
            parts, end = sealer.read(self._name(session_id))
        vault = SessionVault(hmac.digest(master, f"session\0{session_id}".encode(), hashlib.sha256))
        try:
            for part in parts:
                vault.load(part)
        except (ValueError, KeyError, TypeError):
            raise StoreCorrupt(
                f"The vault of session {session_id} holds something that Roxy did not write.",
                hint="Begin a new session.",
            ) from None
        if end is not None:
            self._ends[session_id] = end
        return vault

    def _close_oldest(self) -> None:
        if self._folder is None or len(self._open) <= KEPT_OPEN:
            return  # without a folder nothing could be read again
        for name in list(self._open)[:-KEPT_OPEN]:
            if not self._open[name].unsaved:
                del self._open[name]
                self._ends.pop(name, None)

    def _seal(self, folder: Path) -> Sealer:
        if self._sealer is None:
            self._sealer = Sealer(folder)
        return self._sealer

    @staticmethod
    @lru_cache(maxsize=1024)
    def _name(session_id: str) -> str:
        """A file name that neither shows the id nor depends on which letters it has."""
        digest = hashlib.sha256(f"vault\0{session_id}".encode()).digest()
        return base64.b32encode(digest[:15]).decode().lower()
