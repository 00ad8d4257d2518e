"""Which version of each skill answers: the newest good one, until a better one is read.

`settle` compares a folder read anew with the version in use, `use` puts what was settled in the place of the old. A
version that did not change stays the same object; a broken or unapproved one leaves the last good version in place,
unless its approval was taken back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from roxy.errors import SkillError
from roxy.skills.finding import ANY_CHANGE, Found, Trust, usable
from roxy.skills.folder import digest_of
from roxy.skills.loaded import LoadedSkill
from roxy.skills.sentences.grammar import Grammar


@dataclass(slots=True)
class Versions:
    """The versions in use and their sentences."""

    trust: Trust | None = None
    active: dict[str, LoadedSkill] = field(default_factory=dict)
    grammar: Grammar = field(default_factory=Grammar)

    def settle(self, one: Found) -> Found:
        """What was read anew, with the version in use where that is the same, or where the new one is broken."""
        last = self._last(one)
        if one.loaded is None:
            goes_on = last is not None and (one.source.trusted or self._still_approved(last))
            return replace(one, loaded=last) if goes_on else one
        if last is not None and last.folder == one.loaded.folder and last.is_current(one.loaded):
            return replace(one, loaded=last)
        return _tried(one, one.loaded, last)

    def use(self, found: Sequence[Found]) -> None:
        """Let the usable ones of `found` answer, and nobody else."""
        fresh = _loaded(found)
        for name in set(self.active) - set(fresh):
            del self.active[name]
            self.grammar.drop(name)
        for name, loaded in fresh.items():
            if self.active.get(name) is not loaded:
                self.active[name] = loaded
                self.grammar.put(name, loaded.folder.templates)

    def _last(self, one: Found) -> LoadedSkill | None:
        """The version of this very folder that is in use."""
        used = self.active.get(one.name) or self.active.get(one.path.name)
        return used if used is not None and used.folder.path == one.path else None

    def _still_approved(self, last: LoadedSkill) -> bool:
        approved = None if self.trust is None else self.trust.approved("skill", last.name)
        return approved in (digest_of(last.files or {}), ANY_CHANGE)


def _tried(one: Found, fresh: LoadedSkill, last: LoadedSkill | None) -> Found:
    """`one` with its new version when its code can be loaded, else with the last good one."""
    try:
        if fresh.folder.has_code:
            fresh.code()
    except SkillError as error:
        goes_on = " The last good version goes on." if last is not None else ""
        return replace(one, loaded=last, problem=f"{error}{goes_on}")
    return one


def _loaded(found: Sequence[Found]) -> Mapping[str, LoadedSkill]:
    return {name: one.loaded for name, one in usable(found).items() if one.loaded is not None}
