import sys

import pytest

from fakes.skills import Approvals, write_skill
from roxy.skills.finding import SkillSource
from roxy.skills.manager import SkillManager
from roxy.skills.packages import KIND, announced, package_digest

MODULE = """
from pathlib import Path
from roxy import hookimpl

Path(__file__).with_name("imported").touch()

@hookimpl
def roxy_skill_folders():
    return [Path(__file__).parent / "skills" / "greeter"]
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package `tea_skills` of the distribution `tea`, which announces a skill."""
    site = tmp_path / "site"
    write_skill(site / "tea_skills" / "skills")
    (site / "tea_skills" / "__init__.py").write_text(MODULE)
    info = site / "tea-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tea\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[roxy.skills]\ntea = tea_skills\n")
    monkeypatch.syspath_prepend(str(site))
    yield site / "tea_skills"
    sys.modules.pop("tea_skills", None)


@pytest.mark.requirement("skills.entry_point")
async def test_an_approved_package_announces_its_skills(tmp_path, package):
    trust, problems = Approvals(), []
    async with SkillManager([], trust=trust, cache=tmp_path / "cache", report=problems.append) as skills:
        assert skills.match("say hello") is None
        assert "roxy skills approve tea" in problems[0].problem
        assert not (package / "imported").exists()
    trust.digests[KIND, "tea"] = package_digest("tea_skills")[1]
    async with SkillManager([], trust=trust, cache=tmp_path / "cache", report=problems.append) as skills:
        assert skills.match("say hello to Ada").skill == "greeter"
        assert skills.skills()[0].source == "package"
        assert (package / "imported").exists()
    assert len(problems) == 1


@pytest.mark.requirement("skills.entry_point", "skills.isolation")
async def test_a_package_that_cannot_be_imported_stops_nobody(tmp_path, package):
    (package / "__init__.py").write_text("1 / 0")
    write_skill(tmp_path / "own", "own", roxy_yaml="intents: {x: {sentences: [my own]}}")
    trust, problems = Approvals(), []
    trust.digests[KIND, "tea"] = package_digest("tea_skills")[1]
    source = SkillSource("bundled", tmp_path / "own", trusted=True)
    async with SkillManager([source], trust=trust, report=problems.append) as skills:
        assert skills.match("my own")
        assert "ZeroDivisionError" in problems[0].problem


@pytest.mark.requirement("skills.isolation")
async def test_a_package_that_announces_nonsense_stops_nobody(package):
    text = (package / "__init__.py").read_text()
    (package / "__init__.py").write_text(text.replace("return [", "return 3 or ["))
    trust, problems = Approvals(), []
    trust.digests[KIND, "tea"] = package_digest("tea_skills")[1]
    async with SkillManager([], trust=trust, report=problems.append) as skills:
        assert (skills.skills(), problems) == ([], [])


async def test_the_scan_for_packages_is_kept_until_one_changes(tmp_path, package):
    noted = {}

    class Notes:
        def note(self, key, value):
            noted[key] = value

        def noted(self, key):
            return noted.get(key)

    assert ("tea", "tea_skills", "tea") in announced(Notes())
    for value in noted.values():
        value["found"] = [["kept", "kept", "kept"]]
    assert announced(Notes()) == [("kept", "kept", "kept")]
    (package.parent / "other").mkdir()
    assert ("tea", "tea_skills", "tea") in announced(Notes())


HOOKS = """
from roxy import RoxySkill, SkillResult, hookimpl

class Hello(RoxySkill):
    async def execute(self, context):
        return SkillResult(True, "Hello")

@hookimpl
def roxy_turn_ended(session_id, reply):
    with open({path!r}, "a") as file:
        file.write(f"{{session_id}} {{reply}}\\n")
"""


@pytest.mark.requirement("skills.isolation")
async def test_hooks_of_skills_are_called_one_by_one_and_unknown_ones_refused(tmp_path):
    heard = tmp_path / "heard"
    raising = HOOKS.replace("    with open", "    raise KeyError\n    with open").format(path=str(heard))
    unknown = HOOKS.replace("roxy_turn_ended(session_id, reply)", "roxy_turn_ends()").format(path=str(heard))
    for name, text in (("a-good", HOOKS.format(path=str(heard))), ("b-raising", raising), ("c-unknown", unknown)):
        write_skill(tmp_path / "skills", name, skill_py=text)
    problems = []
    source = SkillSource("bundled", tmp_path / "skills", trusted=True)
    async with SkillManager([source], packages=False, report=problems.append) as skills:
        for reply in ("one", "two"):
            await skills.turn_ended(session_id="ses", text="hi", reply=reply, skill="", success=True)
        assert heard.read_text() == "ses one\nses two\n"
        assert {one.skill for one in problems} == {"b-raising", "c-unknown"}
        write_skill(tmp_path / "skills", "a-good", skill_py=HOOKS.format(path=str(heard)).replace("{reply}", "new"))
        await skills.reload()
        await skills.turn_ended(session_id="ses", text="hi", reply="three", skill="", success=True)
        assert heard.read_text().splitlines()[2:] == ["ses new"]
