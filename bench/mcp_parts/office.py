"""The module server of the benchmarks: made with the SDK, as a user's own would be."""

import json

from mcp.server.mcpserver import MCPServer

server = MCPServer("office", version="1", log_level="WARNING")


@server.tool()
def echo(to: str, subject: str, body: str, priority: int = 0) -> str:
    """Give the arguments back."""
    return json.dumps({"to": to, "subject": subject, "body": body, "priority": priority})
