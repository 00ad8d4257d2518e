"""GLiNER's models, by Presidio's `GLiNERRecognizer`: they look for whatever labels they are told."""

from collections.abc import Iterable

from presidio_analyzer.predefined_recognizers import GLiNERRecognizer

from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.detection.engines.opening import hub_folder
from roxy.privacy.detection.engines.tagger import Hit


class GlinerModel:
    """A model of GLiNER's; see `tagger.Model`."""

    labels: frozenset[str] | None = None

    def __init__(self, chosen: Chosen) -> None:
        self._recognizer = GLiNERRecognizer(
            model_name=str(hub_folder(chosen)),
            entity_mapping=chosen.types,
            supported_language=chosen.language,
            threshold=chosen.threshold,
            local_files_only=True,
        )

    def find(self, text: str) -> Iterable[Hit]:
        """What the model says of a text, piece by piece."""
        found: Iterable[Hit] = self._recognizer.analyze(text, self._recognizer.supported_entities)
        return found


def opened(chosen: Chosen) -> GlinerModel:
    """The model, loaded."""
    return GlinerModel(chosen)
