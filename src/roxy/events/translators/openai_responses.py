"""OpenAI's Responses: input and output items, and tools.

Items are flat. Those of the model in a row (messages, reasoning, function calls, kinds not known) are one canonical
message in their order; outputs of functions in a row are one message of the role `tool`. What this format cannot say,
and so does not come back: where one message of the model ends and the next begins, that a result is an error (its text
begins with "Error: "), a result as JSON (it becomes JSON text), an empty message, reasoning of other providers.
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
from roxy.events.translators.openai_chat import marked_text
from roxy.events.translators.verbatim import (
    Codec,
    Object,
    Unreadable,
    Wire,
    arguments_of,
    difference,
    joined_text,
    json_text,
    overlay,
    text_of,
    word,
)

PROVIDER = "openai.responses"
"""The key in `extra`. It is not that of chat completions: one's fields are unknown to the other."""

_ITEM = "roxy.item"
"""In the `extra` of the first part of a message item: the fields of the item."""
_JOINED = "roxy.joined"
"""In the `extra` of the further parts of that item."""
_TEXTS = frozenset({"input_text", "output_text", "text"})
_ROLES = {"system": Role.SYSTEM, "developer": Role.SYSTEM, "user": Role.USER}
_KNOWN = frozenset({"type", "role", "content"})


def response_input(messages: Sequence[Message]) -> list[dict[str, Any]]:
    """The `input` of a request to `responses`."""
    items: list[dict[str, Any]] = []
    for message in messages:
        if message.role in {Role.ASSISTANT, Role.TOOL}:
            items += _model_items(message.parts)
        elif item := _person_item(message):
            items.append(item)
    return items


def from_response_items(items: Iterable[Object], tools: Mapping[str, str] | None = None) -> list[Message]:
    """Messages from `input` or `output` items; `tools` maps names on the wire back (`names.wire_names`)."""
    wire = Wire(tools=tools or {})
    messages: list[Message] = []
    for item in items:
        message = _read(item, wire)
        wire.called |= {part.id: part.name for part in message.parts if isinstance(part, ToolCallPart)}
        if messages and message.role in {Role.ASSISTANT, Role.TOOL} and messages[-1].role is message.role:
            messages[-1] = replace(messages[-1], parts=messages[-1].parts + message.parts)
        else:
            messages.append(message)
    return messages


def response_tools(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools of a request to `responses`; not strict, since schemas of MCP tools rarely fit that."""
    return [
        {
            "type": "function",
            "name": wire_name(spec.name),
            "description": spec.description,
            "parameters": dict(spec.parameters),
            "strict": False,
        }
        for spec in specs
    ]


def _read(item: Object, wire: Wire) -> Message:
    if word(item, "role") in _ROLES and item.get("type", "message") == "message":
        return _person(item, wire)
    if item.get("type", "message") == "message" and isinstance(item.get("content"), list) and item["content"]:
        parts = _spoken(item, wire)
        if parts:
            return Message(role=Role.ASSISTANT, parts=parts)
    part = _ITEMS.read(item, wire)
    return Message(role=Role.TOOL if isinstance(part, ToolResultPart) else Role.ASSISTANT, parts=(part,))


def _person(item: Object, wire: Wire) -> Message:
    content = item.get("content")
    parts: tuple[Part, ...] = ()
    if isinstance(content, str):
        parts = (TextPart(text=content),)
    elif isinstance(content, list) and all(isinstance(block, Mapping) for block in content):
        parts = tuple(_BLOCK.read(block, wire) for block in content)
    message = Message(role=_ROLES[item["role"]], parts=parts)
    kept = difference(item, _said(message))
    return replace(message, extra={PROVIDER: kept}) if kept else message


def _person_item(message: Message) -> dict[str, Any] | None:
    said = _said(message)
    kept = message.extra.get(PROVIDER)
    if not kept:
        return said or None
    whole = overlay(said, kept)
    if _says(whole, message):
        return whole
    return {key: value for key, value in kept.items() if key not in _KNOWN} | said if said else None


def _says(whole: Object, message: Message) -> bool:
    again = _person(whole, Wire()) if word(whole, "role") in _ROLES else None
    return again is not None and again.role is message.role and again.parts == message.parts


def _said(message: Message) -> dict[str, Any]:
    blocks = _BLOCK.write_all(message.parts)
    if not blocks:
        return {}
    plain = len(blocks) == 1 and blocks[0].keys() == {"type", "text"} and blocks[0]["type"] == "input_text"
    return {"type": "message", "role": message.role.value, "content": blocks[0]["text"] if plain else blocks}


def _spoken(item: Object, wire: Wire) -> tuple[Part, ...]:
    """The parts of a message of the model; empty when one of its blocks is not text."""
    parts: list[Part] = []
    for block in item["content"]:
        part = _SPOKEN.read(block, wire) if isinstance(block, Mapping) else None
        if not isinstance(part, TextPart):
            return ()
        fields = {_JOINED: True} if parts else {_ITEM: {key: item[key] for key in item if key != "content"}}
        parts.append(replace(part, extra={PROVIDER: {**part.extra.get(PROVIDER, {}), **fields}}))
    return tuple(parts)


def _model_items(parts: tuple[Part, ...]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for part in parts:
        kept = part.extra.get(PROVIDER, {}) if isinstance(part, TextPart) else {}
        if isinstance(part, TextPart) and (_ITEM in kept or _JOINED in kept):
            _add_spoken(part, kept, items)
        else:
            items += _ITEMS.write_all([part])
    return items


def _add_spoken(part: TextPart, kept: Object, items: list[dict[str, Any]]) -> None:
    """Add a block to the message item it belongs to, or begin one."""
    rest = {key: value for key, value in kept.items() if key not in {_ITEM, _JOINED}}
    blocks = _SPOKEN.write_all([replace(part, extra={PROVIDER: rest})])
    if _JOINED in kept and items and isinstance(items[-1].get("content"), list):
        items[-1]["content"] += blocks
    else:
        items.append({**kept.get(_ITEM, {"type": "message", "role": "assistant"}), "content": blocks})


def _parse_block(found: Object, _: Wire) -> Part:
    match found.get("type"):
        case "input_text" | "output_text" | "text":
            return TextPart(text=text_of(found, "text"))
        case "refusal":
            return TextPart(text=text_of(found, "refusal"))
        case _:
            raise Unreadable


def _render_input(part: Part) -> dict[str, Any] | None:
    return {"type": "input_text", "text": part.text} if isinstance(part, TextPart) else None


def _render_output(part: Part) -> dict[str, Any] | None:
    return {"type": "output_text", "text": part.text, "annotations": []} if isinstance(part, TextPart) else None


def _parse_item(found: Object, wire: Wire) -> Part:
    match found.get("type", "message"):
        case "message" if found.get("role") == "assistant":
            return TextPart(text=text_of(found, "content"))
        case "function_call":
            arguments = arguments_of(text_of(found, "arguments"))
            return ToolCallPart(
                id=text_of(found, "call_id"), name=wire.name(text_of(found, "name")), arguments=arguments
            )
        case "function_call_output":
            call_id = text_of(found, "call_id")
            content = joined_text(found.get("output"), _TEXTS)
            return ToolResultPart(call_id=call_id, name=wire.called.get(call_id, ""), content=content)
        case "reasoning":
            return ReasoningPart(text=_thoughts(found))
        case _:
            raise Unreadable


def _thoughts(found: Object) -> str:
    """What can be read of a reasoning item: its text, else the summary of it."""
    for key in ("content", "summary"):
        pieces = found.get(key)
        if isinstance(pieces, list) and pieces and all(isinstance(piece, Mapping) for piece in pieces):
            return "\n\n".join(text_of(piece, "text") for piece in pieces)
    return ""


def _render_item(part: Part) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"type": "message", "role": "assistant", "content": part.text}
        case ToolCallPart():
            name, arguments = wire_name(part.name), json_text(dict(part.arguments))
            return {"type": "function_call", "call_id": part.id, "name": name, "arguments": arguments}
        case ToolResultPart():
            return {"type": "function_call_output", "call_id": part.call_id, "output": marked_text(part)}
        case ReasoningPart() | OpaquePart():
            return None


_BLOCK = Codec(PROVIDER, _parse_block, _render_input, frozenset({"type", "text", "refusal"}))
_SPOKEN = Codec(PROVIDER, _parse_block, _render_output, frozenset({"type", "text", "refusal"}))
_ITEMS = Codec(
    PROVIDER,
    _parse_item,
    _render_item,
    frozenset({"type", "role", "content", "summary", "call_id", "name", "arguments", "output"}),
)
