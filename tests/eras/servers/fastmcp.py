"""A server as it is written for SDK 1.2 to 1.30: FastMCP, with structured output and questions where they exist."""

from importlib import metadata

import carry
from decorated import Name, add, offer
from mcp.server.fastmcp import Context, FastMCP

VERSION = tuple(int(part) for part in metadata.version("mcp").split("."))

server = FastMCP("era")
offer(server, Context)


@server.tool()
async def grow(ctx: Context) -> str:
    """Offer one tool more, and say so."""
    server.add_tool(lambda: "grown", name="grown", description="grown")
    await ctx.session.send_tool_list_changed()
    return "grow"


if VERSION >= (1, 10):
    server.tool()(add)

    @server.tool()
    async def ask(ctx: Context) -> str:
        """Ask the user for a name."""
        answer = await ctx.elicit("What is your name?", Name)
        return answer.data.name if answer.action == "accept" else answer.action


if __name__ == "__main__":
    carry.run(server._mcp_server)
