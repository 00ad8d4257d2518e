"""What the official conformance suite drives: Roxy's manager, told by the suite which scenario to play.

The suite starts it as `python client.py URL`, with the name of the scenario in `MCP_CONFORMANCE_SCENARIO` and what it
hands out as JSON in `MCP_CONFORMANCE_CONTEXT`, watches the wire from its side, and judges. The client exits with 1 when
the manager could not do what the scenario is about. The protocol is not told to the manager: finding it is part of what
is judged.
"""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from fakes.person import Person
from roxy.contracts.calls import ToolCallResult
from roxy.contracts.offers import Ended
from roxy.contracts.servers import ServerConfig
from roxy.mcp.questions.person import answering
from roxy.mcp.servers import MCPServerManager

SECONDS = 25.0
"""The suite kills a client after 30 s; one that ends by itself says why."""
PEER = "peer"

Play = Callable[[MCPServerManager, Mapping[str, Any]], Awaitable[None]]


async def call(servers: MCPServerManager, tool: str, arguments: Mapping[str, Any] | None = None) -> None:
    """Call a tool, and end with 1 when that failed."""
    expect(await servers.call_tool(PEER, tool, arguments), tool)


def expect(result: ToolCallResult | Ended, what: str) -> None:
    """End with 1 when it failed."""
    if not result.success:
        raise SystemExit(f"{what} failed with {result.code}: {result.error}")
    print(f"{what}: done")


async def list_only(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """Connect and list."""
    print([tool.name for tool in await servers.list_tools(PEER)])


async def call_what_is_listed(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """Call every tool that the manager lists, without arguments; end with 1 when there is none."""
    tools = await servers.list_tools(PEER)
    if not tools:
        raise SystemExit("no tool is listed")
    for tool in tools:
        await call(servers, tool.name)


async def everything(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """Call every tool, read every resource, fill in every prompt; end with 1 when there is none of a kind."""
    await call_what_is_listed(servers, context)
    resources, prompts = await servers.list_resources(PEER), await servers.list_prompts(PEER)
    if not resources or not prompts:
        raise SystemExit(f"listed are {len(resources)} resources and {len(prompts)} prompts")
    for resource in resources:
        expect(await servers.read_resource(PEER, resource.uri), resource.uri)
    for prompt in prompts:
        expect(await servers.get_prompt(PEER, prompt.name), prompt.name)


async def add_numbers(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    await call(servers, "add_numbers", {"a": 5, "b": 3})


async def custom_headers(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """The calls that the scenario hands out, with arguments that belong into headers."""
    await servers.list_tools(PEER)
    for one in context["toolCalls"]:
        await call(servers, one["name"], one["arguments"])


async def invalid_tool_headers(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """Call every tool that the manager kept; those with impossible headers must not be among them."""
    kept = [tool.name for tool in await servers.list_tools(PEER)]
    for name in kept:
        await call(servers, name, {"region": "us-west1"})


async def schema_round_trip(servers: MCPServerManager, context: Mapping[str, Any]) -> None:
    """Hand a schema back as it was listed."""
    schemas = {tool.name: tool.input_schema for tool in await servers.list_tools(PEER)}
    await call(servers, "json_schema_echo", {"schema": schemas["json_schema_2020_12_tool"]})


PLAYS: Mapping[str, Play] = {
    "initialize": list_only,
    "request-metadata": list_only,
    "json-schema-ref-no-deref": list_only,
    "json-schema-2020-12-preservation": schema_round_trip,
    "tools_call": add_numbers,
    "sse-retry": call_what_is_listed,
    "elicitation-sep1034-client-defaults": call_what_is_listed,
    "sep-2322-client-request-state": call_what_is_listed,
    "http-standard-headers": everything,
    "http-custom-headers": custom_headers,
    "http-invalid-tool-headers": invalid_tool_headers,
}


async def main(url: str, scenario: str, context: Mapping[str, Any]) -> None:
    play = PLAYS.get(scenario, call_what_is_listed)
    config = ServerConfig(name=PEER, transport="http", url=url, external=False)
    async with asyncio.timeout(SECONDS), MCPServerManager({PEER: config}, privacy=None) as servers:
        if not await servers.start_server(PEER):
            raise SystemExit(servers.status(PEER).error)
        print(f"connected: {servers.status(PEER).protocol} over {servers.status(PEER).transport}")
        with answering(Person()):
            await play(servers, context)


if __name__ == "__main__":
    asyncio.run(
        main(
            sys.argv[1],
            os.environ["MCP_CONFORMANCE_SCENARIO"],
            json.loads(os.environ.get("MCP_CONFORMANCE_CONTEXT", "{}")),
        )
    )
