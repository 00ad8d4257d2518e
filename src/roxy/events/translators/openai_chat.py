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
    Codec,
    Object,
    Unreadable,
    Wire,
    arguments_of,
    difference,
    joined_text,
    json_text,
    object_of,
    overlay,
    result_text,
    text_of,
)

PROVIDER = "openai"

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
        return [item for part in message.parts if (item := _RESULT.write(part)) is not None]
    said = _said(message)
    kept = message.extra.get(PROVIDER)
    if not kept:
        return [said] if said else []
    whole = overlay(said, kept)
    try:
        same = _plain(whole, Wire(tools=_own_tools(message))) == replace(message, extra={}, parts=_own(message.parts))
    except Unreadable:
        same = not message.parts
    if same:
        return [whole]
    return [{key: value for key, value in kept.items() if key not in _KNOWN} | said] if said else []


def _own(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """The parts as they would be read from here: without what belongs to other providers."""
    return tuple(
        part
        if isinstance(part, OpaquePart)
        else replace(part, extra={name: kept for name, kept in part.extra.items() if name == PROVIDER})
        for part in parts
    )


def _own_tools(message: Message) -> dict[str, str]:
    return {wire_name(part.name): part.name for part in message.parts if isinstance(part, ToolCallPart)}


def _said(message: Message) -> dict[str, Any]:
    """The message without what is kept of it as a whole; empty when nothing of it can be said."""
    fields: dict[str, Any] = {}
    blocks: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = []
    for part in message.parts:
        if isinstance(part, ToolCallPart):
            calls += [call] if (call := _CALL.write(part)) else []
        elif (named := _field(part)) is not None:
            fields[named] = part.text if isinstance(part, ReasoningPart | TextPart) else None
        else:
            blocks += [block] if (block := _BLOCK.write(part)) else []
    if not (fields or blocks or calls):
        return {}
    said: dict[str, Any] = {"role": message.role.value, "content": _content(message.parts, blocks)}
    if calls:
        said["tool_calls"] = calls
    return said | fields


def _content(parts: tuple[Part, ...], blocks: list[dict[str, Any]]) -> Any:
    if not blocks:
        return None
    (first, *rest) = blocks
    if not rest and first.keys() == {"type", "text"} and any(isinstance(part, TextPart) for part in parts):
        return first["text"]
    return blocks


def _field(part: Part) -> str | None:
    """The field of a message that holds this part, when it is neither content nor a call."""
    if isinstance(part, ReasoningPart | TextPart):
        named = part.extra.get(PROVIDER, {}).get("field")
        return named if isinstance(named, str) else None
    return None


def _read(item: Object, wire: Wire) -> Message:
    if item.get("role") == "tool":
        part = _RESULT.read(item, wire)
        if isinstance(part, ToolResultPart):
            return Message(role=Role.TOOL, parts=(part,))
    try:
        message = _plain(item, wire)
    except Unreadable:
        return Message(role=Role.ASSISTANT, parts=(), extra={PROVIDER: dict(item)})
    wire.called |= {part.id: part.name for part in message.parts if isinstance(part, ToolCallPart)}
    kept = difference(item, _said(message))
    return replace(message, extra={PROVIDER: kept}) if kept else message


def _plain(item: Object, wire: Wire) -> Message:
    role = _ROLES.get(text_of(item, "role"))
    if role is None:
        raise Unreadable
    parts: list[Part] = []
    for name in _THOUGHTS:
        if isinstance(item.get(name), str):
            parts.append(ReasoningPart(text=item[name], extra={PROVIDER: {"field": name}}))
    parts += _blocks(item.get("content"), wire)
    if isinstance(item.get("refusal"), str):
        parts.append(TextPart(text=item["refusal"], extra={PROVIDER: {"field": "refusal"}}))
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
    if not isinstance(content, list) or not all(isinstance(block, Mapping) for block in content):
        raise Unreadable
    return [_BLOCK.read(block, wire) for block in content]


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
