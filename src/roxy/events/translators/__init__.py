"""Canonical messages and events, to and from each provider's own format."""
