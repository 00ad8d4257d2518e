"""A server as it is written for SDK 1.2 to 1.30: FastMCP, with structured output and questions where they exist."""

import asyncio
from importlib import metadata

import carry
from mcp.server.fastmcp import Context, FastMCP
from pydantic import BaseModel

VERSION = tuple(int(part) for part in metadata.version("mcp").split("."))

server = FastMCP("era")
cancelled: list[str] = []


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
    """Offer one tool more, and say so."""
    server.add_tool(lambda: "grown", name="grown", description="grown")
    await ctx.session.send_tool_list_changed()
    return "grow"


@server.resource("era://note")
def note() -> str:
    """A note."""
    return "a note"


@server.prompt()
def greet(name: str) -> str:
    """A greeting."""
    return f"Greet {name}"


class Sum(BaseModel):
    """What `add` answers."""

    sum: int


class Name(BaseModel):
    """What `ask` asks for."""

    name: str


if VERSION >= (1, 10):

    @server.tool()
    def add(a: int, b: int) -> Sum:
        """Add two numbers."""
        return Sum(sum=a + b)

    @server.tool()
    async def ask(ctx: Context) -> str:
        """Ask the user for a name."""
        answer = await ctx.elicit("What is your name?", Name)
        return answer.data.name if answer.action == "accept" else answer.action


if __name__ == "__main__":
    carry.run(server._mcp_server)
