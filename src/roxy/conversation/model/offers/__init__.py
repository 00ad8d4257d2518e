"""The kinds of tools that a model is offered."""
