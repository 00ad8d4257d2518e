"""What one answer took and cost, for the metrics."""

from time import perf_counter

from roxy.contracts.models import Finished, Started, StreamEvent
from roxy.observe import metrics


class Watch:
    """Follows one answer from the question on."""

    def __init__(self, provider: str, model: str) -> None:
        self._provider = provider
        self._model = model
        self._answered_by = ""
        self._began = perf_counter()
        self._first = 0.0
        self._last = 0.0
        self._chunks = 0
        self._finished: Finished | None = None
        self.error_type = ""
        """The code of the error that ended it."""

    def saw(self, event: StreamEvent) -> None:
        """An event arrived."""
        if isinstance(event, Started):
            self._answered_by = event.model
            return
        self._last = perf_counter()
        self._chunks += 1
        self._first = self._first or self._last
        if isinstance(event, Finished):
            self._finished = event

    def record(self) -> None:
        """Note it, once it is over."""
        usage = self._finished.usage if self._finished else None
        metrics.model_asked(
            self._provider,
            self._model,
            answered_by=self._answered_by,
            seconds=perf_counter() - self._began,
            first_chunk=self._first - self._began if self._first else None,
            per_chunk=(self._last - self._first) / (self._chunks - 1) if self._chunks > 1 else None,
            tokens=(usage.input_tokens, usage.output_tokens) if usage else None,
            error_type=self.error_type,
        )
