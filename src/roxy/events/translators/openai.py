"""OpenAI's formats in one place: messages of chat completions, items of Responses, and what both stream."""

from roxy.events.translators.openai_chat import chat_messages, chat_tools, from_chat_messages
from roxy.events.translators.openai_events import PROVIDER, from_events, stream_from_events, to_events, writer
from roxy.events.translators.openai_responses import from_response_items, response_input, response_tools

__all__ = [
    "PROVIDER",
    "chat_messages",
    "chat_tools",
    "from_chat_messages",
    "from_events",
    "from_response_items",
    "response_input",
    "response_tools",
    "stream_from_events",
    "to_events",
    "writer",
]
