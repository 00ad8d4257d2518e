"""All skills, from their folders to the answer of one of them.

The order of events: opening reads every source (compiled skills come from the cache), `match` finds the skill and
intent that an utterance means, `run` answers with exactly the version that was matched, and while Roxy is open the
watcher reads again what is saved. A skill's code is run for the first time when it is needed, or when it is checked.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from roxy.contracts.skills import IntentInfo, Permissions, SkillContext, SkillInfo, SkillResult
from roxy.errors import SkillError
from roxy.skills.finding import ANY_CHANGE, Found, Reader, SkillSource, Trust, switched_off, usable
from roxy.skills.folder import digest_of
from roxy.skills.kept import Kept
from roxy.skills.loaded import LoadedSkill
from roxy.skills.packages import announced, package_sources
from roxy.skills.sentences.grammar import Grammar, Hit

log = logging.getLogger(__name__)

_MARK = b"hookimpl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What an utterance was understood as. It holds on to the version of the skill that will answer."""

    skill: str
    intent: IntentInfo
    parameters: Mapping[str, Any]
    """Slot values by name, typed as they are declared."""
    score: float
    """The share of the utterance that the sentence itself accounts for, between 0 and 1."""
    loaded: LoadedSkill = field(repr=False)

    @property
    def wants(self) -> Permissions:
        """What the skill asks for."""
        return self.loaded.folder.wants


@dataclass(frozen=True, slots=True, kw_only=True)
class SkillProblem:
    """Why a skill, or a package that announces skills, is not as it should be."""

    skill: str
    problem: str
    path: str = ""


class SkillManager:
    """The skills of one Roxy: an async context manager that reads them, and watches them when asked to.

    `report` hears of every problem as it comes up. `cache` is the folder for what can be made again. `packages` looks
    for entry points too. `watch` are folders to watch beside those of the sources (that of the approvals); None watches
    nothing. Skills named in `disabled` are listed and not used.
    """

    def __init__(
        self,
        sources: Iterable[SkillSource],
        *,
        trust: Trust | None = None,
        cache: Path | None = None,
        packages: bool = True,
        watch: Sequence[Path] | None = None,
        language: str = "en",
        disabled: Collection[str] = (),
        report: Callable[[SkillProblem], None] | None = None,
    ) -> None:
        self._sources = tuple(sources)
        self._trust = trust
        self._kept = Kept(None if cache is None else cache / "skills.json")
        self._packages = packages
        self._disabled = frozenset(disabled)
        self._watch = watch
        self._reader = Reader(kept=self._kept, trust=trust, language=language, hold=watch is not None)
        self._report = report or (lambda problem: log.warning("skill %s: %s", problem.skill, problem.problem))
        self._found: list[Found] = []
        self._active: dict[str, LoadedSkill] = {}
        self._troubles: dict[str, SkillProblem] = {}
        self._grammar = Grammar()
        self._hooks: Any = None
        self._hooked: dict[str, LoadedSkill] = {}
        self._watcher: asyncio.Task[None] | None = None
        self.watching = asyncio.Event()
        """Set once what is saved will be seen."""

    async def __aenter__(self) -> Self:
        self._kept.load()
        if self._packages:
            self._sources = (*self._sources[:1], *self._package_sources(), *self._sources[1:])
        self._take(self._reader.find_all(self._sources))
        self._kept.save()
        if self._watch is not None:
            from roxy.skills.watch import watch_folders  # noqa: PLC0415  # a single question watches nothing

            roots = [*(source.folder for source in self._sources), *self._watch]
            watch = watch_folders(roots, self._saved, started=self.watching)
            self._watcher = asyncio.create_task(watch, name="skills-watch")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait([self._watcher])
            self._watcher = None

    def match(self, text: str) -> Match | None:
        """The best reading of `text` over all skills; None when nobody understands it."""
        hits = self._grammar.hits(text)
        return self._match(hits[0]) if hits else None

    def candidates(self, text: str) -> list[Match]:
        """Every intent that `text` can mean, the best first."""
        return [self._match(hit) for hit in self._grammar.hits(text)]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """The example phrases closest to `text`, each of another intent."""
        from roxy.skills.sentences.nearest import nearest  # noqa: PLC0415  # only when nobody understood

        phrases = [
            (f"{name}.{intent.name}", phrase)
            for name, loaded in self._active.items()
            for intent in loaded.folder.intents
            for phrase in intent.examples
        ]
        return nearest(text, phrases, n)

    async def run(self, match: Match, context: SkillContext, *, assume_yes: bool = False) -> SkillResult:
        """Answer with the version that was matched; a skill that raises becomes a failure that names it.

        Raises `NeedsInput` and `TurnCancelled`, which end the turn.
        """
        return await match.loaded.run(match.intent.name, context, assume_yes=assume_yes)

    def skills(self) -> Sequence[SkillInfo]:
        """All skills that were found: those in use first, then those with a problem."""
        inactive = [one.info() for one in self._found if one.loaded is None]
        return [*(self._info(name) for name in sorted(self._active)), *inactive]

    def permissions(self, skill: str) -> Permissions:
        """What the user granted `skill`."""
        return Permissions() if self._trust is None else self._trust.granted(skill)

    @property
    def problems(self) -> Sequence[SkillProblem]:
        """What is wrong just now."""
        return list(self._troubles.values())

    @property
    def everything(self) -> Sequence[Found]:
        """Every skill folder, usable or not, in the order of precedence; what an approval looks at."""
        return tuple(self._found)

    def loaded(self, name: str) -> LoadedSkill | None:
        """The version of `name` that is in use."""
        return self._active.get(name)

    async def check(self) -> Sequence[SkillProblem]:
        """Run the code of every skill in use now, and tell what is wrong with any of them."""
        for name, loaded in list(self._active.items()):
            try:
                if loaded.folder.has_code:
                    await asyncio.to_thread(loaded.code)
            except SkillError as error:
                self._trouble(name, str(error), loaded.folder.path)
        return self.problems

    async def turn_ended(self, **arguments: Any) -> None:
        """Call the hook `roxy_turn_ended` of everybody; see `hookspecs` for the arguments."""
        self._take_hooks()
        if self._hooks is not None:
            self._hooks.call("roxy_turn_ended", arguments)

    async def reload(self) -> None:
        """Read everything again. What is broken keeps its last good version; a turn in flight keeps its own."""
        found = await asyncio.to_thread(self._reader.find_all, self._sources)
        self._take([await asyncio.to_thread(self._settle, one) for one in found])
        await asyncio.to_thread(self._kept.save)

    def _match(self, hit: Hit) -> Match:
        loaded = self._active[hit.skill]
        intent = loaded.folder.intent(hit.intent)
        return Match(skill=hit.skill, intent=intent, parameters=hit.parameters, score=hit.score, loaded=loaded)

    def _info(self, name: str) -> SkillInfo:
        loaded = self._active[name]
        trouble = self._troubles.get(str(loaded.folder.path))
        found = Found(name, SkillSource(loaded.source, loaded.folder.path), loaded.folder.path, loaded.folder, loaded)
        info = found.info()
        return info if trouble is None else replace(info, problem=trouble.problem)

    def _take(self, found: Sequence[Found]) -> None:
        """Put what was read into use, and tell what is wrong with the rest."""
        self._found = [switched_off(one) if one.name in self._disabled else one for one in found]
        fresh = {name: one.loaded for name, one in usable(self._found).items() if one.loaded is not None}
        for name in set(self._active) - set(fresh):
            del self._active[name]
            self._grammar.drop(name)
        for name, loaded in fresh.items():
            if self._active.get(name) is not loaded:
                self._active[name] = loaded
                self._grammar.put(name, loaded.folder.templates)
        present = {str(one.path): one.problem for one in self._found}
        for path in [path for path in self._troubles if present.get(path) == ""]:
            del self._troubles[path]
        for one in self._found:
            if one.problem and one.name not in self._disabled:
                self._trouble(one.name, one.problem, one.path)

    def _settle(self, one: Found) -> Found:
        """What was read anew, with the version in use where that is the same, or where the new one is broken."""
        used = self._active.get(one.name) or self._active.get(one.path.name)
        last = used if used is not None and used.folder.path == one.path else None
        if one.loaded is None:
            trusted = last is not None and (one.source.trusted or self._still_approved(last))
            return replace(one, loaded=last) if trusted else one
        if last is not None and last.folder == one.loaded.folder and last.is_current(one.loaded):
            return replace(one, loaded=last)
        try:
            if one.loaded.folder.has_code:
                one.loaded.code()
        except SkillError as error:
            goes_on = " The last good version goes on." if last is not None else ""
            return replace(one, loaded=last, problem=f"{error}{goes_on}")
        return one

    def _still_approved(self, last: LoadedSkill) -> bool:
        """Whether a version in use may go on after its folder changed: its approval was not taken back."""
        approved = None if self._trust is None else self._trust.approved("skill", last.name)
        return approved in (digest_of(last.files or {}), ANY_CHANGE)

    def _trouble(self, name: str, problem: str, path: Path | str = "") -> None:
        one = SkillProblem(skill=name, problem=problem, path=str(path))
        key = str(path) or name
        if self._troubles.get(key) != one:
            self._troubles[key] = one
            self._report(one)

    async def _saved(self, changed: set[Path]) -> None:
        """The watcher saw `changed`: read again the skills they belong to, or everything when that is not clear."""
        known = {one.path for one in self._found}
        touched = [one for one in self._found if any(file.is_relative_to(one.path) for file in changed)]
        inside = all(any(file.is_relative_to(one.path) for one in touched) for file in changed)
        if not inside or any(path not in known for source in self._sources for path in source.skill_folders()):
            await self.reload()
            return
        fresh = {one.path: await asyncio.to_thread(self._read_again, one) for one in touched if one.path.is_dir()}
        gone = {one.path for one in touched} - set(fresh)
        self._take([fresh.get(one.path, one) for one in self._found if one.path not in gone])
        await asyncio.to_thread(self._kept.save)

    def _read_again(self, one: Found) -> Found:
        return self._settle(self._reader.find(one.path, one.source))

    def _package_sources(self) -> list[SkillSource]:
        points = announced(self._kept)
        return list(package_sources(points, self._open_hooks(), self._trust)) if points else []

    def _open_hooks(self) -> Any:
        from roxy.skills.hooks import Hooks  # noqa: PLC0415  # pluggy, only for those who have hooks

        if self._hooks is None:
            self._hooks = Hooks(self._trouble)
        return self._hooks

    def _take_hooks(self) -> None:
        """Register the hooks of skills that hold any, in their present versions."""
        for name in set(self._hooked) - set(self._active):
            self._hooks.drop(name)
            del self._hooked[name]
        for name, loaded in list(self._active.items()):
            if self._hooked.get(name) is loaded or not _may_hold_hooks(loaded):
                continue
            try:
                module = loaded.code().module
            except SkillError as error:
                self._trouble(name, str(error), loaded.folder.path)
                continue
            self._hooked[name] = loaded
            self._open_hooks().take(name, module)


def _may_hold_hooks(loaded: LoadedSkill) -> bool:
    """Whether `skill.py` speaks of hooks at all, so that the others need not be run for it."""
    if loaded.files is not None:
        return _MARK in loaded.files.get("skill.py", b"")
    try:
        return _MARK in (loaded.folder.path / "skill.py").read_bytes()
    except OSError:
        return False
