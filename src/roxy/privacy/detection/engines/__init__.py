"""Names found by a model that the user has installed, in place of the project's own."""
