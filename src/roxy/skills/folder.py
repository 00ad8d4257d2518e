"""A skill's folder: what it says of itself, and its files as they were at one moment.

Nothing here runs a skill's code, and nothing here understands YAML: `roxy.skills.reading` does, when it must.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from roxy.contracts.skills import IntentInfo, Permissions
from roxy.errors import ConfigError
from roxy.skills.sentences.grammar import Template

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


def texts_of(path: Path, files: Mapping[str, bytes], language: str = "en") -> Texts:
    """The same from files in memory, so that what is described is what was hashed."""

    def text(name: str) -> str | None:
        try:
            return files[name].decode() if name in files else None
        except UnicodeDecodeError as error:
            raise ConfigError("this file is not UTF-8 text", where=str(path / name)) from error

    return Texts(
        text("SKILL.md") or _no_skill(path),
        text("roxy.yaml"),
        text(f"locale/{language}/intents.yaml"),
        "skill.py" in files,
    )


def read_folder(path: Path, language: str = "en") -> SkillFolder:
    """Read and check the skill in `path`; raises `ConfigError` with file and line."""
    return _described(path, read_texts(path, language), language)


@lru_cache(maxsize=32)
def _described(path: Path, texts: Texts, language: str) -> SkillFolder:
    """Compiled anew only when a text has changed: the tests of a skill read the same one again and again."""
    from roxy.skills.reading.skill_md import describe  # noqa: PLC0415  # it loads hassil and YAML

    return describe(path, texts, language)


def snapshot(path: Path) -> dict[str, bytes]:
    """All files of a skill by their path inside; raises `ConfigError` for links that lead outside and for floods."""
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
