"""Settings and servers as people declare them: read, checked, layered, explained, and written back with care."""
