"""A server as it is written for SDK 2: MCPServer, which speaks every era."""

from typing import Annotated

import carry
from decorated import Name, add, offer
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve

server = MCPServer("era", version="1")
offer(server, Context)
server.tool()(add)


async def wanted_name() -> Elicit[Name]:
    """The question of `ask`."""
    return Elicit("What is your name?", Name)


@server.tool()
async def grow(ctx: Context) -> str:
    """Offer one tool more, and say so in the words of both eras."""
    server.add_tool(lambda: "grown", name="grown")
    await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "grow"


@server.tool()
async def ask(answer: Annotated[Name, Resolve(wanted_name)]) -> str:
    """Ask the user for a name."""
    return answer.name


if __name__ == "__main__":
    match carry.started():
        case "stdio":
            server.run("stdio")
        case "http":
            carry.listening(server.streamable_http_app())
        case "sse":
            carry.listening(server.sse_app())
        case "websocket":  # the SDK has no such door any more
            from fakes.ws_server import ws_app

            carry.listening(ws_app(server))
