"""What one server offers, as last known: from its manifest before it runs, from the server itself afterwards.

Order of events: the manifest is read when somebody asks for the first time. Every list that the server gives takes its
place; what differs from before is told, and the new manifest is written beside the calls, at most once in
`QUIET_SECONDS` while nothing differs.
"""

import asyncio
import difflib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roxy.contracts.calls import ToolInfo
from roxy.contracts.servers import ServerConfig
from roxy.errors import ServerNotFound
from roxy.mcp.known import texts
from roxy.mcp.known.manifest import Head, Item, Manifest, changes, digest_of, identity, taken
from roxy.mcp.known.shelf import Shelf

QUIET_SECONDS = 60.0
_SHOWN = 3
_AT_ONCE = 300
"""Tools that are looked through on the loop; more are left to a thread, so that no call waits for them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """How a server was reached, and what it says of itself."""

    transport: str
    era: str
    protocol: str
    name: str = ""
    version: str = ""
    instructions: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """How the tools of a server differ from those of its last list; names."""

    added: Sequence[str] = ()
    removed: Sequence[str] = ()
    changed: Sequence[str] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def told(self, server: str) -> str:
        """In one sentence, with at most a few names of each."""
        parts = ((self.added, "new"), (self.removed, "gone"), (self.changed, "changed"))
        said = "; ".join(f"{word}: {_few(names)}" for names, word in parts if names)
        return f"The tools of the server {server} are not those of its last run ({said})."


class Catalog:
    """The tools of a server in the order in which it lists them, and the rest of its manifest."""

    def __init__(self, config: ServerConfig, shelf: Shelf | None = None) -> None:
        self.config = config
        self._shelf = shelf
        self._head: Head | None = None
        self._manifest: Manifest | None = None
        self._looked = shelf is None
        self._loaded = shelf is None
        self._infos: dict[str, ToolInfo] = {}
        self._rows: Mapping[str, Item] | None = None
        self._all: Sequence[ToolInfo] | None = None
        self._saved_at = -QUIET_SECONDS
        self._saving: asyncio.Task[None] | None = None
        self._unsaved: Manifest | None = None
        self.refused: Sequence[str] = ()
        """Names in the last list that stood there already, or that hide something; each was left out."""

    @property
    def head(self) -> Head | None:
        """What is known in short; None when the server has never listed its tools."""
        if not self._looked and self._shelf is not None:
            self._looked = True
            self._head = self._shelf.head(self.config)
        return self._head

    @property
    def manifest(self) -> Manifest | None:
        """All that is known; None when nothing is."""
        if not self._loaded and self._shelf is not None:
            self._loaded = self._looked = True
            self._keep(self._shelf.load(self.config))
        return self._manifest

    @property
    def count(self) -> int | None:
        """How many tools it lists; None when that is not known."""
        return None if self.head is None else self.head.counts.get("tools", 0)

    def tools(self) -> Sequence[ToolInfo]:
        """All tools, as last known."""
        if self._all is None:
            self._all = tuple(self._info(name) for name in self._named())
        return self._all

    def find(self, tool: str) -> ToolInfo | None:
        """One tool, as last known."""
        return self._info(tool) if tool in self._named() else None

    def no_such_tool(self, tool: str) -> ServerNotFound:
        """The error for a tool that the server does not list, with the nearest names."""
        server = self.config.name
        near = difflib.get_close_matches(tool, self._named(), n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"See: roxy mcp tools {server}"
        return ServerNotFound(f"The server {server} has no tool {tool!r}.", server=server, hint=hint)

    async def take(self, items: Sequence[Item], about: About) -> Changes:
        """Take a new list, as on the wire and looked through; how it differs from the last one."""
        before = self.manifest
        kept, digests, self.refused = await asyncio.to_thread(taken, items) if len(items) > _AT_ONCE else taken(items)
        more = dict(before.more) if before is not None else {}
        more.pop("instructions", None)
        if about.instructions:
            more["instructions"] = texts.plain(about.instructions)
        head = Head(
            server=self.config.name,
            identity=identity(self.config),
            listed=time.time(),
            protocol=about.protocol,
            name=texts.plain(about.name),
            version=texts.plain(about.version),
            counts={"tools": len(kept), **_counts(more)},
            digest=digest_of(digests),
        )
        if before is None or before.head.version == head.version:
            # Another version may speak another era: then the next start finds out anew.
            head = replace(head, transport=about.transport, era=about.era)
        self._replace(Manifest(head, kept, digests, more))
        return Changes() if before is None else Changes(*changes(before.digests, digests))

    def add(self, more: Mapping[str, Sequence[Item]]) -> None:
        """Take its `resources`, `templates` and `prompts`, as on the wire and looked through."""
        if self._manifest is None:
            return
        kept = {**self._manifest.more, **{kind: [texts.plain_item(item) for item in more[kind]] for kind in more}}
        if kept != self._manifest.more:
            counts = {**self._manifest.head.counts, **_counts(kept)}
            self._replace(replace(self._manifest, head=replace(self._manifest.head, counts=counts), more=kept))

    async def flush(self) -> None:
        """Return when all that is to be kept is on the disk."""
        if self._saving is not None:
            await asyncio.wait({self._saving})

    def _replace(self, manifest: Manifest) -> None:
        before = self._manifest
        self._keep(manifest)
        same = before is not None and replace(before.head, listed=0) == replace(manifest.head, listed=0)
        if self._shelf is None or (same and time.monotonic() - self._saved_at < QUIET_SECONDS):
            return
        self._saved_at = time.monotonic()
        self._unsaved = manifest
        if self._saving is None or self._saving.done():
            self._saving = asyncio.create_task(self._save(self._shelf), name=f"keep {self.config.name}'s manifest")

    async def _save(self, shelf: Shelf) -> None:
        while (manifest := self._unsaved) is not None:
            self._unsaved = None
            await asyncio.to_thread(shelf.save, self.config, manifest)

    def _keep(self, manifest: Manifest | None) -> None:
        self._manifest = manifest
        self._head = manifest.head if manifest else None
        self._infos, self._rows, self._all = {}, None, None

    def _named(self) -> Mapping[str, Item]:
        if self._rows is None:
            manifest = self.manifest
            self._rows = {item["name"]: item for item in manifest.tools} if manifest else {}
        return self._rows

    def _info(self, name: str) -> ToolInfo:
        info = self._infos.get(name)
        if info is None:
            info = self._infos[name] = _info(self.config.name, self._named()[name])
        return info


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(texts.plain(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _counts(more: Mapping[str, Any]) -> dict[str, int]:
    return {kind: len(items) for kind, items in more.items() if isinstance(items, list)}


def _info(server: str, tool: Item) -> ToolInfo:
    hints = tool.get("annotations") or {}
    title = tool.get("title") or hints.get("title")
    return ToolInfo(
        server=server,
        name=tool["name"],
        title=title if isinstance(title, str) else "",
        description=tool.get("description") or "",
        input_schema=tool["inputSchema"],
        output_schema=tool.get("outputSchema"),
        annotations=hints,
    )
