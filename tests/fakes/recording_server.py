"""A stdio MCP server, made with the official SDK, that writes down what it is told and says it again.

python recording_server.py FILE
"""

import sys
from pathlib import Path

from mcp.server.mcpserver import MCPServer

server = MCPServer("recorder", version="1.0")


@server.tool()
def send(to: str, text: str) -> str:
    """Send a message (it goes nowhere)."""
    with Path(sys.argv[1]).open("a", encoding="utf-8") as file:
        file.write(f"{to}\t{text}\n")
    return f"Sent to {to}: {text}"


if __name__ == "__main__":
    server.run()
