"""Which models are asked, and in which order; the models themselves are made when they are first asked.

A model has a name of `models.known`, or one such as `anthropic:MODEL` or `ollama:MODEL`. The order: what
this turn asks for, else what the session chose, else `models.default`, else the user's own models and then the others.
After the first come the others that are known, for the case that it does not answer. Whoever named a model of their own
is never moved on to one elsewhere: what was meant to stay must not leave because a process died.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from roxy.config.settings import ModelSettings, ModelsSettings
from roxy.contracts.models import ChatModel
from roxy.errors import ConfigError, UsageError
from roxy.llm.local import KINDS, LocalKind

NONE = "none"
"""The name that stands for no model."""


class Policy(StrEnum):
    """Who answers first."""

    LOCAL_FIRST = "local-first"
    """Sentences when they are sure, then models on this machine, then others."""
    MODEL_FIRST = "model-first"
    """A model, and sentences when none answers."""
    MCP_ONLY = "mcp-only"
    """Sentences and the tools behind them; no model at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a model may use up."""

    max_rounds: int = 8
    """How often in one turn a model may ask for tools and go on."""
    budget_tokens: int = 0
    """Tokens that one session may use, in and out; 0 sets no limit."""


class Router:
    """The models that can be asked.

    `find` gives the settings of a name and raises `ConfigError` for one that is none; `make` makes the model. It may
    load a provider's SDK, so it runs in a thread.
    """

    def __init__(
        self,
        models: ModelsSettings,
        *,
        policy: Policy = Policy.LOCAL_FIRST,
        limits: Limits | None = None,
        find: Callable[[str], ModelSettings],
        make: Callable[[str], ChatModel],
        local: Sequence[LocalKind] = KINDS,
    ) -> None:
        self.policy = policy
        self.limits = limits or Limits()
        self.local = local
        """The model servers that are looked for on this machine when models are listed."""
        self._known = models.known
        self._default = models.default
        self._find = find
        self._make = make
        self._made: dict[str, ChatModel] = {}
        self._making = asyncio.Lock()

    @property
    def known(self) -> Sequence[str]:
        """The names of the settings, as they are written there."""
        return tuple(self._known)

    def settings(self, name: str) -> ModelSettings:
        """What is declared of a model; raises `ConfigError` for a name that is none."""
        return self._find(name)

    def order(self, *, asked: str = "", chosen: str = "") -> Sequence[str]:
        """The names of the models to try, the first one first; empty when no model is to answer.

        `asked` is the word of this turn, `chosen` that of the session. Raises `UsageError` for a name nobody knows.
        """
        first = self.check(asked or chosen or self._default)
        if first == NONE or self.policy is Policy.MCP_ONLY:
            return ()
        names = sorted(self._known, key=lambda name: self._known[name].external)
        if not first:
            return names
        own_only = not self.settings(first).external
        return [first, *(name for name in names if self._may_follow(name, first, own_only=own_only))]

    def _may_follow(self, name: str, first: str, *, own_only: bool) -> bool:
        return name != first and not (own_only and self._known[name].external)

    def check(self, name: str) -> str:
        """`name` when it is known, `none`, or empty; raises `UsageError` otherwise."""
        if name in ("", NONE) or name in self._known:
            return name
        try:
            self._find(name)
        except ConfigError as error:
            raise UsageError(error.message, hint=f"{error.hint} `none` stands for skills alone.".strip()) from error
        return name

    async def model(self, name: str) -> ChatModel:
        """The model, made now when it was not; raises `ModelError` or `ConfigError` when that fails."""
        async with self._making:
            if name not in self._made:
                self._made[name] = await asyncio.to_thread(self._make, name)
            return self._made[name]

    async def aclose(self) -> None:
        """Close the connections of those that were made."""
        made, self._made = self._made, {}
        await asyncio.gather(*(model.aclose() for model in made.values()))
