import json
import socket
import time

import pytest

from fakes.models import Reply, model_server
from roxy.config.places import Places
from roxy.config.settings import load_settings
from roxy.errors import ConfigError
from roxy.llm.local import KINDS, LocalKind, find_local, how_to_start, kind_named, kinds_at
from roxy.llm.model import model_settings

pytestmark = pytest.mark.requirement("models.local")
JSON = {"content-type": "application/json"}


def listed(*names) -> Reply:
    return Reply([json.dumps({"object": "list", "data": [{"id": name} for name in names]}).encode()], headers=JSON)


def at(url: str, name: str = "ollama") -> LocalKind:
    return LocalKind(name, name.title(), int(url.rpartition(":")[2]), f"{name} serve")


async def test_a_server_that_lists_models_is_found_with_them():
    async with model_server(listed("qwen3:8b", "gemma")) as one, model_server(listed()) as two:
        found = await find_local([at(one.url), at(two.url, "vllm")], within=5)
    assert [(server.kind.name, server.models) for server in found] == [("ollama", ("qwen3:8b", "gemma")), ("vllm", ())]
    assert (one.asked[0].method, one.asked[0].path) == ("GET", "/v1/models")


async def test_what_is_no_model_server_is_passed_over():
    replies = [
        Reply([b"<html>hello</html>"]),
        Reply([b'{"data": 3}'], headers=JSON),
        Reply([b'{"data": []}'], 404, JSON),
        Reply([b"[]"], headers=JSON),
        Reply([b"x" * 100_000] * 30),
        Reply([b"\xff\xfe"]),
        Reply([b'{"data": [{"id": "golf"}]}'], headers=JSON),
        Reply([b'{"object": "list", "data": [{"id": "golf", "object": "car"}]}'], headers=JSON),
    ]
    async with model_server(*replies) as server:
        assert [await find_local([at(server.url)], within=5) for _ in replies] == [[]] * len(replies)


async def test_names_that_nobody_could_type_are_left_out():
    async with model_server(listed("good", "", "bad\x1b[2J", "x" * 500, 7, None)) as server:
        (found,) = await find_local([at(server.url)], within=5)
    assert found.models == ("good",)


async def test_a_port_that_stays_silent_delays_nobody():
    with socket.create_server(("127.0.0.1", 0)) as closed:
        nobody = at(f"http://127.0.0.1:{closed.getsockname()[1]}")
    async with model_server(Reply(stalled=True)) as silent, model_server(listed("m")) as fine:
        began = time.monotonic()
        found = await find_local([at(silent.url), nobody, at(fine.url)], within=2)
        took = time.monotonic() - began
    assert [server.models for server in found] == [("m",)]
    assert took < 20  # nothing else would end the wait for the one that is silent


def test_the_usual_ports_are_known_by_name():
    assert {kind.name: kind.port for kind in KINDS} == {
        "ollama": 11434,
        "lmstudio": 1234,
        "llamacpp": 8080,
        "vllm": 8000,
    }
    ollama = kind_named("ollama")
    assert ollama is not None
    assert ollama.settings("m").external is False
    assert ollama.settings("m").base_url == "http://127.0.0.1:11434/v1"
    assert kind_named("nobody") is None


@pytest.mark.parametrize(
    ("url", "advice"),
    [
        ("http://127.0.0.1:11434/v1", "Start Ollama: ollama serve"),
        ("http://localhost:8000", "Start vLLM: vllm serve MODEL"),
        ("http://127.0.0.1:9", "Start the server that listens on port 9."),
        ("https://api.example.com/v1", ""),
        ("http://192.168.1.5:11434/v1", ""),
        ("", ""),
    ],
)
def test_the_advice_to_start_a_server_is_for_this_machine_alone(url, advice):
    assert how_to_start(url) == advice


def test_ports_of_the_settings_take_the_place_of_the_usual_ones_and_0_looks_for_none(tmp_path):
    places = Places.from_environment({"ROXY_HOME": str(tmp_path)}, tmp_path).ready()
    (places.config / "roxy.yaml").write_text("models: {local_ports: {ollama: 4711, vllm: 0}}\n", encoding="utf-8")
    models = load_settings(places, {}).models
    kinds = kinds_at(models.local_ports)
    assert {kind.name: kind.port for kind in kinds} == {"ollama": 4711, "lmstudio": 1234, "llamacpp": 8080}
    assert model_settings("ollama:m", models).base_url == "http://127.0.0.1:4711/v1"
    assert "ollama serve" in how_to_start("http://127.0.0.1:4711/v1", kinds)
    with pytest.raises(ConfigError):
        model_settings("vllm:m", models)
    (places.config / "roxy.yaml").write_text("models: {local_ports: {olama: 4711}}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="olama"):
        load_settings(places, {})
