"""The words that work everywhere: yes, no, always, stop, undo. They are data, one file per language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from roxy.errors import ConfigError

_KINDS = ("yes", "no", "always", "stop", "cancel", "undo", "repeat")
MANNERS = ("greeting", "thanks", "praise", "how_are_you", "goodbye", "sorry", "talk", "nothing_asked")
"""What is answered in kind. `talk` are words that ask for nothing."""
_ADDRESS = re.compile(r"^(?:(?:hey|ok|okay|hi)\s+)?roxy\s+|\s+(?:please|roxy|thanks|thank you)$|^please\s+")
_NOISE = re.compile(r"[^\w' ]+")


@dataclass(frozen=True, slots=True)
class Words:
    """Which phrases mean what; phrases are in the form that `plain` gives."""

    phrases: Mapping[str, str]
    """Phrase to kind: `yes`, `no`, `always`, `stop`, `cancel`, `undo`, `repeat`, or one of `MANNERS`."""
    replies: Mapping[str, str] = field(default_factory=dict)
    """What is answered to each of `MANNERS`."""

    @classmethod
    def of_language(cls, packaged: Path, language: str) -> "Words":
        """Read `locale/<language>/words.yaml` of the packaged configuration."""
        path = packaged / "locale" / language / "words.yaml"
        try:
            document = yaml.load(path.read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader, in C
        except FileNotFoundError:
            known = sorted(folder.name for folder in (packaged / "locale").iterdir() if folder.is_dir())
            raise ConfigError(
                f"There are no sentences for the language {language!r}.",
                hint=f"Set `language` in roxy.yaml to one of: {', '.join(known)}.",
            ) from None
        manners = {plain(phrase): kind for kind in MANNERS for phrase in document["manners"][kind]["said"]}
        return cls(
            manners | {plain(phrase): kind for kind in _KINDS for phrase in document[kind]},
            {kind: document["manners"][kind]["answer"] for kind in MANNERS},
        )

    def meaning(self, text: str) -> str | None:
        """The kind of a whole utterance, or None when it is none of these words."""
        said = plain(text)
        return self.phrases.get(said) or self.phrases.get(_ADDRESS.sub("", said).strip())


_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def plain(text: str) -> str:
    """Lower case, without punctuation and with single spaces; apostrophes stay ("don't")."""
    return " ".join(_NOISE.sub(" ", text.lower().replace("\u2019", "'")).split())
