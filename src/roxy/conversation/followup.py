"""An utterance that only makes sense after the one before it: "and in Paris?", "what about 20%?", "and butter too".

It is completed by the words of the last utterance that was understood: what is new takes the place of the part that
begins with the same preposition ("in Tokyo" makes way for "in Paris"), else of the last slot that was filled, else it
is added at the end. The conversation asks the skills whether a completion means the same intent again; if none does,
it was no follow-up.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LEADS = re.compile(
    r"^(?:(?:ok|okay|so|um|uh|hey roxy|roxy)[,\s]+)*(?:and(?: also| then| now)?(?: what| how)? about|and also|and then|"
    r"and|also add|also|what about|how about|(?:the )?same for)\s+",
    re.IGNORECASE,
)
_TRAILS = re.compile(r"(?:[\s,]+(?:too|as well|then|please|roxy|also|instead))*[\s?.!,]*$", re.IGNORECASE)
_TOO = re.compile(r"[\s,]+(?:too|as well|also)[\s?.!,]*$", re.IGNORECASE)
_SHAPES = (r"\d[\d.,]*\s*(?:%|percent\b)", r"\d[\d.,]*\s*[^\W\d_]+", r"\d[\d.,]*")
"""A percentage, a measure and a number take each other's place."""
_PREPOSITIONS = ("in", "at", "of", "to", "for", "on", "until", "till", "since", "from", "with", "about", "into", "by")
_MAX_WORDS = 5
"""Longer ones say all of what they mean."""


@dataclass(frozen=True, slots=True)
class Before:
    """The last utterance of a conversation that a skill understood."""

    text: str
    skill: str
    intent: str
    slots: Sequence[str]
    """What was said for its slots, in the order of the sentence; those of figures are not among them."""


def completions(said: str, before: Before) -> list[str]:
    """What `said` may mean after `before`, the likeliest first; empty when it does not sound like going on."""
    lead = _LEADS.match(said)
    too = _TOO.search(said)
    new = _TRAILS.sub("", said[lead.end() if lead else 0 :]) if lead or too else ""
    words = new.split()
    if not words or len(words) > _MAX_WORDS:
        return []
    last = _TRAILS.sub("", before.text)
    if words[0].lower() in _PREPOSITIONS:
        found = [_from_preposition(words[0], last, new), f"{last} {new}"]
    else:
        found = [_same_shape(last, new), *(_in_place(slot, last, new) for slot in before.slots)]
        found.append(_after_preposition(last, new))
        found.append(f"{last} in {new}")
    return [one for one in dict.fromkeys(found) if one]


def _from_preposition(preposition: str, last: str, new: str) -> str:
    """`last` up to the last `preposition`, then `new`."""
    parts = list(re.finditer(rf"\b{preposition}\b", last, re.IGNORECASE))
    return f"{last[: parts[-1].start()]}{new}" if parts and parts[-1].start() else ""


def _same_shape(last: str, new: str) -> str:
    """`new` in the place of the first figure of its kind in `last`: "10 miles" for "5 miles"."""
    shape = next((shape for shape in _SHAPES if re.fullmatch(shape, new, re.IGNORECASE)), None)
    return (
        re.sub(shape, new.replace("\\", ""), last, count=1, flags=re.IGNORECASE)
        if shape and re.search(shape, last)
        else ""
    )


def _in_place(slot: str, last: str, new: str) -> str:
    at = last.lower().rfind(slot.lower())
    return f"{last[:at]}{new}{last[at + len(slot) :]}" if slot and at > 0 else ""


def _after_preposition(last: str, new: str) -> str:
    """`last` up to its last preposition, and `new` after that."""
    parts = list(re.finditer(rf"\b(?:{'|'.join(_PREPOSITIONS)}|until|is)\b", last, re.IGNORECASE))
    return f"{last[: parts[-1].end()]} {new}" if parts else ""
