"""Canonical messages as JSON and back, without loss: the form in which they stand in events and in the store."""

from collections.abc import Callable, Mapping
from typing import Any

from roxy.contracts.models import (
    Extra,
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
    """`{"role", "parts": [{"kind", …}], "extra"?}`; what is empty by default is left out."""
    found: dict[str, Any] = {"role": message.role.value, "parts": [_part_as_json(part) for part in message.parts]}
    return found | _extra_as_json(message.extra)


def message_from_json(data: Mapping[str, Any]) -> Message:
    """The message that `message_as_json` wrote. Raises `ValueError` when it is none."""
    try:
        parts = tuple(_PARTS[part["kind"]](part) for part in data["parts"])
        return Message(role=Role(data["role"]), parts=parts, extra=data.get("extra", {}))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"This is no message of Roxy's: {type(error).__name__}.") from error


def _part_as_json(part: Part) -> dict[str, Any]:
    match part:
        case TextPart():
            return {"kind": "text", "text": part.text, **_extra_as_json(part.extra)}
        case ReasoningPart():
            return {"kind": "reasoning", "text": part.text, **_extra_as_json(part.extra)}
        case ToolCallPart():
            call = {"kind": "tool_call", "id": part.id, "name": part.name, "arguments": dict(part.arguments)}
            return call | _extra_as_json(part.extra)
        case ToolResultPart():
            result = {"kind": "tool_result", "call_id": part.call_id, "name": part.name, "content": part.content}
            return result | ({"is_error": True} if part.is_error else {}) | _extra_as_json(part.extra)
        case OpaquePart():
            return {"kind": "opaque", "provider": part.provider, "data": dict(part.data)}


def _extra_as_json(extra: Extra) -> dict[str, Any]:
    return {"extra": {provider: dict(fields) for provider, fields in extra.items()}} if extra else {}


def _text(data: Mapping[str, Any]) -> Part:
    return TextPart(text=data["text"], extra=data.get("extra", {}))


def _reasoning(data: Mapping[str, Any]) -> Part:
    return ReasoningPart(text=data["text"], extra=data.get("extra", {}))


def _tool_call(data: Mapping[str, Any]) -> Part:
    extra = data.get("extra", {})
    return ToolCallPart(id=data["id"], name=data["name"], arguments=data["arguments"], extra=extra)


def _tool_result(data: Mapping[str, Any]) -> Part:
    return ToolResultPart(
        call_id=data["call_id"],
        name=data["name"],
        content=data["content"],
        is_error=data.get("is_error", False),
        extra=data.get("extra", {}),
    )


def _opaque(data: Mapping[str, Any]) -> Part:
    return OpaquePart(provider=data["provider"], data=data["data"])


_PARTS: dict[str, Callable[[Mapping[str, Any]], Part]] = {
    "text": _text,
    "reasoning": _reasoning,
    "tool_call": _tool_call,
    "tool_result": _tool_result,
    "opaque": _opaque,
}
