"""`roxy mcp`: the MCP servers. `commands` is the group, `arguments` reads a call's words, `views` draws."""
