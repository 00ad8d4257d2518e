"""A handler of what servers ask, made of a function."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from roxy.mcp.wire.inputs import ELICITATION, ROOTS, SAMPLING


@dataclass(frozen=True)
class Answers:
    """Answers with `work`; offers `kinds`."""

    work: Callable[..., Awaitable[Mapping[str, Any]]]
    kinds: tuple[str, ...] = (ELICITATION, SAMPLING, ROOTS)

    async def __call__(self, method: str, params: Mapping[str, Any]) -> Mapping[str, Any]:
        return await self.work(method, params)
