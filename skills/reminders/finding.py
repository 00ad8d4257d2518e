"""Which of several timers or reminders is meant: by number, by time, by name or words, or all of them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from roxy.contracts.skills import Reminder

from .clocks import moments
from .durations import read_duration
from .moments import Parts, Reader
from .words import accept, read_number, read_ordinal, skip, tokens, word

_ALL = re.compile(r"^(?:(?:all|both|every|everything)\b.*|each one|every one|them all)$", re.IGNORECASE)
_SMALL_WORDS = {
    "a",
    "about",
    "alarm",
    "an",
    "and",
    "at",
    "called",
    "for",
    "i",
    "is",
    "me",
    "my",
    "named",
    "of",
    "off",
    "on",
    "one",
    "our",
    "reminder",
    "reminders",
    "that",
    "the",
    "timer",
    "timers",
    "to",
    "with",
}
_SLACK = 1.0
"""Seconds by which the length of a timer may differ from what was said."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is meant. `every` says that all of them were asked for by that word."""

    items: Sequence[Reminder]
    every: bool = False


def find(said: str, items: Sequence[Reminder], reader: Reader) -> Found:
    """Those of `items` (soonest first) that `said` means; an empty phrase means any of them."""
    said = said.strip()
    if not said:
        return Found(items)
    if _ALL.match(said):
        rest = _ALL.sub("", said) or " ".join(one for one in said.split()[1:] if one.lower() not in _SMALL_WORDS)
        return Found(find(rest, items, reader).items if rest else items, every=True)
    if numbered := _by_number(said, items):
        return Found(numbered)
    for way in (_by_words, _by_length, _by_time):
        if found := way(said, items, reader):
            return Found(found)
    return Found(())


def _by_number(said: str, items: Sequence[Reminder]) -> Sequence[Reminder]:
    """`2`, `number two`, `the second one`, `the last`, `the next one`."""
    line = tokens(said)
    at = skip(line, 0, "number", "reminder number", "timer number", "reminder", "timer", "the")
    at = skip(line, at, "number")
    place = read_ordinal(line, at) or read_number(line, at)
    end = accept(line, at, "next", "soonest")
    number = int(place[0]) if place else 1 if end is not None else 0
    last = accept(line, at, "last", "latest")
    if last is not None:
        number, end = len(items), last
    rest = place[1] if place else end
    if rest is None or skip(line, rest, "one", "reminder", "timer", "alarm") != len(line):
        return ()
    return items[number - 1 : number] if number >= 1 else ()


def _by_words(said: str, items: Sequence[Reminder], _: Reader) -> Sequence[Reminder]:
    """Those that share the most words with what was said; figures alone do not count."""
    wanted = _words(said)
    shared = [len(wanted & _words(item.text)) for item in items]
    most = max(shared, default=0)
    return [item for item, count in zip(items, shared, strict=True) if count == most] if most else ()


def _by_length(said: str, items: Sequence[Reminder], _: Reader) -> Sequence[Reminder]:
    """`the 10 minute timer`."""
    found = read_duration(tokens(said), 0)
    if found is None or found[1] != len(tokens(said)):
        return ()
    length = found[0].days * 86_400 + found[0].seconds
    return [
        item
        for item in items
        if item.kind == "timer" and item.created and abs((item.due - item.created).total_seconds() - length) <= _SLACK
    ]


def _by_time(said: str, items: Sequence[Reminder], reader: Reader) -> Sequence[Reminder]:
    """`my 5 o'clock reminder`, `at 5`, `for tomorrow`, `tomorrow morning`."""
    line = tokens(said)
    for start in dict.fromkeys((0, skip(line, 0, "for", "from", "set for"))):
        parts, end = reader.read(line, start, bare=True)
        if parts.named and end == len(line):
            return [item for item in items if _fits(item, parts, reader)]
    return ()


def _fits(item: Reminder, parts: Parts, reader: Reader) -> bool:
    due = item.due.astimezone(reader.now.tzinfo)
    if parts.recurrence and parts.recurrence.rule() not in item.rule:
        return False
    if parts.days and due.date() not in parts.days:
        return False
    if parts.clock:
        return due.replace(tzinfo=None) in moments(due.date(), parts.clock, parts.part)
    if parts.part:
        usual = moments(due.date(), None, parts.part)[0]
        return abs(usual - due.replace(tzinfo=None)) <= timedelta(hours=3)
    return bool(parts.days or parts.recurrence)


def _words(text: str) -> set[str]:
    return {token.text for token in tokens(text)} - _SMALL_WORDS


def named(text: str, *, filler: Sequence[str]) -> str:
    """`text` without `filler` words at its edges, as it was typed."""
    line = tokens(text)
    start, end = 0, len(line)
    while start < end and word(line, start) in filler:
        start += 1
    while end > start and word(line, end - 1) in filler:
        end -= 1
    return text[line[start].start : line[end - 1].end] if start < end else ""
