"""Messages as JSON and back, without loss: what the store and the events keep of a conversation with a model."""

from collections.abc import Mapping
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
)


def message_as_json(message: Message) -> dict[str, Any]:
    """The message as plain JSON values."""
    document: dict[str, Any] = {"role": message.role.value, "parts": [_part(part) for part in message.parts]}
    return document | _extra(message.extra)


def message_from_json(data: Mapping[str, Any]) -> Message:
    """The message that `message_as_json` wrote; raises `ValueError` or `KeyError` when it is none."""
    return Message(
        role=Role(data["role"]), parts=tuple(_read(part) for part in data["parts"]), extra=data.get("extra", {})
    )


def _extra(extra: Mapping[str, Any]) -> dict[str, Any]:
    return {"extra": {name: dict(value) for name, value in extra.items()}} if extra else {}


def _part(part: Part) -> dict[str, Any]:
    match part:
        case TextPart(text=text):
            return {"type": "text", "text": text, **_extra(part.extra)}
        case ReasoningPart(text=text):
            return {"type": "reasoning", "text": text, **_extra(part.extra)}
        case ToolCallPart():
            call = {"type": "tool_call", "id": part.id, "name": part.name, "arguments": dict(part.arguments)}
            return call | _extra(part.extra)
        case ToolResultPart():
            result = {"type": "tool_result", "call_id": part.call_id, "name": part.name, "content": part.content}
            return result | {"is_error": part.is_error} | _extra(part.extra)
        case OpaquePart():
            return {"type": "opaque", "provider": part.provider, "data": dict(part.data)}


_KINDS: Mapping[str, type[Any]] = {
    "text": TextPart,
    "reasoning": ReasoningPart,
    "tool_call": ToolCallPart,
    "tool_result": ToolResultPart,
    "opaque": OpaquePart,
}


def _read(data: Mapping[str, Any]) -> Part:
    part: Part = _KINDS[data["type"]](**{name: value for name, value in data.items() if name != "type"})
    return part
