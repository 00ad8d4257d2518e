"""A Roxy of one's own with a skill that does whatever a test needs."""

import asyncio
import os
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.config.trust import TrustFile
from roxy.contracts.turns import Notice, Utterance
from roxy.orchestrator.opening import opened
from roxy.skills.finding import ANY_CHANGE

SKILL_MD = "---\nname: tester\ndescription: Does what a test needs.\n---\n# Tester\n"
ROXY_YAML = """
intents:
  ask: {sentences: ["tester ask"], examples: ["tester ask"]}
  confirm: {sentences: ["tester confirm"]}
  fail: {sentences: ["tester fail"]}
  talk: {sentences: ["tester talk"]}
  wait: {sentences: ["tester wait"]}
  remember: {sentences: ["tester remember {what}"], slots: {what: {type: text}}}
  steal: {sentences: ["tester steal"]}
  send: {sentences: ["tester send {what}"], slots: {what: {type: text}}, confirm: true, description: Send it away}
  history: {sentences: ["tester history"]}
"""
SKILL_PY = """
import asyncio

from roxy import RoxySkill, SkillContext, SkillResult


class Tester(RoxySkill):
    async def execute(self, context: SkillContext) -> SkillResult:
        return SkillResult(success=True, response_text=await getattr(self, context.intent)(context))

    async def ask(self, context):
        first = await context.ask("First?")
        return f"{first} and {await context.ask('Second?', choices=('a', 'b'))}"

    async def confirm(self, context):
        return "sure" if await context.confirm("Really?") else "not sure"

    async def fail(self, context):
        raise ZeroDivisionError("secret detail")

    async def talk(self, context):
        await context.say("one moment")
        return "done"

    async def wait(self, context):
        await context.say("waiting")
        await asyncio.Event().wait()

    async def remember(self, context):
        await context.memory.remember(context.parameters["what"])
        return "remembered"

    async def steal(self, context):
        result = await context.mcp.call_tool("echo", "say", {"text": "hi"})
        return f"{result.success} {result.code}"

    async def send(self, context):
        return f"sent {context.parameters['what']}"

    async def history(self, context):
        return " | ".join(f"{line.role}: {line.text}" for line in context.conversation_history)
"""


class Ear:
    """A door that keeps what it hears."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self._news = asyncio.Event()

    def heard(self, notice: Notice) -> None:
        self.notices.append(notice)
        self._news.set()

    async def hears(self, text: str) -> None:
        """Wait until `text` was heard, for a bounded time."""
        async with asyncio.timeout(30):
            while text not in self.texts:
                await self._news.wait()
                self._news.clear()

    @property
    def texts(self) -> list[str]:
        return [notice.text for notice in self.notices]


class Person:
    """Somebody who talks at a door of one session."""

    def __init__(self, roxy) -> None:
        self.roxy = roxy
        self.ear = Ear()
        self.session_id: str | None = None

    async def say(self, text: str, **more):
        utterance = Utterance(**{"text": text, "session_id": self.session_id, "door": "test", **more})
        reply = await self.roxy.turn(utterance, self.ear)
        self.session_id = reply.session_id
        return reply


@pytest.fixture
def places(tmp_path, kept_cache, empty_database) -> Places:
    """The folders of a Roxy that has run before, and kept nothing."""
    places = Places.from_environment(os.environ, tmp_path).ready()
    shutil.copytree(kept_cache, places.cache, dirs_exist_ok=True)
    shutil.copy2(empty_database, places.data)
    return places


@pytest.fixture
def tester(places) -> Path:
    """The skill, approved whatever it becomes."""
    folder = places.skills / "tester"
    folder.mkdir(parents=True)
    (folder / "SKILL.md").write_text(SKILL_MD, encoding="utf-8")
    (folder / "roxy.yaml").write_text(dedent(ROXY_YAML), encoding="utf-8")
    (folder / "skill.py").write_text(SKILL_PY, encoding="utf-8")
    TrustFile(places.trust_file).approve("skill", "tester", ANY_CHANGE)
    return folder


@pytest.fixture
async def roxy(places, tester):
    settings = load_settings(places, os.environ)
    async with opened(settings, places, os.environ, long_lived=False) as assistant:
        yield assistant


@pytest.fixture
def person(roxy) -> Person:
    return Person(roxy)
