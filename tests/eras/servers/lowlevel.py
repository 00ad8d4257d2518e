"""A server as it was written for SDK 1.0 and 1.1, which had no FastMCP: handlers on the low-level `Server`."""

import asyncio

import carry
from mcp import types
from mcp.server import Server

server = Server("era")
server.version = "1"
cancelled: list[str] = []
grown: list[str] = []


def schema(**properties: str) -> dict:
    fields = {name: {"type": kind} for name, kind in properties.items()}
    return {"type": "object", "properties": fields, "required": list(fields)}


@server.list_tools()
async def list_tools() -> list[types.Tool]:
    tools = {
        "echo": schema(text="string"),
        "fail": schema(),
        "slow": schema(seconds="number"),
        "cancelled": schema(),
        "grow": schema(),
    }
    tools |= dict.fromkeys(grown, schema())
    return [types.Tool(name=name, description=name, inputSchema=fields) for name, fields in tools.items()]


@server.call_tool()
async def call_tool(name: str, arguments: dict) -> list[types.TextContent]:
    text = name
    if name == "echo":
        text = arguments["text"]
    elif name == "fail":
        raise ValueError("it went wrong")
    elif name == "slow":
        await slow(arguments["seconds"])
    elif name == "cancelled":
        text = str(len(cancelled))
    elif name == "grow":
        grown.append("grown")
        await server.request_context.session.send_tool_list_changed()
    return [types.TextContent(type="text", text=text)]


async def slow(seconds: float) -> None:
    context = server.request_context
    token = context.meta.progressToken if context.meta else None
    try:
        for step in range(10):
            if token is not None:
                await context.session.send_progress_notification(token, step, 10)
            await asyncio.sleep(seconds / 10)
    except asyncio.CancelledError:
        cancelled.append("slow")
        raise


@server.list_resources()
async def list_resources() -> list[types.Resource]:
    return [types.Resource(uri="era://note", name="note", mimeType="text/plain")]


@server.read_resource()
async def read_resource(uri: object) -> str:
    return "a note"


@server.list_prompts()
async def list_prompts() -> list[types.Prompt]:
    return [types.Prompt(name="greet", arguments=[types.PromptArgument(name="name", required=True)])]


@server.get_prompt()
async def get_prompt(name: str, arguments: dict | None) -> types.GetPromptResult:
    text = types.TextContent(type="text", text=f"Greet {(arguments or {})['name']}")
    return types.GetPromptResult(messages=[types.PromptMessage(role="user", content=text)])


if __name__ == "__main__":
    carry.run(server)
