"""Strategies: canonical conversations, and what providers themselves would write. All made up by hand."""

import json

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from roxy.contracts.models import Message, Role, TextPart, ToolCallPart, ToolResultPart

patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For properties: a busy machine is no reason to fail."""

words = st.text(min_size=1, max_size=12)
scalars = st.none() | st.booleans() | st.integers(-(10**6), 10**6) | st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    scalars | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(st.text(min_size=1, max_size=6), json_values, max_size=3)
tool_names = st.sampled_from(["time.now", "files.read_file", "weather", "mcp__a__b", "größe.x", "7zip.list", "a" * 40])
texts = st.builds(lambda text: TextPart(text=text), words)


def same(one, other):
    """Equal as JSON, after sorting of keys."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


@st.composite
def conversations(draw, contents=words, *, errors=False):
    """What every provider can say: system, then people and models, results right after their calls."""
    messages = [Message(role=Role.SYSTEM, parts=(draw(texts),))] if draw(st.booleans()) else []
    number = 0
    for _ in range(draw(st.integers(0, 4))):
        messages.append(Message(role=Role.USER, parts=tuple(draw(st.lists(texts, min_size=1, max_size=3)))))
        calls = []
        for _ in range(draw(st.integers(0, 3))):
            number += 1
            calls.append(ToolCallPart(id=f"call-{number}", name=draw(tool_names), arguments=draw(objects)))
        said = draw(st.lists(texts, min_size=0 if calls else 1, max_size=2))
        messages.append(Message(role=Role.ASSISTANT, parts=(*said, *calls)))
        if calls:
            results = tuple(
                ToolResultPart(
                    call_id=call.id,
                    name=call.name,
                    content=draw(contents),
                    is_error=draw(st.booleans()) if errors else False,
                )
                for call in calls
            )
            messages.append(Message(role=Role.TOOL, parts=results))
    return messages


def _with(required, **optional):
    """Objects with these fields, any of the optional ones, and at times one that nobody knows."""
    return st.builds(
        lambda known, more, stranger: {**more, **known, **stranger},
        st.fixed_dictionaries(required),
        st.fixed_dictionaries({}, optional=optional),
        st.just({}) | st.fixed_dictionaries({"x_new": json_values}),
    )


ids = st.sampled_from(["a1", "b2", "c3"])
wire_tools = st.sampled_from(["time__now", "weather", "mcp__a__b", "a___b", "x-y"])
argument_texts = st.sampled_from(
    ["", "{}", '{"a": 1}', '{"a":1.0}', "{broken", "[1]", "NaN", '{"a":1e999}', '{"a":{"b":[]}}']
)
strange_blocks = _with({"type": st.sampled_from(["image_url", "later_kind"])}) | st.just({"type": "text"})

chat_blocks = _with({"type": st.just("text"), "text": words | st.just("")}) | strange_blocks
chat_contents = words | st.just("") | st.none() | st.lists(chat_blocks, max_size=3)
chat_calls = (
    _with(
        {
            "id": ids,
            "type": st.just("function"),
            "function": _with({"name": wire_tools, "arguments": argument_texts}),
        }
    )
    | st.just({"id": "z", "type": "custom", "custom": {"name": "grep", "input": "x"}})
    | st.just({"type": "later"})
)
chat_items = (
    _with({"role": st.sampled_from(["system", "developer", "user"]), "content": chat_contents}, name=words)
    | _with(
        {"role": st.just("assistant")},
        content=chat_contents,
        tool_calls=st.lists(chat_calls, max_size=3),
        refusal=st.none() | words,
        reasoning_content=words,
        reasoning=words,
    )
    | _with({"role": st.just("tool"), "tool_call_id": ids, "content": words | st.lists(chat_blocks, max_size=2)})
    | _with({"role": st.just("function"), "content": words})
    | st.just({})
)

response_blocks = (
    _with(
        {"type": st.sampled_from(["input_text", "output_text"]), "text": words | st.just("")},
        annotations=st.lists(objects, max_size=1),
    )
    | _with({"type": st.just("refusal"), "refusal": words})
    | strange_blocks
)
response_items = (
    _with(
        {
            "role": st.sampled_from(["user", "system", "developer", "assistant"]),
            "content": words | st.just("") | st.lists(response_blocks, max_size=3),
        },
        type=st.just("message"),
        id=ids,
        status=st.just("completed"),
        phase=st.just("final_answer"),
    )
    | _with(
        {"type": st.just("function_call"), "call_id": ids, "name": wire_tools, "arguments": argument_texts},
        id=ids,
        status=st.just("completed"),
    )
    | _with({"type": st.just("function_call_output"), "call_id": ids, "output": words | st.lists(response_blocks)})
    | _with(
        {"type": st.just("reasoning"), "id": ids},
        summary=st.lists(_with({"type": st.just("summary_text"), "text": words}), max_size=2),
        encrypted_content=st.none() | words,
    )
    | _with({"type": st.sampled_from(["web_search_call", "later_item"])}, id=ids)
    | st.just({})
)

claude_blocks = (
    _with({"type": st.just("text"), "text": words | st.just("")}, citations=st.none())
    | _with({"type": st.just("thinking"), "thinking": words | st.just(""), "signature": words})
    | _with({"type": st.just("redacted_thinking"), "data": words})
    | _with({"type": st.just("tool_use"), "id": ids, "name": wire_tools, "input": objects})
    | _with(
        {"type": st.just("tool_result"), "tool_use_id": ids},
        content=words | st.just("") | st.lists(_with({"type": st.just("text"), "text": words}) | strange_blocks),
        is_error=st.booleans(),
    )
    | _with({"type": st.sampled_from(["server_tool_use", "later_block"])})
)
claude_items = _with(
    {"role": st.sampled_from(["user", "assistant", "system", "later"])},
    content=words | st.just("") | st.lists(claude_blocks, max_size=4),
)
claude_systems = st.none() | words | st.lists(claude_blocks, max_size=2)

gemini_parts = (
    _with({"text": words | st.just("")}, thought=st.booleans(), thoughtSignature=words)
    | _with({"functionCall": _with({"name": wire_tools}, id=ids, args=objects | st.none())}, thoughtSignature=words)
    | _with(
        {
            "functionResponse": _with(
                {
                    "name": wire_tools,
                    "response": objects
                    | st.fixed_dictionaries({"output": json_values})
                    | st.fixed_dictionaries({"error": json_values}),
                },
                id=ids,
            )
        }
    )
    | _with({"inlineData": objects})
    | st.just({"functionCall": {}})
)
gemini_items = _with(
    {}, role=st.sampled_from(["user", "model", "function", "later"]), parts=st.lists(gemini_parts, max_size=4)
)
gemini_systems = st.none() | _with({"parts": st.lists(gemini_parts, max_size=2)}, role=st.just("user"))


@st.composite
def mangled(draw, items):
    """Items in which one value, at any depth, has become something else."""
    item = draw(items)
    place: list = []
    while isinstance(item, dict | list) and item and (not place or draw(st.booleans())):
        key = draw(st.sampled_from(list(item) if isinstance(item, dict) else range(len(item))))
        place.append((item, key))
        item = item[key]
    changed = draw(json_values)
    for parent, key in reversed(place):
        copy = dict(parent) if isinstance(parent, dict) else list(parent)
        copy[key] = changed
        changed = copy
    return changed if isinstance(changed, dict) else {}
