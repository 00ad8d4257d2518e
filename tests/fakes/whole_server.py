"""A server with one of everything, and with something to say of itself."""

from typing import Any

from mcp.server.mcpserver import MCPServer


def create(services: Any = None) -> MCPServer:
    server = MCPServer("whole", version="3.1", instructions="Ask before you write.", log_level="WARNING")

    @server.tool()
    def write(text: str) -> str:
        return text

    @server.resource("notes://all")
    def everything() -> str:
        return "all"

    @server.resource("notes://{day}")
    def of_day(day: str) -> str:
        return day

    @server.prompt()
    def sum_up() -> str:
        return "Sum it up."

    return server
