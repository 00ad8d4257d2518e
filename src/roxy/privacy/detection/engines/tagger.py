"""A model of the user's own as the detector's `Tagger`.

Order of events: `load` looks whether the package and the model are there, takes them up with the network shut, and
asks which labels the model has; a model that knows nobody is refused. `find` hands a text to the one thread that the
model runs in and waits for it, but no longer than was said. What goes wrong blocks: `UnusableModel` says what is to be
installed, `PrivacyBlocked` that a text was not looked at; neither has the text in it.
"""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, Protocol

from roxy.errors import PrivacyBlocked, UnusableModel
from roxy.privacy.detection.engines.chosen import PEOPLE, Chosen, Engine
from roxy.privacy.detection.spots import Spot

COUNTS = 0.5
"""The score of what the model is just sure enough of: what the user's threshold lets through is replaced."""
TRIED_AGAIN = 30.0
"""Seconds after which a model that could not be loaded is tried again."""
_FOR_PSEUDONYMS = str.maketrans("\x1a", " ")
_LETTER = re.compile(r"[^\W\d_\u0590-\U0010ffff]")
"""Of a script that parts its words; so half a word is never a name."""
_ROUND = " -\"'\u201c\u201d\u2018\u2019()[]<>{},;:!?*|/\n\t\r"
_OWN = re.compile("['\u2019]s$")


class Hit(Protocol):
    """What a model says of a span: a `RecognizerResult` of Presidio's."""

    entity_type: str
    start: int
    end: int
    score: float


class Model(Protocol):
    """A model that is loaded."""

    labels: frozenset[str] | None
    """All that it can say; None when it can say anything."""

    def find(self, text: str) -> Iterable[Hit]:
        """What it finds, in any order; `entity_type` is a type that privacy.yaml knows."""
        ...


class InstalledModel:
    """Finds names by a model that is installed. Safe to use from several threads; `close` it when it is done with."""

    def __init__(self, chosen: Chosen, *, tried_again: float = TRIED_AGAIN) -> None:
        self.chosen = chosen
        self.types = frozenset(chosen.types.values())
        """What it is asked for; what is left is the project's own model's."""
        self._model: Model | None = None
        self._runner = _Runner()
        self._loading = threading.Lock()
        self._tried_again = tried_again
        self._failed: tuple[float, UnusableModel] | None = None

    def load(self) -> None:
        """Take up the model, which may take a minute. Raises `UnusableModel`, with what to install."""
        with self._loading:
            if self._model is not None:
                return
            if self._failed is not None and time.monotonic() - self._failed[0] < self._tried_again:
                raise self._failed[1]
            try:
                # Loaded here, when it was chosen: Presidio and what it runs take seconds.
                from roxy.privacy.detection.engines.opening import opened  # noqa: PLC0415

                model = opened(self.chosen)
                _check(self.chosen, model)
            except UnusableModel as error:
                self._failed = time.monotonic(), error
                raise
            self._model = model

    def find(self, text: str) -> Iterator[Spot]:
        """The spots of `text`. Raises `UnusableModel`, and `PrivacyBlocked` when the model fails or takes too long."""
        self.load()
        asked = text.translate(_FOR_PSEUDONYMS)
        try:
            hits = self._runner.do(lambda: self._hits(asked), self.chosen.timeout)
        except TimeoutError:
            raise PrivacyBlocked(
                f"The model of names ({self.chosen}) took longer than {self.chosen.timeout:g} s for a text.",
                hint=self.chosen.quicker,
            ) from None
        except Exception as error:  # noqa: BLE001 - the border: a model may raise anything, with the text in it
            raise PrivacyBlocked(
                f"The model of names ({self.chosen}) failed: {type(error).__name__}.", hint="Run `roxy doctor`."
            ) from None
        for start, end, kind, score in hits:
            if any(map(str.isalnum, text[start:end])):
                yield _whole(text, Spot(start, end, kind, max(score, COUNTS)))

    def close(self) -> None:
        """Let the thread end; what it is doing is done."""
        self._runner.end()

    def _hits(self, text: str) -> list[tuple[int, int, str, float]]:
        found = self._model.find(text) if self._model is not None else ()
        hits = [
            (one.start, one.end, one.entity_type, float(one.score)) for one in found if one.entity_type in self.types
        ]
        if any(not 0 <= start < end <= len(text) for start, end, _, _ in hits):
            raise ValueError("a span outside the text")
        return hits


def tagger_for(chosen: Chosen) -> InstalledModel | None:
    """What finds names as it was chosen; None for the project's own model."""
    return None if chosen.engine is Engine.ROXY else InstalledModel(chosen)


def _check(chosen: Chosen, model: Model) -> None:
    """Raise `UnusableModel` for a model that nobody would be found by."""
    people = {label for label, kind in chosen.types.items() if kind == PEOPLE}
    if model.labels is None or people & model.labels:
        return
    known = ", ".join(sorted(model.labels)[:30]) or "none"
    raise UnusableModel(
        f"The model of names ({chosen}) finds no people: none of its labels is one of {', '.join(sorted(people))}.",
        hint=f"Say under `names.labels` in privacy.yaml which are {PEOPLE}. It has: {known}.",
    )


def _whole(text: str, spot: Spot) -> Spot:
    """The spot as whole words, without the marks round them."""
    start, end = spot.start, spot.end
    while start and _LETTER.match(text, start) and _LETTER.match(text, start - 1):
        start -= 1
    while end < len(text) and _LETTER.match(text, end - 1) and _LETTER.match(text, end):
        end += 1
    piece = _OWN.sub("", text[start:end].rstrip(_ROUND))
    begins = len(piece) - len(piece.lstrip(_ROUND))
    return spot._replace(start=start + begins, end=start + len(piece)) if begins < len(piece) else spot


class _Runner:
    """One thread for a model, since models are not made for several; it keeps nobody from ending the program."""

    def __init__(self) -> None:
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def do(self, work: Callable[[], Any], seconds: float) -> Any:
        """What `work` gives; raises what it raises, and `TimeoutError` after these seconds, the time in line too."""
        future: Future[Any] = Future()
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="names", daemon=True)
                self._thread.start()
            self._jobs.put((future, work))
        try:
            return future.result(seconds)
        finally:
            future.cancel()  # what still waits in line need not be done

    def end(self) -> None:
        """The thread ends after what is in line; another begins when more is asked after all."""
        with self._lock:
            if self._thread is not None:
                self._jobs.put(None)
                self._thread = None

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            _do(*job)


def _do(future: "Future[Any]", work: Callable[[], Any]) -> None:
    """Apart, so that nothing is held of a text while the thread waits for the next."""
    if future.set_running_or_notify_cancel():
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - whoever waits is told, whatever it is
            future.set_exception(error)
