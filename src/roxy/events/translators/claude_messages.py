"""Anthropic's Messages: the system prompt, messages, tools.

What this format cannot say, and so does not come back: several system messages before the first other one (they are
one), an empty text, a result as JSON (it becomes JSON text), several messages of results in a row (they are one),
an empty message, reasoning of other providers.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import takewhile
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
from roxy.events.translators.blocks import BLOCKS, INSIDE, Blocks
from roxy.events.translators.names import wire_name
from roxy.events.translators.verbatim import (
    Codec,
    Object,
    Unreadable,
    Wire,
    joined_text,
    object_of,
    result_text,
    text_of,
)

PROVIDER = "anthropic"

System = str | list[dict[str, Any]]
"""The system prompt: words, or text blocks."""

_TEXT = frozenset({"text"})


def request(messages: Sequence[Message]) -> tuple[System | None, list[dict[str, Any]]]:
    """`system` and `messages` of a request; a system message after the first other one stays in its place."""
    leading = list(takewhile(_leads, messages))
    return _system(leading), _BLOCKS.write(messages[len(leading) :])


def from_request(
    system: System | None, items: Iterable[Object], tools: Mapping[str, str] | None = None
) -> list[Message]:
    """Messages from those of a request or an answer; `tools` maps names on the wire back (`names.wire_names`)."""
    wire = Wire(tools=tools or {})
    messages = _BLOCKS.read(items, wire)
    inside = list(takewhile(lambda message: message.role is Role.SYSTEM, messages))
    messages[: len(inside)] = [_BLOCKS.marked(message, INSIDE) for message in inside]
    if isinstance(system, str):
        return [Message(role=Role.SYSTEM, parts=(TextPart(text=system),)), *messages]
    if system is not None:
        parts = tuple(_CODEC.read(block, wire) for block in system)
        return [Message(role=Role.SYSTEM, parts=parts, extra={PROVIDER: {BLOCKS: True}}), *messages]
    return messages


def tools(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools of a request."""
    return [
        {"name": wire_name(spec.name), "description": spec.description, "input_schema": dict(spec.parameters)}
        for spec in specs
    ]


def _leads(message: Message) -> bool:
    return message.role is Role.SYSTEM and not message.extra.get(PROVIDER, {}).get(INSIDE)


def _system(leading: Sequence[Message]) -> System | None:
    blocks = _CODEC.write_all(part for message in leading for part in message.parts)
    as_blocks = any(message.extra.get(PROVIDER, {}).get(BLOCKS) for message in leading)
    if len(blocks) == 1 and blocks[0].keys() == {"type", "text"} and not as_blocks:
        return str(blocks[0]["text"])
    return blocks if blocks or as_blocks else None


def _parse(found: Object, wire: Wire) -> Part:
    match found.get("type"):
        case "text":
            return TextPart(text=text_of(found, "text"))
        case "thinking":
            return ReasoningPart(text=text_of(found, "thinking"))
        case "redacted_thinking":
            return ReasoningPart()
        case "tool_use":
            arguments = dict(object_of(found, "input"))
            return ToolCallPart(id=text_of(found, "id"), name=wire.name(text_of(found, "name")), arguments=arguments)
        case "tool_result":
            call_id = text_of(found, "tool_use_id")
            return ToolResultPart(
                call_id=call_id,
                name=wire.called.get(call_id, ""),
                content=joined_text(found.get("content", ""), _TEXT),
                is_error=bool(found.get("is_error", False)),
            )
        case _:
            raise Unreadable


def _render(part: Part) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"type": "text", "text": part.text} if part.text else None
        case ToolCallPart():
            name, arguments = wire_name(part.name), dict(part.arguments)
            return {"type": "tool_use", "id": part.id, "name": name, "input": arguments}
        case ToolResultPart():
            text = result_text(part)
            content = {"content": text} if text else {}
            failed = {"is_error": True} if part.is_error else {}
            return {"type": "tool_result", "tool_use_id": part.call_id, **content, **failed}
        case ReasoningPart() | OpaquePart():
            return None


_CODEC = Codec(
    PROVIDER,
    _parse,
    _render,
    frozenset({"type", "text", "thinking", "data", "id", "name", "input", "tool_use_id", "content", "is_error"}),
)
_BLOCKS = Blocks(
    codec=_CODEC,
    field="content",
    roles={"user": Role.USER, "assistant": Role.ASSISTANT, "system": Role.SYSTEM},
)
