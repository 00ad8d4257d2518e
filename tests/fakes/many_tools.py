"""A server with forty tools, as a mail, calendar or issue server has them: described, with described arguments."""

from typing import Annotated, Any

from mcp.server.mcpserver import MCPServer
from pydantic import Field

AREAS = ("mail", "calendar", "issue", "page", "contact", "file", "task", "board")
VERBS = {
    "search": "Search for every {area} that fits the words, the newest first; at most `limit` are listed.",
    "read": "Read one {area} with all its fields, as they were when it was last changed.",
    "create": "Create a new {area}. Everybody who follows the folder is told of it.",
    "update": "Change the title or the text of a {area}; what is not given stays as it is.",
    "remove": "Remove a {area}. It stays in the bin for 30 days, from where it can be brought back.",
}
COUNT = len(AREAS) * len(VERBS)


def make(services: Any = None) -> MCPServer:
    server = MCPServer("office", version="1.0", log_level="WARNING")
    for area in AREAS:
        for verb, about in VERBS.items():
            _add(server, f"{area}_{verb}", about.format(area=area), area)
    return server


def _add(server: MCPServer, name: str, about: str, area: str) -> None:
    def tool(
        title: Annotated[str, Field(description=f"The title of the {area}, or words from it.")],
        text: Annotated[str, Field(description="The text, in Markdown.")] = "",
        limit: Annotated[int, Field(description="How many to list at most.", ge=1, le=100)] = 10,
        *,
        archived: Annotated[bool, Field(description=f"Whether an archived {area} counts too.")] = False,
    ) -> str:
        return f"{name}: {title} {text} {limit} {archived}"

    server.add_tool(tool, name=name, description=about)


create = make
