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
        self._texts: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._size = 0

    def add(self, source: str, texts: Iterable[str]) -> None:
        """`source` said these texts."""
        for text in texts:
            said = source, text[-MOST:].casefold()
            if len(said[1]) < _SHORTEST or said in self._texts:
                continue
            self._texts[said] = None
            self._size += len(said[1])
        while self._size > MOST and self._texts:
            (_, oldest), _ = self._texts.popitem(last=False)
            self._size -= len(oldest)

    def who(self, value: str) -> frozenset[str]:
        """The sources in whose words the value stands."""
        folded = value.casefold()
        return frozenset(source for source, text in self._texts if folded in text)
