"""The words around a request that say nothing about it: names, greetings, politeness, fillers, roundabout questions.

The order: `bare` takes off what stands at the edges ("um, hey Roxy, …, please") and sounds of hesitation anywhere;
`asked` takes off what only says that something is asked ("could you", "I'd like to know"); `direct` turns a question
inside another one round ("tell me what day it is" becomes "what day is it"). All work on words in compared form and
give back those that are left, at least one.
"""

import re
from collections.abc import Sequence
from typing import Protocol, TypeVar


class _Said(Protocol):
    @property
    def text(self) -> str: ...


W = TypeVar("W", bound=_Said)


def _phrases(lines: str) -> tuple[tuple[str, ...], ...]:
    """One phrase for each comma, the longest first, so that no phrase hides another one."""
    found = (tuple(phrase.split()) for phrase in lines.replace("\n", " ").split(","))
    return tuple(sorted((phrase for phrase in found if phrase), key=len, reverse=True))


_NAME = "roxy"
_GREETINGS = frozenset(("hey", "hi", "hello", "ok", "okay", "yo", "hiya"))
_HESITATION = frozenset(("um", "umm", "uh", "uhh", "uhm", "erm", "hmm"))
_HESITATING = re.compile(rf"\b(?:{'|'.join(sorted(_HESITATION))})\b[,.…]*\s*", re.IGNORECASE)
_OPENINGS = _phrases(
    """please, pls, plz, kindly, roxy, hey, hi, hello, ok, okay, yo, yes, yeah, no, great, cool, nice,
    so, well, oh, ah, right, alright, all right, now then, listen, look, sorry,
    excuse me, pardon me, quick question, quick one, just, actually, basically, by the way, if you can, if you could,
    go ahead and, would you kindly, do me a favour and, do me a favor and, be so kind and, be a dear and, good morning
    roxy, good evening roxy, thanks, thank you"""
)
_ENDINGS = _phrases(
    """please, pls, plz, thanks, thx, cheers, thank you, thanks a lot, thank you very much, many thanks, roxy, for me,
    if you can, if you could, if you would, if you do not mind, if that is ok, if possible, would you, will you,
    can you, could you, mate, love, dear, ok, okay, kindly, when you can, when you have a moment, real quick, quickly,
    right away"""
)
_REQUESTS = _phrases(
    """can you, could you, would you, will you, can u, could u, i want you to, i need you to, i would like you to,
    i would love you to, would you mind, do you mind, are you able to, is it possible to, can you maybe,
    could you maybe, could you possibly, can you possibly, could you quickly, can you quickly, you could, you can,
    might you, may i ask, can i ask, can i ask you, could i ask you to, i was wondering if you could,
    i wonder if you could, i was hoping you could, any chance you could, be so kind as to, let us,
    i would like to, i want to"""
)
_ROUNDABOUT = _phrases(
    """tell me, do you know, do you happen to know, would you know, i need to know, i want to know,
    i would like to know, i wonder, i was wondering, any idea, have you any idea, do you have any idea, let me know,
    can you tell me, could you tell me, may i know, may i ask, remind me again, you know"""
)
_ASKING = frozenset(("what", "who", "where", "when", "how", "which", "why"))
_IS = frozenset(("is", "are", "was", "were"))
_JOINING = frozenset(("and", "also", "then"))
_SUBJECTS = frozenset(("it", "today", "this", "there"))


def bare(words: Sequence[W]) -> list[W]:
    """Without sounds of hesitation, without "hey roxy", "please" and the like at both edges."""
    left = [word for word in words if word.text not in _HESITATION] or list(words)
    return _without_endings(_without_openings(left))


def asked(words: Sequence[W]) -> list[W]:
    """Without "could you" and the like before what is asked for."""
    size = _begins(words, _REQUESTS)
    return _without_openings(list(words[size:])) if size else list(words)


def joined(words: Sequence[W]) -> list[W]:
    """Without the "and" or "then" that joins it to what was said before."""
    left = list(words)
    while len(left) > 1 and left[0].text in _JOINING:
        left = left[1:]
    return left


def direct(words: Sequence[W]) -> list[W]:
    """A question inside another one as a question of its own; any other words as they are."""
    size = _begins(words, _ROUNDABOUT)
    if not size or words[size].text not in _ASKING:
        return list(words)
    inner = list(words[size:])
    for at in range(2, len(inner)):
        if inner[at].text in _IS and inner[at - 1].text in _SUBJECTS and inner[1].text not in _IS:
            return [*inner[: at - 1], inner[at], inner[at - 1], *inner[at + 1 :]]
    if inner[-1].text in _IS and inner[1].text not in _IS:
        return [inner[0], inner[-1], *inner[1:-1]]
    return inner


def fluent(text: str) -> str:
    """`text` as it was typed, without the sounds of hesitation in it."""
    return _HESITATING.sub("", text).strip()


def hesitates(words: Sequence[str]) -> bool:
    """Whether a sound of hesitation is among `words`."""
    return not _HESITATION.isdisjoint(words)


def _begins(words: Sequence[W], phrases: Sequence[tuple[str, ...]]) -> int:
    """How many words the longest of `phrases` has with which `words` begin and go on; 0 when they do not."""
    said = tuple(word.text for word in words)
    return next((len(phrase) for phrase in phrases if len(said) > len(phrase) and said[: len(phrase)] == phrase), 0)


def _ends(words: Sequence[W], phrases: Sequence[tuple[str, ...]]) -> int:
    said = tuple(word.text for word in words)
    return next((len(phrase) for phrase in phrases if len(said) > len(phrase) and said[-len(phrase) :] == phrase), 0)


def _without_openings(words: list[W]) -> list[W]:
    left = words
    while len(left) > 1:
        if left[0].text in _GREETINGS and left[1].text == _NAME and len(left) > 2:  # noqa: PLR2004  # two and more
            left = left[2:]
        elif size := _begins(left, _OPENINGS):
            left = left[size:]
        else:
            break
    return left


def _without_endings(words: list[W]) -> list[W]:
    left = words
    while size := _ends(left, _ENDINGS):
        left = left[:-size]
    return left
