"""Who said what lately in a session: where a value came from when it is first found.

Only words are kept, in memory and up to a limit; what is forgotten counts as coming from nobody, and what came from
nobody is never put back into a call without a question.
"""

from collections import OrderedDict
from collections.abc import Iterable

USER = "(user)"
"""The person themselves. No server can have this name: theirs have no brackets."""
MOST = 200_000
"""Characters that are kept of all sources of one session; the oldest go first."""
_SHORTEST = 2


class Heard:
    """The latest words of each source."""

    def __init__(self) -> None:
        self._texts: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._size = 0

    def add(self, source: str, texts: Iterable[str]) -> None:
        """`source` said these texts."""
        for text in texts:
            if len(text) < _SHORTEST or (source, text) in self._texts:
                continue
            folded = text[-MOST:].casefold()
            self._texts[source, text[-MOST:]] = folded
            self._size += len(folded)
        while self._size > MOST and self._texts:
            self._size -= len(self._texts.popitem(last=False)[1])

    def who(self, value: str) -> frozenset[str]:
        """The sources in whose words the value stands."""
        folded = value.casefold()
        return frozenset(source for (source, _), text in self._texts.items() if folded in text)
