"""What of a server's tools was approved, in the form of that day, and what waits for an approval: one small file each.

The file stands under the name of the server, so that it outlives every change of how that is reached. It is one JSON
document in lines: its head with the checksum of the rest, the digests, what waits, and the approved forms, which are
parsed only when somebody wants to see them. It is written whole or not at all, under a lock, since two Roxys may.
"""

import fcntl
import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from roxy.config.places import private_folder
from roxy.errors import ConfigError, StoreError
from roxy.mcp.known.forms import Item
from roxy.store.atomic import explain_os_error, write_atomic

FORMAT = 1
_PARTS = (b"digests", b"waiting", b"forms")


class Why(StrEnum):
    """Why a tool is held."""

    CHANGED = "changed"
    """It was approved in another form."""
    NEW = "new"
    """Nobody has looked at it, and the server is declared with `trust: strict`."""
    MOVED = "moved"
    """It is new, and the server is reached in another way than the one whose tools were approved."""
    HIDING = "hiding"
    """It is new, and holds characters that say or do something unseen."""
    UNKNOWN = "unknown"
    """What was approved is not known: the file is damaged or gone."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A tool that is held, as its server sent it."""

    digest: str
    why: Why
    form: Item


class Unparsed(Mapping[str, Item]):
    """Forms by name, as they stand in the file; parsed at the first look."""

    def __init__(self, line: bytes) -> None:
        self.line = line
        self._forms: dict[str, Item] | None = None

    def __getitem__(self, name: str) -> Item:
        return self._parsed()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parsed())

    def __len__(self) -> int:
        return len(self._parsed())

    def _parsed(self) -> dict[str, Item]:
        if self._forms is None:
            self._forms = json.loads(self.line)
        return self._forms


@dataclass(frozen=True, slots=True, kw_only=True)
class Pins:
    """What the user approved of one server; names to digests and forms."""

    server: str
    identity: str
    """How it was reached when all that it offered was approved; see `roxy.mcp.known.manifest.identity`."""
    digests: Mapping[str, str] = field(default_factory=dict)
    forms: Mapping[str, Item] = field(default_factory=dict)
    waiting: Mapping[str, Waiting] = field(default_factory=dict)
    """What is held; a name stays until it is approved, also when it is not offered for a while."""


class PinFile:
    """The file of one server; `owner` is the session whose own variant of the server it is."""

    def __init__(self, folder: Path, server: str, owner: str = "") -> None:
        whose = f"@{hashlib.sha256(owner.encode()).hexdigest()[:16]}" if owner else ""
        self.path = folder / f"{server}{whose}.json"
        self._server = server

    def load(self) -> Pins | None:
        """What it holds; None when there is none. Raises `ValueError` when it is damaged, `OSError` if unreadable."""
        try:
            data = self.path.read_bytes()
        except FileNotFoundError:
            return None
        pins = read(data)
        if pins.server != self._server:
            raise ValueError("of another server")
        return pins

    def save(self, pins: Pins) -> None:
        """Put `pins` in its place; raises `StoreError`, and then it holds what it held before."""
        try:
            private_folder(self.path.parent)
        except ConfigError as error:
            raise StoreError(error.message, hint=error.hint) from error
        write_atomic(self.path, written(pins))

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Alone with the file: nobody else changes it; raises `StoreError`."""
        try:
            private_folder(self.path.parent)
            handle = os.open(self.path.parent / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except ConfigError as error:
            raise StoreError(error.message, hint=error.hint) from error
        except OSError as error:
            raise explain_os_error(error, self.path) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def forget_session(folder: Path, session_id: str) -> None:
    """Forget what was approved of the servers that only this session reached."""
    whose = hashlib.sha256(session_id.encode()).hexdigest()[:16]
    for path in folder.glob(f"*@{whose}.json"):
        path.unlink(missing_ok=True)


def written(pins: Pins) -> bytes:
    """The document."""
    waiting = {name: asdict(one) for name, one in pins.waiting.items()}
    forms = pins.forms.line if isinstance(pins.forms, Unparsed) else _compact(dict(pins.forms))
    values = (_compact(dict(pins.digests)), _compact(waiting), forms)
    rest = b",\n".join(b'"%b":%b' % (part, value) for part, value in zip(_PARTS, values, strict=True)) + b"}\n"
    checksum = hashlib.sha256(rest).hexdigest()
    head = {"format": FORMAT, "server": pins.server, "identity": pins.identity, "checksum": checksum}
    return b'{"pins":%b,\n' % _compact(head) + rest


def read(data: bytes) -> Pins:
    """What the document says; raises `ValueError` for what is none, is of another format or was damaged."""
    first, _, rest = data.partition(b"\n")
    try:
        head = json.loads(first.removesuffix(b",") + b"}")["pins"]
        if head["format"] != FORMAT or head["checksum"] != hashlib.sha256(rest).hexdigest():
            raise ValueError("the checksum does not fit")
        digests, waiting, forms = (
            line.removesuffix(b",").partition(b":")[2] for line in rest.removesuffix(b"}\n").split(b"\n")
        )
        held = {name: Waiting(one["digest"], Why(one["why"]), one["form"]) for name, one in json.loads(waiting).items()}
        return Pins(
            server=head["server"],
            identity=head["identity"],
            digests=json.loads(digests),
            forms=Unparsed(forms),
            waiting=held,
        )
    except (KeyError, TypeError, AttributeError, RecursionError) as foreign:
        raise ValueError("no file of approved tools") from foreign


def _compact(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
