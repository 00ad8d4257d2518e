"""The parts of `bench/mcp_calls.py`: each measures one thing and returns rows."""
