"""Looking through a payload without changing it: how much it is, and what is said in it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from roxy.privacy.detection.normalise import readings
from roxy.privacy.encodings import DEPTH, pieces

OBJECT, ARRAY = (dict, Mapping), (list, tuple)
"""What JSON calls so, for `isinstance`; made once, since it is asked of every node. A plain `dict` is seen at once."""
MANY = 200_000
"""Nodes that are looked at; a payload that was walked has fewer."""
LONG = 4_000
"""Characters that are looked at without a thread."""
_NODE = 10
_KNOWN = 50
"""So many characters that were seen before take no longer than one that is new."""


class TooLong(Exception):  # noqa: N818 - what happened is the name
    """There is more to look at than was allowed."""


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
    if not text.isascii():
        yield text
    for reading in readings(text):
        yield reading.text
    for piece in pieces(text) if depth < DEPTH else ():
        yield from _spellings(piece.inside, depth + 1)


def told(payload: Any) -> list[str]:
    """Its words and numbers, keys too; of what holds itself, as many as anything large has."""
    said: list[str] = []
    waiting, seen = [payload], 0
    while waiting and seen < MANY:
        seen += 1
        item = waiting.pop()
        if isinstance(item, str):
            said.append(item)
        elif isinstance(item, OBJECT):
            said.extend(map(str, item))
            waiting.extend(item.values())
        elif isinstance(item, ARRAY):
            waiting.extend(item)
        else:
            said.append(str(item))
    return said


def size(payload: Any) -> int:
    """Roughly how long it takes to see that nothing in a payload is new, in characters; stops once that is long."""
    length, waiting = 0, [payload]
    while waiting and length <= LONG:
        item = waiting.pop()
        length += _NODE
        if isinstance(item, str):
            length += len(item) // _KNOWN
        elif isinstance(item, OBJECT):
            waiting.extend(list(item.values())[:LONG])
        elif isinstance(item, ARRAY):
            waiting.extend(item[:LONG])
    return length
