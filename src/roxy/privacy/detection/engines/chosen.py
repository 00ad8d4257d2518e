"""Which model finds names: what `names` of privacy.yaml says. Only values; what a model needs is loaded elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

PEOPLE = "PERSON"
IGNORED = "ignore"
"""What a label is said to be when nothing that has it counts."""


class Engine(StrEnum):
    """What runs the model."""

    ROXY = "roxy"
    """The project's own model, which comes with it."""
    SPACY = "spacy"
    STANZA = "stanza"
    TRANSFORMERS = "transformers"
    GLINER = "gliner"


_USUAL: Mapping[str, str] = {
    "PERSON": PEOPLE, "PER": PEOPLE, "LOCATION": "LOCATION", "LOC": "LOCATION", "GPE": "LOCATION", "ADDRESS": "ADDRESS",
}  # fmt: skip
_ASKED: Mapping[str, str] = {"person": PEOPLE, "location": "LOCATION", "address": "ADDRESS"}
"""GLiNER has no labels of its own: it is told what to look for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """One model. Immutable."""

    engine: Engine = Engine.ROXY
    model: str = ""
    """The name of what is installed, or its folder; for Stanza the folder of its models, which has a usual place."""
    language: str = "en"
    """ISO 639-1."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the model's labels are here, or `IGNORED`; over the usual ones."""
    threshold: float = 0.5
    """How sure it must be, from 0 to 1, where it tells: those of `transformers` and `gliner` do."""
    timeout: float = 10.0
    """Seconds for one text; then what was to leave is blocked."""

    @property
    def types(self) -> dict[str, str]:
        """The type of each label that counts."""
        usual = _ASKED if self.engine is Engine.GLINER else _USUAL
        return {label: kind for label, kind in {**usual, **self.labels}.items() if kind != IGNORED}

    @property
    def quicker(self) -> str:
        """What to do when a check takes too long."""
        own = self.engine is Engine.ROXY
        return f"Send less at once, or {'try again' if own else 'raise `names.timeout` in privacy.yaml'}."

    @property
    def folder(self) -> Path | None:
        """Where the model is, when that was said."""
        return Path(self.model).expanduser() if is_folder(self.model) else None

    def __str__(self) -> str:
        if self.engine is Engine.ROXY:
            return "Roxy's own model"
        return f"{self.engine} {self.model or self.language}"


def is_folder(model: str) -> bool:
    """Whether that is how a folder is written, and no name."""
    return model.startswith(("/", "~", "."))
