"""Looking through a payload without changing it: how much it is, and what is said in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MANY = 200_000
"""Nodes that are looked at; a payload that was walked has fewer."""
LONG = 4_000
"""Characters from which on a payload is long: then detection runs in a thread."""


def stands_in(payload: Any, values: Sequence[str]) -> bool:
    """Whether any of `values` may stand somewhere in the words and numbers of a payload."""
    if not values:
        return False
    said = "\n".join(told(payload)).casefold()
    return any(value.casefold() in said for value in values)


def told(payload: Any) -> Iterator[str]:
    """Its words and numbers, keys too; of what holds itself, as many as anything large has."""
    waiting, seen = [payload], 0
    while waiting and seen < MANY:
        seen += 1
        item = waiting.pop()
        if isinstance(item, Mapping):
            yield from map(str, item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        else:
            yield str(item)


def size(payload: Any) -> int:
    """Roughly how much text there is; stops counting once it is long."""
    length, waiting = 0, [payload]
    while waiting and length <= LONG:
        item = waiting.pop()
        length += len(item) if isinstance(item, str) else 10
        if isinstance(item, Mapping):
            waiting.extend(list(item.values())[:LONG])
        elif isinstance(item, list | tuple):
            waiting.extend(item[:LONG])
    return length
