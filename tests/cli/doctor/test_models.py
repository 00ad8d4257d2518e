import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
import yaml

from fakes.models import Reply, model_server
from roxy.cli.doctor.finding import Level
from roxy.cli.doctor.models import configured_models, local_models
from roxy.config.places import Places
from roxy.config.settings import ModelSettings, ModelsSettings, load_settings
from roxy.llm.local import LocalKind

pytestmark = pytest.mark.requirement("models.local")

PATIENCE = 10.0  # seconds: here a busy machine proves nothing


def serving(*models: str) -> AbstractContextManager[LocalKind]:
    """A model server."""
    return answering({"object": "list", "data": [{"id": name, "object": "model"} for name in models]})


@contextmanager
def answering(listed: Any) -> Iterator[LocalKind]:
    """A server in a thread, since the doctor runs a loop of its own."""
    body = json.dumps(listed).encode()
    ports: list[int] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with model_server(Reply([body], headers={"content-type": "application/json"})) as server:
            ports.append(int(server.url.rpartition(":")[2]))
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    try:
        assert ready.wait(30)
        yield LocalKind("ollama", "Ollama", ports[0], "ollama serve")
    finally:
        done.set()
        thread.join()


def test_a_local_server_is_offered_with_settings_that_work(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path)
    file = places.config / "roxy.yaml"
    with serving("qwen3:8b", "gemma") as kind:
        (finding,) = local_models(ModelsSettings(), [kind], file, within=PATIENCE)
    assert finding.level is Level.HINT
    assert finding.text == f"Ollama answers at http://127.0.0.1:{kind.port}/v1 with qwen3:8b, gemma."
    first, _, written = finding.fix.partition("\n")
    assert str(file) in first
    assert yaml.safe_load(written)["models"]["default"] == "ollama"
    file.parent.mkdir(parents=True)
    file.write_text(written)
    models = load_settings(places, {}).models
    assert models.known["ollama"] == ModelSettings(model="qwen3:8b", base_url=kind.base_url, external=False)
    assert [found.level for found in configured_models(models, {})] == [Level.OK]


def test_a_local_server_that_the_settings_name_is_not_offered_again(tmp_path):
    with serving("m") as kind:
        known = ModelSettings(model="m", base_url=f"http://localhost:{kind.port}/v1/")
        assert list(local_models(ModelsSettings(known={"mine": known}), [kind], tmp_path, within=PATIENCE)) == []
        assert list(local_models(ModelsSettings(default="ollama:m"), [kind], tmp_path, within=PATIENCE)) == []


@pytest.mark.parametrize("listed", [{"data": []}, {"object": "list", "data": [{"id": "a", "object": "car"}]}])
def test_what_serves_no_models_on_such_a_port_is_not_offered(tmp_path, listed):
    with answering(listed) as kind:
        assert list(local_models(ModelsSettings(), [kind], tmp_path, within=PATIENCE)) == []


def test_a_local_server_without_models_says_so(tmp_path):
    with serving() as kind:
        (finding,) = local_models(ModelsSettings(), [kind], tmp_path, within=PATIENCE)
    assert finding.text.endswith("and has no model yet.")


def test_the_default_model_must_be_usable_and_others_need_not():
    other = ModelSettings(provider="anthropic", model="c")
    models = ModelsSettings(
        default="openai:m", known={"other": other, "third": ModelSettings(model="m", base_url="http://x/")}
    )
    found = list(configured_models(models, {}))
    assert [(finding.level, finding.fix) for finding in found] == [
        (Level.WRONG, "export OPENAI_API_KEY=…"),
        (Level.HINT, "export ANTHROPIC_API_KEY=…"),
        (Level.OK, ""),
    ]


def test_without_models_roxy_is_well():
    (finding,) = configured_models(ModelsSettings(), {})
    assert finding.level is Level.OK
