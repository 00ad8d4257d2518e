"""What a server asks of the user's model, when it may."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRequest:
    """What a model is to answer for a server. Nothing in it was turned back from a pseudonym."""

    server: str
    messages: Sequence[tuple[str, str]]
    """Role (`user` or `assistant`) and text."""
    system: str = ""
    max_tokens: int
    temperature: float | None = None
    session_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A model's answer."""

    text: str
    model: str
    cut: bool = False
    """It had reached its greatest length."""


class Sampler(Protocol):
    """Asks the configured model."""

    async def sample(self, asked: SampleRequest) -> Sample:
        """Its answer; raises `ModelError`, `ConfigError` without a model, `PrivacyBlocked` when it may not leave."""
        ...
