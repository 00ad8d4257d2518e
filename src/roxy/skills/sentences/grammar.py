"""Which intent an utterance means: sentence templates in an index of words, the best match over all skills.

The order: an utterance in its variants (`hearing`) → the templates one of whose key words it holds, and all of whose
needed words → their regular expressions, compiled when first used → values of the typed slots → the match with the
most literal characters. Equal ones are ordered by text slots (fewer first), variant, skill and place, so the same
utterance always goes to the same intent.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from roxy.skills.sentences.addresses import is_file, is_url
from roxy.skills.sentences.hearing import Heard, hear
from roxy.skills.sentences.numbers import MARK, holds_number, parse_number


class SlotKind(StrEnum):
    """What a slot takes."""

    TEXT = "text"
    """Any words, given back as they were typed."""
    INTEGER = "integer"
    NUMBER = "number"
    """An `int`, or a `float` when there is a fraction; digits or words."""
    CHOICE = "choice"
    """One of the declared values."""
    URL = "url"
    """A web address, with or without its scheme, given back as it was typed."""
    FILE = "file"
    """The name of a file with its ending, given back as it was typed."""


_SHAPES = {SlotKind.URL: is_url, SlotKind.FILE: is_file}


MAX_SLIP_CHARS = 120
"""Longer utterances are talk, where a word that is not known is no slip."""

DIGIT = "0"

_SAID = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")
"""The words in a regular expression of a template; the names of its groups hold digits."""


@dataclass(frozen=True, slots=True)
class Capture:
    """A group of a template's regular expression and the slot it fills."""

    group: str
    slot: str
    kind: SlotKind
    values: Mapping[str, Any] = field(default_factory=dict)
    low: int | None = None
    high: int | None = None
    holds: tuple[str, ...] = ()
    """For text: words of which it must hold one; "0" stands for any word that begins with a digit."""
    begins_not: tuple[str, ...] = ()
    """For text: words with which it may not begin."""


@dataclass(slots=True)
class Template:
    """A compiled template. `_regex` is made at its first use."""

    intent: str
    source: str
    pattern: str
    captures: tuple[Capture, ...]
    keys: tuple[str, ...]
    """Words of which every matching utterance holds one; empty when nothing is known."""
    needs: tuple[str, ...]
    """Words which every matching utterance holds, written out; contractions may hide them."""
    _regex: re.Pattern[str] | None = field(default=None, repr=False, compare=False)

    def regex(self) -> re.Pattern[str]:
        """The pattern, compiled."""
        if self._regex is None:
            self._regex = re.compile(self.pattern)
        return self._regex


@dataclass(frozen=True, slots=True)
class Hit:
    """One way to understand an utterance."""

    skill: str
    intent: str
    parameters: Mapping[str, Any]
    literal: int
    """How many characters were matched by the template itself, or by a number, a choice or an address."""
    total: int
    texts: int
    """How many text slots were filled."""
    variant: int
    place: int
    template: str
    heard: Heard = field(repr=False)

    @property
    def score(self) -> float:
        """The share of literal characters, between 0 and 1."""
        return self.literal / self.total if self.total else 0.0

    @property
    def order(self) -> tuple[int, int, int, str, int]:
        """Sorts the best first."""
        return (-self.literal, self.texts, self.variant, self.skill, self.place)


class Grammar:
    """The templates of all skills. Not safe to change while another thread matches; Roxy has one loop."""

    def __init__(self) -> None:
        self._skills: dict[str, tuple[Template, ...]] = {}
        self._index: dict[str, list[tuple[str, int, Template]]] = {}
        self._anywhere: list[tuple[str, int, Template]] = []
        self._known: list[str] | None = None

    def put(self, skill: str, templates: Iterable[Template]) -> None:
        """Take the templates of `skill`, in place of those it had."""
        self.drop(skill)
        self._skills[skill] = tuple(templates)
        for place, template in enumerate(self._skills[skill]):
            entry = (skill, place, template)
            for key in template.keys:
                self._index.setdefault(key, []).append(entry)
            if not template.keys:
                self._anywhere.append(entry)

    def drop(self, skill: str) -> None:
        """Forget the templates of `skill`."""
        self._known = None
        for template in self._skills.pop(skill, ()):
            for key in template.keys:
                self._index[key] = [entry for entry in self._index[key] if entry[0] != skill]
        self._anywhere = [entry for entry in self._anywhere if entry[0] != skill]

    def hits(self, text: str) -> list[Hit]:
        """Every intent that `text` can mean, each once with its best reading, the best first.

        What nobody understands is read again with slips of the keyboard put right (`typos`).
        """
        found = self._hits(text)
        if found or len(text) > MAX_SLIP_CHARS:
            return found
        from roxy.skills.sentences.typos import corrected  # noqa: PLC0415  # rapidfuzz, when nobody understood

        readings = (self._hits(meant) for meant in corrected(text, self._vocabulary()))
        return next((hits for hits in readings if hits), [])

    def _hits(self, text: str) -> list[Hit]:
        best: dict[tuple[str, str], Hit] = {}
        variants = hear(text)
        words = {word for heard in variants for word in heard.text.split()}
        if holds_number(text, words):
            words.add(MARK)
        possible = self._possible(words)
        for variant, heard in enumerate(variants):
            for hit in _read(possible, heard, variant):
                key = (hit.skill, hit.intent)
                if key not in best or hit.order < best[key].order:
                    best[key] = hit
        return sorted(best.values(), key=lambda hit: hit.order)

    def _vocabulary(self) -> list[str]:
        """Every word that a sentence of a skill says itself, sorted."""
        if self._known is None:
            patterns = {template.pattern for templates in self._skills.values() for template in templates}
            self._known = sorted({word for pattern in patterns for word in _SAID.findall(pattern)})
        return self._known

    def _possible(self, words: set[str]) -> list[tuple[str, int, Template]]:
        found = {(skill, place): template for skill, place, template in self._anywhere}
        for word in words:
            for skill, place, template in self._index.get(word, ()):
                if words.issuperset(template.needs):
                    found[(skill, place)] = template
        return [(skill, place, template) for (skill, place), template in found.items()]


def _read(possible: Iterable[tuple[str, int, Template]], heard: Heard, variant: int) -> Iterable[Hit]:
    total = _letters(heard.text)
    for skill, place, template in possible:
        found = template.regex().fullmatch(heard.text)
        values = None if found is None else _values(found, template.captures, heard)
        if found is None or values is None:
            continue
        texts = [found.group(c.group) for c in template.captures if c.kind is SlotKind.TEXT and found.group(c.group)]
        literal = total - sum(_letters(text) for text in texts)
        yield Hit(skill, template.intent, values, literal, total, len(texts), variant, place, template.source, heard)


def _letters(text: str) -> int:
    return len(text) - text.count(" ")


def _values(found: re.Match[str], captures: Iterable[Capture], heard: Heard) -> dict[str, Any] | None:
    """The slots' values; None when one of them does not fit its kind."""
    values: dict[str, Any] = {}
    for capture in captures:
        said = found.group(capture.group)
        if said is None:
            continue
        if capture.kind is SlotKind.TEXT:
            if not _may_be(said.split(), capture):
                return None
            values[capture.slot] = heard.quote(*found.span(capture.group))
        elif capture.kind in _SHAPES:
            values[capture.slot] = heard.quote(*found.span(capture.group))
            if not _SHAPES[capture.kind](values[capture.slot]):
                return None
        elif capture.kind is SlotKind.CHOICE:
            values[capture.slot] = capture.values[said]
        else:
            number = parse_number(said)
            if number is None or not _fits(number, capture):
                return None
            values[capture.slot] = number
    return values


def _may_be(words: list[str], capture: Capture) -> bool:
    if words[0] in capture.begins_not:
        return False
    return not capture.holds or any(
        word in capture.holds or (word[0].isdigit() and DIGIT in capture.holds) for word in words
    )


def _fits(number: float, capture: Capture) -> bool:
    if capture.kind is SlotKind.INTEGER and number != int(number):
        return False
    return (capture.low is None or number >= capture.low) and (capture.high is None or number <= capture.high)
