"""Policy: what becomes of what was found, by destination, tool, path and type; and what may be put back where."""
