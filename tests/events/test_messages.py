import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fakes.conversations import conversations, json_values, objects, patiently, words
from roxy.contracts.models import Message, OpaquePart, ReasoningPart, Role, TextPart
from roxy.events.messages import message_as_json, message_from_json

extras = st.dictionaries(st.sampled_from(["openai", "gemini"]), objects, max_size=2)
parts = (
    st.builds(TextPart, text=words, extra=extras)
    | st.builds(ReasoningPart, text=words, extra=extras)
    | st.builds(OpaquePart, provider=words, data=objects)
)


@patiently
@given(conversations(contents=json_values, errors=True))
def test_a_conversation_survives_json(messages):
    written = json.loads(json.dumps([message_as_json(message) for message in messages]))
    assert [message_from_json(data) for data in written] == messages


@patiently
@given(st.builds(Message, role=st.sampled_from(Role), parts=st.lists(parts, max_size=4).map(tuple), extra=extras))
def test_what_only_a_provider_understands_survives_json(message):
    assert message_from_json(json.loads(json.dumps(message_as_json(message)))) == message


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"role": "user"},
        {"role": "nobody", "parts": []},
        {"role": "user", "parts": [{"kind": "new"}]},
        {"role": "user", "parts": [3]},
    ],
)
def test_what_is_no_message_is_refused(data):
    with pytest.raises(ValueError, match=r"message of Roxy|not a valid Role"):
        message_from_json(data)
