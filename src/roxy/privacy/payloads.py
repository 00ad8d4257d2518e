"""Looking through a payload without changing it: how much it is, and what is said in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roxy.privacy.detection.normalise import readings
from roxy.privacy.encodings import DEPTH, pieces

MANY = 200_000
"""Nodes that are looked at; a payload that was walked has fewer."""
LONG = 4_000
"""Characters from which on a payload is long: then detection runs in a thread."""


def stands_in(payload: Any, values: Sequence[str]) -> bool:
    """Whether any of `values` may stand somewhere in the words and numbers of a payload, also in another spelling.

    Raises as `read`.
    """
    if not values:
        return False
    said = read(payload)
    return any(value.casefold() in said for value in values)


def read(payload: Any) -> str:
    """All its words and numbers in one case, each also in plain letters and with what is encoded in it.

    Raises `PrivacyBlocked` for codes within codes.
    """
    return "\n".join(spelled for text in told(payload) for spelled in _spellings(text)).casefold()


def _spellings(text: str, depth: int = 0) -> Iterator[str]:
    """The text, in plain letters, and what is encoded in it."""
    for reading in readings(text):
        yield reading.text
    for piece in pieces(text) if depth < DEPTH else ():
        yield from _spellings(piece.inside, depth + 1)


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
