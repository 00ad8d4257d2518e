"""What carries messages to a server: each module yields what `mcp.Client` speaks through; none knows the others."""
