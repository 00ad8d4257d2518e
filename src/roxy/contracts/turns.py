"""One utterance and its reply, as doors (terminal, socket, web, voice) and the conversation exchange them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class Utterance:
    """What somebody said at a door."""

    text: str
    session_id: str | None = None
    """None begins a new session."""
    door: str = "cli"
    """Which door; a question is answered at the door where it was asked."""
    one_shot: bool = False
    """Nobody can answer a question: one ends the turn with the code `needs_input`."""
    assume_yes: bool = False
    """`--yes`: what would be asked for confirmation is taken as confirmed, for this turn."""
    model: str = ""
    """The model to ask in this turn, `none` for skills alone; empty takes what the session chose."""


class NoticeKind(StrEnum):
    """What a notice is about."""

    PROGRESS = "progress"
    """What is being done just now ("asking brave_search …"); replaced by the next one."""
    DELTA = "delta"
    """The next piece of the reply, as a model writes it; the reply holds the whole text again."""
    SAY = "say"
    """Something a skill says before its turn ends."""
    REMINDER = "reminder"
    """A timer or reminder came due."""
    MISSED = "missed"
    """A reminder came due while nobody was there to hear it."""
    PROBLEM = "problem"
    """Something went wrong beside the conversation: a server failed, a skill could not be loaded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something Roxy says without being asked."""

    kind: NoticeKind
    text: str
    session_id: str | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """How a turn ended."""

    text: str
    session_id: str
    success: bool = True
    route: str = ""
    """`skill:NAME`, `session:NAME`, `roxy` (its own words), or the provider: `openai`, `anthropic`, `gemini`."""
    skill: str | None = None
    intent: str | None = None
    tools: Sequence[str] = ()
    """The tools called on the way, as `server.tool` (an intent that a model called: `skill.intent`), in order."""
    ms: float = 0.0
    code: str = ""
    """Empty on success; else `needs_input`, `not_understood`, `cancelled`, `denied`, or that of a call or model."""
    question: bool = False
    """The text is a question: the next utterance of this session at this door answers it."""
    choices: Sequence[str] = ()
    """Answers the question suggests, such as `yes`, `no`, `always`."""
    data: Any = None
    """What the skill found, machine-readable."""


class Listener(Protocol):
    """The door's ear for what Roxy says during a turn."""

    def heard(self, notice: Notice) -> None:
        """Take a notice; must return at once."""
        ...


class Notices(Protocol):
    """Where Roxy speaks up unasked, and where doors listen."""

    def publish(self, notice: Notice) -> bool:
        """Hand a notice to one listening door, that of its session first; False when nobody listens."""
        ...

    def listening(self, listener: Listener, *, session_id: str | None = None) -> AbstractAsyncContextManager[None]:
        """Listen for as long as the context is open."""
        ...
