"""What one server offers, as last known: from its manifest before it runs, from the server itself afterwards.

Order of events: the manifest is read when somebody asks for the first time. Every list that the server gives takes its
place; what differs from before is told, and the new manifest is written beside the calls, at most once in
`QUIET_SECONDS` while nothing differs.
"""

import asyncio
import difflib
import functools
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from roxy.contracts.calls import ToolInfo
from roxy.contracts.servers import ServerConfig
from roxy.contracts.trust import ToolChange
from roxy.errors import NotApproved, ServerNotFound
from roxy.mcp.known import forms, texts
from roxy.mcp.known.approvals import Approvals, Offered
from roxy.mcp.known.forms import Item
from roxy.mcp.known.manifest import Head, Manifest, changes, digest_of, identity, taken
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
    held: Sequence[str] = ()
    """Those that are held from now on until the user approves them."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.held)

    def told(self, server: str) -> str:
        """In a sentence with at most a few names of each; and what to do about those that are held."""
        parts = ((self.added, "new"), (self.removed, "gone"), (self.changed, "changed"))
        differs = "; ".join(f"{word}: {_few(names)}" for names, word in parts if names)
        said = [f"The tools of the server {server} are not those of its last run ({differs})."] if differs else []
        if self.held:
            said.append(f"Of the server {server} these tools are held: {_few(self.held)}. {to_do(server)}")
        return " ".join(said)


def to_do(server: str) -> str:
    """What to do about tools that are held."""
    return f"What is held is not used before you approve it: roxy mcp diff {server}, then roxy mcp approve {server}"


class Catalog:
    """The tools of a server in the order in which it lists them, and the rest of its manifest."""

    def __init__(self, config: ServerConfig, shelf: Shelf | None = None, approvals: Approvals | None = None) -> None:
        self.config = config
        self.approvals = approvals or Approvals(config, None)
        self._shelf = shelf
        self._raw: Mapping[str, Item] = {}
        self._held: int | None = None
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

    @property
    def held(self) -> int:
        """How many of its tools are held."""
        if self._held is None:
            known = None if self.approvals.at_rest or not self.count else self.manifest
            self._held = sum(itertools.starmap(self.approvals.holds, known.digests.items())) if known else 0
        return self._held

    def redeclared(self, config: ServerConfig) -> None:
        """Go by another declaration of the same server."""
        self.config = self.approvals.config = config
        self._forget()

    def check(self, tool: ToolInfo) -> None:
        """Raise `NotApproved` for a tool that is held."""
        if tool.held:
            raise self.approvals.refusal(tool.name, self._digest(tool.name))

    def changes(self, tool: str | None = None) -> Sequence[ToolChange]:
        """The tools that are held, and those that hide something; or one tool as it is. Raises `ServerNotFound`."""
        if tool is not None and tool not in self._named():
            raise self.no_such_tool(tool)
        hiding = self.head.hiding if self.head else {}
        telling = [one.name for one in self.tools() if one.held or one.name in hiding]
        return tuple(map(self._change, telling if tool is None else [tool]))

    async def approve(self, digests: Mapping[str, str]) -> Sequence[str]:
        """Approve tools in the very forms that were looked at; their names. Raises `NotApproved` when one is another.

        Also raises `ServerNotFound`, and `StoreError` when it cannot be kept: then nothing is approved.
        """
        for name, digest in digests.items():
            if name not in self._named():
                raise self.no_such_tool(name)
            if self._digest(name) != digest:
                raise NotApproved(
                    f"The tool {self.config.name}.{name} has changed again since you looked at it.",
                    hint=f"Nothing was approved. See: roxy mcp diff {self.config.name} {name}",
                )
        chosen = {name: self._form(name) for name in digests if self._info(name).held}
        if chosen:
            await asyncio.to_thread(self.approvals.approve, chosen, self._offered())
            self._forget()
        return tuple(chosen)

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
        offered = Offered(identity(self.config), digests, forms.by_name(items, digests))
        held = await self._judge(offered, before)
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
            hiding=_hiding(items, kept, offered),
            digest=digest_of(digests),
        )
        if before is None or before.head.version == head.version:
            # Another version may speak another era: then the next start finds out anew.
            head = replace(head, transport=about.transport, era=about.era)
        self._replace(Manifest(head, kept, digests, more))
        return Changes(held=held) if before is None else Changes(*changes(before.digests, digests), held)

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

    async def _judge(self, offered: Offered, before: Manifest | None) -> Sequence[str]:
        """What of it is held from now on; what was approved is on the disk before anybody sees the list."""
        self._raw = offered.forms
        if self.approvals.settled(offered):
            return ()
        judging = functools.partial(self.approvals.judge, offered, listed_before=before is not None)
        return await asyncio.to_thread(judging)

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
        self._forget()

    def _forget(self) -> None:
        self._infos, self._rows, self._all, self._held = {}, None, None, None

    def _named(self) -> Mapping[str, Item]:
        if self._rows is None:
            manifest = self.manifest
            self._rows = {item["name"]: item for item in manifest.tools} if manifest else {}
        return self._rows

    def _info(self, name: str) -> ToolInfo:
        info = self._infos.get(name)
        if info is None:
            held = self.approvals.holds(name, self._digest(name))
            info = self._infos[name] = _info(self.config.name, self._named()[name], held=held)
        return info

    def _digest(self, name: str) -> str:
        return self.manifest.digests[name] if self.manifest else ""

    def _form(self, name: str) -> Item:
        """As the server sent it; where only the manifest is left, without what nobody sees."""
        waiting = self.approvals.waiting(name, self._digest(name))
        return waiting.form if waiting else self._raw.get(name) or forms.form(self._named()[name])

    def _offered(self) -> Offered:
        digests = self.manifest.digests if self.manifest else {}
        return Offered(identity(self.config), digests, {name: self._form(name) for name in digests})

    def _change(self, name: str) -> ToolChange:
        digest, offered, info = self._digest(name), self._form(name), self._info(name)
        approved = self.approvals.approved(name)
        if not info.held and approved is not None:
            offered = approved
        return ToolChange(
            server=self.config.name,
            tool=name,
            held=info.held,
            why=self.approvals.why(name, digest) if info.held else "",
            hidden=forms.hidden(offered),
            digest=digest,
            approved=approved,
            offered=offered,
        )


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(texts.plain(name) for name in names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _hiding(items: Sequence[Item], kept: Sequence[Item], offered: Offered) -> dict[str, str]:
    """What nobody sees in the tools, by name; only those that had to be made plain are looked through."""
    untouched = {id(item) for item in items}
    told = {one["name"]: forms.hidden(offered.forms[one["name"]]) for one in kept if id(one) not in untouched}
    return {name: said for name, said in told.items() if said}


def _counts(more: Mapping[str, Any]) -> dict[str, int]:
    return {kind: len(items) for kind, items in more.items() if isinstance(items, list)}


def _info(server: str, tool: Item, *, held: bool) -> ToolInfo:
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
        held=held,
    )
