"""Which pseudonym stands for which value, one vault per session; the only place where real values are kept.

`roxy.privacy.memory.vaults` makes them and keeps them in files.
"""

import itertools
import json
import threading
from bisect import bisect_left, insort
from collections.abc import Iterable
from typing import NamedTuple

from roxy.errors import PrivacyBlocked
from roxy.privacy import keyed, pseudonyms, surrogates
from roxy.privacy.detection.held import Held
from roxy.privacy.detection.normalise import Plain, back, readings
from roxy.privacy.detection.replay import Known
from roxy.privacy.detection.spots import Spot
from roxy.privacy.heard import Heard
from roxy.privacy.memory.traces import Traces
from roxy.privacy.stems import Stems
from roxy.privacy.surrogates import EMAIL, PLAIN

MAX_VALUES = 50_000
"""A session with more values than this is blocked rather than passed."""

_SERIALS = itertools.count(1)
_SHORTEST_ECHO = 3
_SHORTEST_NUMBER = 5
"""A number of fewer digits is not looked for elsewhere."""
_MOST_KEYS = 2_000
_MOST_SOURCES = 8
_MOST_ATTEMPTS = 200
PERSON = "PERSON"
_VERSION = 2


class State(NamedTuple):
    """How much a vault knows; each number only grows."""

    values: int
    secrets: int
    forms: int
    """Pseudonyms in forms that schemas demanded."""


class SessionVault:
    """The pseudonyms of one session. Safe to use from several threads."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._values: dict[str, str] = {}
        self._exact: dict[str, str] = {}
        self._issued: dict[tuple[str, str], str] = {}
        self._kinds: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._sorted: list[str] = []
        self._sources: dict[str, frozenset[str]] = {}
        self._heard = Heard()
        self._stems = Stems()
        self._echoes = Known()
        self._held = Held()
        self.traces = Traces(key)
        """What is kept of secrets that are found, so that a restart forgets none."""
        self._learned: list[str] = []
        self._news: dict[tuple[str, str], None] = {}
        self.state = State(0, 0, 0)
        """How much is known now."""
        self._keys: dict[str, State] = {}
        self._lock = threading.Lock()
        self.serial = next(_SERIALS)
        """Tells it from every other vault that this process opens."""
        self.longest = 0
        """Length of the longest pseudonym issued."""
        self.surrogates = False
        """Whether any pseudonym has a form that a schema demanded."""
        self.unsaved = False

    def __repr__(self) -> str:
        return f"SessionVault({len(self)} values)"

    def __len__(self) -> int:
        return len(self._learned)

    def issue(self, value: str, kind: str, *, form: str = PLAIN, source: str = "") -> str:
        """The pseudonym of `value`; the kind it was first found as stays. Raises `PrivacyBlocked` when it is full.

        `form` is one of `surrogates`' where a schema demands it. `source` is where it comes from (`USER`, a server);
        else it is whoever was heard saying it.
        """
        with self._lock:
            known = self._issued.get((value, form))
            if known is not None:
                if source:
                    self._note_source(value, {source}, form)
                return known
            if len(self._values) >= MAX_VALUES:
                raise PrivacyBlocked(
                    f"This session already holds {MAX_VALUES:,} pseudonyms, which is its limit.",
                    hint="Begin a new session.",
                )
            stem = self._stems.of(value) if kind == PERSON else ""
            made = (self._made(value, kind, form, stem, attempt) for attempt in range(_MOST_ATTEMPTS))
            pseudonym = next((one for one in made if pseudonyms.canonical(one) not in self._values), "")
            if not pseudonym:
                raise PrivacyBlocked(
                    f"This session has used up what may stand for a {kind} in the form that the tool demands.",
                    hint="Begin a new session.",
                )
            self._add(pseudonym, value, kind, form)
            self._note_source(value, {source} if source else self._heard.who(value), form)
            self._changed(value, form)
            return pseudonym

    def _made(self, value: str, kind: str, form: str, stem: str, attempt: int) -> str:
        if form in (PLAIN, EMAIL):
            return pseudonyms.make(self._key, value, kind, inbox=form == EMAIL, attempt=attempt, stem=stem)
        return surrogates.make(form, self._key, value, attempt)

    def hear(self, source: str, texts: Iterable[str]) -> None:
        """Somebody said these words; what is found in them later came from there. Kept in memory, and not for long."""
        self._heard.add(source, texts)

    def hold(self, name: str, value: str) -> None:
        """A secret was found; from now on it is known in every coding, also where nothing gives it away.

        Its value is kept in memory alone, since what is one way is not written down; a trace of it outlives the
        process. A mere word is not taken for one everywhere.
        """
        with self._lock:
            known = value in self._held or value.isalpha() or len(self._held) >= MAX_VALUES
            if not known and self._held.add(name, value):
                self._learn(value, secrets=1)
                self.unsaved = self.traces.add(name, value) or self.unsaved

    def knows(self, value: str) -> str:
        """The type of a value that has a pseudonym; empty for any other."""
        return self._kinds.get(value, "")

    def sources(self, value: str) -> frozenset[str]:
        """Where the value came from, as far as is known: `USER`, names of servers."""
        return self._sources.get(value.casefold(), frozenset()) | self._heard.who(value)

    def _note_source(self, value: str, sources: Iterable[str], form: str) -> None:
        folded = value.casefold()
        known = self._sources.get(folded, frozenset())
        new = sorted(set(sources) - known)[: _MOST_SOURCES - len(known)]
        if new:
            self._sources[folded] = known | set(new)
            self._changed(value, form)

    def _changed(self, value: str, form: str) -> None:
        self._news[value, form] = None
        self.unsaved = True

    def _add(self, pseudonym: str, value: str, kind: str, form: str) -> None:
        canonical = pseudonyms.canonical(pseudonym)
        if canonical in self._values:
            return  # a file tells it again when it tells more of it
        self._values[canonical] = self._exact[pseudonym] = value
        self._issued[value, form] = pseudonym
        insort(self._sorted, canonical)
        self.longest = max(self.longest, len(canonical))
        formed = form not in (PLAIN, EMAIL)
        self.surrogates = self.surrogates or formed
        said = surrogates.known_as(value, form)
        self._kinds.setdefault(said, kind)
        if self._kinds.setdefault(value, kind) == kind and _worth_an_echo(said, kind):
            self._echoes.add(said, kind)
        self._learn(said, forms=int(formed))

    def _learn(self, value: str, *, secrets: int = 0, forms: int = 0) -> None:
        """Count one more, as texts say it. Comes last, so that who sees the new state finds the value."""
        self._learned.append(value)
        self.state = State(len(self._learned), self.state.secrets + secrets, self.state.forms + forms)

    def is_strange_to(self, key: str) -> bool:
        """Whether nothing that is known stands in a key; remembered, since the same few come with every call."""
        now, was = self.state, self._keys.get(key)
        if was == now:
            return True
        if was is not None and was[1:] == now[1:] and key.isascii() and key.isidentifier():
            low = key.casefold()  # there is no code in it, so it reads as it is
            strange = not any(value.casefold() in low for value in self.values_since(was.values))
        else:
            strange = not self.echoes(key)
        if not strange:
            return False
        if len(self._keys) < _MOST_KEYS or was is not None:
            self._keys[key] = now
        return True

    def value_of(self, pseudonym: str) -> str | None:
        """What `pseudonym` stands for, in whatever case it is written; None when it was not issued here."""
        value = self._exact.get(pseudonym)
        return self._values.get(pseudonyms.canonical(pseudonym)) if value is None else value

    def values_since(self, count: int) -> list[str]:
        """The values after the first `count`, in the order in which they came."""
        with self._lock:
            return self._learned[count:]

    def begins_one(self, canonical: str) -> bool:
        """Whether some issued pseudonym begins with `canonical`."""
        at = bisect_left(self._sorted, canonical)
        return at < len(self._sorted) and self._sorted[at].startswith(canonical)

    def digest(self, value: str) -> str:
        """A keyed digest for records: it tells equal values from others and cannot be turned back."""
        known = self._digests.get(value)
        if known is None:
            known = keyed.digest(self._key, b"digest\0" + value.encode("utf-8", "surrogatepass")).hex()[:16]
            if value in self._kinds:  # kept for the values that are kept anyway
                self._digests[value] = known
        return known

    def echoes(self, text: str) -> list[Spot]:
        """Where values that are known already stand in `text`, also where no detector would look.

        Those that have pseudonyms: telling ones anywhere and in any case, others as whole words, and short ones (a
        first name that is a word, too) only as they are. Secrets in any coding, those of an earlier process as
        `Traces` finds them.
        """
        found = (self._echoes.find, self._held.find, self.traces.find)
        others = (reading for reading in readings(text, unmarked=True) if reading.starts is not None)
        return [
            back(reading, spot)
            for reading in (Plain(text, None, []), *others)
            for find in found
            for spot in find(reading.text)
        ]

    def surely_echoes(self, text: str, start: int, end: int) -> bool:
        """Whether `echoes` finds what stands there, when that can be told without looking through the text."""
        return self._echoes.surely(text, start, end)

    @property
    def news(self) -> int:
        """How many entries were added since the last `dump`."""
        return len(self._news) + self.traces.news

    def dump(self, *, news: bool = False) -> bytes:
        """Everything, for its encrypted file; or only the `news` since the last time."""
        with self._lock:
            self.unsaved = False
            told, self._news = self._news if news else self._issued, {}
            entries = [
                [
                    self._issued[value, form],
                    value,
                    self._kinds[value],
                    form,
                    sorted(self._sources.get(value.casefold(), ())),
                ]
                for value, form in told
            ]
            traces = self.traces.rows(news=news)
        return json.dumps({"version": _VERSION, "values": entries, "secrets": traces}).encode()

    def load(self, data: bytes) -> None:
        """Take what `dump` gave, everything before its news.

        Raises `ValueError`, `KeyError` or `TypeError` for anything else.
        """
        content = json.loads(data)
        if content["version"] not in (1, _VERSION):
            raise ValueError("another version")
        for pseudonym, value, *more in content["values"]:
            kind, form, sources = more or _of_version_1(pseudonym)
            if kind == PERSON:
                self._stems.of(value)
            self._add(pseudonym, value, kind, form)
            self._note_source(value, map(str, sources), form)
        self.traces.load(content.get("secrets", ()))
        self._news.clear()
        self.unsaved = False


def _of_version_1(pseudonym: str) -> tuple[str, str, tuple[str, ...]]:
    """The type, the form and the sources, as far as the pseudonym tells."""
    label = pseudonym.partition("-")[0]
    return pseudonyms.TYPES[label], EMAIL if label == pseudonyms.INBOX else PLAIN, ()


def _worth_an_echo(value: str, kind: str) -> bool:
    return kind != "LITERAL" and len(value) >= (_SHORTEST_NUMBER if value.isdigit() else _SHORTEST_ECHO)


def teach(teacher: SessionVault, pupil: SessionVault, text: str) -> None:
    """Let `pupil` know what `teacher` knows of the values in `text`. Raises `PrivacyBlocked` when it is full."""
    for spot in teacher.echoes(text):
        value = text[spot.start : spot.end]
        if spot.type == "SECRET":
            pupil.hold(spot.kind or "secret", value)
        else:
            pupil.issue(value, spot.type)
