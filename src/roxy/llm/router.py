"""Which models are asked, and in which order; the models themselves are made when they are first asked.

The order: what this turn asks for, else what the session chose, else `models.default`, else by the policy. After the
first come the others that are known, for the case that it does not answer. Whoever named a model on this machine is
never moved on to one elsewhere: what was meant to stay must not leave because a process died.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from roxy.config.loader import did_you_mean
from roxy.contracts.models import ChatModel
from roxy.errors import UsageError

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
class Known:
    """A model of the settings, as far as choosing needs it."""

    name: str
    provider: str
    model: str
    external: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a model may use up."""

    max_rounds: int = 8
    """How often in one turn a model may ask for tools and go on."""
    budget_tokens: int = 0
    """Tokens that one session may use, in and out; 0 sets no limit."""


class Router:
    """The models that are known. `make` makes one by its name; it may load a provider's SDK, so it runs in a thread."""

    def __init__(
        self,
        known: Sequence[Known],
        *,
        default: str = "",
        policy: Policy = Policy.LOCAL_FIRST,
        limits: Limits | None = None,
        make: Callable[[str], ChatModel],
    ) -> None:
        self.known: Mapping[str, Known] = {one.name: one for one in known}
        self.policy = policy
        self.limits = limits or Limits()
        self._default = default
        self._make = make
        self._made: dict[str, ChatModel] = {}
        self._making = asyncio.Lock()

    @property
    def any(self) -> bool:
        """Whether a model could be asked at all."""
        return bool(self.known) and self.policy is not Policy.MCP_ONLY

    def order(self, *, asked: str = "", chosen: str = "") -> Sequence[str]:
        """The names of the models to try, the first one first; empty when no model is to answer.

        `asked` is the word of this turn, `chosen` that of the session. Raises `UsageError` for a name nobody knows.
        """
        first = self.check(asked or chosen or self._default)
        if first == NONE or not self.any:
            return ()
        names = sorted(self.known, key=lambda name: self.known[name].external)
        if not first:
            return names
        rest = [name for name in names if name != first]
        if not self.known[first].external:
            rest = [name for name in rest if not self.known[name].external]
        return [first, *rest]

    def check(self, name: str) -> str:
        """`name` when it is known, `none`, or empty; raises `UsageError` otherwise."""
        if name in ("", NONE) or name in self.known:
            return name
        near = did_you_mean(name, [*self.known, NONE])
        raise UsageError(
            f"There is no model {name!r}.",
            hint=near or "Models are declared under `models.known` in roxy.yaml; `none` stands for skills alone.",
        )

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
