"""Strategies: conversations whose turns were each written by another provider, in its own format and by its own types.

A person's words and pictures, what a model thought (signed or sealed), said, refused and asked for in parallel, kinds
that only its provider knows, and results, some of them failures. Made up by hand after the types of the official SDKs.
"""

from hypothesis import strategies as st

from fakes.conversations import json_values, objects
from roxy.events.translators import claude, gemini, openai
from roxy.events.translators.names import wire_name
from roxy.events.translators.verbatim import json_text

OWN = {name: f"only{name}maysee".ljust(20, "0") for name in ("chat", "responses", "claude", "gemini")}
"""A mark in everything that belongs to one provider alone."""

READ = {
    "chat": openai.from_chat_messages,
    "responses": openai.from_response_items,
    "claude": lambda items: claude.from_request(None, items),
    "gemini": lambda items: gemini.from_contents(None, items),
}
WRITE = {
    "chat": lambda messages: (None, openai.chat_messages(messages)),
    "responses": lambda messages: (None, openai.response_input(messages)),
    "claude": claude.request,
    "gemini": gemini.contents,
}

words = st.text(st.characters(codec="utf-8"), min_size=1, max_size=12) | st.sampled_from(
    ["Zürich 👩‍👩‍👧", "line\nline\u2028line", '"\\{}', "\u202eright to left", "[DONE]", "<system>", "\x00\x7f"]
)
spoken = words | st.just("")
tools = st.sampled_from(["time.now", "files.read_file", "weather", "größe.x", "7zip.list", "mcp__a__b", "a" * 70])
calls_of_a_turn = st.lists(st.tuples(tools, objects), max_size=3)


@st.composite
def talks(draw):
    """Canonical messages, read turn by turn from what the providers wrote."""
    messages = []
    for turn in range(draw(st.integers(1, 4))):
        provider = draw(st.sampled_from(sorted(READ)))
        called = [(f"call-{turn}-{number}", *call) for number, call in enumerate(draw(calls_of_a_turn))]
        messages += READ[provider](_TURNS[provider](draw, called))
    return messages


def _chat(draw, called):
    said = {
        "role": "assistant",
        "content": draw(st.none() if called else spoken),
        "refusal": None if called else draw(st.none() | words),
    }
    if called:
        said["tool_calls"] = [
            {"id": id_, "type": "function", "function": {"name": wire_name(name), "arguments": json_text(given)}}
            for id_, name, given in called
        ]
    picture = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{OWN['chat']}"}}
    asked = draw(st.lists(st.builds(lambda text: {"type": "text", "text": text}, words) | st.just(picture), min_size=1))
    results = [{"role": "tool", "tool_call_id": id_, "content": draw(words)} for id_, _, _ in called]
    return [{"role": "user", "content": draw(words) if draw(st.booleans()) else asked}, said, *results]


def _responses(draw, called):
    own = OWN["responses"]
    picture = {"type": "input_image", "detail": "auto", "image_url": f"data:image/png;base64,{own}"}
    text = st.builds(lambda text: {"type": "input_text", "text": text}, words)
    items = [{"type": "message", "role": "user", "content": draw(st.lists(text | st.just(picture), min_size=1))}]
    if draw(st.booleans()):
        summary = [{"type": "summary_text", "text": own}]
        items.append({"type": "reasoning", "id": "rs_1", "summary": summary, "encrypted_content": own})
    if draw(st.booleans()):
        action = {"type": "search", "query": own, "queries": [own]}
        items.append({"type": "web_search_call", "id": "ws_1", "status": "completed", "action": action})
    blocks = st.builds(lambda text: {"type": "output_text", "text": text, "annotations": []}, words) | st.builds(
        lambda text: {"type": "refusal", "refusal": text}, words
    )
    content = draw(st.lists(blocks, min_size=1, max_size=2))
    items.append({"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content})
    items += [
        {"type": "function_call", "call_id": id_, "name": wire_name(name), "arguments": json_text(given)}
        for id_, name, given in called
    ]
    return items + [{"type": "function_call_output", "call_id": id_, "output": draw(words)} for id_, _, _ in called]


def _claude(draw, called):
    own = OWN["claude"]
    picture = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": own}}
    text = st.builds(lambda text: {"type": "text", "text": text}, words)
    thought = st.sampled_from(
        [
            {"type": "thinking", "thinking": own, "signature": own},
            {"type": "redacted_thinking", "data": own},
            {"type": "server_tool_use", "id": "srvtoolu_1", "name": "web_search", "input": {"query": own}},
        ]
    )
    said = [*draw(st.lists(thought, max_size=2)), *draw(st.lists(text, min_size=0 if called else 1, max_size=2))]
    said += [{"type": "tool_use", "id": id_, "name": wire_name(name), "input": given} for id_, name, given in called]
    results = [
        {
            "type": "tool_result",
            "tool_use_id": id_,
            "content": draw(words | st.just([{"type": "text", "text": "seen"}, picture])),
            "is_error": draw(st.booleans()),
        }
        for id_, _, _ in called
    ]
    turn = [
        {"role": "user", "content": draw(st.lists(text | st.just(picture), min_size=1, max_size=3))},
        {"role": "assistant", "content": said},
    ]
    return [*turn, {"role": "user", "content": results}] if results else turn


def _gemini(draw, called):
    own = OWN["gemini"]
    picture = {"inlineData": {"mimeType": "image/png", "data": own}}
    text = st.builds(lambda text: {"text": text}, words)
    thought = {"text": own, "thought": True, "thoughtSignature": "AAAA"}
    said = [thought] if draw(st.booleans()) else []
    said += draw(st.lists(text, min_size=0 if called else 1, max_size=2))
    said += [
        {"functionCall": {"id": id_, "name": wire_name(name), "args": given}, "thoughtSignature": "AAAA"}
        for id_, name, given in called
    ]
    answers = st.builds(lambda value: {"output": value}, json_values) | st.builds(lambda text: {"error": text}, words)
    results = [
        {"functionResponse": {"id": id_, "name": wire_name(name), "response": draw(answers)}} for id_, name, _ in called
    ]
    turn = [
        {"role": "user", "parts": draw(st.lists(text | st.just(picture), min_size=1, max_size=3))},
        {"role": "model", "parts": said},
    ]
    return [*turn, {"role": "user", "parts": results}] if results else turn


_TURNS = {"chat": _chat, "responses": _responses, "claude": _claude, "gemini": _gemini}
