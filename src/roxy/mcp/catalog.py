"""The last known tools of one server, also while it does not run."""

import difflib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from roxy.contracts.calls import ToolInfo
from roxy.errors import ServerNotFound


class Catalog:
    """The tools of `server` in the order in which it lists them; what does not parse was dropped before."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._tools: dict[str, ToolInfo] = {}
        self.listed = False
        """Whether the server has listed its tools at least once."""

    def replace(self, tools: Iterable[Mapping[str, Any]]) -> None:
        """Take a new list, as on the wire; of two tools with one name the first counts."""
        self._tools = {}
        for tool in tools:
            self._tools.setdefault(tool["name"], _info(self._server, tool))
        self.listed = True

    def tools(self) -> Sequence[ToolInfo]:
        """All tools, as last known."""
        return tuple(self._tools.values())

    def find(self, tool: str) -> ToolInfo | None:
        """One tool, as last known."""
        return self._tools.get(tool)

    def no_such_tool(self, tool: str) -> ServerNotFound:
        """The error for a tool that the server does not list, with the nearest names."""
        near = difflib.get_close_matches(tool, self._tools, n=3, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}?" if near else f"See: roxy mcp tools {self._server}"
        return ServerNotFound(f"The server {self._server} has no tool {tool!r}.", server=self._server, hint=hint)


def _info(server: str, tool: Mapping[str, Any]) -> ToolInfo:
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
