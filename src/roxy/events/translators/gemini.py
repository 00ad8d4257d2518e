"""Gemini's contents in their JSON (camelCase) form: the system instruction, contents, tools; and the CLI's lines.

Gemini need not give calls an id. One without gets `PREFIX-N`, N counting such calls of the conversation, and its
result, without an id too, is paired by name and order; neither is sent. What this format cannot say, and so does not
come back: a system message after the first other one (it is a user's, in `<system>` marks), several system messages
before it (they are one), an empty text, several messages of results in a row (they are one), an empty message,
reasoning of other providers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count, takewhile
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
from roxy.events.translators.blocks import Blocks
from roxy.events.translators.gemini_events import from_events, to_events, writer
from roxy.events.translators.names import wire_name
from roxy.events.translators.verbatim import UNPARSED, Codec, Object, Unreadable, Wire, object_of, text_of

__all__ = ["contents", "from_contents", "from_events", "to_events", "tools", "writer"]

PROVIDER = "gemini"

_UNSIGNED = "skip_thought_signature_validator"
"""Google's word for "this call was not made by Gemini": from Gemini 3 on a call without any signature is refused.
(ai.google.dev/gemini-api/docs/thought-signatures)"""
_PLAIN_RESULT = ({"output"}, {"error"})
"""The fields by which Gemini tells an output from an error; a result of any other shape is an output as a whole."""


def contents(messages: Sequence[Message]) -> tuple[dict[str, Any] | None, list[dict[str, Any]]]:
    """`systemInstruction` and `contents` of a request.

    The SDK takes both through `types.Content.model_validate`.
    """
    leading = list(takewhile(lambda message: message.role is Role.SYSTEM, messages))
    rest = [_in_its_place(message) for message in messages[len(leading) :]]
    return _instruction(leading), _BLOCKS.write(rest)


def from_contents(
    system: Object | str | None,
    items: Iterable[Object],
    tools: Mapping[str, str] | None = None,
    *,
    prefix: str = "gemini",
) -> list[Message]:
    """Messages from contents (dumped by alias: camelCase); `tools` maps names on the wire back (`names.wire_names`).

    Give the answers of one conversation, when they are read one by one, a `prefix` of their own.
    """
    numbers = count()
    wire = Wire(tools=tools or {}, new_id=lambda: f"{prefix}-{next(numbers)}")
    messages = _BLOCKS.read(items, wire)
    if system is None:
        return messages
    if isinstance(system, str):
        system = {"parts": [{"text": system}]}
    (instruction,) = _SYSTEM.read([{"role": "system", **system}], wire)
    return [instruction, *messages]


def tools(specs: Iterable[ToolSpec]) -> list[dict[str, Any]]:
    """The tools of a request: one entry with all functions, their parameters as JSON Schema."""
    functions = [
        {"name": wire_name(spec.name), "description": spec.description, "parametersJsonSchema": dict(spec.parameters)}
        for spec in specs
    ]
    return [{"functionDeclarations": functions}] if functions else []


def _instruction(leading: Sequence[Message]) -> dict[str, Any] | None:
    if not leading:
        return None
    one = replace(leading[0], parts=tuple(part for message in leading for part in message.parts))
    items = _SYSTEM.write([one])
    return {key: value for key, value in items[0].items() if key != "role" or value != "system"} if items else None


def _in_its_place(message: Message) -> Message:
    if message.role is not Role.SYSTEM or not message.text:
        return message
    return Message(role=Role.USER, parts=(TextPart(text=f"<system>\n{message.text}\n</system>"),))


def _parse(found: Object, wire: Wire) -> Part:
    if "functionCall" in found:
        return _parse_call(object_of(found, "functionCall"), wire)
    if "functionResponse" in found:
        return _parse_result(object_of(found, "functionResponse"), wire)
    if "text" in found:
        text = text_of(found, "text")
        return ReasoningPart(text=text) if found.get("thought") is True else TextPart(text=text)
    raise Unreadable


def _parse_call(call: Object, wire: Wire) -> Part:
    name, arguments = wire.name(text_of(call, "name")), call.get("args", {})
    if arguments is None:
        arguments = {}
    if not isinstance(arguments, Mapping):
        arguments = {UNPARSED: arguments}
    call_id = text_of(call, "id") if call.get("id") is not None else wire.new_id()
    return ToolCallPart(id=call_id, name=name, arguments=dict(arguments))


def _parse_result(result: Object, wire: Wire) -> Part:
    name, response = wire.name(text_of(result, "name")), object_of(result, "response")
    call_id = text_of(result, "id") if result.get("id") is not None else _waiting(name, wire)
    if not response.keys() or set(response) not in _PLAIN_RESULT:
        return ToolResultPart(call_id=call_id, name=name, content=dict(response))
    ((kind, content),) = response.items()
    return ToolResultPart(call_id=call_id, name=name, content=content, is_error=kind == "error")


def _waiting(name: str, wire: Wire) -> str:
    """The first call of this tool that has no result yet."""
    waiting = [call_id for call_id in wire.pending if wire.called.get(call_id) == name]
    return waiting[0] if waiting else next(iter(wire.pending), "")


def _response(part: ToolResultPart) -> dict[str, Any]:
    if part.is_error:
        return {"error": part.content}
    whole = isinstance(part.content, Mapping) and set(part.content) not in _PLAIN_RESULT
    return dict(part.content) if whole else {"output": part.content}


def _render(part: Part) -> dict[str, Any] | None:
    match part:
        case TextPart():
            return {"text": part.text} if part.text else None
        case ToolCallPart():
            arguments = {"args": dict(part.arguments)} if part.arguments else {}
            call = {"id": part.id, "name": wire_name(part.name), **arguments}
            return {"functionCall": call, "thoughtSignature": _UNSIGNED}
        case ToolResultPart():
            named = {"id": part.call_id, "name": wire_name(part.name)}
            return {"functionResponse": {**named, "response": _response(part)}}
        case ReasoningPart() | OpaquePart():
            return None


_CODEC = Codec(PROVIDER, _parse, _render, frozenset({"text", "thought", "functionCall", "functionResponse"}))
_BLOCKS = Blocks(
    codec=_CODEC,
    field="parts",
    roles={"user": Role.USER, "model": Role.ASSISTANT, "function": Role.USER},
)
_SYSTEM = Blocks(codec=_CODEC, field="parts", roles={"system": Role.SYSTEM, "user": Role.SYSTEM})
