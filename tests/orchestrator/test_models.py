"""The models that `/model` lists: those of the settings, and those of servers that run on this machine."""

import json
import time
from contextlib import asynccontextmanager
from functools import partial

import pytest

from fakes.models import Reply, model_server
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.llm.local import KINDS, LocalKind, find_local
from roxy.llm.model import make_model, model_settings
from roxy.llm.router import Router
from roxy.orchestrator import models as orchestrated
from roxy.orchestrator.models import listed

pytestmark = pytest.mark.requirement("models.local")
JSON = {"content-type": "application/json"}


@asynccontextmanager
async def at_port(kind: LocalKind, reply: Reply):
    """The kind of server, as if it were usual at the port of a double that answers so."""
    async with model_server(reply) as server:
        yield LocalKind(kind.name, kind.title, int(server.url.rpartition(":")[2]), kind.start)


def models(*names: str) -> Reply:
    answer = {"object": "list", "data": [{"id": name, "object": "model", "created": 1} for name in names]}
    return Reply([json.dumps(answer).encode()], headers=JSON)


def router(*local: LocalKind) -> Router:
    settings = ModelsSettings(known={"mine": ModelSettings(model="large")})
    return Router(
        settings,
        find=lambda name: model_settings(name, settings),
        make=lambda name: make_model(name, settings, {}),
        local=local,
    )


@pytest.fixture
def patient(monkeypatch):
    """Local servers get more time than their quarter of a second: on a busy machine they take it."""
    monkeypatch.setattr(orchestrated, "find_local", partial(find_local, within=2))


@pytest.mark.usefixtures("patient")
async def test_a_local_server_that_answers_is_listed_with_its_models_and_something_else_on_such_a_port_is_not():
    ollama, lmstudio, llamacpp, vllm = KINDS
    async with (
        at_port(ollama, models("tiny", "large")) as one,
        at_port(lmstudio, Reply(stalled=True)) as silent,
        at_port(llamacpp, Reply([b"<html>Jenkins</html>"], headers={"content-type": "text/html"})) as other,
        at_port(vllm, models("qwen")) as two,
    ):
        began = time.monotonic()
        infos = await listed(router(one, silent, other, two), ["mine"])
        took = time.monotonic() - began
    assert [(info.name, info.external, info.note, info.chosen) for info in infos] == [
        ("mine", True, "", True),
        ("ollama:tiny", False, "Ollama on this machine", False),
        ("ollama:large", False, "Ollama on this machine", False),
        ("vllm:qwen", False, "vLLM on this machine", False),
    ]
    assert took < 20  # nothing else would end the wait for the one that is silent


async def test_without_any_server_the_list_is_that_of_the_settings_at_once():
    async with at_port(KINDS[0], models()) as gone:
        pass
    assert [info.name for info in await listed(router(gone), [])] == ["mine"]
