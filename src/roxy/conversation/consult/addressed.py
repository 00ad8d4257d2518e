"""Words with which the user asks another session: "ask session work: what is open"."""

import re
from dataclasses import dataclass

_ADDRESSED = re.compile(
    r"^(?:please\s+)?ask\s+(?:the\s+|my\s+)?session\s+(?P<session>[\w-]+)\s*[:,]?\s+(?P<question>\S.*)$",
    re.IGNORECASE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Consult:
    """Another session answers."""

    session: str
    question: str


def addressed(text: str) -> Consult | None:
    """Whom `text` is for, and what is asked; None when it is for nobody else."""
    found = _ADDRESSED.match(text.strip())
    return Consult(found["session"], found["question"].strip()) if found else None
