"""A server as it is written for SDK 2: MCPServer, which speaks every era."""

import asyncio
from typing import Annotated

import carry
from mcp.server.mcpserver import Context, Elicit, MCPServer, Resolve
from pydantic import BaseModel

server = MCPServer("era", version="1")
cancelled: list[str] = []


class Sum(BaseModel):
    """What `add` answers."""

    sum: int


class Name(BaseModel):
    """What `ask` asks for."""

    name: str


async def wanted_name() -> Elicit[Name]:
    """The question of `ask`."""
    return Elicit("What is your name?", Name)


@server.tool()
def echo(text: str) -> str:
    """Echo the text back."""
    return text


@server.tool()
def fail() -> str:
    """Go wrong."""
    raise ValueError("it went wrong")


@server.tool()
async def slow(seconds: float, ctx: Context) -> str:
    """Take a while, with ten steps of progress."""
    try:
        for step in range(10):
            await ctx.report_progress(step, 10)
            await asyncio.sleep(seconds / 10)
    except asyncio.CancelledError:
        cancelled.append("slow")
        raise
    return "slow"


@server.tool(name="cancelled")
def times_cancelled() -> str:
    """How often `slow` was cancelled."""
    return str(len(cancelled))


@server.tool()
async def grow(ctx: Context) -> str:
    """Offer one tool more, and say so in the words of both eras."""
    server.add_tool(lambda: "grown", name="grown")
    await ctx.notify_tools_changed()
    await ctx.session.send_tool_list_changed()
    return "grow"


@server.tool()
def add(a: int, b: int) -> Sum:
    """Add two numbers."""
    return Sum(sum=a + b)


@server.tool()
async def ask(answer: Annotated[Name, Resolve(wanted_name)]) -> str:
    """Ask the user for a name."""
    return answer.name


@server.resource("era://note")
def note() -> str:
    """A note."""
    return "a note"


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Greet {name}"


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
