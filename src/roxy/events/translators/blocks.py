"""Formats whose messages are lists of blocks, with results of tools in a user's item: Claude's and Gemini's.

An item with results and other blocks is several canonical messages, since results are messages of their own; all but
the first carry a mark, so that they become one item again.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from roxy.contracts.models import Message, Part, Role, TextPart, ToolCallPart, ToolResultPart
from roxy.events.translators.verbatim import (
    ABSENT,
    Codec,
    Object,
    Unreadable,
    Wire,
    difference,
    objects_of,
    overlay,
    without_extra,
    word,
)

_JOINED = "roxy.joined"
"""In a message's `extra`: it belongs to the same item as the message before."""
_APART = "roxy.apart"
"""In a message's `extra`: results of an item of their own, though results came before."""

BLOCKS = "roxy.blocks"
"""In the `extra` of a system message: its provider wrote it as blocks, though words alone would have done."""
INSIDE = "roxy.inside"
"""In the `extra` of a system message: its provider wrote it among the messages, though nothing came before it."""
_MARKS = frozenset({_JOINED, _APART, BLOCKS, INSIDE})


@dataclass(frozen=True, slots=True)
class Blocks:
    """A format of that sort."""

    codec: Codec
    field: str
    """Which field of an item holds its blocks."""
    roles: Mapping[str, Role]
    """From a provider's role to Roxy's; the first for each of Roxy's is the one that is written."""

    def write(self, messages: Iterable[Message]) -> list[dict[str, Any]]:
        """Items for messages; results in a row are one item."""
        items: list[dict[str, Any]] = []
        before: Role | None = None
        for message in messages:
            blocks = self.codec.write_all(message.parts)
            if items and self._goes_on(message, before) and isinstance(items[-1].get(self.field), list):
                items[-1][self.field] = items[-1][self.field] + blocks
                before = message.role
            elif (item := self._item(message, blocks)) is not None:
                items.append(item)
                before = message.role
        return items

    def _goes_on(self, message: Message, before: Role | None) -> bool:
        """Does this message belong into the item of the one before?"""
        marks = message.extra.get(self.codec.provider, {})
        return _JOINED in marks or (message.role is Role.TOOL is before and _APART not in marks)

    def read(self, items: Iterable[Object], wire: Wire) -> list[Message]:
        """Messages from items."""
        messages: list[Message] = []
        for item in items:
            found = self._messages(item, wire)
            if messages and found[0].role is Role.TOOL is messages[-1].role:
                found[0] = self.marked(found[0], _APART)
            messages += found
        return messages

    def _item(self, message: Message, blocks: list[dict[str, Any]]) -> dict[str, Any] | None:
        said = self._said(message.role, blocks)
        marked = message.extra.get(self.codec.provider, {})
        kept = {key: value for key, value in marked.items() if key not in _MARKS}
        if not kept:
            return said or None
        if self._says(kept, message):
            return overlay(said, kept)
        return {key: value for key, value in kept.items() if key not in {"role", self.field}} | said if said else None

    def _says(self, kept: Object, message: Message) -> bool:
        """Is what was kept of the item still what the message says?"""
        if not message.parts:
            return True
        if "role" in kept and self.roles.get(kept["role"]) is not self._spoken_by(message.role):
            return False
        words = kept.get(self.field)
        return words is None or [without_extra(part) for part in message.parts] == [TextPart(text=words)]

    def _spoken_by(self, role: Role) -> Role:
        return Role.USER if role is Role.TOOL else role

    def _said(self, role: Role, blocks: Sequence[Object]) -> dict[str, Any]:
        word = next((name for name, meant in self.roles.items() if meant is role), "user")
        return {"role": word, self.field: list(blocks)} if blocks else {}

    def _messages(self, item: Object, wire: Wire) -> list[Message]:
        role = self.roles.get(word(item, "role") if "role" in item else "user")
        try:
            blocks = self._blocks(item)
        except Unreadable:
            role = None
        if role is None:
            return [Message(role=Role.USER, parts=(), extra={self.codec.provider: dict(item) or {ABSENT: []}})]
        parts = [self._part(block, wire) for block in blocks]
        kept = difference(item, self._said(role, self.codec.write_all(parts)))
        (first, *more) = _by_kind(role, parts)
        if kept:
            first = replace(first, extra={self.codec.provider: kept})
        return [first, *(self.marked(message, _JOINED) for message in more)]

    def _blocks(self, item: Object) -> list[Object]:
        words = item.get(self.field)
        return [self.text_block(words)] if isinstance(words, str) else objects_of(item, self.field)

    def _part(self, block: Object, wire: Wire) -> Part:
        part = self.codec.read(block, wire)
        if isinstance(part, ToolCallPart):
            wire.called[part.id] = part.name
            wire.pending.append(part.id)
        elif isinstance(part, ToolResultPart) and part.call_id in wire.pending:
            wire.pending.remove(part.call_id)
        return part

    def marked(self, message: Message, mark: str) -> Message:
        """The message with a mark, for when it is written again."""
        kept = message.extra.get(self.codec.provider, {})
        return replace(message, extra={**message.extra, self.codec.provider: {**kept, mark: True}})

    def text_block(self, text: str) -> dict[str, Any]:
        """A block of words, as both formats have it."""
        return {"type": "text", "text": text} if self.field == "content" else {"text": text}


def _by_kind(role: Role, parts: list[Part]) -> list[Message]:
    """The messages of an item: a user's results apart from the rest; one without parts when it has none."""
    runs = groupby(parts, key=lambda part: role is Role.USER and isinstance(part, ToolResultPart))
    messages = [Message(role=Role.TOOL if results else role, parts=tuple(run)) for results, run in runs]
    return messages or [Message(role=role, parts=())]
