import subprocess
import sys

import pytest

from fakes.models import Reply, chat_text, model_server
from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import ChatRequest, Message, Role, TextPart
from roxy.errors import ConfigError, ContextTooLong, ModelRefused
from roxy.llm import model as making
from roxy.llm.model import make_model, model_settings

pytestmark = pytest.mark.requirement("models.providers")
KNOWN = ModelsSettings(
    known={"fast": ModelSettings(model="m1"), "mine": ModelSettings(model="q", base_url="http://x/")}
)


def test_a_name_of_the_settings_wins_over_the_meaning_of_its_words():
    models = ModelsSettings(known={"openai:m": ModelSettings(provider="gemini", model="g")})
    assert model_settings("openai:m", models).provider == "gemini"


@pytest.mark.parametrize(
    ("name", "provider", "model", "external"),
    [
        ("fast", "openai", "m1", True),
        ("anthropic:claude-x", "anthropic", "claude-x", True),
        ("gemini:g:latest", "gemini", "g:latest", True),
        ("ollama:qwen3:8b", "openai", "qwen3:8b", False),
        ("lmstudio:m", "openai", "m", False),
    ],
)
def test_a_model_is_named_by_the_settings_or_by_its_provider(name, provider, model, external):
    found = model_settings(name, KNOWN)
    assert (found.provider, found.model, found.external) == (provider, model, external)


@pytest.mark.parametrize("name", ["fsat", "openai", "openai:", "clippy:m", ""])
def test_a_name_that_means_nothing_is_told_with_what_could_be_meant(name):
    with pytest.raises(ConfigError) as caught:
        model_settings(name, KNOWN)
    assert caught.value.message == f"There is no model `{name}`."
    assert caught.value.hint


@pytest.mark.parametrize(
    ("name", "variable"),
    [("fast", "OPENAI_API_KEY"), ("anthropic:c", "ANTHROPIC_API_KEY"), ("gemini:g", "GEMINI_API_KEY")],
)
def test_a_key_that_is_not_set_is_named(name, variable):
    with pytest.raises(ModelRefused) as caught:
        make_model(name, KNOWN, {variable: ""})
    assert caught.value.message == f"The model {name} needs a key in {variable}, which is not set."
    assert caught.value.hint == f"export {variable}=…"
    model = make_model(name, KNOWN, {variable: "k"})
    assert (model.provider, model.model) in {("openai", "m1"), ("anthropic", "c"), ("gemini", "g")}


def test_an_address_of_the_users_own_needs_no_key():
    assert make_model("mine", KNOWN, {}).model == "q"


def test_an_address_that_is_none_is_refused():
    models = ModelsSettings(known={"bad": ModelSettings(model="m", base_url="localhost:11434")})
    with pytest.raises(ConfigError, match="is no address"):
        make_model("bad", models, {})


@pytest.mark.parametrize("package", ["not_installed_at_all", "not_installed_at_all.inside"])
def test_a_package_that_is_not_installed_comes_with_the_command_that_installs_it(monkeypatch, package):
    monkeypatch.setitem(making._PACKAGES, "openai", package)
    with pytest.raises(ConfigError) as caught:
        make_model("fast", KNOWN, {"OPENAI_API_KEY": "k"})
    assert "which is not installed" in caught.value.message
    assert caught.value.hint == "pip install 'roxy-assistant[openai]'"


def test_making_a_model_loads_no_sdk():
    program = (
        "import sys\n"
        "from roxy.config.settings import ModelsSettings\n"
        "from roxy.llm.model import make_model\n"
        "for name in ('openai:m', 'anthropic:m', 'gemini:m'):\n"
        "    make_model(name, ModelsSettings(), dict.fromkeys(('OPENAI_API_KEY', 'ANTHROPIC_API_KEY', "
        "'GEMINI_API_KEY'), 'k'))\n"
        "print([name for name in ('openai', 'anthropic', 'google.genai', 'httpx', 'httpx2') if name in sys.modules])\n"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "[]"


def say(words: str) -> Message:
    return Message(role=Role.USER, parts=(TextPart(text=words),))


async def test_a_conversation_that_is_too_long_for_the_model_is_trimmed_before_it_is_sent(make):
    async with model_server(Reply(chat_text("ok"))) as server:
        model = make("openai", server.url, context_tokens=200, max_output_tokens=50)
        async for _ in model.stream(ChatRequest(messages=[say("old " * 200), say("new")], timeout=10)):
            pass
        with pytest.raises(ContextTooLong):
            await anext(aiter(model.stream(ChatRequest(messages=[say("much " * 500)]))))
    (asked,) = server.asked
    assert [message["content"] for message in asked.body["messages"]] == ["new"]
    assert asked.body["max_tokens"] == 50
