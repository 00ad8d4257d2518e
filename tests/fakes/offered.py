"""What a server offers, and one data folder in which it is kept: lists without any process."""

from dataclasses import replace
from pathlib import Path

from roxy.contracts.servers import ServerConfig
from roxy.mcp.known.approvals import Approvals
from roxy.mcp.known.catalog import About, Catalog
from roxy.mcp.known.pins import PinFile
from roxy.mcp.known.shelf import Shelf

TEXT = {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}
TOOLS = {
    "say": {"description": "Say it again", "inputSchema": TEXT, "annotations": {"readOnlyHint": True}},
    "add": {"description": "Add two numbers", "inputSchema": {"type": "object"}},
    "env": {"description": "All variables", "inputSchema": {"type": "object"}},
    "big": {"description": "A long text", "inputSchema": {"type": "object"}},
}
ABOUT = About(transport="stdio", era="modern", protocol="2026-07-28")


class Offering:
    """The server `echo` of a data folder: `offer` says how its next list differs from `TOOLS`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pins = folder / "pins" / "echo.json"
        self.config = ServerConfig(name="echo", command="echo-server", external=False)
        self.items = []
        self.offer()

    def offer(self, **changes) -> None:
        """Tools by name: members that are others; None takes the tool away."""
        rows = {name: {"name": name, **tool} for name, tool in TOOLS.items()}
        self.items = [
            row | (changes.get(name) or {}) for name, row in rows.items() if name not in changes or changes[name]
        ]

    def catalog(self, *, owner: str = "", **settings) -> Catalog:
        """As a Roxy that begins now has it: nothing was listed yet."""
        config = replace(self.config, **settings)
        approvals = Approvals(config, PinFile(self.pins.parent, config.name, owner))
        return Catalog(config, None if owner else Shelf(self.folder / "manifests"), approvals)

    async def listed(self, **settings) -> set[str]:
        """List in a Roxy of its own; the names of what is held."""
        return await self.lists(self.catalog(**settings))

    async def lists(self, catalog: Catalog) -> set[str]:
        """List once more; the names of what is held."""
        await catalog.take(self.items, ABOUT)
        await catalog.flush()
        return held(catalog)

    async def approve_all(self) -> None:
        """Approve what is held, in a Roxy of its own."""
        catalog = self.catalog()
        await catalog.approve({one.tool: one.digest for one in catalog.changes()})


def held(catalog: Catalog) -> set[str]:
    """The names of the tools that are held."""
    return {tool.name for tool in catalog.tools() if tool.held}
