"""The last known tools of one server, also while it does not run."""

import difflib
from collections.abc import Iterable, Sequence

import mcp_types

from roxy.contracts.calls import ToolInfo
from roxy.errors import ServerNotFound


class Catalog:
    """The tools of `server` in the order in which it lists them; what does not parse was dropped before."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._tools: dict[str, ToolInfo] = {}
        self.listed = False
        """Whether the server has listed its tools at least once."""

    def replace(self, tools: Iterable[mcp_types.Tool]) -> None:
        """Take a new list; of two tools with one name the first counts."""
        self._tools = {}
        for tool in tools:
            self._tools.setdefault(tool.name, _info(self._server, tool))
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


def _info(server: str, tool: mcp_types.Tool) -> ToolInfo:
    hints = tool.annotations.model_dump(by_alias=True, exclude_none=True) if tool.annotations else {}
    return ToolInfo(
        server=server,
        name=tool.name,
        title=tool.title or hints.get("title", ""),
        description=tool.description or "",
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=hints,
    )
