"""The command tree: `main` holds the table, each group is a module, `output` is the only place that prints."""
