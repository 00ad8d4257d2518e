"""Secrets that a session met before this process began: known again by keyed digests, never by their values.

A secret is one way, so it is not written down, not even into the sealed vault: the key of that lies beside it, and who
has both could read it. What is kept is a digest of each spelling, keyed by the session, with its length. Who has both
files can try guesses at a weak password with it, as with any digest that is quick enough to look for, but can read no
token back. The first time a text shows the secret again, it is held as if it had just been found.

Order of events: `add` notes a secret that was found, and `rows` gives what the vault keeps of it; after a restart
`load` takes the rows and `find` looks for them at every place of a text, until `add` says which secret one is. A
session that has none pays nothing. So that few places are digested, each row has a sum of weights (one for each byte,
drawn from the key) of its letters: the sums of all pieces of one length are differences of running sums.

Weaker than `Held`, which knows the values: the codings that are undone before detection (base64, hexadecimal, `%40`,
HTML, JSON, lines, backslashes) are all read, backwards too, but not a fragment of base64 whose rest says nothing, nor
hexadecimal of fewer than seven bytes.
"""

import hashlib
import itertools
import operator
from collections.abc import Iterable, Iterator, Sequence

from roxy.privacy import keyed
from roxy.privacy.detection.held import SHORTEST_ANY_CASE, small, spellings, unbroken
from roxy.privacy.detection.spots import Spot

_DIGEST = 16
_MOST_NAME = 80

Row = tuple[str, int, int, str, bool]
"""What a mask calls it, how many bytes, their weights' sum, the digest, and whether it is of small letters."""


class Traces:
    """The traces of one session's secrets; `key` is the session's."""

    def __init__(self, key: bytes) -> None:
        self._key = keyed.digest(key, b"secrets")
        self._weights = hashlib.shake_256(self._key).digest(256)
        self._rows: dict[bytes, Row] = {}
        self._news: dict[bytes, None] = {}
        self._sought: dict[tuple[int, bool], dict[int, dict[bytes, str]]] = {}

    def __repr__(self) -> str:
        return f"Traces({len(self._rows)})"

    def __len__(self) -> int:
        return len(self._rows)

    @property
    def news(self) -> int:
        """How many rows nobody has asked for yet."""
        return len(self._news)

    def add(self, name: str, value: str) -> bool:
        """Trace a secret, and seek it no more: whoever found it knows it now. Whether anything of that is new."""
        before = len(self._rows)
        for spelled in {value, *spellings(value)}:
            for form in {spelled, spelled.replace("\\", ""), spelled.replace(" ", "+")}:
                any_case = len(form) >= SHORTEST_ANY_CASE and not form.isalpha()
                raw = _bytes(small(form) if any_case else form)
                row = name[:_MOST_NAME], len(raw), self._sum(raw), self._digest(raw).hex(), any_case
                self._forget(row)
                if self._rows.setdefault(bytes.fromhex(row[3]), row) is row:
                    self._news[bytes.fromhex(row[3])] = None
        return len(self._rows) > before

    def rows(self, *, news: bool = False) -> list[Row]:
        """What a file keeps: everything, or what is new since this was asked last."""
        told, self._news = list(self._news if news else self._rows), {}
        return [self._rows[digest] for digest in told]

    def load(self, rows: Iterable[Sequence[object]]) -> None:
        """Take what `rows` gave. Raises `ValueError` or `TypeError` for anything else."""
        for name, size, weight, told, any_case in rows:
            if not (isinstance(name, str) and isinstance(size, int) and isinstance(weight, int) and size > 0):
                raise TypeError("no trace of a secret")
            digest = bytes.fromhex(str(told))
            if digest not in self._rows:
                self._rows[digest] = row = (name, size, weight, digest.hex(), bool(any_case))
                self._sought.setdefault((size, row[4]), {}).setdefault(weight, {})[digest] = name
        self._news.clear()

    def find(self, text: str) -> Iterator[Spot]:
        """Where secrets stand that were known before; spots may overlap."""
        if not self._sought:
            return
        for reading in unbroken(text):
            for start, end, name in self._places(reading.text):
                first, last = reading.span(start, end)
                yield Spot(first, last, "SECRET", 1.0, name)

    def _places(self, text: str) -> Iterator[tuple[int, int, str]]:
        for any_case in {any_case for _, any_case in self._sought}:
            raw = _bytes(small(text) if any_case else text)
            sums = list(itertools.accumulate(raw.translate(self._weights), initial=0))
            for (size, of_any_case), wanted in list(self._sought.items()):
                differences = map(operator.sub, itertools.islice(sums, size, None), sums)
                if of_any_case is any_case:
                    places = [at for at, weight in enumerate(differences) if weight in wanted]
                    for at in places:
                        name = self._name(raw[at : at + size], wanted[sums[at + size] - sums[at]])
                        if name:
                            yield _count(raw[:at]), _count(raw[: at + size]), name

    def _name(self, raw: bytes, wanted: dict[bytes, str]) -> str | None:
        """Of which secret this is a spelling, read forwards or backwards: the sum is the same for both."""
        backwards = _bytes(raw.decode("utf-8", "replace")[::-1])
        return wanted.get(self._digest(raw)) or wanted.get(self._digest(backwards))

    def _sum(self, raw: bytes) -> int:
        return sum(raw.translate(self._weights))

    def _digest(self, raw: bytes) -> bytes:
        return keyed.digest(self._key, raw)[:_DIGEST]

    def _forget(self, row: Row) -> None:
        _, size, weight, digest, any_case = row
        wanted = self._sought.get((size, any_case), {})
        if wanted.get(weight, {}).pop(bytes.fromhex(digest), None) is None or wanted[weight]:
            return
        # New ones each time: somebody may be reading the old ones.
        left = {other: names for other, names in wanted.items() if other != weight}
        sought = {key: value for key, value in self._sought.items() if key != (size, any_case)}
        self._sought = {**sought, (size, any_case): left} if left else sought


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _count(raw: bytes) -> int:
    return len(raw) if raw.isascii() else len(raw.decode("utf-8", "surrogatepass"))
