"""The kinds of requests that go the one path of `roxy.mcp.calling`, each with what it does its own way."""
