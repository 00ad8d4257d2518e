"""What the user answered, and what of it is remembered: in the file of everything they approved and granted.

An "always" holds for one type at one argument of one tool, and only for values that came from the user or from that
very server; what another server said is asked about each time.
"""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from roxy.contracts.privacy import Ask, Question
from roxy.errors import NeedsInput
from roxy.privacy.policy.rules import Action, allowing

HOLDER = "(privacy)"
"""Under which the answers stand in the file of grants: no skill can have this name."""


class Grants(Protocol):
    """The file of grants, as far as it is needed here; both raise `ConfigError` when it is damaged."""

    def always(self, skill: str) -> frozenset[str]:
        """What need not be asked any more."""
        ...

    def set_always(self, skill: str, what: str) -> None:
        """Do not ask for this any more."""
        ...


@dataclass(slots=True)
class Answers:
    """The answers to the questions about one payload; `refusal` once it may not leave."""

    grants: Grants | None
    ask: Ask | None
    given: dict[tuple[str, str, str], Action] = field(default_factory=dict, repr=False)
    settled: dict[tuple[str, str], Action] = field(default_factory=dict, repr=False)
    """The same, whatever the place in a list."""
    refusal: tuple[Literal["denied", "needs_input"], str, Question] | None = None
    waited: float = 0.0
    """Seconds that somebody took to answer."""

    async def take(self, questions: Iterable[Question]) -> None:
        """Put the questions, each value of an argument once; stops at the first no."""
        for question in questions:
            if self.refusal is not None:
                return
            await self._one(question)

    async def _one(self, question: Question) -> None:
        key, same = (question.path, question.type, question.value), (question.what, question.value)
        if same in self.settled:
            self.given[key] = self.settled[same]
            return
        grants = self.grants if question.rememberable else None
        if grants is not None and question.what in grants.always(HOLDER):
            self.given[key] = Action.ALLOW
            return
        answer = await self._answer(question)
        if answer == "always" and grants is not None:
            grants.set_always(HOLDER, question.what)
        if answer in ("yes", "always"):
            self.given[key] = self.settled[same] = Action.ALLOW
        elif answer == "no":
            why = f"The user said no: {question.destination}.{question.tool} may not have {question.path} as it is."
            self.refusal = "denied", why, question
        elif question.needed:
            self.refusal = "needs_input", _unanswered(question), question
        else:
            self.given[key] = Action.PSEUDONYMISE

    async def _answer(self, question: Question) -> str:
        if self.ask is None:
            return ""
        started = time.perf_counter()
        try:
            return await self.ask(question)
        except NeedsInput:
            return ""
        finally:
            self.waited += time.perf_counter() - started


def _unanswered(question: Question) -> str:
    """Without the value: this stands in results and records."""
    rule = allowing(question.destination, question.tool, question.path, question.type)
    return (
        f"{question.destination}.{question.tool} needs a real value in {question.path} ({question.type}), which leaves "
        f"only when the user says so, and nobody can be asked here. Do it in `roxy chat`, or {rule}"
    )
