"""The MCP manager: it keeps servers running and calls their tools; the only room besides `mcp_server` with the SDK."""
