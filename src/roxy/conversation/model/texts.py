"""The texts in messages and tools: taken out for the privacy gateway, and put back in their places.

What only a provider understands (reasoning, opaque parts, extras) is not among them: it may not be changed, so it is
either sent to the provider it came from, or left out.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from roxy.contracts.models import (
    Message,
    OpaquePart,
    Part,
    ReasoningPart,
    TextPart,
    ToolCallPart,
    ToolResultPart,
    ToolSpec,
)

_WORDS_OF_SCHEMAS = frozenset({"title", "description", "default", "examples", "enum", "const"})


def bare(message: Message) -> Message:
    """The message without anything that only a provider understands."""
    parts = tuple(_bare(part) for part in message.parts if not isinstance(part, OpaquePart | ReasoningPart))
    return replace(message, extra={}, parts=parts)


def _bare(part: Part) -> Part:
    return part if isinstance(part, OpaquePart) else replace(part, extra={})


def texts(message: Message) -> list[Any]:
    """What a message says, part by part; objects keep their keys, which tell much about their values."""
    return [_said(part) for part in message.parts if not isinstance(part, OpaquePart | ReasoningPart)]


def opaque(message: Message) -> list[Any]:
    """What only a provider understands in a message, as JSON; empty when there is nothing of that kind."""
    found: list[Any] = [message.extra]
    for part in message.parts:
        if isinstance(part, OpaquePart):
            found.append(part.data)
        else:
            found += [part.text, part.extra] if isinstance(part, ReasoningPart) else [part.extra]
    return [one for one in found if one]


def _said(part: Part) -> Any:
    match part:
        case TextPart(text=text):
            return text
        case ToolCallPart(arguments=arguments):
            return dict(arguments)
        case ToolResultPart(content=content):
            return content
    return ""


def with_texts(message: Message, found: Sequence[Any]) -> Message:
    """The message saying what was found, in the order of `texts`."""
    rest = iter(found)
    return replace(message, parts=tuple(_saying(part, rest) for part in message.parts))


def _saying(part: Part, rest: Iterator[Any]) -> Part:
    match part:
        case TextPart():
            return replace(part, text=next(rest))
        case ToolCallPart():
            found = next(rest)
            return replace(part, arguments=found if isinstance(found, Mapping) else {"withheld": found})
        case ToolResultPart():
            return replace(part, content=next(rest))
    return part


def words(spec: ToolSpec) -> list[Any]:
    """What a tool says of itself that may be somebody's: its descriptions, and the defaults and choices it names."""
    found: list[Any] = [spec.description]

    def take(word: Any) -> Any:
        found.append(word)
        return word

    _mapped(spec.parameters, take)
    return found


def with_words(spec: ToolSpec, found: Sequence[Any]) -> ToolSpec:
    """The tool saying what was found, in the order of `words`."""
    rest = iter(found)
    return replace(spec, description=next(rest), parameters=_mapped(spec.parameters, lambda _: next(rest)))


def _mapped(schema: Any, change: Callable[[Any], Any], *, properties: bool = False) -> Any:
    """The schema with its words changed; under `properties` the keys are names, not keywords."""
    if isinstance(schema, Mapping):
        return {
            key: change(value)
            if key in _WORDS_OF_SCHEMAS and not properties
            else _mapped(value, change, properties=key == "properties" and not properties)
            for key, value in schema.items()
        }
    return [_mapped(item, change) for item in schema] if isinstance(schema, list | tuple) else schema
