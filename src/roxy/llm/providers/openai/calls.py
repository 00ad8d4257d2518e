"""The tool calls of one streamed answer, put together from pieces as compatible servers really send them.

OpenAI's own pieces are easy: each call has its index and its id, and its name comes once. Others give every call the
index 0, begin at 1, leave the id out or empty, use one id twice, repeat the name with every piece, or send arguments
that are an object and no text. What belongs together is found by everything a piece says; a call that already has all
its arguments and is named again is another one. Every call ends up with an id that no other of the answer has.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roxy.contracts.models import ToolCallDelta
from roxy.events.translators.names import canonical_name
from roxy.llm.assembling import Call, compact, own_id


@dataclass(frozen=True, slots=True)
class _Given:
    """A call, and what the server itself said of it."""

    call: Call
    index: int | None
    id: str


class Calls:
    """Takes pieces in order."""

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = names
        self._given: list[_Given] = []

    def add(self, piece: Any) -> ToolCallDelta:
        """The event for a piece, the SDK's `ChoiceDeltaToolCall`."""
        said = piece.function
        wire, arguments = (said.name if said else "") or "", _text(said.arguments if said else "")
        id_ = piece.id or ""
        call = self._current(piece.index, id_)
        if call is None or (wire and arguments and _is_whole(call.text)):
            call = self._begin(piece.index, id_, wire)
        return call.delta(arguments)

    def as_items(self) -> list[dict[str, Any]]:
        """The calls, as a message of Chat Completions holds them."""
        return [
            {"id": call.id, "type": "function", "function": {"name": call.wire, "arguments": call.text}}
            for call in (given.call for given in self._given)
        ]

    def _current(self, index: int | None, id_: str) -> Call | None:
        """The latest call that nothing in the piece speaks against; None when there is none."""
        for given in reversed(self._given):
            if (index is None or given.index == index) and (not id_ or given.id == id_):
                return given.call
        return None

    def _begin(self, index: int | None, id_: str, wire: str) -> Call:
        own = own_id(id_, (given.call for given in self._given))
        call = Call(len(self._given), own, canonical_name(wire, self._names), wire)
        self._given.append(_Given(call, index, id_))
        return call


def _text(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else "" if arguments is None else compact(arguments)


def _is_whole(text: str) -> bool:
    """Are these all the arguments of a call?"""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False
