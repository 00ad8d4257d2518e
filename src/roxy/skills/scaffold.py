"""Writes a new skill that works at once: it greets, has a test, and passes `roxy skills test`."""

from pathlib import Path

from roxy.errors import UsageError
from roxy.skills.reading.skill_md import check_name

_SKILL_MD = """---
name: {name}
description: Greets the user by name. Use it when somebody asks for a greeting from {title}.
metadata:
  version: "0.1.0"
---

# {title}

Say "greet me from {words}", or "greet Ada from {words}".
"""

_ROXY_YAML = """# What the skill understands, and what it asks of the user. `roxy skills test` checks the examples.
intents:
  greet:
    description: Greet somebody
    slots:
      who: {{type: text}}
    sentences:
      - "greet (me|{{who}}) from {words}"
    examples:
      - greet me from {words}
      - {{say: "please greet Ada from {words}", slots: {{who: Ada}}}}

# Nothing is allowed unless it is asked for here and granted by the user:
# permissions:
#   servers: [brave_search]
#   folders: [granted]
#   hosts: [example.com]
"""

_SKILL_PY = '''"""Greets the user."""

from roxy import RoxySkill, SkillContext, SkillResult


class {cls}(RoxySkill):
    """Answers every intent of this skill; `context.intent` says which one was meant."""

    async def execute(self, context: SkillContext) -> SkillResult:
        """Greet whom the user named, else the user."""
        who = context.parameters.get("who") or context.user.name or "you"
        return SkillResult(success=True, response_text=f"Hello, {{who}}!")
'''

_TEST_PY = '''"""What the skill does, said in sentences."""

from pathlib import Path

from roxy.testing import check_examples, skill_bench

HERE = Path(__file__).parent


def test_every_example_routes_to_its_intent():
    assert check_examples(HERE) == []


async def test_it_greets_whom_the_user_names():
    async with skill_bench(HERE) as bench:
        reply = await bench.say("greet Ada from {words}")
        assert reply.text == "Hello, Ada!"
'''


def new_skill(parent: Path, name: str) -> Path:
    """Write the skill `name` into a new folder of `parent` and return it.

    Raises `UsageError` for a name that the Agent Skills standard does not allow, and for a folder that is there.
    """
    if not check_name(name):
        raise UsageError(
            f"a skill cannot be called {name!r}",
            hint="Use 1 to 64 lower-case letters, digits and single hyphens, such as tea-timer.",
        )
    folder = parent / name
    if folder.exists():
        raise UsageError(f"{folder} is there already", hint="Choose another name, or remove that folder first.")
    words = name.replace("-", " ")
    fill = {"name": name, "words": words, "title": words.capitalize(), "cls": _class_name(words)}
    folder.mkdir(parents=True)
    for file, text in {
        "SKILL.md": _SKILL_MD,
        "roxy.yaml": _ROXY_YAML,
        "skill.py": _SKILL_PY,
        "test_skill.py": _TEST_PY,
    }.items():
        (folder / file).write_text(text.format(**fill), encoding="utf-8")
    return folder


def _class_name(words: str) -> str:
    name = words.title().replace(" ", "")
    return name if name[0].isalpha() else f"Skill{name}"
