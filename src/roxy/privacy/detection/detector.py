"""Finding what is personal in one text: own patterns first, Presidio where something is left that it could explain.

Order of events for one text: plain spelling; masks and pseudonyms that stand already are set aside; secrets, own
patterns, fields, names and what the key says; then the machine's own shapes (UUIDs, digests, times, versions, paths)
and everything found are blanked, and only if what remains could interest a recognizer does Presidio see the text.
So most texts never load it.
"""

import re
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal, Protocol

import re2

from roxy.privacy import encodings, pseudonyms
from roxy.privacy.detection import fields, keys, names, patterns, secrets, spelled
from roxy.privacy.detection.ner import labelled
from roxy.privacy.detection.normalise import Plain, back, joined, readings
from roxy.privacy.detection.own.words import OwnWords
from roxy.privacy.detection.prefilter import DIGIT, Apart, Prefilter, Rule, needing
from roxy.privacy.detection.remembered import Remembered, digest
from roxy.privacy.detection.secrets import Secrets
from roxy.privacy.detection.shapes import doubt, machine, records
from roxy.privacy.detection.spots import Spot, settle

_WORTH = re2.compile(
    rb"\d(?:[ ().\-/]{0,3}\d){6}|[A-Za-z]\d{6}|\d{6}[- ]?[A-Za-z]|[A-Z]{5}\d|@[\w-]+\.|[A-Z]{2} ?\d\d ?\d\d"
)
"""What some recognizer could hit: enough digits, letters and digits together, an `@` that nothing explained."""


TABLES: tuple[Sequence[Rule], ...] = (
    *map(Apart, secrets.TABLES),
    *(needing(DIGIT, (rule for rule in table if DIGIT in rule.needs)) for table in patterns.TABLES),
    [rule for rule in patterns.RULES if DIGIT not in rule.needs],
    [*spelled.RULES, *records.RULES],
    Apart(fields.RULES),
    names.RULES,
)
"""All finders that are our own, as the prefilter takes them: together what has the same first need and is alike."""
_PREFILTER = Prefilter(*TABLES)
_OVER_LINES = Prefilter([rule for rule in patterns.RULES if rule.name in patterns.TELL_THEMSELVES])
_PARTED = re.compile(r"\d[ -]\d")
_STANDS_FOR = "\x1a"
"""What detection reads in place of pseudonyms and masks: no letter, digit or space."""
_REMEMBERED = 50_000
"""Texts and spots that are remembered (by digest: no value is kept); those used longest ago go first."""
_WORDS = re.compile(r"[^\W\d_]{2}")
_ONE_MADE = re.compile(r"(?![A-Za-z]+[.:]$)(?=[^\s]*[\d/\\._:=@])[\x21-\x7e]{1,200}")
"""A single word that no person has for a name: a path, an identifier, a time."""
_GUESS = 0.7
"""The score of people whom the words around them or a key suggest, no more."""
_LONGEST_KEY = 40
_KEYS_REMEMBERED = 10_000


Part = Literal["Presidio", "names"]


class NotLoaded(Exception):  # noqa: N818 - what happened is the name
    """The text needs a part that is not loaded yet."""

    def __init__(self, part: Part) -> None:
        super().__init__(part)
        self.part = part


class Tagger(Protocol):
    """What finds names in place of the project's own model: one of the user's."""

    @property
    def types(self) -> frozenset[str]:
        """What it finds; for the other types the project's own model stays."""
        ...

    def load(self) -> None:
        """Get ready; may take long, so it is called in a thread."""
        ...

    def find(self, text: str) -> Iterable[Spot]:
        """The people, places and addresses of `text`; may take long."""
        ...

    def close(self) -> None:
        """It is not asked any more."""
        ...


class _Names(labelled.Words, Protocol):
    def find(self, text: str) -> Iterator[Spot]: ...


class _Finder(Protocol):
    def find(self, text: str, rest: str, machine: Sequence[tuple[int, int]]) -> Iterator[Spot]: ...


class Detector:
    """Finds what is personal. Safe to use from several threads.

    `own` are the user's own names, addresses and numbers, `known_secrets` values by name, `recognizers` more of
    Presidio's `EntityRecognizer`. `tagger` finds names in place of the project's own model, but for texts that cannot
    wait.
    """

    def __init__(
        self,
        own: Iterable[str] = (),
        known_secrets: Mapping[str, str] | None = None,
        recognizers: Sequence[Any] = (),
        tagger: Tagger | None = None,
    ) -> None:
        self.names = OwnWords(own)
        self.secrets = Secrets(known_secrets)
        self._extra = tuple(recognizers)
        self._recognizers: _Finder | None = None
        self._given = tagger
        self._tagger: _Names | None = None
        self._loading = threading.Lock()
        self.taught = 0
        """How often it was told of names and secrets after it was made."""
        self._plain_keys: set[str] = set()
        self._found: Remembered[Any, tuple[Spot, ...]] = Remembered(_REMEMBERED)

    @property
    def asks_others(self) -> bool:
        """Whether recognizers or a model of one's own see every text: nobody knows how long they take."""
        return bool(self._extra) or self._given is not None

    def tag_by(self, tagger: Tagger | None) -> None:
        """Let `tagger` find names from now on, None: the project's own model."""
        before, self._given = self._given, tagger
        self.taught += 1  # last: what was found before is remembered under the old count
        if before is not None:
            before.close()

    @property
    def loaded(self) -> bool:
        """Whether Presidio is there."""
        return self._recognizers is not None

    def load(self, part: Part | None = None) -> None:
        """Load Presidio, which takes seconds the first time, or the names' model, or both; so call it in a thread.

        Raises `UnusableModel` when the model cannot be read.
        """
        with self._loading:
            if part != "names" and self._recognizers is None:
                # Loaded here, on first need: Presidio brings spaCy and takes seconds.
                from roxy.privacy.detection.recognizers import Recognizers  # noqa: PLC0415

                self._recognizers = Recognizers(self._extra)
            if part != "Presidio" and self._tagger is None:
                # Loaded here, on first need: it brings NumPy.
                from roxy.privacy.detection.ner.tagger import NamesModel  # noqa: PLC0415

                tagger = NamesModel()
                tagger.load()
                self._tagger = tagger
        if part != "Presidio" and (given := self._given) is not None:
            given.load()

    def learn(self, own: Iterable[str], known_secrets: Mapping[str, str]) -> None:
        """Know these names and secrets, too."""
        self.names.add(own)
        self.secrets.add(known_secrets)
        self.taught += 1  # last: what was found before is remembered under the old count
        self._plain_keys.clear()

    def is_plain_key(self, key: str) -> bool:
        """Whether nothing is found in the key itself; remembered, since the same few keys come with every call."""
        if key in self._plain_keys:
            return True
        if len(key) > _LONGEST_KEY or self.find(key, deep=False, named=False):
            return False
        if not key.replace("_", "").isalpha():
            return False  # one with digits is looked at each time
        if len(self._plain_keys) < _KEYS_REMEMBERED:
            self._plain_keys.add(key)
        return True

    def find(
        self,
        text: str,
        *,
        key: str = "",
        around: Iterable[str] = (),
        known: Iterable[Spot] = (),
        deep: bool = True,
        named: bool = True,
        again: bool = False,
    ) -> list[Spot]:
        """The disjoint spots of `text`, in order.

        `key` and `around` are what stood above and beside it, `known` spots that are certain already. Raises
        `NotLoaded` when Presidio or the model of names is needed and is not there; `deep=False` does without what is
        not there and cannot wait for a `tagger` either, `named=False` without the model (one word, such as a key, tells
        it nothing). `again` says that the text is what another one became when the names in it were replaced, so that
        the project's own model finds none. Raises `PatternTimeout` and whatever a recognizer raises: a text that was
        not wholly looked at must not pass.
        """
        around = tuple(around)
        if not keys.tells(key, around):
            key, around = labelled.sort_of(key), ()
        given = self._given if deep else None
        deep, named = deep or self.loaded, named and (deep or self._tagger is not None)
        asked = (digest(text), key, around, deep, named, given is None, self.taught)
        found = self._found.get(asked)
        if found is None:
            named = named and not (again and given is None)
            found = self._look(text, key, around, deep=deep, named=named, given=given)
            self._found.put(asked, found, len(found))
        spots = [*found, *known]
        return settle(text, spots, self._reserved(text)) if spots else []

    def _look(
        self, text: str, key: str, around: Iterable[str], *, deep: bool, named: bool, given: Tagger | None
    ) -> tuple[Spot, ...]:
        found: list[Spot] = []
        for reading in readings(_blank(text, self._reserved(text), _STANDS_FOR)):
            read = [spot for spot in self._own(reading.text, key, around) if not self._is_worded(reading.text, spot)]
            if deep:
                read += self._more(reading.text, read)
            if named:
                read += self._named(reading.text, key, given)
            found += read if reading.starts is None else (back(reading, spot) for spot in read)
            found += _over_lines(text, reading)
        return tuple(found)

    def _is_worded(self, text: str, spot: Spot) -> bool:
        """Whether what a rule guesses to be a person or a place is nothing but ordinary words, as the lists have it."""
        guess = (spot.type == "PERSON" and spot.score <= _GUESS) or spot.type == "LOCATION"
        return guess and self._tagger is not None and self._tagger.are_words(text[spot.start : spot.end], spot.type)

    def _named(self, text: str, key: str, given: Tagger | None) -> Iterator[Spot]:
        """The people and places that only the sense of a sentence tells, first those of the user's own model."""
        if not _WORDS.search(text) or _ONE_MADE.fullmatch(text):
            return
        if self._tagger is None:
            raise NotLoaded("names")
        spots: Iterable[Spot] = self._tagger.find(text)
        if given is not None:
            spots = _instead(spots, given.find(text), given.types)
        theirs = given is not None and "ADDRESS" in given.types
        for spot in spots:
            thing = spot.type != "ADDRESS" and labelled.is_thing(text, spot, key, self._tagger)
            if not thing and doubt.believable(text, spot, theirs=theirs):
                yield spot

    def _reserved(self, text: str) -> list[tuple[int, int]]:
        """What stands for something already: it is never looked into again."""
        return [*pseudonyms.spans(text), *encodings.holding_pseudonyms(text), *self.secrets.masks(text)]

    def _own(self, text: str, key: str, around: Iterable[str]) -> Iterator[Spot]:
        if key:
            yield from keys.judge(key, text, around)
        yield from self.secrets.find(text)
        version = keys.meaning(key) == "VERSION"
        for rule in _PREFILTER.pick(text):
            yield from (spot for spot in rule.find(text) if not (version and spot.type == "IP_ADDRESS"))
        yield from self.names.find(text)

    def _more(self, text: str, found: Iterable[Spot]) -> list[Spot]:
        """What Presidio adds, outside the machine's own shapes."""
        if not self._extra and not _worth(text):
            return []
        rest = _blank(text, [(spot.start, spot.end) for spot in found])
        if not self._extra and not _worth(rest):
            return []
        written = list(machine.shapes(text))
        rest = _blank(rest, written)
        if not self._extra and not _worth(rest):
            return []
        if self._recognizers is None:
            raise NotLoaded("Presidio")
        return list(self._recognizers.find(text, rest, written))


def _over_lines(text: str, reading: Plain) -> Iterator[Spot]:
    """What begins in one line and ends in the next: only what cannot be a column of numbers."""
    if "\n" not in reading.text or (lines := joined(reading)) is reading:
        return
    for rule in _OVER_LINES.pick(lines.text):
        for spot in map(partial(back, lines), rule.find(lines.text)):
            value = text[spot.start : spot.end]
            if value.count("\n") == 1 and (spot.type != "CREDIT_CARD" or _PARTED.search(value)):
                yield spot


def _instead(spots: Iterable[Spot], others: Iterable[Spot], types: frozenset[str]) -> Iterator[Spot]:
    """`others`, and those of `spots` that are of no type which the others stand for."""
    yield from others
    yield from (spot for spot in spots if spot.type not in types)


def _worth(text: str) -> bool:
    return _WORTH.search(text.encode("utf-8", "replace")) is not None


def _blank(text: str, spans: Sequence[tuple[int, int]], filler: str = "\n") -> str:
    if not spans:
        return text
    letters = list(text)
    for start, end in spans:
        letters[start:end] = filler * (end - start)
    return "".join(letters)
