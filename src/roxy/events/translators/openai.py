"""OpenAI's two formats, chat completions and Responses, in one place."""

from roxy.events.translators.openai_chat import chat_messages, chat_tools, from_chat_messages
from roxy.events.translators.openai_responses import from_response_items, response_input, response_tools

__all__ = [
    "chat_messages",
    "chat_tools",
    "from_chat_messages",
    "from_response_items",
    "response_input",
    "response_tools",
]
