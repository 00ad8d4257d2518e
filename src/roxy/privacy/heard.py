"""Who said what lately in a session: where a value came from when it is first found.

Only words are kept, in memory and up to a limit; what is forgotten counts as coming from nobody, and what came from
nobody is never put back into a call without a question.

A new value is looked for in all that is kept, and most of that time would go into looking at hundreds of short texts.
So those of one source are kept as few long blocks: a new text takes in the ones before it that are no longer.
"""

from collections.abc import Iterable
from dataclasses import dataclass

USER = "(user)"
"""The person themselves. No server can have this name: theirs have no brackets."""
MOST = 200_000
"""Characters that are kept of all sources of one session; the oldest go first."""
_SHORTEST = 2
_BLOCK = 10_000
"""Characters beyond which no block grows, so that few are forgotten at once."""
_BETWEEN = "\ufdd0\x00\ufdd1"
"""Stands between two texts: no characters (Unicode 15.0, section 23.7), so that no value goes over it."""


@dataclass(slots=True)
class _Block:
    """Some texts of one source that followed each other."""

    born: int
    """The number of its first text."""
    said: str
    """All of them in one case."""
    texts: list[str]


class Heard:
    """The latest words of each source."""

    def __init__(self) -> None:
        self._known: set[tuple[str, str]] = set()
        self._blocks: dict[str, list[_Block]] = {}
        self._size = 0
        self._count = 0

    def add(self, source: str, texts: Iterable[str]) -> None:
        """`source` said these texts."""
        for text in texts:
            if len(text) < _SHORTEST or (source, text) in self._known:
                continue
            kept = text[-MOST:]
            self._known.add((source, kept))
            self._append(source, kept)
        while self._size > MOST:
            self._forget_oldest()

    def who(self, value: str) -> frozenset[str]:
        """The sources in whose words the value stands."""
        folded = value.casefold()
        heard = list(self._blocks.items())  # somebody may be saying something meanwhile
        return frozenset(source for source, blocks in heard if any(folded in block.said for block in blocks))

    def _append(self, source: str, text: str) -> None:
        blocks = list(self._blocks.get(source, ()))
        self._count += 1
        block = _Block(self._count, text.casefold(), [text])
        self._size += len(block.said)
        while blocks and len(blocks[-1].said) <= len(block.said) and len(blocks[-1].said) + len(block.said) < _BLOCK:
            before = blocks.pop()
            self._size += len(_BETWEEN)
            block = _Block(before.born, before.said + _BETWEEN + block.said, [*before.texts, *block.texts])
        self._blocks[source] = [*blocks, block]

    def _forget_oldest(self) -> None:
        source = min(self._blocks, key=lambda one: self._blocks[one][0].born)
        oldest, *left = self._blocks[source]
        if left:
            self._blocks[source] = left
        else:
            del self._blocks[source]
        self._size -= len(oldest.said)
        self._known.difference_update((source, text) for text in oldest.texts)
