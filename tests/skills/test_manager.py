import asyncio
from contextlib import asynccontextmanager
from types import SimpleNamespace

import pytest

from fakes import servers
from fakes.figures import slowness
from fakes.skills import Approvals, write_skill
from roxy.errors import NeedsInput
from roxy.skills.finding import ANY_CHANGE, SkillSource
from roxy.skills.manager import SkillManager


def context(**parameters):
    return SimpleNamespace(parameters=parameters)


@asynccontextmanager
async def opened(root, *, kind="bundled", trust=None, **more):
    problems = []
    source = SkillSource(kind, root, trusted=kind == "bundled")
    async with SkillManager([source], trust=trust, packages=False, report=problems.append, **more) as skills:
        yield skills, problems


async def answer(skills, said, **parameters):
    return (await skills.run(skills.match(said), context(**parameters))).response_text


@pytest.mark.requirement("skills.sentences")
async def test_an_utterance_finds_its_skill_intent_and_slots(tmp_path):
    write_skill(tmp_path)
    async with opened(tmp_path) as (skills, problems):
        match = skills.match("Hey Roxy, say hello to Ada Lovelace!")
        assert (match.skill, match.intent.name, dict(match.parameters)) == ("greeter", "hello", {"who": "Ada Lovelace"})
        assert 0 < match.score < 1
        assert (await skills.run(match, context(**match.parameters))).response_text == "Hello, Ada Lovelace"
        assert skills.match("what is love") is None
        assert skills.nearest("say hallo") == ["say hello"]
        assert not problems
        assert [info.name for info in skills.skills()] == ["greeter"]


@pytest.mark.requirement("skills.isolation")
async def test_one_bad_skill_stops_nobody(tmp_path):
    write_skill(tmp_path)
    write_skill(tmp_path, "broken-yaml", roxy_yaml="intents: [")
    write_skill(tmp_path, "broken-name", SKILL_md="---\nname: other\ndescription: x\n---\n")
    write_skill(tmp_path, "broken-code", roxy_yaml="intents: {x: {sentences: [crash now]}}", skill_py="1 / 0")
    (tmp_path / "not-a-skill").mkdir()
    async with opened(tmp_path) as (skills, problems):
        assert await answer(skills, "say hello") == "Hello, you"
        assert {one.skill for one in problems} == {"broken-yaml", "broken-name"}
        result = await skills.run(skills.match("crash now"), context())
        assert (result.success, result.code) == (False, "skill_error")
        assert "broken-code" in result.response_text
        assert "Traceback" not in result.response_text
        assert {one.skill for one in await skills.check()} == {"broken-yaml", "broken-name", "broken-code"}
        assert [bool(info.problem) for info in skills.skills()] == [True, False, True, True]


@pytest.mark.requirement("skills.isolation")
@pytest.mark.parametrize("body", ["raise KeyError('secret')", "return 'text'", "return None"])
async def test_a_skill_that_raises_or_returns_nonsense_fails_by_name(tmp_path, body, caplog):
    text = f"from roxy import RoxySkill\nclass A(RoxySkill):\n    async def execute(self, context):\n        {body}\n"
    write_skill(tmp_path, skill_py=text)
    async with opened(tmp_path) as (skills, _):
        result = await skills.run(skills.match("say hello"), context())
    assert (result.success, result.code) == (False, "skill_error")
    assert "“greeter” failed" in result.response_text
    assert "secret" not in result.response_text
    assert "greeter" in caplog.text


async def test_a_question_nobody_can_answer_goes_up(tmp_path):
    text = "from roxy import RoxySkill\nfrom roxy.errors import NeedsInput\n"
    text += "class A(RoxySkill):\n    async def execute(self, context):\n        raise NeedsInput('Which one?')\n"
    write_skill(tmp_path, skill_py=text)
    async with opened(tmp_path) as (skills, _):
        with pytest.raises(NeedsInput, match="Which one"):
            await skills.run(skills.match("say hello"), context())


@pytest.mark.requirement("skills.approval")
async def test_a_skill_that_is_not_bundled_runs_only_once_approved_and_unchanged(tmp_path):
    marker = tmp_path / "ran"
    folder = write_skill(tmp_path / "skills", skill_py=f"open({str(marker)!r}, 'w').close()\n")
    trust = Approvals()
    async with opened(tmp_path / "skills", kind="user", trust=trust) as (skills, problems):
        assert skills.match("say hello") is None
        assert "roxy skills approve greeter" in problems[0].problem
        [info] = skills.skills()
        assert (info.approved, info.description) == (False, "Says hello.")
        await skills.check()
        assert not marker.exists()
        write_skill(tmp_path / "skills")
        await skills.reload()
        trust.digests["skill", "greeter"] = skills.everything[0].digest
        await skills.reload()
        assert await answer(skills, "say hello") == "Hello, you"
        (folder / "skill.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
        await skills.reload()
        assert await answer(skills, "say hello") == "Hello, you"
        assert "changed since you approved it" in skills.problems[0].problem
        del trust.digests["skill", "greeter"]
        await skills.reload()
        assert skills.match("say hello") is None
    assert not marker.exists()


async def test_an_unapproved_skill_does_not_take_the_place_of_a_bundled_one(tmp_path):
    write_skill(tmp_path / "bundled")
    write_skill(tmp_path / "project", says="Evil")
    sources = [SkillSource("bundled", tmp_path / "bundled", trusted=True), SkillSource("project", tmp_path / "project")]
    trust = Approvals()
    async with SkillManager(sources, trust=trust, packages=False, report=lambda _: None) as skills:
        assert await answer(skills, "say hello") == "Hello, you"
        assert [(info.source, bool(info.problem)) for info in skills.skills()] == [
            ("bundled", False),
            ("project", True),
        ]
        trust.digests["skill", "greeter"] = ANY_CHANGE
        await skills.reload()
        assert await answer(skills, "say hello") == "Evil, you"


async def test_a_skill_that_is_switched_off_is_listed_and_not_used(tmp_path):
    write_skill(tmp_path)
    async with opened(tmp_path, disabled=["greeter"]) as (skills, problems):
        assert skills.match("say hello") is None
        assert "switched off" in skills.skills()[0].problem
        assert not problems


async def test_a_version_that_did_not_change_is_kept_when_all_are_read_again(tmp_path):
    write_skill(tmp_path)
    async with opened(tmp_path) as (skills, _):
        assert await answer(skills, "say hello") == "Hello, you"
        before = skills.loaded("greeter")
        await skills.reload()
        assert skills.loaded("greeter") is before
        write_skill(tmp_path, says="Hi")
        await skills.reload()
        assert await answer(skills, "say hello") == "Hi, you"


async def until(check):
    """Wait until `check` holds; returns the seconds it took."""
    began = asyncio.get_running_loop().time()
    async with asyncio.timeout(20):
        await servers.until(check)
    return asyncio.get_running_loop().time() - began


def saved(path, text):
    """Save as an editor does: between truncating and writing, a busy machine would read an empty file."""
    staged = path.with_name(f".{path.name}.staged")
    staged.write_text(text)
    staged.replace(path)


@pytest.mark.requirement("skills.reload")
async def test_saving_reloads_within_half_a_second_and_a_turn_in_flight_keeps_its_version(tmp_path):
    slow = """import asyncio
from roxy import RoxySkill, SkillResult
class Slow(RoxySkill):
    async def execute(self, context):
        context.parameters["begun"].set()
        await context.parameters["gate"].wait()
        from . import words
        return SkillResult(True, words.WORD)
"""
    write_skill(tmp_path, skill_py=slow, words_py="WORD = 'old'")
    async with opened(tmp_path, watch=[]) as (skills, problems):
        await skills.watching.wait()
        gate, begun = asyncio.Event(), asyncio.Event()
        turn = asyncio.create_task(skills.run(skills.match("say hello"), context(gate=gate, begun=begun)))
        async with asyncio.timeout(20):
            await begun.wait()
        before = skills.loaded("greeter")
        saved(tmp_path / "greeter" / "words.py", "WORD = 'new'")
        took = await until(lambda: skills.loaded("greeter") is not before)
        gate.set()
        assert (await turn).response_text == "old"
        assert (await skills.run(skills.match("say hello"), context(gate=gate, begun=begun))).response_text == "new"
        for word in ("newer", "newest"):
            # A machine that is busy just now may be late once; it is not late three times.
            before = skills.loaded("greeter")
            saved(tmp_path / "greeter" / "words.py", f"WORD = '{word}'")
            took = min(took, await until(lambda before=before: skills.loaded("greeter") is not before))
        assert took < 0.5 * slowness()
        assert not problems


@pytest.mark.requirement("skills.reload")
async def test_a_broken_save_keeps_the_last_good_version_and_is_reported_until_mended(tmp_path):
    folder = write_skill(tmp_path)
    async with opened(tmp_path, watch=[]) as (skills, problems):
        await skills.watching.wait()
        for file, text in (("skill.py", "def x(:"), ("roxy.yaml", "intents: [")):
            good = (folder / file).read_text()
            (folder / file).write_text(text)
            await until(lambda: skills.problems)
            assert await answer(skills, "say hello") == "Hello, you"
            assert skills.skills()[0].problem
            (folder / file).write_text(good)
            await until(lambda: not skills.problems)
        assert len(problems) == 2


@pytest.mark.requirement("skills.reload")
async def test_skills_come_and_go_while_roxy_is_open(tmp_path):
    write_skill(tmp_path, "first", roxy_yaml="intents: {x: {sentences: [first]}}")
    async with opened(tmp_path, watch=[]) as (skills, _):
        await skills.watching.wait()
        folder = write_skill(tmp_path)
        await until(lambda: skills.match("say hello"))
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()
        await until(lambda: skills.match("say hello") is None)
        assert skills.match("first")
