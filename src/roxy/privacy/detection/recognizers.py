"""Presidio's recognizers, without a model and without network. Heavy: imported only by `detector`, when it is needed.

Order of events: importing this module loads Presidio and spaCy (seconds) and takes the two teeth out of them: the
public suffix list comes from the package (never fetched), and their loggers never speak below WARNING, since at DEBUG
they print words of the text. `Recognizers()` then builds the recognizers; `find` runs those whose gate is in the text.
"""

import logging
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import regex
import tldextract
from presidio_analyzer import EntityRecognizer, PatternRecognizer, RecognizerResult, predefined_recognizers
from presidio_analyzer.nlp_engine import NlpArtifacts, NoOpNlpEngine

from roxy.privacy.detection.spots import Spot

PATTERN_SECONDS = 1.0
"""A pattern that takes longer has failed, and a failure blocks. Presidio itself would log it and go on."""
LANGUAGE = "en"

# On the first e-mail address Presidio would fetch the public suffix list from two hosts and cache it on the disk.
setattr(tldextract, "extract", tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None))  # noqa: B010 - typed as a function
for _name in ("presidio-analyzer", "presidio_analyzer", "decision_process"):
    logging.getLogger(_name).setLevel(logging.WARNING)
    logging.getLogger(_name).addFilter(lambda record: record.levelno >= logging.WARNING)


class PatternTimeout(Exception):  # noqa: N818 - what happened is the name; and no TimeoutError, which Presidio swallows
    """A recognizer's pattern did not finish in time."""


class _Gate(NamedTuple):
    recognizer: str
    needs: re.Pattern[str]
    type: str
    floor: float
    """Hits below this score count only with one of the recognizer's context words just before them."""


_DIGITS_9 = re.compile(r"\d(?:[ .-]?\d){7,}")
_MIXED = re.compile(r"(?=[A-Za-z]*\d)\b[A-Za-z0-9-]{8,}")
_GATES = (
    _Gate("EmailRecognizer", re.compile("@"), "EMAIL_ADDRESS", 0.5),
    _Gate("CreditCardRecognizer", re.compile(r"\d(?:[ -]?\d){11,}"), "CREDIT_CARD", 0.9),
    _Gate("IbanRecognizer", re.compile(r"[A-Z]{2}\d{2}"), "IBAN_CODE", 0.9),
    _Gate("CryptoRecognizer", re.compile(r"\b(?:bc1|[13])[a-zA-HJ-NP-Z0-9]{25,}"), "CRYPTO", 0.9),
    _Gate("UsSsnRecognizer", _DIGITS_9, "US_SSN", 0.8),
    _Gate("UsItinRecognizer", _DIGITS_9, "US_SSN", 0.8),
    _Gate("UsPassportRecognizer", re.compile(r"\d{8}"), "PASSPORT", 0.8),
    _Gate("UsBankRecognizer", re.compile(r"\d{8}"), "ACCOUNT", 0.8),
    _Gate("UsLicenseRecognizer", _MIXED, "ID", 0.8),
    _Gate("NhsRecognizer", _DIGITS_9, "ID", 2.0),
    _Gate("MedicalLicenseRecognizer", _MIXED, "ID", 2.0),
    _Gate("UkNinoRecognizer", re.compile(r"[A-Z]{2} ?\d\d"), "US_SSN", 0.5),
    _Gate("EsNifRecognizer", re.compile(r"\d{7,8}[- ]?[A-Z]"), "US_SSN", 0.9),
    _Gate("EsNieRecognizer", re.compile(r"[XYZ]-?\d{7}"), "US_SSN", 0.9),
    _Gate("ItFiscalCodeRecognizer", re.compile(r"[A-Z]{6}\d\d"), "US_SSN", 0.9),
    _Gate("FiPersonalIdentityCodeRecognizer", re.compile(r"\d{6}[-+A]\d{3}"), "US_SSN", 0.9),
    _Gate("PlPeselRecognizer", re.compile(r"\d{11}"), "US_SSN", 2.0),
    _Gate("InPanRecognizer", re.compile(r"[A-Z]{5}\d{4}[A-Z]"), "US_SSN", 0.8),
    _Gate("InAadhaarRecognizer", re.compile(r"\d{4}[ -]?\d{4}[ -]?\d{4}"), "US_SSN", 2.0),
    _Gate("AuTfnRecognizer", _DIGITS_9, "US_SSN", 2.0),
    _Gate("AuMedicareRecognizer", _DIGITS_9, "ID", 2.0),
)
"""A floor over 1 means: never without context, since one bare number in eleven has a right check digit."""

_CONTEXT_REACH = 60
_BARE = re.compile(r"\w+")


class _Bounded:
    """A compiled pattern whose search ends with `PatternTimeout` instead of an error that Presidio swallows."""

    def __init__(self, pattern: str, flags: int) -> None:
        self._compiled = regex.compile(pattern, flags)

    def finditer(self, text: str, timeout: float | None = None) -> Iterator[Any]:  # noqa: ARG002 - Presidio passes its own, much longer time
        try:
            yield from self._compiled.finditer(text, timeout=PATTERN_SECONDS)
        except TimeoutError:
            raise PatternTimeout from None


class Recognizers:
    """The recognizers that are switched on; `extra` are one's own, with Presidio's plug-in interface."""

    def __init__(self, extra: Sequence[EntityRecognizer] = ()) -> None:
        engine = NoOpNlpEngine(models=[{"lang_code": LANGUAGE, "model_name": "no_op"}])
        engine.load()
        self._nothing: NlpArtifacts = engine.process_text("", LANGUAGE)
        self._gated = [(gate, _build(gate.recognizer)) for gate in _GATES]
        self._extra = list(extra)
        for recognizer in (*(built for _, built in self._gated), *self._extra):
            _bound(recognizer)

    def find(self, text: str, rest: str, machine: Sequence[tuple[int, int]]) -> Iterator[Spot]:
        """What Presidio sees in `text`, outside the spans that are a machine's (those bind only its own recognizers).

        `rest` is the text with all that is explained blanked out: it decides which recognizers run.

        Raises `PatternTimeout`, and whatever a recognizer raises.
        """
        for gate, recognizer in self._gated:
            if gate.needs.search(rest):
                for hit in recognizer.analyze(text, recognizer.supported_entities, self._nothing):
                    sure = hit.score >= gate.floor or _has_context(text, hit.start, recognizer.context)
                    if sure and not _touches(hit, machine):
                        yield Spot(hit.start, hit.end, gate.type, 0.6)
        for recognizer in self._extra:
            for hit in recognizer.analyze(text, recognizer.supported_entities, self._nothing):
                yield Spot(hit.start, hit.end, hit.entity_type, hit.score)


def _build(name: str) -> EntityRecognizer:
    built: EntityRecognizer = getattr(predefined_recognizers, name)(supported_language=LANGUAGE)
    return built


def _bound(recognizer: EntityRecognizer) -> None:
    if isinstance(recognizer, PatternRecognizer):
        untyped: Any = recognizer  # Presidio's own annotations contradict what it assigns
        for pattern in untyped.patterns:
            pattern.compiled_regex = _Bounded(pattern.regex, untyped.global_regex_flags)
            pattern.compiled_with_flags = untyped.global_regex_flags


def _touches(hit: RecognizerResult, spans: Sequence[tuple[int, int]]) -> bool:
    return any(start < hit.end and hit.start < end for start, end in spans)


def _has_context(text: str, start: int, context: Sequence[str] | None) -> bool:
    """Whether a context word of the recognizer stands shortly before; `id` and `number` alone say too little."""
    if not context:
        return False
    before = text[max(0, start - _CONTEXT_REACH) : start].lower()
    words = set(_BARE.findall(before))
    return any(
        word in words if word.isalnum() else word in before
        for word in map(str.lower, context)
        if word not in ("id", "number", "check", "no", "num", "card", "call", "cell", "us", "permit")
    )
