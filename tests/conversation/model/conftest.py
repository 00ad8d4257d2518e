"""A Roxy whose models are scripted, with two servers: `echo` (it reads) and `post` (it sends, and writes down what)."""

import json
import os
import sys
from pathlib import Path

import pytest

from conversation.conftest import Person
from fakes.scripted_model import ScriptedModel
from fakes.servers import ECHO
from roxy.config.settings import ModelSettings, ModelsSettings, load_settings
from roxy.errors import ConfigError
from roxy.llm.router import Limits, Policy, Router
from roxy.orchestrator.opening import opened

RECORDING = ECHO.with_name("recording_server.py")


class Bench:
    """Scripted models by name; `home` is the user's own, the others are not."""

    def __init__(self):
        self.models = {
            "home": ScriptedModel(provider="openai"),
            "cloud": ScriptedModel(provider="anthropic"),
            "other": ScriptedModel(provider="gemini"),
        }
        self.posted = Path()
        self.context_tokens = {}
        """By model; unknown for those that are not in it."""

    def router(self, *, policy=Policy.LOCAL_FIRST, default="", **limits):
        known = {
            name: ModelSettings(
                provider=model.provider,
                model=model.model,
                external=name != "home",
                context_tokens=self.context_tokens.get(name, 0),
            )
            for name, model in self.models.items()
        }

        def find(name):
            if name not in known:
                raise ConfigError(f"There is no model `{name}`.")
            return known[name]

        settings = ModelsSettings(default=default, known=known)
        return Router(settings, policy=policy, limits=Limits(**limits), find=find, make=self.models.__getitem__)

    def script(self, name, *answers):
        self.models[name].script += answers
        return self.models[name]


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def servers(places, tmp_path, bench):
    bench.posted = tmp_path / "posted.txt"
    echo = {"command": sys.executable, "args": [str(ECHO)], "external": False, "description": "Says it again"}
    post = {"command": sys.executable, "args": [str(RECORDING), str(bench.posted)], "description": "Sends messages"}
    startup = {"auto_start": ["echo", "post"], "on_demand": []}
    declared = {"servers": {"echo": echo, "post": post}, "startup": startup}
    (places.config / "mcp_servers.yaml").write_text(json.dumps(declared), encoding="utf-8")


@pytest.fixture
def router(bench) -> Router:
    return bench.router()


@pytest.fixture
async def roxy(places, tester, router):
    async with opened(load_settings(places, os.environ), places, os.environ, long_lived=False) as assistant:
        assistant._rooms.router = router
        yield assistant


@pytest.fixture
def person(roxy) -> Person:
    return Person(roxy)
