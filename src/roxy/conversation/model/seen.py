"""What was veiled before and may be sent again without another look.

The same messages and tools go to a model turn after turn. Each is looked at once, and again only when what was learned
since then could change the outcome: a value that the session's vault did not know stands in its words, or the gateway
itself knows more names and secrets. So what is sent is at any time what a new look would give.
"""

import hashlib
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from roxy.contracts.privacy import Mark
from roxy.privacy.payloads import read
from roxy.privacy.pseudonyms import SHAPE

_MOST = 4_000
_ANY = ""


class Learning(Protocol):
    """The privacy gateway, as far as it tells what it has learned."""

    def mark(self, session_id: str | None) -> Mark:
        """What it knows now."""
        ...

    def learned(self, since: Mark, session_id: str | None) -> Sequence[str] | None:
        """The values that the session has learned since; None when everything is to be looked at anew."""
        ...


@dataclass(slots=True)
class _Entry:
    mark: Mark
    words: str
    """All that was said, in one case, also what is encoded in it."""
    veiled: Any


class Seen:
    """The veiled forms, by session and by what they are; those used longest ago are dropped."""

    def __init__(self, guard: Learning, most: int = _MOST) -> None:
        self._guard = guard
        self._most = most
        self._entries: dict[tuple[str, Hashable], _Entry] = {}

    def find(self, session_id: str, what: Hashable) -> Any:
        """The veiled form; None when there is none that holds."""
        entry = self._entries.pop((session_id, what), None) or self._of_any_session(session_id, what)
        if entry is None:
            return None
        learned = self._guard.learned(entry.mark, session_id)
        if learned is None or any(value.casefold() in entry.words for value in learned):
            return None
        if learned:
            entry.mark = self._guard.mark(session_id)
        self._entries[session_id, what] = entry  # the one used last stands last
        return entry.veiled

    def _of_any_session(self, session_id: str, what: Hashable) -> _Entry | None:
        """As if this session had looked at it before it knew anything."""
        found = self._entries.pop((_ANY, what), None)
        if found is None:
            return None
        self._entries[_ANY, what] = found
        now = self._guard.mark(session_id)
        return replace(found, mark=Mark(taught=found.mark.taught, vault=now.vault))

    def keep(self, session_id: str, what: Hashable, said: Any, veiled: Any, mark: Mark) -> None:
        """Keep what `said` became when the gateway knew what `mark` tells."""
        self._entries[session_id, what] = _Entry(mark, read(said), veiled)
        self._drop()

    def keep_for_all(self, what: Hashable, said: Any, veiled: Any, mark: Mark) -> None:
        """Nothing was found in `said`: nor will it in another session, unless that knows a value which stands in it.

        What looks like a pseudonym is another thing in each session.
        """
        words = read(said)
        if not SHAPE.search(words):
            self._entries[_ANY, what] = _Entry(mark, words, veiled)
            self._drop()

    def _drop(self) -> None:
        while len(self._entries) > self._most:
            del self._entries[next(iter(self._entries))]


def digest(said: Any) -> str:
    """Tells what was said from all else."""
    return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()
