"""What a server offers beside what was approved of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolChange:
    """A tool as it was approved and as it is offered: the forms are as the server sent them, hidden characters too."""

    server: str
    tool: str
    held: bool
    """Whether it may not be used until the user approves it."""
    why: str = ""
    """Why it is held, as the end of a sentence that begins with its name."""
    hidden: str = ""
    """What in it nobody sees, and where; models are not shown it."""
    digest: str
    """SHA-256 of the form that is offered: what an approval is for."""
    approved: Mapping[str, Any] | None = None
    """The approved form; None when there is none."""
    offered: Mapping[str, Any] = field(default_factory=dict)
    """The form that is offered."""
