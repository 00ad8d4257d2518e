"""What servers with decorators offer, the same whether they are written for SDK 1 or 2."""

import asyncio
from typing import Any

from pydantic import BaseModel


class Sum(BaseModel):
    """What `add` answers."""

    sum: int


class Name(BaseModel):
    """What `ask` asks for."""

    name: str


def offer(server: Any, context: type) -> None:
    """Give `server` what every SDK can offer; `context` is the class that stands for a call in its tools."""
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
    async def slow(seconds: float, ctx: context) -> str:
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

    @server.resource("era://note")
    def note() -> str:
        """A note."""
        return "a note"

    @server.prompt()
    def greet(name: str) -> str:
        """A greeting."""
        return f"Greet {name}"


def add(a: int, b: int) -> Sum:
    """Add two numbers."""
    return Sum(sum=a + b)
