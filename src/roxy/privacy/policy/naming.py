"""Reading `names` of privacy.yaml: which model finds names. Whether it is installed is seen when it is needed."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from roxy.config.loader import Node, did_you_mean
from roxy.config.schema import Choice, Number, Reading, Section, Text, wrong
from roxy.errors import ConfigError
from roxy.privacy.binary import BINARY
from roxy.privacy.detection.engines.chosen import IGNORED, Chosen, Engine, is_folder
from roxy.privacy.policy.rules import SECRET, TYPES

LONGEST_TIMEOUT = 600
_WORD = Text(verbatim=True)
_KINDS = tuple(kind for kind in TYPES if kind not in {SECRET, BINARY})
_NAMED = {
    Engine.SPACY: "such as en_core_web_lg, or the folder of a pipeline",
    Engine.TRANSFORMERS: "such as dslim/bert-base-NER, or the folder of a model",
    Engine.GLINER: "such as urchade/gliner_multi_pii-v1, or the folder of a model",
}


@dataclass(frozen=True, slots=True)
class _Language:
    """A language, as ISO 639 has it; Stanza's have more behind it (zh-hans)."""

    expected: str = "a language such as en"

    def read(self, node: Node, path: str, reading: Reading) -> str:
        text = _WORD.read(node, path, reading) or ""
        if not re.fullmatch(r"[a-z]{2,3}(?:-[A-Za-z]{2,8})?", text):
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where)
        return text


@dataclass(frozen=True, slots=True)
class _Model:
    """A name, or a folder, which does not depend on where Roxy is started."""

    expected: str = "the name of a model, or a folder from / or ~ on"

    def read(self, node: Node, path: str, reading: Reading) -> str:
        text = (_WORD.read(node, path, reading) or "").strip()
        if not text or (is_folder(text) and not text.startswith(("/", "~"))):
            raise ConfigError(f"`{path}` must be {self.expected}.", where=node.where)
        return text


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the model's labels are here."""

    expected: str = f"a mapping of the model's labels to types, or to {IGNORED}"

    def read(self, node: Node, path: str, reading: Reading) -> dict[str, str]:
        if not node.is_mapping:
            raise wrong(self, node, path)
        found = {}
        for label, child in node.value.items():
            found[label] = _WORD.read(child, f"{path}.{label}", reading) or ""
            if found[label] not in (*_KINDS, IGNORED):
                hint = did_you_mean(found[label].upper(), _KINDS) or f"Or {IGNORED}, where nothing with it counts."
                raise ConfigError(f"`{path}.{label}`: there is no type `{found[label]}`.", where=child.where, hint=hint)
        return found


NAMES = Section(
    {
        "engine": Choice(tuple(Engine)),
        "model": _Model(),
        "language": _Language(),
        "labels": _Labels(),
        "threshold": Number(most=1),
        "timeout": Number(above=True, most=LONGEST_TIMEOUT),
    }
)


def chosen(found: dict[str, Any], at: Callable[[str], str]) -> Chosen:
    """What the section says, `at` tells where a setting stands; raises `ConfigError` for what does not go together."""
    engine = Engine(found.get("engine", Engine.ROXY))
    if engine in _NAMED and "model" not in found:
        raise ConfigError("`names.model` is missing.", where=at("model"), hint=f"It is {_NAMED[engine]}.")
    if engine is Engine.STANZA and "model" in found and not is_folder(found["model"]):
        raise ConfigError(
            "`names.model` must be a folder for stanza: the one that its models were downloaded to.",
            where=at("model"),
            hint="Leave it away for the usual one. Which of them is told by `names.language`.",
        )
    if engine is Engine.ROXY and found.keys() - {"engine"}:
        named = min(found.keys() - {"engine"})
        hint = f"Say `engine` as well: {', '.join(one for one in Engine if one is not Engine.ROXY)}."
        raise ConfigError(f"`names.{named}` says nothing of Roxy's own model.", where=at(named), hint=hint)
    return Chosen(**{**found, "engine": engine})
