import gc
import sys

import pytest

from roxy.errors import SkillError
from roxy.skills.code import load_code

SKILL = b"from roxy import RoxySkill, SkillResult\nfrom . import times\n"
ANSWERS = b"    async def execute(self, context):\n        return SkillResult(True, times.NOW)\n"
ONE = SKILL + b"class One(RoxySkill):\n" + ANSWERS


def load(folder, files, intents=("a",)):
    return load_code("my-skill", folder, files, intents)


async def test_sibling_modules_are_imported_and_a_reload_gets_fresh_ones(tmp_path):
    old = load(tmp_path, {"skill.py": ONE, "times.py": b"NOW = 'old'"})
    new = load(tmp_path, {"skill.py": ONE, "times.py": b"NOW = 'new'"})
    answers = [(await code.skill_for("a").execute(None)).response_text for code in (old, new)]
    assert answers == ["old", "new"]


async def test_a_late_import_finds_the_version_it_belongs_to(tmp_path):
    late = ONE.replace(b"        return", b"        from .deep import late\n        return").replace(
        b"times.NOW)", b"late.NOW)"
    )
    files = {"skill.py": late, "times.py": b"", "deep/__init__.py": b""}
    old = load(tmp_path, {**files, "deep/late.py": b"NOW = 'old'"})
    load(tmp_path, {**files, "deep/late.py": b"NOW = 'new'"})
    assert (await old.skill_for("a").execute(None)).response_text == "old"


def test_modules_of_a_version_nobody_holds_are_dropped(tmp_path):
    code = load(tmp_path, {"skill.py": ONE, "times.py": b"NOW = ''"})
    package = code.package
    assert f"{package}.times" in sys.modules
    del code
    gc.collect()
    assert not [name for name in sys.modules if name.startswith(package)]


@pytest.mark.requirement("skills.isolation")
@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"1 / 0", "ZeroDivisionError"),
        (b"def x(:", "line 1 of skill.py is not Python"),
        (b"import nothing_of_that_name", "nothing_of_that_name"),
        (b"raise SystemExit(3)", "SystemExit"),
        (b"from . import missing", "missing"),
        (b"x = 1", "nothing that answers a"),
        (b"from roxy import RoxySkill\nclass Unfinished(RoxySkill): pass", "nothing that answers a"),
        (SKILL + b"class A(RoxySkill):\n    intents = ('b',)\n" + ANSWERS, "undeclared intent b"),
        (SKILL + b"class A(RoxySkill):\n" + ANSWERS + b"class B(RoxySkill):\n" + ANSWERS, "nothing that answers a"),
    ],
)
def test_code_that_cannot_be_used_is_a_skill_error_that_says_why(tmp_path, text, why):
    with pytest.raises(SkillError, match=why) as caught:
        load(tmp_path, {"skill.py": text, "times.py": b""})
    assert caught.value.skill == "my-skill"


def test_several_classes_share_the_intents_by_name(tmp_path):
    text = SKILL + b"class Base(RoxySkill):\n" + ANSWERS
    text += b"class A(Base):\n    intents = ('a',)\nclass B(Base):\n    intents = ('b',)\n"
    code = load(tmp_path, {"skill.py": text, "times.py": b""}, ("a", "b"))
    assert [type(code.skill_for(intent)).__name__ for intent in "ab"] == ["A", "B"]


def test_no_bytecode_is_left_in_the_folder(tmp_path):
    (tmp_path / "skill.py").write_bytes(ONE)
    load(tmp_path, {"skill.py": ONE, "times.py": b"NOW = ''"})
    assert [path.name for path in tmp_path.iterdir()] == ["skill.py"]
