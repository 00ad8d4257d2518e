"""What Roxy writes for a provider, and reads again, is what it was."""

import pytest
from hypothesis import given

from fakes.conversations import conversations, json_values, patiently
from roxy.events.translators import claude, gemini, openai

pytestmark = pytest.mark.requirement("translators.round_trip")


def chat(messages):
    return openai.from_chat_messages(openai.chat_messages(messages))


def responses(messages):
    return openai.from_response_items(openai.response_input(messages))


def anthropic(messages):
    return claude.from_request(*claude.request(messages))


def google(messages):
    return gemini.from_contents(*gemini.contents(messages))


@patiently
@given(conversations())
def test_a_conversation_is_the_same_after_chat_completions(messages):
    assert chat(messages) == messages


@patiently
@given(conversations())
def test_a_conversation_is_the_same_after_responses(messages):
    assert responses(messages) == messages


@patiently
@given(conversations(errors=True))
def test_a_conversation_with_failures_is_the_same_after_claude(messages):
    assert anthropic(messages) == messages


@patiently
@given(conversations(contents=json_values, errors=True))
def test_a_conversation_with_json_results_and_failures_is_the_same_after_gemini(messages):
    assert google(messages) == messages
