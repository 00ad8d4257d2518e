"""One look at a payload: walking it, replacing what is personal, and seeing whether that made more of it personal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from roxy.contracts.privacy import Question, Redaction
from roxy.privacy.detection.detector import Detector
from roxy.privacy.memory.leaves import Leaves
from roxy.privacy.payloads import stands_in
from roxy.privacy.policy.deciding import Decider, Terms
from roxy.privacy.redact import Redactor
from roxy.privacy.vault import SessionVault, State
from roxy.privacy.walk import Walk


@dataclass(frozen=True, slots=True)
class Done:
    """What came of one look."""

    payload: Any
    redactions: tuple[Redaction, ...]
    released: tuple[Redaction, ...]
    questions: tuple[Question, ...]
    state: State
    """What the vault knew before."""
    settled: bool
    """Whether it depended on nothing but what was asked and what the vault knew, and no personal value left."""


class Looker:
    """Looks at payloads with one detector; remembers what their leaves became."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._leaves = Leaves()

    def look(
        self,
        payload: Any,
        vault: SessionVault,
        *,
        terms: Terms,
        schema: Mapping[str, Any] | None = None,
        strict: bool = True,
        source: str = "",
        most: int | None = None,
    ) -> Done:
        """`payload` with everything replaced that `terms` do not let through; `source` is who says it, if known.

        Raises what `Redactor` and `Walk` raise, and `TooLong` when more than `most` characters are new.
        """
        while True:
            state = vault.state
            decider = Decider(terms, vault)
            redactor = Redactor(
                self._detector, vault, strict=strict, decider=decider, source=source, leaves=self._leaves, most=most
            )
            redacted = Walk(redactor.leaf, redactor.key, redactor.octets).rebuild(payload, schema)
            # A value that a later leaf taught may stand in an earlier one, where nothing gave it away.
            if vault.state.values == state.values or not stands_in(redacted, vault.values_since(state.values)):
                questions, released = tuple(decider.questions.values()), tuple(redactor.released.values())
                settled = not (decider.traced or questions or terms.answers or released)
                return Done(redacted, tuple(redactor.redactions), released, questions, state, settled)
