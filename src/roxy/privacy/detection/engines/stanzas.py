"""Stanza's pipelines, by Presidio's `StanzaNlpEngine` and `StanzaRecognizer`.

Presidio's engine puts what Stanza finds into spaCy's tokens, and where they do not fit it warns, with the text, and
leaves all of it out. So the entities are taken from Stanza's own answer.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from presidio_analyzer.nlp_engine import NerModelConfiguration, NlpArtifacts, StanzaNlpEngine
from presidio_analyzer.predefined_recognizers import StanzaRecognizer
from stanza import Pipeline
from stanza.resources.common import DEFAULT_MODEL_DIR

from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.detection.engines.opening import ModelNotThereError
from roxy.privacy.detection.engines.tagger import Hit

_SCORE = 0.85


class _Engine(StanzaNlpEngine):
    """As Presidio's, with entities straight from Stanza; only what they need is loaded, from one folder."""

    def __init__(self, folder: Path, language: str, types: dict[str, str]) -> None:
        super().__init__(
            models=[{"lang_code": language, "model_name": language}],
            ner_model_configuration=NerModelConfiguration(model_to_presidio_entity_mapping=types),
            download_if_missing=False,
        )
        self._folder, self._language, self._types = folder, language, types

    def load(self) -> None:
        self.pipeline = Pipeline(
            self._language,
            dir=str(self._folder),
            processors="tokenize,ner",
            download_method=None,
            device=self.device,
            verbose=False,
        )

    def process_text(self, text: str, language: str) -> NlpArtifacts:
        document = self.pipeline(text) if text.strip() else None
        entities = [
            SimpleNamespace(label_=self._types[one.type], start_char=one.start_char, end_char=one.end_char)
            for one in (document.entities if document is not None else ())
            if one.type in self._types
        ]
        nothing: Any = None  # Presidio's annotations ask for spaCy's spans and tokens, its recognizer does not
        found: Any = entities
        return NlpArtifacts(found, nothing, [], [], self, language, scores=[_SCORE] * len(entities))


class StanzaModel:
    """A pipeline of Stanza's; see `tagger.Model`."""

    def __init__(self, chosen: Chosen, folder: Path) -> None:
        self._language = chosen.language
        self._engine = _Engine(folder, chosen.language, chosen.types)
        self._engine.load()
        kinds = sorted(set(chosen.types.values()))
        self._recognizer = StanzaRecognizer(supported_language=chosen.language, supported_entities=kinds)
        tags = self._engine.pipeline.processors["ner"].get_known_tags()
        self.labels: frozenset[str] | None = frozenset(tags)

    def find(self, text: str) -> Iterable[Hit]:
        """What the pipeline says of a text."""
        artifacts = self._engine.process_text(text, self._language)
        found: Iterable[Hit] = self._recognizer.analyze(text, self._recognizer.supported_entities, artifacts)
        return found


def opened(chosen: Chosen) -> StanzaModel:
    """The pipeline, loaded from its folder, or from where Stanza keeps its models. Raises `ModelNotThereError`."""
    folder = chosen.folder or Path(os.environ.get("STANZA_RESOURCES_DIR", DEFAULT_MODEL_DIR))
    try:
        return StanzaModel(chosen, folder)
    except FileNotFoundError:
        raise ModelNotThereError(f": {folder} holds none for the language {chosen.language}") from None
