"""What a server offered when it ran last, and the form in which that is kept.

A manifest is one JSON document of four lines, so that each part can be read without the others: its head (which server,
when, how it was reached, how many tools, checksum of the rest), its tools, what else it offers, and the digest of every
tool. Values of variables and headers, arguments and addresses are not in it: `identity` is a digest of what makes a
server this server.
"""

import gc
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from roxy.contracts.servers import ServerConfig
from roxy.mcp.known import texts
from roxy.mcp.known.forms import Item, canonical

FORMAT = 2
_PARTS = ("tools", "more", "digests")
_ESCAPED = re.compile(r"\\[u bfr]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What is known of a server in short."""

    server: str
    identity: str
    listed: float
    """When it listed its tools last: seconds since 1970."""
    transport: str = ""
    """How it was reached, to be tried first next time; empty when that has to be found out anew."""
    era: str = ""
    protocol: str = ""
    name: str = ""
    """What the server calls itself, with `version`; untrusted."""
    version: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    """How many `tools`, `resources`, `templates` and `prompts` it offers."""
    hiding: Mapping[str, str] = field(default_factory=dict)
    """What nobody sees in its tools, and where, by their names."""
    digest: str = ""
    """SHA-256 over the digests of all tools."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """All that is known of a server; the items are as on the wire, looked through, with their prose made plain."""

    head: Head
    tools: Sequence[Item]
    digests: Mapping[str, str]
    """SHA-256 of the form of every tool as the server sent it, by name; see `roxy.mcp.known.forms`."""
    more: Mapping[str, Any] = field(default_factory=dict)
    """`resources`, `templates`, `prompts` (lists of items) and `instructions` (a text), as far as it has them."""


def identity(config: ServerConfig) -> str:
    """A digest of what makes it this server: how it is reached, never with what values."""
    parts = urlsplit(config.url or "")
    # Without the query and without a user's name and password, which may be secrets.
    address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if config.url else ""
    said = [
        str(config.transport),
        str(config.protocol),
        config.command or "",
        list(config.args),
        config.cwd or "",
        sorted(config.env),
        sorted(config.headers),
        address,
        config.module or "",
        _version(config.module),
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def when(head: Head | None) -> datetime | None:
    """When the server listed its tools last; None when it never did."""
    return datetime.fromtimestamp(head.listed, UTC) if head else None


@lru_cache
def _version(module: str | None) -> str:
    """Of the package that a module server comes with, if it comes with one."""
    if module is None:
        return ""
    from importlib import metadata  # noqa: PLC0415 - few servers are modules of packages, and it loads a lot

    try:
        return metadata.version(module.partition(".")[0])
    except metadata.PackageNotFoundError:
        return ""


def taken(items: Iterable[Item]) -> tuple[list[Item], dict[str, str], list[str]]:
    """What may be kept of a list of tools, the digest of each, and the names of the others; takes 15 µs a tool.

    Of two tools with one name the first counts. One whose name hides something is left out: nobody could tell it from
    another one.
    """
    kept: list[Item] = []
    digests: dict[str, str] = {}
    refused: list[str] = []
    for item in items:
        name = item["name"]
        if name in digests or texts.hides(name):
            refused.append(texts.plain(name))
            continue
        whole = canonical(item)
        digests[name] = hashlib.sha256(whole.encode()).hexdigest()
        # What has to be taken out of prose is written as an escape in the canonical form, so most need no second look.
        kept.append(texts.plain_item(item) if _ESCAPED.search(whole) else item)
    return kept, digests, refused


def digest_of(digests: Mapping[str, str]) -> str:
    """SHA-256 over the digests of all tools; their order does not matter."""
    return hashlib.sha256(json.dumps(dict(digests), sort_keys=True).encode()).hexdigest()


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[list[str], list[str], list[str]]:
    """The names of tools that were added, removed and changed between two lists of digests."""
    added = [name for name in now if name not in before]
    removed = [name for name in before if name not in now]
    changed = [name for name, digest in now.items() if before.get(name, digest) != digest]
    return added, removed, changed


def written(manifest: Manifest) -> bytes:
    """The document; takes tens of milliseconds for ten thousand tools."""
    values = (list(manifest.tools), dict(manifest.more), dict(manifest.digests))
    lines = [f'"{part}":{_compact(value)}' for part, value in zip(_PARTS, values, strict=True)]
    rest = (",\n".join(lines) + "}\n").encode()
    head = {"format": FORMAT, **asdict(manifest.head), "checksum": hashlib.sha256(rest).hexdigest()}
    return f'{{"manifest":{_compact(head)},\n'.encode() + rest


def read_head(data: bytes) -> Head:
    """The head alone; the rest is not even looked at. Raises `ValueError` for what is no manifest."""
    return _head(data.partition(b"\n")[0])[0]


def read(data: bytes) -> Manifest:
    """A whole manifest; raises `ValueError` for what is none, is of another format or was damaged."""
    first, _, rest = data.partition(b"\n")
    head, checksum = _head(first)
    if hashlib.sha256(rest).hexdigest() != checksum:
        raise ValueError("the checksum does not fit")
    # Written by Roxy and not touched since: what it holds was looked through before it was written.
    from pydantic_core import from_json  # noqa: PLC0415 - asking for names or states must not pay for loading it

    with _without_collector():
        parts = from_json(b"{" + rest)
    return Manifest(head, parts["tools"], parts["digests"], parts["more"])


@contextmanager
def _without_collector() -> Iterator[None]:
    """Ten thousand tools are 100,000 objects, all of which stay; looking through them for garbage takes 80 ms."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def _head(line: bytes) -> tuple[Head, str]:
    try:
        found = json.loads(line.removesuffix(b",") + b"}")["manifest"]
        if found.pop("format") != FORMAT:
            raise ValueError("another format")
        checksum = found.pop("checksum")
        return Head(**found), checksum
    except (KeyError, TypeError, AttributeError, RecursionError) as foreign:
        raise ValueError("no manifest") from foreign


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))
