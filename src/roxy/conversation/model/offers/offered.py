"""A tool that a model may call, and what stands behind it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from roxy.contracts.models import ToolSpec
from roxy.conversation.dialogue import Exchange

ASK_SESSION = "roxy.ask_session"
"""The tool by which a model asks another session."""


class OwnTool(Protocol):
    """A tool that Roxy itself has."""

    async def call(self, arguments: Mapping[str, Any], exchange: Exchange) -> Any:
        """What the model is told, as JSON; raises `RoxyError` for what it did wrong and for what went wrong."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Offered:
    """A tool that a model may call: a server's tool, a skill's intent, or (`own`) one of Roxy's own."""

    spec: ToolSpec
    server: str = ""
    tool: str = ""
    skill: str = ""
    intent: str = ""
    own: OwnTool | None = None
    read_only: bool = False
    public: bool = False
    """What it says of itself comes with Roxy, so there is nothing personal in it."""


def text_argument(arguments: Mapping[str, Any], name: str) -> str:
    """An argument of one of Roxy's own tools, as text; empty when it is not given."""
    value = arguments.get(name)
    return "" if value is None else str(value).strip()
