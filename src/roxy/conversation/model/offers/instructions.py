"""`roxy.read_skill`: a model reads the instructions of a skill that is nothing but instructions.

Of such a skill only its name and description are told at first (the "progressive disclosure" of the Agent Skills
standard, agentskills.io); its SKILL.md, and the files beside it, are read when they are needed. What is read are the
files that were approved, by their names inside the skill's folder, and nothing else: no path is ever opened for it.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from roxy.config.loader import did_you_mean
from roxy.contracts.models import ToolSpec
from roxy.contracts.skills import SkillInfo
from roxy.conversation.dialogue import Exchange
from roxy.conversation.model.offers.offered import Offered, text_argument
from roxy.errors import UsageError
from roxy.skills.folder import snapshot
from roxy.skills.loaded import LoadedSkill

READ_SKILL = "roxy.read_skill"
PAGE = 16_000
"""Characters that one reading gives."""
MOST_FILES = 200
_SKILL_MD = "SKILL.md"
_ABOUT = (
    "Read the instructions of a skill before doing what it is for, then the files they name when they are needed. "
    "Skills: "
)


class Skills(Protocol):
    """The skills that are in use."""

    def skills(self) -> Sequence[SkillInfo]:
        """All of them, those with a problem too."""
        ...

    def loaded(self, name: str) -> LoadedSkill | None:
        """The version in use."""
        ...


class ReadSkill:
    """Offers the tool, and is it."""

    def __init__(self, skills: Skills) -> None:
        self._skills = skills

    async def offered(self, said: frozenset[str], session_id: str | None) -> Sequence[Offered]:  # noqa: ARG002 -- every session has the same skills, whatever is said
        """The tool, when there is a skill to read."""
        found = self._readable()
        if not found:
            return ()
        properties = {
            "skill": {"type": "string", "enum": list(found)},
            "file": {"type": "string", "description": f"a file of the skill; {_SKILL_MD} when left out"},
            "start": {"type": "integer", "description": "the character to begin with, for what is long"},
        }
        parameters = {
            "type": "object",
            "properties": properties,
            "required": ["skill"],
            "additionalProperties": False,
        }
        about = _ABOUT + " ".join(f"{skill.name}: {skill.description}" for skill in found.values())
        spec = ToolSpec(name=READ_SKILL, description=about, parameters=parameters)
        public = all(skill.source == "bundled" for skill in found.values())
        return [Offered(spec=spec, own=self, read_only=True, public=public)]

    async def call(self, arguments: Mapping[str, Any], exchange: Exchange) -> Any:
        """A page of a file; of SKILL.md the instructions alone, with the names of the other files."""
        name, file = text_argument(arguments, "skill"), text_argument(arguments, "file").removeprefix("./")
        start = _whole(text_argument(arguments, "start"))
        loaded = self._loaded(name)
        exchange.progress(f"reading {name} …")
        files = loaded.files if loaded.files is not None else await asyncio.to_thread(snapshot, loaded.folder.path)
        if not file or file == _SKILL_MD:
            others = [other for other in sorted(files) if other != _SKILL_MD][:MOST_FILES]
            return {**_page(name, _SKILL_MD, loaded.folder.help, start), "files": others}
        if file not in files:
            raise UsageError(f"The skill {name} has no file {file!r}.", hint=did_you_mean(file, files))
        return _page(name, file, _text(file, files[file]), start)

    def _loaded(self, name: str) -> LoadedSkill:
        readable = self._readable()
        loaded = self._skills.loaded(name) if name in readable else None
        if loaded is None:
            raise UsageError(f"There is no skill {name!r} to read.", hint=did_you_mean(name, readable))
        return loaded

    def _readable(self) -> Mapping[str, SkillInfo]:
        """The skills in use that have instructions and nothing else for a model."""
        return {
            skill.name: skill
            for skill in self._skills.skills()
            if skill.approved and not skill.problem and not skill.intents and skill.help
        }


def _page(skill: str, file: str, text: str, start: int) -> dict[str, Any]:
    page: dict[str, Any] = {"skill": skill, "file": file, "text": text[start : start + PAGE]}
    return {**page, "next_start": start + PAGE} if len(text) > start + PAGE else page


def _text(file: str, content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{file} is no text that could be read.") from None


def _whole(text: str) -> int:
    try:
        return max(0, int(text or 0))
    except ValueError:
        raise UsageError("start must be a whole number.") from None
