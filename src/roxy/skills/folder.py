"""A skill's folder, read and checked: what it says of itself, and its files as they were at that moment.

`SKILL.md` follows the Agent Skills standard (agentskills.io): `name` and `description` are checked strictly, all else
in the frontmatter is anybody's. Nothing here runs a skill's code.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roxy.contracts.skills import IntentInfo, Permissions
from roxy.errors import ConfigError
from roxy.skills.sentences import Template
from roxy.skills.yamls import Document

_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_MAX_NAME = 64
_MAX_DESCRIPTION = 1024
_MAX_FILE = 8 * 1024 * 1024
_MAX_FILES = 2_000
_PASSED_OVER = frozenset(("__pycache__", ".git", ".mypy_cache", ".ruff_cache", ".pytest_cache", ".DS_Store"))


@dataclass(frozen=True, slots=True)
class SkillFolder:
    """A skill as its folder describes it."""

    name: str
    description: str
    path: Path
    help: str = ""
    version: str = ""
    intents: tuple[IntentInfo, ...] = ()
    examples: Mapping[str, tuple[tuple[str, Mapping[str, Any]], ...]] = field(default_factory=dict)
    """By intent: phrases with the slots they must fill."""
    wants: Permissions = field(default_factory=Permissions)
    templates: tuple[Template, ...] = field(default=(), repr=False)
    has_code: bool = False

    def intent(self, name: str) -> IntentInfo:
        """The intent `name`; raises `KeyError`."""
        return next((intent for intent in self.intents if intent.name == name), None) or _missing(name)


def _missing(name: str) -> IntentInfo:
    raise KeyError(name)


@dataclass(frozen=True, slots=True)
class Texts:
    """The files that describe a skill, as texts; None where there is none."""

    skill_md: str
    roxy_yaml: str | None = None
    locale: str | None = None
    has_code: bool = False

    def digest(self) -> str:
        """Names this very description; what a compiled copy is kept under."""
        joined = "\0".join((self.skill_md, str(self.roxy_yaml), str(self.locale), str(self.has_code)))
        return hashlib.sha256(joined.encode()).hexdigest()


def read_texts(path: Path, language: str = "en") -> Texts:
    """Read what describes the skill in `path`; raises `ConfigError` when SKILL.md is missing or unreadable."""
    return Texts(
        _text(path / "SKILL.md") or _no_skill(path),
        _text(path / "roxy.yaml"),
        _text(path / "locale" / language / "intents.yaml"),
        (path / "skill.py").is_file(),
    )


def read_folder(path: Path, language: str = "en") -> SkillFolder:
    """Read and check the skill in `path`; raises `ConfigError` with file and line."""
    return describe(path, read_texts(path, language), language)


def describe(path: Path, texts: Texts, language: str = "en") -> SkillFolder:
    """Check what the files of a skill say; raises `ConfigError` with file and line."""
    from roxy.skills.declaration import read_declaration  # noqa: PLC0415  # it loads hassil; a kept copy needs neither

    front, body = _frontmatter(path, texts.skill_md)
    name, description = _identity(path, front)
    metadata = front.data.get("metadata")
    found = read_declaration(
        None if texts.roxy_yaml is None else Document.parse(str(path / "roxy.yaml"), texts.roxy_yaml),
        None
        if texts.locale is None
        else Document.parse(str(path / "locale" / language / "intents.yaml"), texts.locale),
    )
    if found.intents and not texts.has_code:
        raise ConfigError(
            f"the skill {name} declares intents but has no skill.py to answer them",
            where=str(path / "roxy.yaml"),
            hint="Add skill.py with a subclass of RoxySkill, or leave the intents out.",
        )
    return SkillFolder(
        name=name,
        description=description,
        path=path,
        help=body.strip(),
        version=str(metadata.get("version", "")) if isinstance(metadata, dict) else "",
        intents=tuple(intent.info() for intent in found.intents.values()),
        examples={
            intent.name: tuple((example.say, example.slots) for example in intent.examples)
            for intent in found.intents.values()
        },
        wants=found.wants,
        templates=tuple(found.templates),
        has_code=texts.has_code,
    )


def snapshot(path: Path) -> dict[str, bytes]:
    """All files of a skill by their path inside of it; raises `ConfigError` for links that lead outside and for floods."""
    found: dict[str, bytes] = {}
    root = path.resolve()
    for file in sorted(path.rglob("*")):
        inside = file.relative_to(path)
        if _PASSED_OVER.intersection(inside.parts) or file.is_dir():
            continue
        if not file.resolve().is_relative_to(root):
            raise ConfigError("a link in a skill's folder leads outside of it", where=str(file))
        if file.stat().st_size > _MAX_FILE or len(found) >= _MAX_FILES:
            raise ConfigError("a skill's folder holds too many or too large files to be pinned", where=str(file))
        found[inside.as_posix()] = file.read_bytes()
    return found


def digest_of(files: Mapping[str, bytes]) -> str:
    """The SHA-256 that pins a skill: over the names and contents of all its files."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(f"{len(name.encode())}:{name}:{len(files[name])}:".encode())
        total.update(files[name])
    return total.hexdigest()


def _text(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except UnicodeDecodeError as error:
        raise ConfigError("this file is not UTF-8 text", where=str(file)) from error
    except OSError as error:
        raise ConfigError(f"this file cannot be read: {error.strerror}", where=str(file)) from error


def _no_skill(path: Path) -> str:
    raise ConfigError(
        "there is no SKILL.md in this folder", where=str(path), hint="`roxy skills new NAME` writes a skill."
    )


def _frontmatter(path: Path, text: str) -> tuple[Document, str]:
    file = str(path / "SKILL.md")
    lines = text.removeprefix("\ufeff").splitlines(keepends=True)
    if not lines or lines[0].strip() != "---":
        raise ConfigError("SKILL.md must begin with a line `---` and its frontmatter", where=f"{file}:1")
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if end is None:
        raise ConfigError("the frontmatter of SKILL.md is not closed by a line `---`", where=f"{file}:1")
    document = Document.parse(file, "".join(lines[1:end]), first_line=2)
    if not isinstance(document.data, dict):
        raise ConfigError("the frontmatter of SKILL.md must be a mapping", where=f"{file}:2")
    return document, "".join(lines[end + 1 :])


def _identity(path: Path, front: Document) -> tuple[str, str]:
    name, description = front.data.get("name"), front.data.get("description")
    if not isinstance(name, str) or len(name) > _MAX_NAME or not _NAME.match(name):
        front.fail(
            ["name"],
            "`name` must be 1 to 64 lower-case letters, digits and single hyphens",
            hint=f"Write `name: {path.name}`.",
        )
    if name != path.resolve().name:
        front.fail(
            ["name"],
            f"the skill calls itself {name} but its folder is called {path.resolve().name}",
            hint="Rename one of them.",
        )
    if not isinstance(description, str) or not description.strip():
        front.fail(["description"], "`description` must say in a sentence what the skill does and when to use it")
    if len(description) > _MAX_DESCRIPTION:
        front.fail(["description"], f"`description` has {len(description)} characters; {_MAX_DESCRIPTION} are allowed")
    return name, description.strip()
