"""Help from the skills' own words: names, descriptions, intents, examples, and the pages of SKILL.md."""

import re
from collections.abc import Iterable, Sequence

from roxy import RoxySkill, SkillContext, SkillResult
from roxy.contracts.skills import SkillInfo

_ENOUGH = 62.0
"""rapidfuzz score, 0 to 100, from which a skill is taken to be meant."""

_ALIKE = 72.0
"""The score below which two words have nothing to do with each other."""

_PAGE = 0.8

_SMALL = frozenset(
    word
    for line in (
        "a an the my i me you it some any to in on of for with and or do does can is are please skill use",
        "set make get have want let",
    )
    for word in line.split()
)
_PER_SKILL = 5
_SHOWN = 3
"""Phrases of each skill in the overview."""


class HelpSkill(RoxySkill):
    """What Roxy can do."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Answer from the inventory; a subject no skill is about is a failure with the code `not_found`."""
        skills = [skill for skill in context.about.skills() if not skill.problem]
        subject = _subject(context)
        if not subject:
            return _examples(skills) if context.intent == "say" else _overview(skills)
        skill = best(skills, subject)
        if skill is None:
            return _nothing(skills, subject)
        if context.intent == "say":
            return _examples([skill])
        return _page(skill, nearest_example(skill, subject) if context.intent == "how" else "")


def _subject(context: SkillContext) -> str:
    given = (context.parameters.get(slot) for slot in ("topic", "subject", "goal"))
    return next((str(said) for said in given if said), "")


def _page(skill: SkillInfo, phrase: str) -> SkillResult:
    page = skill.help or f"# {skill.name}\n\n{skill.description}"
    return SkillResult(True, f"Say for example: “{phrase}”.\n\n{page}" if phrase else page, {"skill": skill.name})


def best(skills: Sequence[SkillInfo], subject: str) -> SkillInfo | None:
    """The skill that `subject` is about: by its name, else by the nearest of its phrases; None when nothing is near."""
    words = _words(subject)
    for skill in skills:
        if {skill.name, skill.name.rstrip("s"), *skill.name.split("-")} & {
            *words,
            *(word.rstrip("s") for word in words),
        }:
            return skill
    others = [skill for skill in skills if skill.name != "help"]  # its own examples speak of all the others
    scored = [(max(_scores(words, skill), default=0.0), skill) for skill in others]
    score, found = max(scored, key=lambda pair: pair[0], default=(0.0, None))
    return found if score >= _ENOUGH else None


def _scores(words: Sequence[str], skill: SkillInfo) -> Iterable[float]:
    yield from (_score(words, text) for text in _texts(skill))
    # A page of help has many words, so that some of them there mean less.
    yield _PAGE * _share(words, _words(skill.help))


def nearest_example(skill: SkillInfo, subject: str) -> str:
    """The example of `skill` that is most like `subject`; empty without examples."""
    words = _words(subject)
    return max(_phrases(skill), key=lambda phrase: _score(words, phrase), default="")


def _score(words: Sequence[str], text: str) -> float:
    """As `_share`; of two texts that hold the words, the shorter one is better since it says less else."""
    there = _words(text)
    return _share(words, there) - 0.1 * max(0, len(there) - len(words))


def _share(words: Sequence[str], there: Sequence[str]) -> float:
    """How much of `words` stands in `there`, 0 to 100; a word counts as far as its nearest one is alike."""
    from rapidfuzz import fuzz  # noqa: PLC0415  # only help needs it, and a process that answers once should start fast

    if not words or not there:
        return 0.0
    nearest = (max(float(fuzz.ratio(word, other, score_cutoff=_ALIKE)) for other in there) for word in words)
    return sum(nearest) / len(words)


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"[\w']+", text.casefold()) if word not in _SMALL]


def _phrases(skill: SkillInfo) -> list[str]:
    return [phrase for intent in skill.intents for phrase in intent.examples]


def _texts(skill: SkillInfo) -> Iterable[str]:
    yield skill.name.replace("-", " ")
    yield skill.description
    yield from (intent.description for intent in skill.intents if intent.description)
    yield from _phrases(skill)


def _overview(skills: Sequence[SkillInfo]) -> SkillResult:
    lines = [f"- {skill.name}: {_first_phrases(skill) or _first_sentence(skill.description)}" for skill in skills]
    told = [
        "This is what I can do. You can say, for example:",
        *lines,
        "“help with reminders” tells more about one of them.",
    ]
    return SkillResult(True, "\n".join(told), {"skills": [skill.name for skill in skills]})


def _first_phrases(skill: SkillInfo) -> str:
    """The first phrases of the first intents, in quotes."""
    firsts = [intent.examples[0] for intent in skill.intents if intent.examples]
    return ", ".join(f"“{phrase}”" for phrase in firsts[:_SHOWN])


def _examples(skills: Sequence[SkillInfo]) -> SkillResult:
    """One phrase of each of many skills, or one phrase of each intent of a single one."""
    if len(skills) == 1:
        firsts = [intent.examples[0] for intent in skills[0].intents if intent.examples]
    else:
        firsts = [phrases[0] for skill in skills if (phrases := _phrases(skill))]
    shown = firsts if len(skills) > 1 else firsts[: 2 * _PER_SKILL]
    return SkillResult(True, "\n".join(["You can say:", *(f"- {phrase}" for phrase in shown)]), {"examples": shown})


def _nothing(skills: Sequence[SkillInfo], subject: str) -> SkillResult:
    names = ", ".join(skill.name for skill in skills)
    told = f"I have no help about “{subject}”. I can help with: {names}."
    return SkillResult(False, told, error=told, code="not_found")


def _first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s", " ".join(text.split()), maxsplit=1)[0]
