"""The settings of language models: which are known, and which one is used when nothing is said.

A key stands here only as a reference such as `${OPENAI_API_KEY}`, and is kept as the name of its variable: the value
is looked up when a request is made, so that settings can be shown, logged and compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from roxy.config.loader import Node
from roxy.config.schema import Choice, Flag, MappingOf, Number, Reading, Section, Text, wrong
from roxy.config.secrets import references
from roxy.errors import ConfigError

PROVIDERS = ("openai", "anthropic", "gemini")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSettings:
    """One model that can be talked with."""

    provider: str = "openai"
    """Whose way of speaking it has; `openai` also for whatever is compatible with it."""
    model: str = ""
    """The provider's name of the model."""
    base_url: str = ""
    """Where it is; empty is the provider's own address."""
    api: str = "chat"
    """`chat` (Chat Completions) or `responses`; for the provider `openai` alone."""
    api_key: str = ""
    """The name of the environment variable with the key; empty: the provider's usual one, and none with `base_url`."""
    external: bool = True
    """Whether it belongs to somebody else, so that personal data must not reach it."""
    context_tokens: int = 0
    """How much it can read, in tokens; 0 is unknown, and nothing is cut then."""
    max_output_tokens: int = 0
    """How much it may say in one answer, in tokens; 0 leaves it to the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsSettings:
    """All models."""

    default: str = ""
    """A name of `known`, or `provider:model`; empty: Roxy works without a model."""
    known: Mapping[str, ModelSettings] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Reference:
    """A secret: exactly one reference to the environment; read as the name of the variable."""

    expected: ClassVar[str] = "a reference to the environment such as ${OPENAI_API_KEY}"

    def read(self, node: Node, path: str, _reading: Reading) -> str:
        """The variable's name; refuses whatever else is written, without repeating it."""
        if node.text is None or node.value is None:
            raise wrong(self, node, path)
        text = node.text.strip()
        found = references(text)
        if text and (len(found) != 1 or text != f"${{{found[0].name}}}"):
            raise ConfigError(
                f"`{path}` must be {self.expected}; a key is never written out.",
                where=node.where,
                hint="Put the key into an environment variable and write its name here, as ${NAME}.",
            )
        return found[0].name if found else ""


@dataclass(frozen=True, slots=True)
class _Model(Section):
    """One entry of `models.known`."""

    def read(self, node: Node, path: str, reading: Reading) -> Any:
        """The model; `model` must be given."""
        # Not super(): slots make a new class, and the old one is not its base.
        found = ModelSettings(**Section.read(self, node, path, reading))
        if not found.model:
            hint = "Write the provider's name of the model."
            raise ConfigError(f"`{path}.model` is missing.", where=node.where, hint=hint)
        return found


SECTION = Section(
    {
        "default": Text(),
        "known": MappingOf(
            _Model(
                {
                    "provider": Choice(PROVIDERS),
                    "model": Text(),
                    "base_url": Text(),
                    "api": Choice(("chat", "responses")),
                    "api_key": Reference(),
                    "external": Flag(),
                    "context_tokens": Number(0, whole=True),
                    "max_output_tokens": Number(0, whole=True),
                }
            )
        ),
    }
)
"""What `models:` may hold."""
