"""What to do with an utterance: the whole policy, and nothing but the policy.

In this order: words that work everywhere, the answer to an open question, a skill whose sentences are sure. Without
any of these Roxy says honestly that it did not understand, with the nearest things it can do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from roxy.conversation.words import Words
from roxy.skills.manager import Match


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop what is going on."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the last change."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a skill's open question."""


@dataclass(frozen=True, slots=True)
class Run:
    """A skill's sentence fits."""

    match: Match


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nobody knows what was meant."""

    nearest: Sequence[str]
    """Phrases that would have been understood, the nearest first."""


Choice = Stop | Undo | Answer | Run | NotUnderstood


class Matcher(Protocol):
    """The skills, as far as the choice needs them."""

    def match(self, text: str) -> Match | None:
        """The skill and intent whose sentences fit `text` best."""
        ...

    def nearest(self, text: str, n: int = 3) -> Sequence[str]:
        """The example phrases nearest to `text`."""
        ...


def choose(text: str, *, question_open: bool, words: Words, skills: Matcher) -> Choice:
    """Decide; takes a few milliseconds and changes nothing."""
    meaning = words.meaning(text)
    if meaning == "stop":
        return Stop()
    if question_open:
        return Answer()
    if meaning == "undo":
        return Undo()
    match = skills.match(text)
    if match is not None:
        return Run(match)
    return NotUnderstood(skills.nearest(text, 3))
