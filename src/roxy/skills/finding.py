"""Which skills there are: every folder of every source, read and checked, with the reason when one may not be used.

The order of sources is that of precedence: a later one takes the place of an earlier skill of the same name, but only
when it may be used itself. Skills that are not bundled are approved once, pinned by a hash over all their files; what
is unapproved or changed is described (its YAML is read) and never run.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from roxy.config.places import Places
from roxy.contracts.skills import Permissions, SkillInfo
from roxy.errors import ConfigError
from roxy.skills.folder import SkillFolder, Texts, digest_of, read_texts, snapshot, texts_of
from roxy.skills.kept import Kept
from roxy.skills.loaded import LoadedSkill

ANY_CHANGE = "any change"
"""Approved in place of a digest: for a skill that its user is writing just now."""


class Trust(Protocol):
    """What the user approved and granted, kept on the disk; `roxy.config.trust.TrustFile` is the real one."""

    def approved(self, kind: str, name: str) -> str | None:
        """The digest under which `name` was approved; None when it was not."""
        ...

    def granted(self, skill: str) -> Permissions:
        """What `skill` may do."""
        ...

    def grant(self, skill: str, permissions: Permissions) -> None:
        """Grant `permissions` beside what `skill` may do already."""
        ...

    def always(self, skill: str) -> frozenset[str]:
        """What `skill` need not ask for any more."""
        ...

    def set_always(self, skill: str, what: str) -> None:
        """Never ask again when `skill` does `what`."""
        ...


@dataclass(frozen=True, slots=True)
class SkillSource:
    """A folder whose folders are skills (`bundled`, `user`, `project`), or a single skill (`single`)."""

    kind: str
    folder: Path
    trusted: bool = False
    """Its skills come with Roxy and need no approval."""
    single: bool = False

    def skill_folders(self) -> Iterator[Path]:
        """The folders that are meant to be skills, by name."""
        if self.single:
            yield self.folder
            return
        try:
            children = sorted(self.folder.iterdir())
        except OSError:
            return
        for child in children:
            if child.name[0] not in "._" and (child / "SKILL.md").is_file():
                yield child


@dataclass(frozen=True, slots=True)
class Found:
    """One skill folder: usable (`loaded`), or with a `problem`."""

    name: str
    source: SkillSource
    path: Path
    folder: SkillFolder | None = None
    loaded: LoadedSkill | None = None
    problem: str = ""
    digest: str = ""
    """What an approval pins; empty for trusted skills."""

    def info(self) -> SkillInfo:
        """As it is listed."""
        if self.folder is None:
            return SkillInfo(
                name=self.name,
                description="",
                source=self.source.kind,
                path=str(self.path),
                approved=False,
                problem=self.problem,
            )
        return SkillInfo(
            name=self.name,
            description=self.folder.description,
            source=self.source.kind,
            path=str(self.path),
            version=self.folder.version,
            intents=self.folder.intents,
            wants=self.folder.wants,
            approved=self.loaded is not None,
            problem=self.problem,
            help=self.folder.help,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Reads skill folders: with whose approval, from which cache, in which language."""

    kept: Kept
    trust: Trust | None = None
    language: str = "en"
    hold: bool = False
    """Hold the files of trusted skills in memory too, so that a broken save finds the last good version there."""

    def find_all(self, sources: Iterable[SkillSource]) -> list[Found]:
        """Everything in `sources`, in their order; nothing is raised for what is wrong with one skill."""
        return [self.find(path, source) for source in sources for path in source.skill_folders()]

    def find(self, path: Path, source: SkillSource) -> Found:
        """Read and check one folder."""
        return _find(path, source, self)


def _find(path: Path, source: SkillSource, reader: Reader) -> Found:
    folder: SkillFolder | None = None
    digest = ""
    try:
        if source.trusted:
            folder = reader.kept.describe(path, read_texts(path, reader.language), reader.language)
            held = snapshot(path) if reader.hold else None
            return Found(folder.name, source, path, folder, LoadedSkill(folder, source.kind, held))
        files = snapshot(path)
        digest = digest_of(files)
        texts: Texts = texts_of(path, files, reader.language)
        folder = reader.kept.describe(path, texts, reader.language)
        problem = _unapproved(folder.name, digest, reader.trust)
    except ConfigError as error:
        return Found(path.name, source, path, folder, problem=str(error), digest=digest)
    loaded = None if problem else LoadedSkill(folder, source.kind, files)
    return Found(folder.name, source, path, folder, loaded, problem, digest)


def _unapproved(name: str, digest: str, trust: Trust | None) -> str:
    """Why the skill may not run; empty when it may. Raises `ConfigError` when the approvals cannot be read."""
    approved = None if trust is None else trust.approved("skill", name)
    if approved in (digest, ANY_CHANGE):
        return ""
    why = "was never approved" if approved is None else "changed since you approved it"
    return f"It {why}, so it is not run. Read its files, then: roxy skills approve {name}"


def standard_sources(places: Places, folders: Iterable[str] = ()) -> list[SkillSource]:
    """Bundled, the user's (and `folders` that the settings name), the project's: later ones take precedence."""
    return [
        SkillSource("bundled", places.bundled_skills, trusted=True),
        SkillSource("user", places.skills),
        *(SkillSource("user", Path(folder).expanduser()) for folder in folders),
        SkillSource("project", places.project_skills),
    ]


def switched_off(one: Found) -> Found:
    """The same, not to be used."""
    return replace(one, loaded=None, problem=f"It is switched off: skills.{one.name}.enabled is false in roxy.yaml.")


def usable(found: Sequence[Found]) -> dict[str, Found]:
    """By name, the one that answers: the last of those that may be used."""
    return {one.name: one for one in found if one.loaded is not None}
