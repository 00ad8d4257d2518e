"""What to do with an utterance: the whole policy, and nothing but the policy.

In this order: words that work everywhere, the answer to an open question, a skill whose sentences are sure, a model
when one may be asked (with the policy `model-first` before any sentence). Without any of these, or when no model
answers, an unsure sentence is as good as it gets, or Roxy says honestly that it did not understand, with the nearest
things it can do.
"""

from collections.abc import Awaitable, Callable, Sequence
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


@dataclass(frozen=True, slots=True)
class AskModel:
    """A model answers."""

    models: Sequence[str]
    """Those to try, the first one first."""
    otherwise: Run | NotUnderstood
    """What is done when none of them answers."""


Choice = Stop | Undo | Answer | Run | NotUnderstood | AskModel

Models = Callable[[], Awaitable[Sequence[str]]]
"""Gives the models that may be asked, in their order."""

SURE = 0.25
"""The share of the utterance that a sentence must account for, for it to be preferred to a model: below that, most of
what was said went into a slot that takes any words."""


class Matcher(Protocol):
    """The skills, as far as the choice needs them."""

    def match(self, text: str) -> Match | None:
        """The skill and intent whose sentences fit `text` best."""
        ...

    def nearest(self, text: str, n: int = 3) -> Sequence[str]:
        """The example phrases nearest to `text`."""
        ...


async def choose(
    text: str, *, question_open: bool, words: Words, skills: Matcher, models: Models, model_first: bool
) -> Choice:
    """Decide; takes a few milliseconds and changes nothing. `models` is asked only when a model could answer."""
    meaning = words.meaning(text)
    if meaning == "stop":
        return Stop()
    if question_open:
        return Answer()
    if meaning == "undo":
        return Undo()
    match = skills.match(text)
    if match is not None and match.score >= SURE and not model_first:
        return Run(match)
    names = await models()
    otherwise = Run(match) if match is not None else NotUnderstood(skills.nearest(text, 3))
    return AskModel(names, otherwise) if names else otherwise
