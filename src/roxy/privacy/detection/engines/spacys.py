"""spaCy's pipelines, by Presidio's `SpacyNlpEngine` and `SpacyRecognizer`. spaCy itself comes with Presidio."""

from collections.abc import Iterable, Sequence
from typing import Any

from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
from presidio_analyzer.predefined_recognizers import SpacyRecognizer
from spacy.util import is_package

from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.detection.engines.opening import ModelNotThereError
from roxy.privacy.detection.engines.tagger import Hit


class _Engine(SpacyNlpEngine):
    """As Presidio's, but it downloads nothing and says nothing of labels that do not count."""

    def _download_spacy_model_if_needed(self, model_name: str) -> None:  # type: ignore[override]  # Presidio's is static
        """Nothing: what is missing was told before."""

    def _get_updated_entities(self, entities: Sequence[Any], scores: Sequence[float]) -> Any:
        counting = self.ner_model_configuration.model_to_presidio_entity_mapping or {}
        kept = [(one, score) for one, score in zip(entities, scores, strict=True) if one.label_ in counting]
        return super()._get_updated_entities([one for one, _ in kept], [score for _, score in kept])


class SpacyModel:
    """A pipeline of spaCy's; see `tagger.Model`."""

    def __init__(self, chosen: Chosen) -> None:
        self._language = chosen.language
        self._engine = _Engine(
            models=[{"lang_code": chosen.language, "model_name": str(chosen.folder or chosen.model)}],
            ner_model_configuration=NerModelConfiguration(model_to_presidio_entity_mapping=chosen.types),
        )
        self._engine.load()
        self._recognizer = SpacyRecognizer(chosen.language, supported_entities=sorted(set(chosen.types.values())))
        labels = self._engine.get_nlp(chosen.language).pipe_labels
        self.labels: frozenset[str] | None = frozenset(label for pipe in labels.values() for label in pipe)

    def find(self, text: str) -> Iterable[Hit]:
        """What the pipeline says of a text."""
        artifacts = self._engine.process_text(text, self._language)
        found: Iterable[Hit] = self._recognizer.analyze(text, self._recognizer.supported_entities, artifacts)
        return found


def opened(chosen: Chosen) -> SpacyModel:
    """The pipeline, loaded."""
    if chosen.folder is None and not is_package(chosen.model):
        raise ModelNotThereError
    return SpacyModel(chosen)
