import pytest

from roxy.config.explain import explain_settings, set_setting
from roxy.config.settings import ModelSettings, load_settings
from roxy.errors import ConfigError

pytestmark = pytest.mark.requirement("models.settings")


def test_a_model_is_read_with_its_defaults(desk):
    desk.write("config", "roxy.yaml", "models: {default: mine, known: {mine: {model: m1, context_tokens: 8192}}}\n")
    models = load_settings(desk.places, desk.environ).models
    assert models.default == "mine"
    assert models.known == {"mine": ModelSettings(provider="openai", model="m1", context_tokens=8192, external=True)}


def test_a_key_is_kept_as_the_name_of_its_variable_and_never_as_its_value(desk):
    desk.write("config", "roxy.yaml", "models: {known: {mine: {model: m1, api_key: '${MY_KEY}'}}}\n")
    desk.environ["MY_KEY"] = "the value itself"
    settings = load_settings(desk.places, desk.environ)
    assert settings.models.known["mine"].api_key == "MY_KEY"
    assert "the value itself" not in repr(settings)
    assert "the value itself" not in repr(explain_settings(desk.places, desk.environ))


@pytest.mark.parametrize(
    "written", ["a word", "MY_KEY", "Bearer ${MY_KEY}", "${MY_KEY:-fallback}", "${A}${B}", "$${A}"]
)
def test_a_key_that_is_written_out_is_refused_with_the_advice_to_use_a_reference(desk, written):
    path = desk.write(
        "config", "roxy.yaml", f"models:\n  known:\n    mine:\n      model: m1\n      api_key: '{written}'\n"
    )
    with pytest.raises(ConfigError) as caught:
        load_settings(desk.places, desk.environ)
    assert caught.value.where == f"{path}:5"
    assert "as ${NAME}" in caught.value.hint
    assert written not in str(caught.value).replace("${NAME}", "").replace("${OPENAI_API_KEY}", "")


def test_an_empty_key_is_none(desk):
    desk.write("config", "roxy.yaml", "models: {known: {mine: {model: m1, api_key: ''}}}\n")
    assert load_settings(desk.places, desk.environ).models.known["mine"].api_key == ""


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("{}", "`models.known.mine.model` is missing."),
        ("{model: m1, provider: clippy}", "`models.known.mine.provider` must be one of openai, anthropic, gemini."),
        ("{model: m1, context_tokens: -1}", "`models.known.mine.context_tokens` must be a whole number of at least 0."),
        ("{model: m1, baseurl: x}", "`models.known.mine.baseurl` is not a known setting."),
    ],
)
def test_what_is_wrong_is_named(desk, written, message):
    desk.write("config", "roxy.yaml", f"models: {{known: {{mine: {written}}}}}\n")
    with pytest.raises(ConfigError) as caught:
        load_settings(desk.places, desk.environ)
    assert caught.value.message == message


def test_the_default_model_can_be_set_and_given_by_the_environment(desk):
    set_setting(desk.places, desk.environ, "models.default", "ollama:qwen3")
    assert load_settings(desk.places, desk.environ).models.default == "ollama:qwen3"
    desk.environ["ROXY_MODELS__DEFAULT"] = "openai:m2"
    assert load_settings(desk.places, desk.environ).models.default == "openai:m2"


def test_a_model_can_be_made_by_setting_its_values(desk):
    set_setting(desk.places, desk.environ, "models.known.mine.model", "m1")
    set_setting(desk.places, desk.environ, "models.known.mine.api_key", "${MY_KEY}")
    assert load_settings(desk.places, desk.environ).models.known["mine"].api_key == "MY_KEY"
