"""A conversation with a model in canonical form: messages, tools, and the stream of what comes back.

Every provider's format is translated from and to these values, so a conversation can change its provider in the
middle. What a provider adds that nobody here knows is kept verbatim under its name in `extra` and goes back to that
provider alone.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Protocol

Extra = Mapping[str, Mapping[str, Any]]
"""By provider (`openai`, `anthropic`, `gemini`, `codex`): fields that only it understands, verbatim."""


class Role(StrEnum):
    """Whose message it is. Tool results are messages of their own."""

    SYSTEM = "system"
    USER = "user"
    ASSISTANT = "assistant"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class TextPart:
    """Words."""

    text: str
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningPart:
    """What a model thought aloud; shown to nobody unasked, sent back only to the provider it came from."""

    text: str = ""
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallPart:
    """A model asks for a tool. `id` pairs it with its result; `name` is `server.tool` or a skill's intent."""

    id: str
    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolResultPart:
    """What the tool answered; `content` is text or JSON."""

    call_id: str
    name: str
    content: Any = ""
    is_error: bool = False
    extra: Extra = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpaquePart:
    """Something that only `provider` understands, verbatim: an image block, a citation, a kind not known yet."""

    provider: str
    data: Mapping[str, Any]


Part = TextPart | ReasoningPart | ToolCallPart | ToolResultPart | OpaquePart


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation. A message of the role `tool` holds tool results only."""

    role: Role
    parts: tuple[Part, ...]
    extra: Extra = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Its words."""
        return "".join(part.text for part in self.parts if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool as it is offered to a model. Providers allow other characters in names; translators see to that."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    """JSON Schema of the arguments, an object."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one answer. `input_tokens` counts cached ones too."""

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    reasoning_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_input_tokens=self.cached_input_tokens + other.cached_input_tokens,
            reasoning_tokens=self.reasoning_tokens + other.reasoning_tokens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChatRequest:
    """What a model is asked."""

    messages: Sequence[Message]
    tools: Sequence[ToolSpec] = ()
    max_output_tokens: int | None = None
    temperature: float | None = None
    timeout: float = 120.0
    """Seconds until the whole answer must be there, retries included."""


class StopReason(StrEnum):
    """Why a model stopped."""

    END = "end"
    TOOL_CALLS = "tool_calls"
    LENGTH = "length"
    REFUSED = "refused"
    """The provider's filter, or the model, would not answer."""
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The answer begins."""

    provider: str
    model: str
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextDelta:
    """More words."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasoningDelta:
    """More thoughts."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallDelta:
    """A piece of the JSON of a call's arguments; calls of one answer are told apart by `index`."""

    index: int
    id: str
    name: str
    arguments: str
    """The next piece of JSON text; empty when the call begins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The answer is complete: the message as it belongs into the history, and what it cost."""

    message: Message
    stop: StopReason
    usage: Usage
    raw_stop: str = ""
    """The provider's own word."""


StreamEvent = Started | TextDelta | ReasoningDelta | ToolCallDelta | Finished


class ChatModel(Protocol):
    """A model that can be talked with. Safe to use from many tasks."""

    @property
    def provider(self) -> str:
        """`openai`, `anthropic`, `gemini`; the route that is recorded."""
        ...

    @property
    def model(self) -> str:
        """The provider's name of the model."""
        ...

    def stream(self, request: ChatRequest) -> AsyncIterator[StreamEvent]:
        """Ask; the last event is `Finished`. Raises `ModelError`; closing the iterator cancels the request."""
        ...

    async def aclose(self) -> None:
        """Close the connections."""
        ...
