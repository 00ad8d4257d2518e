"""What to do with an utterance: the whole policy, and nothing but the policy.

In this order: words that work everywhere, the answer to an open question, manners, words for another session, what goes
on from the utterance before, a skill whose sentences are sure, a model when one may be asked (with the policy
`model-first` before any sentence). Without any of these, or when no model answers, an unsure sentence is as good as it
gets, or Roxy says honestly that it did not understand, with the nearest things it can do.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from roxy.conversation.consult.addressed import Consult, addressed
from roxy.conversation.followup import Before, completions
from roxy.conversation.words import MANNERS, Words
from roxy.skills.manager import Match


@dataclass(frozen=True, slots=True)
class Stop:
    """Stop what is going on."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the last change."""

    only_latest: bool = False
    """Only when the very turn before this one made it."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """Say the last reply again."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a skill's open question."""


@dataclass(frozen=True, slots=True)
class Run:
    """A skill's sentence fits."""

    match: Match
    others: Sequence[Match] = ()
    """What else it can mean, the best first, should the skill leave it to others."""
    text: str = ""
    """The whole of it, when what was said only goes on from the utterance before."""


@dataclass(frozen=True, slots=True)
class Manners:
    """A greeting, thanks or the like: answered in kind, by Roxy's own words."""

    kind: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nobody knows what was meant."""


@dataclass(frozen=True, slots=True)
class AskModel:
    """A model answers."""

    models: Sequence[str]
    """Those to try, the first one first."""
    otherwise: Run | NotUnderstood
    """What is done when none of them answers."""


Choice = Stop | Undo | Repeat | Answer | Manners | Consult | Run | NotUnderstood | AskModel

Models = Callable[[], Awaitable[Sequence[str]]]
"""Gives the models that may be asked, in their order."""

_ANSWERS = frozenset({"yes", "no", "always"})
SURE = 0.25
"""The share of the utterance that a sentence must account for, for it to be preferred to a model: below that, most of
what was said went into a slot that takes any words."""


class Matcher(Protocol):
    """The skills, as far as the choice needs them."""

    def candidates(self, text: str) -> Sequence[Match]:
        """Every skill and intent whose sentences fit `text`, the best first."""
        ...


async def choose(
    text: str,
    *,
    question_open: bool,
    words: Words,
    skills: Matcher,
    models: Models,
    model_first: bool = False,
    before: Before | None = None,
    after_model: bool = False,
    sessions: bool = False,
) -> Choice:
    """Decide; takes a few milliseconds and changes nothing.

    `before` is what may be gone on from; `models` is asked only when a model could answer; `after_model`: the last
    words were a model's, who may have asked something; `sessions`: another session may be asked.
    """
    meaning = words.meaning(text)
    if meaning == "stop" or (meaning == "cancel" and question_open):
        return Stop()
    if question_open:
        return Answer()
    everywhere = None if after_model and meaning in _ANSWERS else _everywhere(meaning)
    everywhere = everywhere or (addressed(text) if sessions else None)
    return everywhere or await _understood(_reading(text, before, skills), models, model_first=model_first)


async def _understood(run: Run | None, models: Models, *, model_first: bool) -> Run | AskModel | NotUnderstood:
    """A sure sentence, else a model, else an unsure sentence; with `model_first` the model before all of them."""
    if run is not None and run.match.score >= SURE and not model_first:
        return run
    names = await models()
    otherwise = run or NotUnderstood()
    return AskModel(names, otherwise) if names else otherwise


def _everywhere(meaning: str | None) -> Choice | None:
    """What the words that work everywhere ask for when no question is open."""
    if meaning in {"undo", "cancel"}:
        return Undo(only_latest=meaning == "cancel")
    if meaning == "repeat":
        return Repeat()
    if meaning in _ANSWERS:
        return Manners("nothing_asked")
    return Manners(meaning) if meaning in MANNERS else None


def _reading(text: str, before: Before | None, skills: Matcher) -> Run | None:
    """What the sentences make of it."""
    found = skills.candidates(text)
    gone_on = None if before is None else _gone_on(text, before, skills)
    if gone_on is not None and not (found and found[0].score >= gone_on.match.score):
        return gone_on
    return Run(found[0], tuple(found[1:])) if found else None


def _gone_on(text: str, before: Before, skills: Matcher) -> Run | None:
    """The intent of the utterance before once more, with what is new in this one."""
    for whole in completions(text, before):
        found = skills.candidates(whole)
        if found and (found[0].skill, found[0].intent.name) == (before.skill, before.intent):
            return Run(found[0], text=whole)
    return None
