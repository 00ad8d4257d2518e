"""Whether every example phrase of a skill routes to its intent, with its slots: what `roxy skills test` runs first."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roxy.skills.folder import SkillFolder, read_folder
from roxy.skills.sentences.grammar import Grammar


@dataclass(frozen=True, slots=True, kw_only=True)
class Misrouted:
    """An example phrase that did not go where it belongs."""

    skill: str
    intent: str
    phrase: str
    went_to: str = ""
    """`skill.intent` of the one that took it; empty when nothing did."""
    slots: Mapping[str, Any] = field(default_factory=dict)
    wanted: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        here = f"“{self.phrase}” should be {self.skill}.{self.intent}"
        if not self.went_to:
            return f"{here}, but matches no sentence"
        if self.went_to != f"{self.skill}.{self.intent}":
            return f"{here}, but is taken by {self.went_to}"
        return f"{here} with {dict(self.wanted)}, but has {dict(self.slots)}"


def check_examples(folder: Path | str, *, beside: Iterable[Path | str] = ()) -> list[Misrouted]:
    """The examples of the skill in `folder` that do not route to their intent; `[]` when all do.

    `beside` are folders of further skills that compete for the same phrases. Raises `ConfigError` when a folder is
    not a valid skill.
    """
    skill = read_folder(Path(folder))
    grammar = Grammar()
    grammar.put(skill.name, skill.templates)
    for other in (read_folder(Path(path)) for path in beside):
        if other.name != skill.name:
            grammar.put(other.name, other.templates)
    return misrouted(skill, grammar)


def misrouted(skill: SkillFolder, grammar: Grammar) -> list[Misrouted]:
    """The examples of `skill` that `grammar` takes elsewhere."""
    found = []
    for intent, examples in skill.examples.items():
        for phrase, wanted in examples:
            hits = grammar.hits(phrase)
            went_to = f"{hits[0].skill}.{hits[0].intent}" if hits else ""
            slots = hits[0].parameters if hits else {}
            if went_to != f"{skill.name}.{intent}" or any(slots.get(slot) != value for slot, value in wanted.items()):
                found.append(
                    Misrouted(
                        skill=skill.name, intent=intent, phrase=phrase, went_to=went_to, slots=slots, wanted=wanted
                    )
                )
    return found
