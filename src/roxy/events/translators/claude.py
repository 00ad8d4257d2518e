"""Anthropic's formats in one place: the Messages of the API, and the lines of Claude Code."""

from roxy.events.translators.claude_events import from_events, to_events
from roxy.events.translators.claude_messages import from_request, request, tools

__all__ = ["from_events", "from_request", "request", "to_events", "tools"]
