"""What a server may ask of a model, and what of it is refused."""

import pytest

from roxy.errors import UsageError
from roxy.mcp.questions.sampling import MAX_TOKENS, question, sample_request


def text(words, role="user"):
    return {"role": role, "content": {"type": "text", "text": words}}


@pytest.mark.requirement("mcp.sampling")
def test_a_request_is_bounded_and_shown():
    params = {
        "messages": [text("one"), text("two", "assistant"), text("three")],
        "maxTokens": 9_999,
        "temperature": 0.5,
    }
    asked = sample_request("inn", params, "s1")
    assert (asked.max_tokens, asked.temperature, asked.session_id) == (MAX_TOKENS, 0.5, "s1")
    assert asked.messages == [("user", "one"), ("assistant", "two"), ("user", "three")]
    assert "“three”" in question(asked)
    assert "inn" in question(asked)


def test_blocks_of_text_are_one_text_and_odd_numbers_are_left_out():
    blocks = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    asked = sample_request("inn", {"messages": [{"role": "user", "content": blocks}], "temperature": 7}, None)
    assert (asked.messages, asked.max_tokens, asked.temperature) == ([("user", "a\nb")], MAX_TOKENS, None)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"messages": []},
        {"messages": ["hi"]},
        {"messages": [text("x")] * 51},
        {"messages": [text("x", "system")]},
        {"messages": [{"role": "user", "content": {"type": "image", "data": ""}}]},
        {"messages": [{"role": "user", "content": []}]},
        {"messages": [text("x" * 20_001)]},
        {"messages": [text("x")], "tools": [{"name": "t"}]},
    ],
)
def test_what_roxy_does_not_do_for_servers_is_refused(params):
    with pytest.raises(UsageError):
        sample_request("inn", params, None)
