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
from roxy.skills.finding import Found, Reader, SkillSource, Trust, switched_off
from roxy.skills.kept import Kept
from roxy.skills.loaded import LoadedSkill
from roxy.skills.packages import announced, package_sources
from roxy.skills.sentences.grammar import Hit
from roxy.skills.versions import Versions

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
    understood: str
    """What was said without greeting, fillers and politeness, slips of the keyboard put right."""
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
        self._versions = Versions(trust)
        self._troubles: dict[str, SkillProblem] = {}
        self._hooks: Any = None
        self._hooked: dict[str, LoadedSkill] = {}
        self._reading = asyncio.Lock()
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
        hits = self._versions.grammar.hits(text)
        return self._match(hits[0]) if hits else None

    def candidates(self, text: str) -> list[Match]:
        """Every intent that `text` can mean, the best first."""
        return [self._match(hit) for hit in self._versions.grammar.hits(text)]

    def nearest(self, text: str, n: int = 3) -> list[str]:
        """The example phrases closest to `text`, each of another intent."""
        from roxy.skills.sentences.nearest import nearest  # noqa: PLC0415  # only when nobody understood

        phrases = [
            (f"{name}.{intent.name}", phrase)
            for name, loaded in self._versions.active.items()
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
        return [*(self._info(name) for name in sorted(self._versions.active)), *inactive]

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
        return self._versions.active.get(name)

    async def check(self) -> Sequence[SkillProblem]:
        """Run the code of every skill in use now, and tell what is wrong with any of them."""
        for name, loaded in list(self._versions.active.items()):
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
        async with self._reading:
            found = await asyncio.to_thread(self._reader.find_all, self._sources)
            self._take([await asyncio.to_thread(self._versions.settle, one) for one in found])
            await asyncio.to_thread(self._kept.save)

    def _match(self, hit: Hit) -> Match:
        loaded = self._versions.active[hit.skill]
        intent = loaded.folder.intent(hit.intent)
        return Match(
            skill=hit.skill,
            intent=intent,
            parameters=hit.parameters,
            score=hit.score,
            understood=hit.heard.whole(),
            loaded=loaded,
        )

    def _info(self, name: str) -> SkillInfo:
        loaded = self._versions.active[name]
        trouble = self._troubles.get(str(loaded.folder.path))
        found = Found(name, SkillSource(loaded.source, loaded.folder.path), loaded.folder.path, loaded.folder, loaded)
        info = found.info()
        return info if trouble is None else replace(info, problem=trouble.problem)

    def _take(self, found: Sequence[Found]) -> None:
        """Put what was read into use, and tell what is wrong with the rest."""
        self._found = [switched_off(one) if one.name in self._disabled else one for one in found]
        self._versions.use(self._found)
        mended = {str(one.path) for one in self._found if not one.problem}
        for path in mended & set(self._troubles):
            del self._troubles[path]
        for one in self._found:
            if one.problem and one.name not in self._disabled:
                self._trouble(one.name, one.problem, one.path)

    def _trouble(self, name: str, problem: str, path: Path | str = "") -> None:
        one = SkillProblem(skill=name, problem=problem, path=str(path))
        key = str(path) or name
        if self._troubles.get(key) != one:
            self._troubles[key] = one
            self._report(one)

    async def _saved(self, changed: set[Path]) -> None:
        """The watcher saw `changed`: read again the skills they belong to, or everything when that is not clear."""
        touched = self._touched(changed)
        if not touched or self._something_new():
            await self.reload()
            return
        async with self._reading:
            found = [await self._read_again(one) if one.path in touched else one for one in self._found]
            self._take([one for one in found if one.path.is_dir()])
            await asyncio.to_thread(self._kept.save)

    def _touched(self, changed: set[Path]) -> set[Path]:
        """The skill folders that `changed` lies in; empty when a part of it lies elsewhere."""
        known = {one.path for one in self._found}
        owners = [next((path for path in (file, *file.parents) if path in known), None) for file in changed]
        return set() if None in owners else {path for path in owners if path is not None}

    def _something_new(self) -> bool:
        known = {one.path for one in self._found}
        return any(path not in known for source in self._sources for path in source.skill_folders())

    async def _read_again(self, one: Found) -> Found:
        found = await asyncio.to_thread(self._reader.find, one.path, one.source)
        return await asyncio.to_thread(self._versions.settle, found)

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
        for name in set(self._hooked) - set(self._versions.active):
            del self._hooked[name]
            if self._hooks is not None:
                self._hooks.drop(name)
        for name, loaded in list(self._versions.active.items()):
            if self._hooked.get(name) is not loaded:
                self._hooked[name] = loaded
                self._take_hooks_of(loaded)

    def _take_hooks_of(self, loaded: LoadedSkill) -> None:
        if self._hooks is not None:
            self._hooks.drop(loaded.name)
        if not _may_hold_hooks(loaded):
            return
        try:
            self._open_hooks().take(loaded.name, loaded.code().module)
        except SkillError as error:
            self._trouble(loaded.name, str(error), loaded.folder.path)


def _may_hold_hooks(loaded: LoadedSkill) -> bool:
    """Whether `skill.py` speaks of hooks at all, so that the others need not be run for it."""
    if loaded.files is not None:
        return _MARK in loaded.files.get("skill.py", b"")
    try:
        return _MARK in (loaded.folder.path / "skill.py").read_bytes()
    except OSError:
        return False
