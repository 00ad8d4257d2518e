"""What a provider wrote comes back to it with everything it wrote, known or not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import (
    chat_items,
    claude_items,
    claude_systems,
    gemini_items,
    gemini_systems,
    mangled,
    patiently,
    response_items,
    same,
)
from roxy.events.messages import message_as_json, message_from_json
from roxy.events.translators import claude, gemini, openai

pytestmark = pytest.mark.requirement("translators.verbatim")


def kept(messages):
    """The messages after a night in the store."""
    return [message_from_json(message_as_json(message)) for message in messages]


@patiently
@given(st.lists(chat_items | mangled(chat_items), max_size=6))
def test_chat_messages_come_back_verbatim(items):
    assert same(openai.chat_messages(kept(openai.from_chat_messages(items))), items)


@patiently
@given(st.lists(response_items | mangled(response_items), max_size=6))
def test_response_items_come_back_verbatim(items):
    assert same(openai.response_input(kept(openai.from_response_items(items))), items)


@patiently
@given(claude_systems, st.lists(claude_items | mangled(claude_items), max_size=5))
def test_claude_messages_come_back_verbatim(system, items):
    assert same(claude.request(kept(claude.from_request(system, items))), [system, items])


@patiently
@given(gemini_systems, st.lists(gemini_items | mangled(gemini_items), max_size=5))
def test_gemini_contents_come_back_verbatim(system, items):
    assert same(gemini.contents(kept(gemini.from_contents(system, items))), [system, items])
