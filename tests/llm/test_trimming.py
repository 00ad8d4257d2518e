import pytest
from hypothesis import given
from hypothesis import strategies as st

from roxy.contracts.models import (
    ChatRequest,
    Message,
    Part,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)
from roxy.errors import ContextTooLong
from roxy.llm.trimming import estimate, trimmed

pytestmark = pytest.mark.requirement("models.trimming")


def text(role: Role, words: str = "words") -> Message:
    return Message(role=role, parts=(TextPart(text=words),))


def call(*ids: str) -> Message:
    parts: tuple[Part, ...] = tuple(ToolCallPart(id=id_, name="t") for id_ in ids)
    return Message(role=Role.ASSISTANT, parts=parts)


def result(*ids: str, content: str = "done") -> Message:
    return Message(role=Role.TOOL, parts=tuple(ToolResultPart(call_id=id_, name="t", content=content) for id_ in ids))


@st.composite
def conversations(draw) -> list[Message]:
    """Turns of a question, rounds of parallel calls with results in one or several messages, and an answer."""
    number = 0
    messages = [text(Role.SYSTEM, "s" * draw(st.integers(0, 30)))] if draw(st.booleans()) else []
    for _ in range(draw(st.integers(1, 6))):
        messages.append(text(Role.USER, "q" * draw(st.integers(0, 60))))
        for _ in range(draw(st.integers(0, 3))):
            ids = [f"c{number + n}" for n in range(draw(st.integers(1, 3)))]
            number += 0 if draw(st.booleans()) else len(ids)  # some servers use the same ids again
            messages.append(call(*ids))
            size = draw(st.integers(0, 60))
            if draw(st.booleans()):
                messages.append(result(*ids, content="r" * size))
            else:
                messages += [result(id_, content="r" * size) for id_ in reversed(ids)]
        if draw(st.booleans()):
            messages.append(text(Role.ASSISTANT, "a" * draw(st.integers(0, 60))))
    return messages


def owners(messages: list[Message]) -> list[tuple[int, int]]:
    """For each result: the identities of its own message and of that with its call."""
    pairs, called = [], {}
    for message in messages:
        for part in message.parts:
            if isinstance(part, ToolCallPart):
                called[part.id] = id(message)
            elif isinstance(part, ToolResultPart):
                pairs.append((id(message), called[part.call_id]))
    return pairs


@given(conversations(), st.integers(20, 400))
def test_what_is_kept_fits_and_parts_no_call_from_its_result(messages, context):
    request = ChatRequest(messages=messages)
    try:
        kept = list(trimmed(request, context, max_output_tokens=10).messages)
    except ContextTooLong:
        newest = [message for message in messages if message.role is Role.SYSTEM]
        newest += messages[max(n for n, message in enumerate(messages) if message.role is Role.USER) :]
        assert sum(map(estimate, newest)) > context - 10
        return
    assert sum(map(estimate, kept)) <= context - 10
    there = {id(message) for message in kept}
    for one, other in owners(messages):
        assert (one in there) == (other in there)
    places = [next(n for n, message in enumerate(messages) if message is each) for each in kept]
    assert places == sorted(places)
    assert [each for each in messages if each.role is Role.SYSTEM] == [k for k in kept if k.role is Role.SYSTEM]
    rest = [each for each in kept if each.role is not Role.SYSTEM]
    assert rest[0].role is Role.USER
    assert kept[-1] is messages[-1]


def test_a_conversation_that_fits_is_left_as_it_is():
    request = ChatRequest(messages=[text(Role.USER), call("c1"), result("c1")])
    assert trimmed(request, 10_000) is request
    assert trimmed(request, 0) is request


def test_whole_turns_go_from_the_oldest_on():
    system, old, newer = text(Role.SYSTEM), text(Role.USER, "a" * 300), text(Role.USER, "b" * 30)
    kept = trimmed(ChatRequest(messages=[system, old, call("c"), result("c"), newer]), 100, 20).messages
    assert kept == [system, newer]


def test_in_a_turn_that_is_too_long_the_question_stays_and_the_oldest_rounds_go():
    question = text(Role.USER, "which?")
    rounds = [[call(f"c{n}"), result(f"c{n}", content="r" * 120)] for n in range(4)]
    messages = [question, *(message for each in rounds for message in each)]
    kept = trimmed(ChatRequest(messages=messages), 180, 20).messages
    assert kept == [question, *rounds[2], *rounds[3]]


def test_a_question_that_does_not_fit_is_told():
    with pytest.raises(ContextTooLong, match="longer than the model can read"):
        trimmed(ChatRequest(messages=[text(Role.USER, "q" * 10_000)]), 1000)


def test_the_tools_and_the_answer_take_their_room_too():
    messages = [text(Role.USER, "a" * 90), text(Role.USER, "b" * 90)]
    tool = ToolSpec(name="t", description="d" * 150, parameters={"type": "object"})
    assert len(trimmed(ChatRequest(messages=messages), 120, 20).messages) == 2
    assert len(trimmed(ChatRequest(messages=messages, tools=[tool]), 120, 20).messages) == 1
    assert len(trimmed(ChatRequest(messages=messages, max_output_tokens=60), 120, 20).messages) == 1


def test_words_of_any_script_are_rather_estimated_too_long_than_too_short():
    assert estimate(text(Role.USER, "好" * 300)) >= 300
    assert estimate(text(Role.USER, "The weather is fine today. " * 10)) >= 60
    assert estimate(text(Role.USER, "\ud800")) > 0
