"""Which pseudonym stands for which value, one vault per session; the only place where real values are kept.

Order of events: `Vaults.open` gives the vault of a session (from memory, else from its encrypted file, else new);
`issue` names a value; `Vaults.note` appends to the file what was added, `Vaults.save` has it on the disk, too;
`Vaults.forget` wipes both. Without a folder everything stays in memory and ends with the process. So does the vault of
calls that belong to no session.

A session's key is derived from the master key and its id: the same value gets the same pseudonym after a restart,
even when the file was never written.
"""

import base64
import hashlib
import hmac
import itertools
import json
import secrets
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable, Sequence
from pathlib import Path

from roxy.errors import PrivacyBlocked, StoreCorrupt
from roxy.privacy import pseudonyms, surrogates
from roxy.privacy.detection.held import Held
from roxy.privacy.detection.normalise import Plain, back, readings
from roxy.privacy.detection.replay import Known
from roxy.privacy.detection.spots import Spot
from roxy.privacy.heard import Heard
from roxy.privacy.sealing import End, Sealer
from roxy.privacy.stems import Stems
from roxy.privacy.surrogates import EMAIL, PLAIN

MAX_VALUES = 50_000
"""A session with more values than this is blocked rather than passed."""
KEPT_OPEN = 256
"""So many sessions stay in memory; the ones used longest ago are read from their files again."""

_SERIALS = itertools.count(1)
_SHORTEST_ECHO = 3
_SHORTEST_NUMBER = 5
_MOST_SOURCES = 8
_MOST_ATTEMPTS = 200
_FEW = 100
"""So many entries are written without a thread."""
_MOST_PARTS = 2_000
"""A file of so many parts is written anew."""
PERSON = "PERSON"
_VERSION = 2


class SessionVault:
    """The pseudonyms of one session. Safe to use from several threads."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._values: dict[str, str] = {}
        self._issued: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, str] = {}
        self._sorted: list[str] = []
        self._sources: dict[str, frozenset[str]] = {}
        self._heard = Heard()
        self._stems = Stems()
        self._echoes = Known()
        self._held = Held()
        self._learned: list[str] = []
        self._news: dict[tuple[str, str], None] = {}
        self._lock = threading.Lock()
        self.serial = next(_SERIALS)
        """Tells it from every other vault that this process opens."""
        self.longest = 0
        """Length of the longest pseudonym issued."""
        self.surrogates = False
        """Whether any pseudonym has a form that a schema demanded."""
        self.unsaved = False

    def __repr__(self) -> str:
        return f"SessionVault({len(self)} values)"

    def __len__(self) -> int:
        return len(self._learned)

    def issue(self, value: str, kind: str, *, form: str = PLAIN, source: str = "") -> str:
        """The pseudonym of `value`; the kind it was first found as stays. Raises `PrivacyBlocked` when it is full.

        `form` is one of `surrogates`' where a schema demands it. `source` is where it comes from (`USER`, a server);
        else it is whoever was heard saying it.
        """
        with self._lock:
            known = self._issued.get((value, form))
            if known is not None:
                if source:
                    self._note_source(value, {source}, form)
                return known
            if len(self._values) >= MAX_VALUES:
                raise PrivacyBlocked(
                    f"This session already holds {MAX_VALUES:,} pseudonyms, which is its limit.",
                    hint="Begin a new session.",
                )
            stem = self._stems.of(value) if kind == PERSON else ""
            made = (self._made(value, kind, form, stem, attempt) for attempt in range(_MOST_ATTEMPTS))
            pseudonym = next((one for one in made if pseudonyms.canonical(one) not in self._values), "")
            if not pseudonym:
                raise PrivacyBlocked(
                    f"This session has used up what may stand for a {kind} in the form that the tool demands.",
                    hint="Begin a new session.",
                )
            self._add(pseudonym, value, kind, form)
            self._note_source(value, {source} if source else self._heard.who(value), form)
            self._changed(value, form)
            return pseudonym

    def _made(self, value: str, kind: str, form: str, stem: str, attempt: int) -> str:
        if form in (PLAIN, EMAIL):
            return pseudonyms.make(self._key, value, kind, inbox=form == EMAIL, attempt=attempt, stem=stem)
        return surrogates.make(form, self._key, value, attempt)

    def hear(self, source: str, texts: Iterable[str]) -> None:
        """Somebody said these words; what is found in them later came from there. Kept in memory, and not for long."""
        self._heard.add(source, texts)

    def hold(self, name: str, value: str) -> None:
        """A secret was found; from now on it is known in every coding, also where nothing gives it away.

        Kept in memory alone: what is one way is not written down. A mere word is not taken for one everywhere.
        """
        with self._lock:
            known = value in self._held or value.isalpha() or len(self._held) >= MAX_VALUES
            if not known and self._held.add(name, value):
                self._learned.append(value)

    def knows(self, value: str) -> str:
        """The type of a value that has a pseudonym; empty for any other."""
        return self._kinds.get(value, "")

    def sources(self, value: str) -> frozenset[str]:
        """Where the value came from, as far as is known: `USER`, names of servers."""
        return self._sources.get(value.casefold(), frozenset()) | self._heard.who(value)

    def _note_source(self, value: str, sources: Iterable[str], form: str) -> None:
        folded = value.casefold()
        known = self._sources.get(folded, frozenset())
        new = sorted(set(sources) - known)[: _MOST_SOURCES - len(known)]
        if new:
            self._sources[folded] = known | set(new)
            self._changed(value, form)

    def _changed(self, value: str, form: str) -> None:
        self._news[value, form] = None
        self.unsaved = True

    def _add(self, pseudonym: str, value: str, kind: str, form: str) -> None:
        canonical = pseudonyms.canonical(pseudonym)
        if canonical in self._values:
            return  # a file tells it again when it tells more of it
        self._values[canonical] = value
        self._learned.append(value)
        self._issued[value, form] = pseudonym
        insort(self._sorted, canonical)
        self.longest = max(self.longest, len(canonical))
        self.surrogates = self.surrogates or form not in (PLAIN, EMAIL)
        said = surrogates.known_as(value, form)
        self._kinds.setdefault(said, kind)
        if self._kinds.setdefault(value, kind) == kind and _worth_an_echo(said, kind):
            self._echoes.add(said, kind)

    def value_of(self, pseudonym: str) -> str | None:
        """What `pseudonym` stands for, in whatever case it is written; None when it was not issued here."""
        return self._values.get(pseudonyms.canonical(pseudonym))

    def values_since(self, count: int) -> list[str]:
        """The values after the first `count`, in the order in which they came."""
        with self._lock:
            return self._learned[count:]

    def begins_one(self, canonical: str) -> bool:
        """Whether some issued pseudonym begins with `canonical`."""
        at = bisect_left(self._sorted, canonical)
        return at < len(self._sorted) and self._sorted[at].startswith(canonical)

    def digest(self, value: str) -> str:
        """A keyed digest for records: it tells equal values from others and cannot be turned back."""
        return hmac.digest(self._key, b"digest\0" + value.encode("utf-8", "surrogatepass"), hashlib.sha256).hex()[:16]

    def echoes(self, text: str) -> list[Spot]:
        """Where values that are known already stand in `text`, also where no detector would look.

        Those that have pseudonyms: telling ones anywhere and in any case, others as whole words, and short ones (a
        first name that is a word, too) only as they are. Secrets in any coding.
        """
        read = [Plain(text, None, []), *(one for one in readings(text) if one.starts is not None)]
        return [
            back(reading, spot)
            for reading in read
            for spot in (*self._echoes.find(reading.text), *self._held.find(reading.text))
        ]

    @property
    def news(self) -> int:
        """How many entries were added since the last `dump`."""
        return len(self._news)

    def dump(self, *, news: bool = False) -> bytes:
        """Everything, for its encrypted file; or only the `news` since the last time."""
        with self._lock:
            self.unsaved = False
            told, self._news = self._news if news else self._issued, {}
            entries = [
                [
                    self._issued[value, form],
                    value,
                    self._kinds[value],
                    form,
                    sorted(self._sources.get(value.casefold(), ())),
                ]
                for value, form in told
            ]
        return json.dumps({"version": _VERSION, "values": entries}).encode()

    def load(self, data: bytes) -> None:
        """Take what `dump` gave, everything before its news.

        Raises `ValueError`, `KeyError` or `TypeError` for anything else.
        """
        content = json.loads(data)
        if content["version"] not in (1, _VERSION):
            raise ValueError("another version")
        for pseudonym, value, *more in content["values"]:
            kind, form, sources = more or _of_version_1(pseudonym)
            if kind == PERSON:
                self._stems.of(value)
            self._add(pseudonym, value, kind, form)
            self._note_source(value, map(str, sources), form)
        self._news.clear()
        self.unsaved = False


def _of_version_1(pseudonym: str) -> tuple[str, str, tuple[str, ...]]:
    """The type, the form and the sources, as far as the pseudonym tells."""
    label = pseudonym.partition("-")[0]
    return pseudonyms.TYPES[label], EMAIL if label == pseudonyms.INBOX else PLAIN, ()


def _worth_an_echo(value: str, kind: str) -> bool:
    return kind not in ("LITERAL", "BINARY") and len(value) >= (_SHORTEST_NUMBER if value.isdigit() else _SHORTEST_ECHO)


class Vaults:
    """All vaults: those in memory, and their files under `folder` (0700), sealed with the key in `vault.key` (0600)."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._sealer: Sealer | None = None
        self._master = secrets.token_bytes(32)
        self._open: dict[str, SessionVault] = {}
        self._ends: dict[str, End] = {}
        self._appended: set[str] = set()
        self._nobody = SessionVault(secrets.token_bytes(32))
        self._lock = threading.Lock()
        self._writing = threading.Lock()  # apart, so that nobody who opens a vault waits for the disk

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
        used = [vault for vault in reversed(list(self._open.values())) if len(vault)]
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

    def save(self, session_id: str | None) -> None:
        """Have all of the vault on the disk. Raises `StoreError` when it cannot be written."""
        if session_id is None or self._folder is None:
            return
        vault = self._open.get(session_id)
        if session_id not in self._appended and (vault is None or not vault.unsaved):
            return
        sealer = self._seal(self._folder)
        with self._writing:
            if vault is not None and vault.unsaved and not self._append(session_id, vault):
                self._write(session_id, vault, sealer)
            appended = session_id in self._appended
            self._appended.discard(session_id)
        if appended:
            try:
                sealer.flush(self._name(session_id))
            except BaseException:
                self._appended.add(session_id)
                raise

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
        self._appended.add(session_id)
        return True

    def _write(self, session_id: str, vault: SessionVault, sealer: Sealer) -> None:
        try:
            end = sealer.write(self._name(session_id), vault.dump())
        except BaseException:
            vault.unsaved = True
            raise
        self._appended.discard(session_id)
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
            self._appended.discard(session_id)
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
        if self._folder is None:
            return  # nothing could be read again
        for name in list(self._open)[:-KEPT_OPEN]:
            if not self._open[name].unsaved:
                del self._open[name]
                self._ends.pop(name, None)

    def _seal(self, folder: Path) -> Sealer:
        if self._sealer is None:
            self._sealer = Sealer(folder)
        return self._sealer

    @staticmethod
    def _name(session_id: str) -> str:
        """A file name that neither shows the id nor depends on which letters it has."""
        digest = hashlib.sha256(f"vault\0{session_id}".encode()).digest()
        return base64.b32encode(digest[:15]).decode().lower()
