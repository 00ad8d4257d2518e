"""Anthropic's formats in one place: the Messages of the API, and the lines of Claude Code."""

from roxy.events.translators.claude_events import PROVIDER, from_events, to_events, writer
from roxy.events.translators.claude_messages import from_request, request, tools

__all__ = ["PROVIDER", "from_events", "from_request", "request", "to_events", "tools", "writer"]
