"""Looking through a payload without changing it: how much it is, and what is said in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

MANY = 200_000
"""Nodes that are looked at; a payload that was walked has fewer."""
LONG = 4_000
"""Characters that are looked at without a thread."""
_NODE = 10
_KNOWN = 50
"""So many characters that were seen before take no longer than one that is new."""


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
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict | Mapping):
            yield from map(str, item)
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
        else:
            yield str(item)


def size(payload: Any) -> int:
    """Roughly how long it takes to see that nothing in a payload is new, in characters; stops once that is long."""
    length, waiting = 0, [payload]
    while waiting and length <= LONG:
        item = waiting.pop()
        if isinstance(item, str):
            length += _NODE + len(item) // _KNOWN
        elif isinstance(item, dict | Mapping):
            length += _NODE
            waiting.extend(list(item.values())[:LONG])
        elif isinstance(item, list | tuple):
            length += _NODE
            waiting.extend(item[:LONG])
        else:
            length += _NODE
    return length
