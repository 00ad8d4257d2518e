"""What the doctor says about one thing."""

from dataclasses import dataclass
from enum import StrEnum

from roxy.errors import ConfigError, RoxyError


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    HINT = "hint"
    """Something is not there that is only needed for more."""
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the doctor saw."""

    subject: str
    level: Level
    text: str
    fix: str = ""
    """The command or step that mends it; may have several lines."""


def failed(subject: str, error: RoxyError, level: Level = Level.WRONG) -> Finding:
    """An error as a finding."""
    where = f"{error.where}: " if isinstance(error, ConfigError) and error.where else ""
    return Finding(subject, level, f"{where}{error.message}", error.hint)
