"""Compiled skills on the disk, so that a fresh process matches its first utterance without hassil and without YAML.

One JSON file in the cache folder. An entry is used only when the digest of the skill's texts is the same and Roxy's own
compiler has not changed; anything wrong with the file means compiling again, never an error.
"""

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from roxy import __version__
from roxy.contracts.skills import IntentInfo, Permissions
from roxy.errors import ConfigError
from roxy.skills.folder import SkillFolder, Texts
from roxy.skills.sentences.grammar import Capture, SlotKind, Template

_ROOM = Path(__file__).parent
_COMPILER = ("english", "folder.py", "kept.py", "reading", "sentences")


@dataclass(slots=True)
class Kept:
    """Compiled skills by their folder; without a path nothing is kept."""

    path: Path | None = None
    _entries: dict[str, Any] = field(default_factory=dict)
    _changed: bool = False

    def load(self) -> None:
        """Read the file, if it is there and was written by this Roxy."""
        if self.path is None:
            return
        try:
            found = json.loads(self.path.read_bytes())
            self._entries = found["entries"] if found["by"] == _stamp() else {}
        except (OSError, ValueError, KeyError, TypeError):
            self._entries = {}

    def describe(self, path: Path, texts: Texts, language: str) -> SkillFolder:
        """As `reading.skill_md.describe`, from the file when it holds these very texts."""
        key, digest = f"{path}:{language}", texts.digest()
        entry = self._entries.get(key)
        if entry is not None and entry.get("digest") == digest:
            with contextlib.suppress(KeyError, TypeError, ValueError):
                return _folder(path, entry["folder"])
        from roxy.skills.reading.skill_md import describe  # noqa: PLC0415  # it loads hassil and YAML

        folder = describe(path, texts, language)
        with contextlib.suppress(TypeError):
            # A value that JSON cannot hold is a skill's own choice; it is compiled at every start then.
            self._entries[key] = {"digest": digest, "folder": json.loads(json.dumps(_plain(folder)))}
            self._changed = True
        return folder

    def note(self, key: str, value: Any) -> None:
        """Keep something else that takes long to find out."""
        self._entries[f"note:{key}"], self._changed = value, True

    def noted(self, key: str) -> Any:
        """What was kept by `note`; None when nothing was."""
        return self._entries.get(f"note:{key}")

    def save(self) -> None:
        """Write the file when something changed; a folder that cannot be written costs time at the next start only."""
        if self.path is None or not self._changed:
            return
        from roxy.config.writing import write_private  # noqa: PLC0415  # only when something changed

        with contextlib.suppress(OSError, ConfigError):
            write_private(self.path, json.dumps({"by": _stamp(), "entries": self._entries}))
        self._changed = False


def _stamp() -> list[Any]:
    """Changes whenever the code changes that made the entries."""
    files = [file for name in _COMPILER for file in sorted((_ROOM / name).glob("*.py")) or [_ROOM / name]]
    return [__version__, *(file.stat().st_mtime_ns for file in files)]


def _plain(folder: SkillFolder) -> dict[str, Any]:
    return {
        "name": folder.name,
        "description": folder.description,
        "help": folder.help,
        "version": folder.version,
        "has_code": folder.has_code,
        "intents": [asdict(intent) for intent in folder.intents],
        "examples": {intent: list(examples) for intent, examples in folder.examples.items()},
        "wants": {
            name: value if isinstance(value, bool) else sorted(value) for name, value in asdict(folder.wants).items()
        },
        "templates": [
            [one.intent, one.source, one.pattern, [_listed(capture) for capture in one.captures], one.keys, one.needs]
            for one in folder.templates
        ],
    }


def _listed(capture: Capture) -> list[Any]:
    numbers = (capture.low, capture.high)
    words = (capture.holds, capture.begins_not)
    return [capture.group, capture.slot, capture.kind, dict(capture.values), *numbers, *words]


def _folder(path: Path, found: Mapping[str, Any]) -> SkillFolder:
    wants: dict[str, Any] = {
        name: value if isinstance(value, bool) else frozenset(value) for name, value in found["wants"].items()
    }
    return SkillFolder(
        name=found["name"],
        description=found["description"],
        path=path,
        help=found["help"],
        version=found["version"],
        intents=tuple(
            IntentInfo(**{**one, **{name: tuple(one[name]) for name in ("sentences", "examples", "required")}})
            for one in found["intents"]
        ),
        examples={
            intent: tuple((say, slots) for say, slots in examples) for intent, examples in found["examples"].items()
        },
        wants=Permissions(**wants),
        templates=tuple(_template(one) for one in found["templates"]),
        has_code=found["has_code"],
    )


def _template(found: list[Any]) -> Template:
    intent, source, pattern, captures, keys, needs = found
    made = tuple(
        Capture(group, slot, SlotKind(kind), values, low, high, tuple(holds), tuple(begins_not))
        for group, slot, kind, values, low, high, holds, begins_not in captures
    )
    return Template(intent, source, pattern, made, tuple(keys), tuple(needs))
