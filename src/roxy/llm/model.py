"""A `ChatModel` from the settings: by a name the user gave, or `provider:model`.

What is missing is told here, before anything is asked: the package, the key. The SDKs themselves are loaded at the
first request.
"""

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec

from roxy.config.loader import did_you_mean
from roxy.config.settings import PROVIDERS, ModelSettings, ModelsSettings
from roxy.contracts.models import ChatModel
from roxy.errors import ConfigError, ModelRefused
from roxy.llm.asking import AskedModel, Wire
from roxy.llm.endpoint import Endpoint
from roxy.llm.local import KINDS, how_to_start, kind_named, kinds_at
from roxy.llm.retrying import Patience

_PACKAGES = {"openai": "openai", "anthropic": "anthropic", "gemini": "google.genai"}
_WIRES = {
    "openai": "roxy.llm.providers.openai.wire",
    "anthropic": "roxy.llm.providers.anthropic",
    "gemini": "roxy.llm.providers.gemini",
}
_KEYS = {
    "openai": ("OPENAI_API_KEY",),
    "anthropic": ("ANTHROPIC_API_KEY",),
    "gemini": ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
}
"""The variables in which each provider's own SDK looks for a key."""


def model_settings(name: str, models: ModelsSettings) -> ModelSettings:
    """The settings of `name`: one of `models.known`, `provider:model`, or `ollama:model` and the like.

    Raises `ConfigError` with what it could have meant.
    """
    if name in models.known:
        return models.known[name]
    provider, _, model = name.partition(":")
    kind = kind_named(provider, kinds_at(models.local_ports))
    if kind is not None and model:
        return kind.settings(model)
    if provider in PROVIDERS and model:
        return ModelSettings(provider=provider, model=model)
    prefixes = (*PROVIDERS, *(kind.name for kind in KINDS))
    hint = did_you_mean(name, [*models.known, *prefixes])
    raise ConfigError(
        f"There is no model `{name}`.",
        hint=hint or f"Write a name of `models.known` in roxy.yaml, or one such as {prefixes[0]}:MODEL.",
    )


def make_model(
    name: str, models: ModelsSettings, environ: Mapping[str, str], *, patience: Patience | None = None
) -> ChatModel:
    """The model `name` (see `model_settings`), ready to be asked; nothing is sent and no SDK is loaded yet.

    Raises `ConfigError` when it is not known or its package is not installed, `ModelRefused` when its key is not set.
    """
    settings = model_settings(name, models)
    _check_package(name, settings.provider)
    _check_address(name, settings.base_url)
    endpoint = Endpoint(
        provider=settings.provider,
        model=settings.model,
        base_url=settings.base_url,
        api_key=_key_variable(name, settings, environ),
        start=how_to_start(settings.base_url, kinds_at(models.local_ports)),
        environ=environ,
    )
    return AskedModel(
        _wire(endpoint, settings),
        patience,
        context_tokens=settings.context_tokens,
        max_output_tokens=settings.max_output_tokens,
    )


def _wire(endpoint: Endpoint, settings: ModelSettings) -> Wire:
    # Here and nowhere else a provider is loaded: only the one that is asked for.
    module = import_module(_WIRES[settings.provider])
    wire: Wire = module.wire(endpoint, api=settings.api, max_output_tokens=settings.max_output_tokens)
    return wire


def _check_package(name: str, provider: str) -> None:
    package = _PACKAGES[provider]
    try:
        there = find_spec(package) is not None
    except ModuleNotFoundError:  # the package above it is not there either
        there = False
    if not there:
        raise ConfigError(
            f"The model {name} needs the package {package}, which is not installed.",
            hint=f"pip install 'roxy-assistant[{provider}]'",
        )


def _check_address(name: str, base_url: str) -> None:
    if base_url and not base_url.startswith(("http://", "https://")):
        raise ConfigError(
            f"The `base_url` of the model {name} is no address.", hint="Write one such as http://127.0.0.1:11434/v1."
        )


def _key_variable(name: str, settings: ModelSettings, environ: Mapping[str, str]) -> str:
    """The variable with the key; empty for an address of the user's own without one.

    A provider's usual key is never sent to another address: only what was written beside that address is.
    """
    if settings.api_key:
        variables: tuple[str, ...] = (settings.api_key,)
    elif settings.base_url:
        return ""
    else:
        variables = _KEYS[settings.provider]
    found = next((variable for variable in variables if environ.get(variable)), None)
    if found is None:
        raise ModelRefused(
            f"The model {name} needs a key in {variables[0]}, which is not set.",
            provider=settings.provider,
            hint=f"export {variables[0]}=…",
        )
    return found
