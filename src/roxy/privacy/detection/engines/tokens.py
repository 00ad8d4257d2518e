"""Token classifiers of `transformers`, by Presidio's `HuggingFaceNerRecognizer`.

Presidio's logs what goes wrong with a piece, with the text, and goes on as if nothing were in it; here it blocks.
"""

from collections.abc import Iterable
from typing import Any

from presidio_analyzer.predefined_recognizers import HuggingFaceNerRecognizer

from roxy.privacy.detection.engines.chosen import Chosen
from roxy.privacy.detection.engines.opening import hub_folder
from roxy.privacy.detection.engines.tagger import Hit


class _Watched:
    """A pipeline that remembers what went wrong in it."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self.failed: Exception | None = None

    def __call__(self, text: str) -> Any:
        try:
            found = self._pipeline(text)
            for one in found:
                one["start"] + one["end"]  # a tokenizer that does not tell where its tokens stand has None
        except Exception as error:  # noqa: BLE001 - the border: Presidio would go on, so it is told to whoever asked
            self.failed = error
            return []
        return found


class TokenModel:
    """A token classifier; see `tagger.Model`."""

    def __init__(self, chosen: Chosen) -> None:
        self._recognizer = HuggingFaceNerRecognizer(
            model_name=str(hub_folder(chosen)),
            label_mapping=chosen.types,
            supported_language=chosen.language,
            threshold=chosen.threshold,
        )
        self._recognizer.load()
        untyped: Any = self._recognizer
        labels = untyped.ner_pipeline.model.config.id2label.values()
        untyped.ner_pipeline = self._watched = _Watched(untyped.ner_pipeline)
        # The recognizer takes these four off as well (BILOU).
        self.labels: frozenset[str] | None = frozenset(
            label[2:] if label[:2] in {"B-", "I-", "U-", "L-"} else label for label in labels
        )

    def find(self, text: str) -> Iterable[Hit]:
        """What the classifier says of a text, piece by piece."""
        self._watched.failed = None
        found: Iterable[Hit] = self._recognizer.analyze(text, self._recognizer.supported_entities)
        if self._watched.failed is not None:
            raise self._watched.failed
        return found


def opened(chosen: Chosen) -> TokenModel:
    """The classifier, loaded."""
    return TokenModel(chosen)
