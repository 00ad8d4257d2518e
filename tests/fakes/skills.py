"""Skills written by tests: a folder with the usual files, and a trust that lives in memory."""

from pathlib import Path

from roxy.testing.doubles import TrustDouble

SKILL_MD = """---
name: {name}
description: Says hello.
---
How to say hello.
"""

ROXY_YAML = """intents:
  hello:
    description: Say hello
    sentences: ["say hello [to {who}]"]
    examples: [say hello, {say: "please say hello to Ada Lovelace!", slots: {who: Ada Lovelace}}]
"""

SKILL_PY = """from roxy import RoxySkill, SkillResult

class Hello(RoxySkill):
    async def execute(self, context):
        return SkillResult(True, "%s, " + context.parameters.get("who", "you"))
"""


def write_skill(root: Path, name: str = "greeter", *, says: str = "Hello", **files: str) -> Path:
    """Write a skill that answers `say hello`; `files` replace or add (`roxy_yaml`, `skill_py`, …)."""
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    texts = {"SKILL_md": SKILL_MD.format(name=name), "roxy_yaml": ROXY_YAML, "skill_py": SKILL_PY % says, **files}
    for file, text in texts.items():
        path = folder / file.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


class Approvals(TrustDouble):
    """A trust that approves only what it was told to."""

    def __init__(self) -> None:
        super().__init__()
        self.digests: dict[tuple[str, str], str] = {}

    def approved(self, kind: str, name: str) -> str | None:
        return self.digests.get((kind, name))
