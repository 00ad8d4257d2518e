"""A skill's texts, checked and made into its description.

`SKILL.md` follows the Agent Skills standard (agentskills.io): `name` and `description` are checked strictly, all else
in the frontmatter is anybody's. This module loads hassil and YAML; a description that was kept needs neither.
"""

import re
from pathlib import Path

from roxy.errors import ConfigError
from roxy.skills.folder import SkillFolder, Texts
from roxy.skills.reading.declaration import read_declaration
from roxy.skills.reading.yamls import Document

_NAME = re.compile(r"^[a-z0-9]+(?:-[a-z0-9]+)*$")
_MAX_NAME = 64
_MAX_DESCRIPTION = 1024


def check_name(name: str) -> bool:
    """Whether the Agent Skills standard allows `name`."""
    return len(name) <= _MAX_NAME and _NAME.fullmatch(name) is not None


def describe(path: Path, texts: Texts, language: str = "en") -> SkillFolder:
    """Check what the files of a skill say; raises `ConfigError` with file and line."""
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
    if not isinstance(name, str) or not check_name(name):
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
