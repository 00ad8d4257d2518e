"""What becomes of one value that was found: the policy's word, and whether a real value may go there at all.

In order: the user's allow-list; the policy; places into which nothing real is put; where the value came from; what the
user answered. The questions that are left are put by the gateway, and the payload is looked at again with the answers.
"""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field

from roxy.contracts.privacy import Question
from roxy.privacy.heard import USER
from roxy.privacy.policy.book import Judge
from roxy.privacy.policy.origin import Origin, Speaker
from roxy.privacy.policy.refusals import way_around
from roxy.privacy.policy.rules import FREE, SECRET, TYPES, Action, allowing, lifting
from roxy.privacy.vault import SessionVault

_REAL = (Action.ALLOW, Action.ASK)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Of one payload: where it goes, who made it, and what is known of the user's will."""

    judge: Judge
    destination: str = ""
    tool: str | None = None
    speaker: Speaker = field(default_factory=Speaker)
    to_a_link: bool = False
    """Whether one of its arguments is a link."""
    answers: Mapping[tuple[str, str, str], Action] = field(default_factory=dict, repr=False)
    """By path, type and value."""
    own: frozenset[str] = field(default=frozenset(), repr=False)
    """The user's dictionary, casefolded: whatever says it, it is theirs."""


class Decider:
    """Decides for one payload under one session's vault; collects the questions that are open."""

    def __init__(self, terms: Terms, vault: SessionVault) -> None:
        self._terms = terms
        self._vault = vault
        self.questions: dict[tuple[str, str, str], Question] = {}
        self.traced = 0
        """How often it mattered where something came from; that may be another place the next time."""

    @property
    def sense(self) -> Hashable:
        """All that a decision depends on, save where a value came from."""
        terms = self._terms
        return terms.judge, terms.speaker.origin, terms.to_a_link, self.in_a_call

    @property
    def refuses_strangers(self) -> bool:
        """Whether text that looks like a pseudonym and is none ends the call: a model has it from somewhere else."""
        return self._terms.speaker.origin is Origin.MODEL and self._terms.tool is not None

    @property
    def in_a_call(self) -> bool:
        """Whether it is the arguments of a call, not a text for a model."""
        return self._terms.tool is not None

    @property
    def may_be_real_in_keys(self) -> bool:
        """Whether a key may be personal: only where nothing is guarded."""
        return not self._terms.judge.guards

    def gave(self, value: str) -> bool:
        """Whether the server it goes to has said it itself."""
        return self.in_a_call and self._terms.destination in self._vault.sources(value)

    def rule(self, kind: str, path: str) -> str:
        """What to write into privacy.yaml so that a value of this type may stand there."""
        return allowing(self._terms.destination, self._terms.tool or "", path, kind)

    def way(self, kinds: Iterable[str], path: str) -> str:
        """What to do about what stands at `path` and can neither stay there nor be replaced there."""
        terms, named = self._terms, sorted(set(kinds).intersection(TYPES))
        if named and SECRET not in named:
            types = named[0] if len(named) == 1 else f"[{', '.join(named)}]"
            return f"If it may leave as it is, {self.rule(types, path)}"
        around = way_around(terms.destination, terms.judge.policy)
        return f"{'No policy lets a secret leave: leave it away.' if named else 'Word it otherwise.'} {around}".rstrip()

    def way_of_keys(self, kind: str) -> str:
        """The same, for a key of this type, which no rule reaches."""
        if kind == SECRET:
            return self.way([kind], "")
        return f"Put it into a value instead. Only the policy `off` lets it leave: {lifting(self._terms.destination)}"

    def shown(self) -> str:
        """The command that shows what holds there."""
        return f"`roxy privacy policy {self._terms.destination} {self._terms.tool or ''}".rstrip() + "`"

    def action(self, kind: str, value: str, path: str, *, linked: bool) -> Action:
        """What becomes of `value`; `linked`: it stands in a link. What is to be asked is a pseudonym until then."""
        judge = self._terms.judge
        if kind == SECRET:
            return judge.action(kind, path)
        if judge.is_nobodys(value):
            return Action.ALLOW
        said = judge.action(kind, path)
        if said not in _REAL:
            return said
        if self._turned_back(value, linked=linked):
            return Action.PSEUDONYMISE
        if said is Action.ALLOW and (kind in FREE or not judge.guards):
            return said
        return self._real(said, kind, value, path, linked=linked)

    def _turned_back(self, value: str, *, linked: bool) -> bool:
        """Whether a model puts what was a pseudonym to it into a link, or beside one: that is never real.

        So it is at every server and under every policy, and for cities, too.
        """
        linked = linked or self._terms.to_a_link
        return linked and self._terms.speaker.origin is Origin.MODEL and bool(self._vault.knows(value))

    def _real(self, said: Action, kind: str, value: str, path: str, *, linked: bool) -> Action:
        terms, origin = self._terms, self._terms.speaker.origin
        self.traced += 1
        if linked or origin is Origin.SERVER or (terms.to_a_link and origin is not Origin.USER):
            return Action.PSEUDONYMISE
        right = self._came_right(value)
        if said is Action.ALLOW and right:
            return said
        answered = terms.answers.get((path, kind, value))
        if answered is not None:
            return answered
        if terms.tool is None:
            return Action.PSEUDONYMISE  # a text, not a call: nobody is asked about each word of it
        self.questions[path, kind, value] = Question(
            destination=terms.destination,
            tool=terms.tool,
            path=path,
            type=kind,
            value=value,
            sources=tuple(sorted(self._vault.sources(value) - {USER})),
            rememberable=right,
            needed=said is Action.ASK,
        )
        return Action.PSEUDONYMISE

    def _came_right(self, value: str) -> bool:
        """Whether it came from the user or from the very server it goes to."""
        terms = self._terms
        if terms.speaker.origin is Origin.USER:
            return True
        known = self._vault.sources(value)
        return USER in known or terms.destination in known or value.casefold() in terms.own
