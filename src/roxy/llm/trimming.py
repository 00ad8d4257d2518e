"""Fitting a conversation into what a model can read: the oldest goes first, and a call never without its result.

System messages always stay. Whole turns are left out, from the oldest on, so that what is left begins with the user's
words, as providers want it. When even the last turn is too long, its question stays and its oldest rounds of calls and
results are left out. What then does not fit is `ContextTooLong`.

Tokens are only estimated, for no tokenizer is at hand: one for each 3 bytes of UTF-8, and 4 for each part. English has
about 4 bytes a token, German and code 3, Chinese one character (3 bytes): the estimate is rather too high.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain

from roxy.contracts.models import (
    ChatRequest,
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
from roxy.errors import ContextTooLong

_BYTES = 3
_PER_PART = 4
_ANSWER_SHARE = 4
_ANSWER_MOST = 4096
"""Where nothing says how long an answer may be, a quarter of the context is left to it, at most this."""
_Unit = list[int]


def trimmed(request: ChatRequest, context_tokens: int, max_output_tokens: int = 0) -> ChatRequest:
    """The request with as many of its messages as fit; itself when all do, or when `context_tokens` is 0 (unknown).

    Room for `max_output_tokens` is kept free for the answer. Raises `ContextTooLong`.
    """
    if not context_tokens:
        return request
    sizes = [estimate(message) for message in request.messages]
    room = room_for_messages(request.tools, context_tokens, request.max_output_tokens or max_output_tokens)
    if sum(sizes) <= room:
        return request
    kept = _kept(request.messages, sizes, room)
    return replace(request, messages=[request.messages[place] for place in kept])


def room_for_messages(tools: Sequence[ToolSpec], context_tokens: int, max_output_tokens: int = 0) -> int:
    """About how many tokens of messages a model can read, beside these tools and with room for its answer."""
    answer = max_output_tokens or min(_ANSWER_MOST, context_tokens // _ANSWER_SHARE)
    offered = sum(_tokens(tool.name + tool.description + json.dumps(dict(tool.parameters))) for tool in tools)
    return context_tokens - answer - offered


def estimate(message: Message) -> int:
    """About how many tokens a message has."""
    return _PER_PART + sum(_PER_PART + _tokens(_words(part)) for part in message.parts)


def _words(part: Part) -> str:
    match part:
        case TextPart() | ReasoningPart():
            return part.text
        case ToolCallPart():
            return part.name + json.dumps(dict(part.arguments), default=str, ensure_ascii=False)
        case ToolResultPart():
            content = part.content
            return content if isinstance(content, str) else json.dumps(content, default=str, ensure_ascii=False)
        case OpaquePart():
            return json.dumps(dict(part.data), default=str, ensure_ascii=False)


def _tokens(text: str) -> int:
    return -(-len(text.encode(errors="replace")) // _BYTES)


def _kept(messages: Sequence[Message], sizes: Sequence[int], room: int) -> list[int]:
    """The places of the messages that stay, in order."""
    system = [place for place, message in enumerate(messages) if message.role is Role.SYSTEM]
    units = _units(messages)
    turns = [number for number, unit in enumerate(units) if messages[unit[0]].role is Role.USER]
    for some in _choices(units, turns):
        places = sorted([*system, *chain.from_iterable(some)])
        if sum(sizes[place] for place in places) <= room:
            return places
    raise ContextTooLong(
        "What is asked is longer than the model can read.",
        hint="Ask for less at once, or set `context_tokens` of the model if it can read more.",
    )


def _choices(units: Sequence[_Unit], turns: Sequence[int]) -> Iterator[Sequence[_Unit]]:
    """What could be kept, the most first; `turns` are the numbers of the units that begin with the user's words."""
    for start in turns:
        yield units[start:]
    question = [units[turns[-1]]] if turns else []
    rounds = units[turns[-1] + 1 :] if turns else units
    for start in range(len(rounds)):
        yield [*question, *rounds[start:]]


def _units(messages: Sequence[Message]) -> list[_Unit]:
    """The places of all but the system's messages, in groups that stay or go together.

    A call and its result are in one group, with everything between. An id that comes again belongs to the nearest call
    before it: some servers number the calls of every answer anew.
    """
    units: list[_Unit] = []
    called: dict[str, int] = {}
    for place, message in enumerate(messages):
        if message.role is Role.SYSTEM:
            continue
        begins = min(
            [called.get(part.call_id, place) for part in message.parts if isinstance(part, ToolResultPart)] or [place]
        )
        called |= {part.id: place for part in message.parts if isinstance(part, ToolCallPart)}
        units.append([place])
        while begins < units[-1][0]:
            last = units.pop()
            units[-1] += last
    return units
