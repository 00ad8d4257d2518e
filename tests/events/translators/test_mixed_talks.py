"""Talks whose turns came from different providers, written for each of the four: whole, private and well-formed."""

import json
import re
from collections.abc import Iterator
from itertools import groupby

import anthropic.types
import openai.types.chat
import openai.types.responses
import pytest
from google.genai import types as google
from hypothesis import HealthCheck, given, settings
from pydantic import TypeAdapter

from fakes.conversations import same
from fakes.native_talks import OWN, READ, WRITE, talks
from roxy.contracts.models import Role, ToolCallPart, ToolResultPart
from roxy.events.messages import message_as_json, message_from_json
from roxy.events.translators.verbatim import result_text

pytestmark = [pytest.mark.requirement("translators.round_trip"), pytest.mark.requirement("translators.sdk_types")]

TYPES = {
    "chat": TypeAdapter(list[openai.types.chat.ChatCompletionMessageParam]),
    "responses": TypeAdapter(list[openai.types.responses.ResponseInputItemParam]),
    "claude": TypeAdapter(list[anthropic.types.MessageParam]),
    "gemini": TypeAdapter(list[google.Content]),
}
SYSTEMS = {"claude": TypeAdapter(str | list[anthropic.types.TextBlockParam]), "gemini": TypeAdapter(google.Content)}


def exhausted(found):
    """Everything within, looked at: the SDKs' types are full of `Iterable`, which pydantic checks only when read."""
    if isinstance(found, dict):
        return {key: exhausted(value) for key, value in found.items()}
    if isinstance(found, list | tuple | Iterator) or type(found).__name__ == "ValidatorIterator":
        return [exhausted(value) for value in found]
    return found


def fits(provider, system, items):
    """Raises when the request is not what the official SDK's types allow, in strict form."""
    if provider == "gemini":  # a model and no dictionary: bytes come as base64, which is JSON's and not Python's
        TYPES[provider].validate_json(json.dumps(items), strict=True)
    else:
        assert same(exhausted(TYPES[provider].validate_python(items, strict=True)), items)
    if system is not None:
        SYSTEMS[provider].validate_python(system)


def outline(messages):
    """What was said, called and answered, in order; without what only one provider can say, and without empty words."""
    said = []
    for role, run in groupby(messages, key=lambda message: message.role):
        parts = [part for message in run for part in message.parts]
        text = "".join(part.text for part in parts if getattr(part, "text", "") and type(part).__name__ == "TextPart")
        calls = [(part.id, part.name, dict(part.arguments)) for part in parts if isinstance(part, ToolCallPart)]
        results = [
            (part.call_id, part.name, result_text(part).removeprefix("Error: "))
            for part in parts
            if isinstance(part, ToolResultPart)
        ]
        if text or calls or results:
            said.append([role, text, calls, results])
    whole = []
    for entry in said:
        if whole and whole[-1][0] is entry[0] and entry[0] is not Role.TOOL:
            whole[-1] = [entry[0], *(one + other for one, other in zip(whole[-1][1:], entry[1:], strict=True))]
        else:
            whole.append(entry)
    return whole


def goes_on(messages):
    """Whatever provider is next, it gets everything that it can understand, nothing that is another's, and no mess."""
    messages = [message_from_json(message_as_json(message)) for message in messages]
    for provider, write in WRITE.items():
        system, items = write(messages)
        fits(provider, system, items)
        shown = json.dumps(items)
        assert re.search(r'"roxy\.\w+": ', shown) is None
        assert [other for other, mark in OWN.items() if other != provider and mark in shown] == []
        again = READ[provider](items)
        assert outline(again) == outline(messages)
        assert same(write(again), (system, items))


FEW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large], max_examples=60)


@FEW
@given(talks())
def test_a_talk_of_many_providers_goes_on_with_each(messages):
    goes_on(messages)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@settings(FEW, max_examples=10_000)
@given(talks())
def test_ten_thousand_talks_of_many_providers_go_on_with_each(messages):
    goes_on(messages)


@pytest.mark.parametrize("provider", sorted(TYPES))
def test_the_check_of_types_looks_into_lists(provider):
    """The proof of the proof: what stands deep inside in a wrong form is found."""
    wrong = {
        "chat": [{"role": "user", "content": [{"type": "text", "text": 3}]}],
        "responses": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": 3}]}],
        "claude": [{"role": "user", "content": [{"type": "text", "text": 3}]}],
        "gemini": [{"role": "user", "parts": [{"text": 3}]}],
    }
    with pytest.raises(ValueError, match="string"):
        fits(provider, None, wrong[provider])
