"""The first start: what to call the user, their time zone and units; guessed, asked once, skipped by Enter.

The answers go where the caller says; that they are written, whatever they are, is what makes it the first start only.
"""

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from zoneinfo import available_timezones

from roxy.config.places import Places
from roxy.config.writing import write_private

Ask = Callable[[str, str], Awaitable[str]]
"""Asks a question and gives the answer as it was typed; the second text is what Enter stands for. At the end of the
input, or for Ctrl-C, it raises `EOFError` or `KeyboardInterrupt`."""

_TRIES = 2
_INTRODUCTION = re.compile(
    r"^(?:(?:hi|hello|hey)[,\s]+)?(?:(?:my name is|my name's|i am|i'm|im|call me|it's|its)\s+)?", re.IGNORECASE
)
_SETTINGS = "roxy.yaml"


@dataclass(frozen=True, slots=True)
class Question:
    """One thing to ask; `read` gives the value of an answer, or raises `ValueError` with what was expected."""

    key: str
    words: str
    read: Callable[[str], str]


def is_due(places: Places) -> bool:
    """Whether the user never told about themselves, nor skipped it."""
    path = places.config / _SETTINGS
    return not (path.exists() and re.search(r"^user\s*:", path.read_text(encoding="utf-8"), re.MULTILINE))


async def introduce(
    guesses: Mapping[str, str], *, ask: Ask, tell: Callable[[str], None], write: Callable[[Mapping[str, str]], None]
) -> Mapping[str, str]:
    """Ask for `name`, `timezone` and `units`, and hand the answers to `write`; whoever leaves skips the rest."""
    answers = dict(guesses)
    tell("Hello, I am Roxy. Three short questions first; Enter takes what I guessed, or skips.")
    try:
        for question in QUESTIONS:
            answers[question.key] = await _answer(question, guesses.get(question.key, ""), ask, tell)
    except (EOFError, KeyboardInterrupt):
        tell("As you like; I go by what I guessed.")
    write(answers)
    tell(f"Nice to meet you, {answers['name']}." if answers.get("name") else "Nice to meet you.")
    return answers


async def _answer(question: Question, guess: str, ask: Ask, tell: Callable[[str], None]) -> str:
    for _ in range(_TRIES):
        said = (await ask(question.words, guess)).strip()
        if not said:
            return guess
        try:
            return question.read(said)
        except ValueError as error:
            tell(str(error))
    return guess


def write_user(places: Places, answers: Mapping[str, str]) -> None:
    """Add the section `user` to the user's own settings file, and leave the rest of it as it is."""
    path = places.config / _SETTINGS
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if before and not before.endswith("\n"):
        before += "\n"
    # A JSON string is a YAML string, whatever is in it.
    lines = [f"  {key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in answers.items()]
    write_private(path, f"{before}user:\n{''.join(lines)}")


def _zone(said: str) -> str:
    """The zone of that name, or of that city, in whatever case."""
    zones = sorted(available_timezones())
    names = {name.rpartition("/")[2].lower(): name for name in zones} | {name.lower(): name for name in zones}
    wanted = said.replace(" ", "_").lower()
    if wanted in names:
        return names[wanted]
    near = get_close_matches(wanted, names, n=1)
    meant = f"Did you mean {names[near[0]]}?" if near else "It is written like Europe/Berlin."
    raise ValueError(f"There is no time zone {said}. {meant}")


def _name(said: str) -> str:
    """The name alone, of "I'm Sam" or "my name is Sam"."""
    return _INTRODUCTION.sub("", said).rstrip(" .!") or said


def _units(said: str) -> str:
    for units in ("metric", "imperial"):
        if units.startswith(said.lower()):
            return units
    raise ValueError("Units are metric or imperial.")


QUESTIONS = (
    Question("name", "What may I call you?", _name),
    Question("timezone", "Which time zone are you in?", _zone),
    Question("units", "Metric or imperial units?", _units),
)
