"""A server made with the SDK that offers resources, prompts and completions, and asks back; over any transport.

    python offering_server.py                # on stdio

Questions are asked in the way of the era that is spoken: the SDK sees to that.
"""

import os
from typing import Annotated, Literal

from mcp.server.caching import CacheHint
from mcp.server.mcpserver import Context, Elicit, ListRoots, MCPServer, Resolve, Sample
from mcp_types import Completion, CreateMessageResult, ListRootsResult, SamplingMessage, TextContent
from pydantic import BaseModel, Field

READS: list[str] = []


class Name(BaseModel):
    name: str = Field(title="Your name", description="as it stands on the door")


class Visit(BaseModel):
    guests: int = Field(ge=1, le=8)
    meal: Literal["lunch", "dinner"] = "dinner"
    terrace: bool = True


class Login(BaseModel):
    user: str
    password: str


def asks(question: str, form: type[BaseModel]):
    async def ask() -> Elicit:
        return Elicit(question, form)

    return Resolve(ask)


async def _write() -> Sample:
    words = TextContent(type="text", text="Write a line about Mabel Quill.")
    return Sample([SamplingMessage(role="user", content=words)], max_tokens=5000)


async def _where() -> ListRoots:
    return ListRoots()


def make(services: object = None, hints: dict | None = None) -> MCPServer:
    server = MCPServer("offering", version="1.0", cache_hints=hints)
    _offer(server)
    _change(server)
    _ask_back(server)
    return server


def _offer(server: MCPServer) -> None:
    @server.resource("note://today", title="Today", description="What is due", mime_type="text/plain")
    def today() -> str:
        READS.append("today")
        return "buy milk"

    @server.resource("note://picture", mime_type="image/png")
    def picture() -> bytes:
        return b"\x89PNG"

    @server.resource("note://about/{name}")
    def about(name: str) -> str:
        return f"a note about {name}"

    @server.prompt(description="Greets somebody.")
    def greet(name: str, tone: str = "friendly") -> str:
        return f"Greet {name} in a {tone} tone."

    @server.completion()
    async def complete(ref, argument, context):
        known = ["Ada", "Alan", "Grace"] if argument.name == "name" else [f"{(context.arguments or {})}"]
        return Completion(values=[one for one in known if one.startswith(argument.value)], total=3, has_more=False)


def _change(server: MCPServer) -> None:
    @server.tool()
    async def touch(uri: str, context: Context) -> str:
        """Say that a resource has changed, to subscribers of both eras."""
        await context.notify_resource_updated(uri)
        return "touched"

    @server.tool()
    async def grow(context: Context) -> str:
        """Offer one resource more, and say so."""
        server.resource("note://more", name="more")(lambda: "more")
        await context.notify_resources_changed()
        return "grown"


def _ask_back(server: MCPServer) -> None:
    @server.tool()
    async def who(answer: Annotated[Name, asks("Who is there?", Name)]) -> str:
        """Ask for a name."""
        return f"hello {answer.name}"

    @server.tool()
    async def book(answer: Annotated[Visit, asks("A table?", Visit)]) -> str:
        """Ask for several things."""
        return answer.model_dump_json()

    @server.tool()
    async def login(answer: Annotated[Login, asks("Please log in.", Login)]) -> str:
        """Ask for a password, which no server should."""
        return f"welcome {answer.user}"

    @server.tool()
    async def draft(written: Annotated[CreateMessageResult, Resolve(_write)]) -> str:
        """Have the client's model write something."""
        return f"{written.model}: {written.content.text}"

    @server.tool()
    async def folders(found: Annotated[ListRootsResult, Resolve(_where)]) -> str:
        """Where it may work."""
        return " ".join(str(root.uri) for root in found.roots)


create = make


def _hints() -> dict | None:
    seconds = float(os.environ.get("OFFERING_TTL", "0"))
    if not seconds:
        return None
    hint = CacheHint(ttl_ms=int(seconds * 1000), scope=os.environ.get("OFFERING_SCOPE", "private"))
    return {"resources/list": hint, "resources/read": hint, "prompts/list": hint}


if __name__ == "__main__":
    make(hints=_hints()).run()
