"""The MCP servers that come with Roxy: each a package with a manifest, `create(services)` and `python -m`."""
