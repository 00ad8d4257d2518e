"""What to remind of, and when: "tomorrow at 5 to call bob", "to call bob at 5", "to run every monday"."""

import re
from dataclasses import dataclass

from .moments import Parts, Reader
from .words import Token, Tokens, accept, skip, tokens, word

_LEADS = ("to", "that", "about", "of", "because", "for")
_LINKS = {"about": "about", "of": "about", "for": "about", "that": "that"}
_FILLERS = ("please", "thanks", "thank you", "ok", "okay", "will you", "would you", "roxy")
_NOT_BEFORE_TIME = {
    "a", "about", "after", "and", "are", "before", "for", "is", "my", "of", "or", "our", "since", "than", "the",
    "until", "was", "with", "your",
}  # fmt: skip
"""A time after one of these belongs to what is to be done: "prepare the slides for friday"."""
_TIME_LIKE = (
    re.compile(r"\b(?:at|on|by|in|every|each|from|next|around)\s+(?:the\s+)?\d.*$", re.IGNORECASE),
    re.compile(r"\b(?:every|each|half past|quarter past|quarter to)\s+\S+.*$", re.IGNORECASE),
    re.compile(
        r"\b(?:january|february|march|april|june|july|august|september|october|november|december)\s+\d+.*$",
        re.IGNORECASE,
    ),
)
_TIME_LIKE_LEAD = re.compile(
    r"^((?:at|on|in|by|every|each|next|half|quarter|tomorrow|today|tonight)\b.*?)(?:\s+(?:to|that|about)\b|$)",
    re.IGNORECASE,
)


class NotUnderstoodError(Exception):
    """Words that look like a time and are none that is known; `words` are they."""

    def __init__(self, words: str) -> None:
        super().__init__(f"“{words}” is no time")
        self.words = words


@dataclass(frozen=True, slots=True)
class Request:
    """What to remind of (empty when it was not said) and the parts of the time (nothing named when it was not)."""

    what: str
    parts: Parts
    link: str = "to"
    """The word before `what`: "to", "about" or "that"; empty when none was said ("reminder: dentist at 2")."""


def understand_time(text: str, reader: Reader) -> Parts:
    """A phrase that is nothing but a time, as the answer to "when?"; raises `NotUnderstoodError`."""
    line = _trimmed(tokens(text))
    for bare in (False, True):
        for start in dict.fromkeys((0, skip(line, 0, "for", "to", "until", "till", "set it for", "make it"))):
            parts, end = reader.read(line, start, bare=bare)
            if end == len(line) and parts.named:
                return parts
    raise NotUnderstoodError(text.strip())


def split(text: str, reader: Reader, *, given: Parts | None = None, bare: bool = False) -> Request:
    """Part `text` (what follows "remind me") into the deed and its time; `given` is a time said before it.

    A time may lead ("tomorrow to call bob"), follow ("to call bob tomorrow"), or both. Of several that could follow
    the longest is taken. `bare`: it may begin with "7" ("an alarm for 7 tomorrow").

    Raises:
        NotUnderstoodError: no time is found, but something looks like one; or two times contradict each other.

    """
    line = _trimmed(tokens(text))
    lead, at = (Parts(), 0) if word(line, 0) in _LEADS[:4] else reader.read(line, bare=bare)
    given = given or Parts()
    both = _merged(given, lead)
    if both is None:
        both, at = given, 0
    elif lead.named and reader.read(line, at)[0].named:
        raise NotUnderstoodError(_looks_like_time(text) or text)
    start = skip(line, at, *_LEADS)
    end, parts = _trailing(line, start, both, reader)
    if not parts.named and (odd := _looks_like_time(text)):
        raise NotUnderstoodError(odd)
    link = _LINKS.get(word(line, start - 1), "to") if start > at else ""
    return Request(_cut(text, line, start, end), parts, link)


def _trailing(line: Tokens, start: int, parts: Parts, reader: Reader) -> tuple[int, Parts]:
    """Where the deed ends, and the time with what follows the deed."""
    for at in range(start, len(line)):
        if word(line, at) == "for" or (at > start and word(line, at - 1) in _NOT_BEFORE_TIME):
            continue
        found, end = reader.read(line, at)
        both = _merged(parts, found) if end == len(line) and found.named else None
        if both is not None:
            return at, both
    return len(line), parts


def _merged(first: Parts, second: Parts) -> Parts | None:
    """Both together; None when they contradict each other."""
    if not second.named:
        return first
    return first.having(**{name: getattr(second, name) for name in second.named})


def _trimmed(line: list[Token]) -> list[Token]:
    """Without politeness at the end."""
    for filler in _FILLERS:
        size = len(filler.split())
        if len(line) > size and accept(line, len(line) - size, filler) is not None:
            return _trimmed(line[:-size])
    return line


def _cut(text: str, line: Tokens, start: int, end: int) -> str:
    """The words from `start` to `end` as they were typed."""
    if start >= end:
        return ""
    until = line[end].start if end < len(line) else line[end - 1].end
    return text[line[start].start : until].strip(" ,;:.!-\u2013\u2014\"'")


def _looks_like_time(text: str) -> str:
    lead = _TIME_LIKE_LEAD.search(text)
    if lead:
        return lead[1].strip()
    found = (pattern.search(text) for pattern in _TIME_LIKE)
    return next((match[0].strip() for match in found if match), "")
