"""Chat completions, as OpenAI and every compatible server speak them: messages and tools.

What this format cannot say, and so does not come back: text after a call within one message (all text goes first),
that a result is an error (its text begins with "Error: "), a result as JSON (it becomes JSON text), several tool
messages in a row (they are one, with several results), an empty message, reasoning of other providers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roxy.contracts.models import (
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    Role,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)
from roxy.events.translators.names import wire_name
from roxy.events.translators.verbatim import (
    ABSENT,
    Codec,
    Object,
    Unreadable,
    Wire,
    arguments_of,
    difference,
    joined_text,
    json_text,
    object_of,
    objects_of,
    overlay,
    result_text,
    text_of,
)

PROVIDER = "openai"

_FIELD = "roxy.field"
"""In a part's `extra`: the field of the message that holds it."""
_TEXT = frozenset({"text"})
_ROLES = {"system": Role.SYSTEM, "developer": Role.SYSTEM, "user": Role.USER, "assistant": Role.ASSISTANT}
_THOUGHTS = ("reasoning_content", "reasoning")
"""Where compatible servers put what a model thought: DeepSeek and vLLM, OpenRouter and Ollama."""
_KNOWN = frozenset({"role", "content", "tool_calls", "refusal", *_THOUGHTS})


def chat_messages(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The messages of a request to `chat.completions`."""
    return [item for message in messages for item in _items(message)]


def from_chat_messages(items: Iterable[Object], tools: Mapping[str, str] | None = None) -> list[Message]:
    """Messages from a request's or an answer's; `tools` maps names on the wire back (`names.wire_names`).

    Results in a row become one message. An item of an unknown role is kept verbatim for OpenAI alone.
    """
    wire = Wire(tools=tools or {})
    messages: list[Message] = []
    for item in items:
        message = _read(item, wire)
        if message.role is Role.TOOL and messages and messages[-1].role is Role.TOOL:
            messages[-1] = replace(messages[-1], parts=messages[-1].parts + message.parts)
        else:
            messages.append(message)
    return messages


def chat_tools(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools of a request to `chat.completions`."""
    return [
        {
            "type": "function",
            "function": {
                "name": wire_name(spec.name),
                "description": spec.description,
                "parameters": dict(spec.parameters),
            },
        }
        for spec in specs
    ]


def _items(message: Message) -> list[dict[str, Any]]:
    if message.role is Role.TOOL:
        return _RESULT.write_all(message.parts)
    said = _said(message)
    kept = message.extra.get(PROVIDER)
    if not kept:
        return [said] if said else []
    whole = overlay(said, kept)
    if _says(whole, message):
        return [whole]
    return [{key: value for key, value in kept.items() if key not in _KNOWN} | said] if said else []


def _says(whole: Object, message: Message) -> bool:
    """Is the item, as it was kept, still what the message says?"""
    tools = {wire_name(part.name): part.name for part in message.parts if isinstance(part, ToolCallPart)}
    try:
        return _plain(whole, Wire(tools=tools)) == replace(message, extra={}, parts=_own(message.parts))
    except Unreadable:
        return not message.parts


def _own(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts as they would be read from here: without what belongs to other providers."""
    return tuple(
        part
        if isinstance(part, OpaquePart)
        else replace(part, extra={name: kept for name, kept in part.extra.items() if name == PROVIDER})
        for part in parts
    )


def _said(message: Message) -> dict[str, Any]:
    """The message without what is kept of it as a whole; empty when nothing of it can be said."""
    fields = {name: words for part in message.parts for name, words in _field(part).items()}
    blocks = _BLOCK.write_all(part for part in message.parts if not _field(part))
    calls = _CALL.write_all(part for part in message.parts if isinstance(part, ToolCallPart))
    if not any((fields, blocks, calls)):
        return {}
    content = {"role": message.role.value, "content": _content(message.parts, blocks)}
    return content | ({"tool_calls": calls} if calls else {}) | fields


def _content(parts: tuple[Part, ...], blocks: list[dict[str, Any]]) -> Any:
    if not blocks:
        return None
    (first, *rest) = blocks
    if not rest and first.keys() == {"type", "text"} and any(isinstance(part, TextPart) for part in parts):
        return first["text"]
    return blocks


def _field(part: Part) -> dict[str, str]:
    """The field of a message that holds this part, when it is neither content nor a call."""
    if not isinstance(part, ReasoningPart | TextPart):
        return {}
    name = part.extra.get(PROVIDER, {}).get(_FIELD)
    return {name: part.text} if isinstance(name, str) else {}


def _read(item: Object, wire: Wire) -> Message:
    if item.get("role") == "tool":
        part = _RESULT.read(item, wire)
        if isinstance(part, ToolResultPart):
            return Message(role=Role.TOOL, parts=(part,))
    try:
        message = _plain(item, wire)
    except Unreadable:
        return Message(role=Role.ASSISTANT, parts=(), extra={PROVIDER: dict(item) or {ABSENT: []}})
    wire.called |= {part.id: part.name for part in message.parts if isinstance(part, ToolCallPart)}
    kept = difference(item, _said(message))
    return replace(message, extra={PROVIDER: kept}) if kept else message


def _plain(item: Object, wire: Wire) -> Message:
    role = _ROLES.get(text_of(item, "role"))
    if role is None:
        raise Unreadable
    thoughts = [name for name in _THOUGHTS if isinstance(item.get(name), str)]
    parts: list[Part] = [ReasoningPart(text=item[name], extra={PROVIDER: {_FIELD: name}}) for name in thoughts]
    parts += _blocks(item.get("content"), wire)
    if isinstance(item.get("refusal"), str):
        parts.append(TextPart(text=item["refusal"], extra={PROVIDER: {_FIELD: "refusal"}}))
    calls = item.get("tool_calls")
    for call in calls if isinstance(calls, list) else ():
        part = _CALL.read(call, wire) if isinstance(call, Mapping) else None
        parts += [part] if isinstance(part, ToolCallPart) else []
    return Message(role=role, parts=tuple(parts))


def _blocks(content: Any, wire: Wire) -> list[Part]:
    if isinstance(content, str):
        return [TextPart(text=content)]
    if content is None:
        return []
    return [_BLOCK.read(block, wire) for block in objects_of({"content": content}, "content")]


def _parse_block(found: Object, _: Wire) -> Part:
    match found.get("type"):
        case "text":
            return TextPart(text=text_of(found, "text"))
        case "refusal":
            return TextPart(text=text_of(found, "refusal"))
        case _:
            raise Unreadable


def _render_block(part: Part) -> dict[str, Any] | None:
    return {"type": "text", "text": part.text} if isinstance(part, TextPart) else None


def _parse_call(found: Object, wire: Wire) -> Part:
    if found.get("type") == "custom":
        custom = object_of(found, "custom")
        name, arguments = text_of(custom, "name"), {"input": text_of(custom, "input")}
    else:
        function = object_of(found, "function")
        name, arguments = text_of(function, "name"), arguments_of(text_of(function, "arguments"))
    return ToolCallPart(id=text_of(found, "id"), name=wire.name(name), arguments=arguments)


def _render_call(part: Part) -> dict[str, Any] | None:
    if not isinstance(part, ToolCallPart):
        return None
    function = {"name": wire_name(part.name), "arguments": json_text(dict(part.arguments))}
    return {"id": part.id, "type": "function", "function": function}


def _parse_result(found: Object, wire: Wire) -> Part:
    call_id = text_of(found, "tool_call_id")
    content = joined_text(found.get("content"), _TEXT)
    return ToolResultPart(call_id=call_id, name=wire.called.get(call_id, ""), content=content)


def _render_result(part: Part) -> dict[str, Any] | None:
    if not isinstance(part, ToolResultPart):
        return None
    return {"role": "tool", "tool_call_id": part.call_id, "content": marked_text(part)}


def marked_text(part: ToolResultPart) -> str:
    """A result's text; a failure says so in words, since OpenAI's formats have no flag for it."""
    text = result_text(part)
    return f"Error: {text}" if part.is_error and not text.startswith("Error") else text


_BLOCK = Codec(PROVIDER, _parse_block, _render_block, frozenset({"type", "text", "refusal"}))
_CALL = Codec(PROVIDER, _parse_call, _render_call, frozenset({"id", "type", "function", "custom"}))
_RESULT = Codec(PROVIDER, _parse_result, _render_result, frozenset({"role", "tool_call_id", "content"}))
