"""Replacing what was found: one text, or one payload, under one session's vault.

A text is redacted until nothing more is found in it, since a replaced value can make another one plain (it is echoed,
or its neighbour now stands alone). So redacting twice changes nothing, and `restore(redact(text)) == text`, secrets
aside.
"""

import re
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

from roxy.contracts.privacy import Redaction
from roxy.errors import PrivacyBlocked
from roxy.privacy import binary, encodings, pseudonyms
from roxy.privacy.binary import BINARY, is_binary
from roxy.privacy.detection import keys, patterns
from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.remembered import digest
from roxy.privacy.detection.spots import FLOOR, Spot, joined, subtract, touches, without_breaks
from roxy.privacy.forms import numbers
from roxy.privacy.heard import USER
from roxy.privacy.memory.leaves import Became, Leaves
from roxy.privacy.payloads import TooLong
from roxy.privacy.policy.book import PLAIN
from roxy.privacy.policy.deciding import Decider, Terms
from roxy.privacy.policy.places import is_link, links
from roxy.privacy.policy.rules import FREE, Action
from roxy.privacy.pseudonyms import LITERAL, ONE_WAY
from roxy.privacy.restore import number_kind, standing
from roxy.privacy.surrogates import asked_form, demands, form_for, is_own_word, misfit
from roxy.privacy.vault import SessionVault
from roxy.privacy.walk import Leaf

_PASSES = 5
_ANY: Mapping[str, Any] = {}
_SHORT_BINARY = 2_000
"""Letters of binary data that is kept, so that it can come back: a mark of where a list goes on, a signature."""
_GLUED = re.compile(r"[A-Za-z0-9+/_-]{31}")
"""Longer than a pseudonym alone: something encoded may have begun where that now ends."""


class Redactor:
    """Redacts for one session; collects what it did. Not for several threads at once; make one per payload.

    `decider` says what becomes of what is found; without one the preset `balanced` does. `source` is who says what is
    redacted, when that is known. `leaves` remembers what leaves became; more than `most`
    characters of others are not looked at: `TooLong` is raised.
    """

    def __init__(
        self,
        detector: Detector,
        vault: SessionVault,
        *,
        deep: bool = True,
        strict: bool = True,
        decider: Decider | None = None,
        source: str = "",
        leaves: Leaves | None = None,
        most: int | None = None,
    ) -> None:
        self._detector = detector
        self._vault = vault
        self._deep = deep
        self._strict = strict
        self._depth = 0
        self._decider = decider or Decider(Terms(judge=PLAIN.judge("", None)), vault)
        self._source = source
        self._leaves = leaves
        self._most = most
        self._around: tuple[Sequence[str], bytes] = ((), b"")
        self._sense = strict, source, detector.taught, self._decider.sense
        self.redactions: list[Redaction] = []
        self.released: dict[tuple[str, str], Redaction] = {}
        """What left as it is though it is personal, by path and digest."""

    def leaf(self, leaf: Leaf) -> str | float:
        """What stands in place of a leaf of an outgoing payload. Raises `PrivacyBlocked` where nothing can."""
        if not isinstance(leaf.value, str):
            return self._number(leaf, leaf.value)
        schema = leaf.schema or _ANY
        if schema and is_own_word(leaf.value, schema):
            return leaf.value
        if self._leaves is None:
            return self._looked_at(leaf.value, leaf, schema)
        place = self._sense, leaf.path, leaf.key, self._beside(leaf.around), asked_form(schema) if schema else ()
        became = self._leaves.find(leaf.value, place, self._vault)
        if became is not None:
            self.redactions += became.redactions
            self.released.update(((one.path, one.digest), one) for one in became.released)
            return leaf.value if became.text is None else became.text
        return self._remembered(leaf.value, leaf, schema, place, self._leaves)

    def _remembered(self, was: str, leaf: Leaf, schema: Mapping[str, Any], place: Hashable, leaves: Leaves) -> str:
        """What stands in place of a leaf, kept for the next time where that depends on nothing but what is asked."""
        if self._most is not None:
            self._most -= len(was)
            if self._most < 0:
                raise TooLong
        before, asked = self._vault.state, self._decider.traced
        count, free = len(self.redactions), len(self.released)
        text = self._looked_at(was, leaf, schema)
        # What was learned from the leaf itself, or meanwhile, is asked the next time: it may then look otherwise.
        if self._decider.traced == asked:
            done = tuple(self.redactions[count:]), tuple(self.released.values())[free:]
            leaves.keep(was, place, self._vault, Became(None if text == was else text, *done, before))
        return text

    def _beside(self, around: Sequence[str]) -> bytes:
        """What stands for the keys around a leaf; those of one object are the same for all leaves in it."""
        if around is not self._around[0]:
            self._around = around, digest("\0".join(around))
        return self._around[1]

    def _looked_at(self, was: str, leaf: Leaf, schema: Mapping[str, Any]) -> str:
        if is_binary(was, leaf.key, leaf.around):
            return self._binary(was, leaf.path)
        linked = is_link(was, leaf.key, schema)
        text = self.text(was, leaf.path, key=leaf.key, around=leaf.around, schema=schema, linked=linked)
        asked = self._strict and text != was and demands(schema)
        if asked and (wrong := misfit(text, schema)) and not misfit(was, schema):
            raise self._unfit(f"and what would stand for it does not fit {wrong}", leaf.path, was)
        return text

    def _unfit(self, why: str, path: str, was: str, hint: str = "") -> PrivacyBlocked:
        kinds = sorted({one.type for one in self.redactions if one.path == path})
        what = f"There is something personal at {path or 'the top'} ({', '.join(kinds)}), {why}."
        return self._refusal(what, hint + self._decider.way(kinds, path), kinds[0], path, was)

    def _binary(self, text: str, path: str) -> str:
        """A call with what cannot be looked into is not made; in a text for a model a pseudonym stands for it."""
        self._decider.traced += 1
        action = self._decided(BINARY, text, path, linked=False)
        if action is Action.ALLOW or (path, BINARY, text) in self._decider.questions:
            return text  # nothing leaves before a question is answered
        return self._replace(text, [(Spot(0, len(text), BINARY), self._instead(action, text))], path, None)

    def _instead(self, action: Action, text: str) -> Action:
        """What becomes of binary data that does not leave: only what is short is kept, so that it can come back."""
        if action in (Action.MASK, Action.HASH):
            return action
        return Action.PSEUDONYMISE if self._strict and len(text) <= _SHORT_BINARY else Action.MASK

    def _without_binary(self, text: str, path: str, *, keys_too: bool) -> str:
        """What binary data is in the text, as `_binary` says; `keys_too`: also what keys and tokens look like."""
        built: list[str] = []
        at = 0
        for start, end in binary.spans(text, keys_too=keys_too):
            built += (text[at:start], self._binary(text[start:end], path))
            at = end
        return "".join([*built, text[at:]])

    def key(self, key: str, path: str) -> str:
        """Keys stay as they are; one that is itself personal cannot, so it blocks (or is replaced in records)."""
        if self._detector.is_plain_key(key) and self._vault.is_strange_to(key):
            return key
        if not (found := self._find(key, path, named=False)):
            return key
        if self._decider.may_be_real_in_keys and not any(spot.type == "SECRET" for spot, _ in self._find(key, path)):
            return key
        if not self._strict:
            return self.text(key, path)
        what = f"A key of the object at {path or 'the top'} is itself personal ({found[0][0].type})."
        raise self._refusal(what, self._decider.way_of_keys(found[0][0].type), found[0][0].type, path, key)

    def text(
        self,
        text: str,
        path: str = "",
        *,
        key: str = "",
        around: Iterable[str] = (),
        schema: Mapping[str, Any] | None = None,
        linked: bool = False,
    ) -> str:
        """`text` with everything replaced that the policy does not let through; `linked`: it is a link.

        Where `schema` demands a form, what stands in for a value has it.
        """
        text = self._without_binary(self._escape(text, path), path, keys_too=False)
        encoded = True
        for turn in range(_PASSES):
            before = text
            if encoded or _GLUED.search(text):  # each time: what was found beside it may stand in it, too
                text, encoded = self._decoded(text, path, linked=linked)
            spots = self._find(text, path, key, around, linked=linked, again=turn > 0)
            text = self._replace(text, spots, path, schema)
            if text == before:
                return self._without_binary(text, path, keys_too=True)
        raise PrivacyBlocked(
            f"The text at {path or 'the top'} shows something personal however often it is redacted.",
            hint="Word it differently, or leave that part out.",
        )

    def _decoded(self, text: str, path: str, *, linked: bool) -> tuple[str, bool]:
        """`text` with what stands encoded in it redacted inside and written again as it was; whether there is any."""
        built: list[str] = []
        at, encoded = 0, False
        linking: list[tuple[int, int]] | None = None
        for piece in encodings.pieces(text):
            encoded = True
            self._depth += 1
            if self._depth > encodings.DEPTH:
                raise PrivacyBlocked(
                    f"The text at {path or 'the top'} is encoded within itself more than {encodings.DEPTH} times.",
                    hint="Send it as plain text.",
                )
            linking = joined(links(text)) if linking is None else linking
            in_link = linked or touches(linking, piece.start, piece.end)
            before = len(self.redactions)
            inside = self.text(piece.inside, path, linked=in_link)
            self._depth -= 1
            if inside != piece.inside:
                made = self.redactions[before:]
                was = text[piece.start : piece.end]
                built += (text[at : piece.start], self._encoded(was, piece, inside, path, made))
                at = piece.end
        return "".join([*built, text[at:]]), encoded

    def _encoded(self, was: str, piece: encodings.Piece, inside: str, path: str, made: Sequence[Redaction]) -> str:
        """An encoded piece that now says `inside`; where that could not be undone, pseudonyms for its letters.

        With a secret in it, which nobody may put back, there is a mask for all of it instead.
        """
        one_way = all(one.action != "pseudonym" for one in made)
        written = encodings.written_again(was, piece, inside, one_way=one_way)
        if written is not None:
            return written
        if any(one.type == "SECRET" for one in made):
            return self._replace(was, [(Spot(0, len(was), "SECRET"), Action.MASK)], path, None)
        parts = without_breaks(was, Spot(0, len(was), "ID"))
        return self._replace(was, [(part, Action.PSEUDONYMISE) for part in parts], path, None)

    def _find(
        self,
        text: str,
        path: str,
        key: str = "",
        around: Iterable[str] = (),
        *,
        linked: bool = False,
        named: bool = True,
        again: bool = False,
    ) -> list[tuple[Spot, Action]]:
        """What is to be replaced, and by what."""
        known = self._vault.echoes(text)
        spots = self._detector.find(
            text, key=key, around=around, known=known, deep=self._deep, named=named, again=again
        )
        return self._chosen(text, spots, path, linked=linked) if spots else []

    def _chosen(self, text: str, spots: Iterable[Spot], path: str, *, linked: bool) -> list[tuple[Spot, Action]]:
        linking = [(0, len(text))] if linked else joined(links(text))
        decided = (
            (
                spot,
                self._decided(
                    spot.type, text[spot.start : spot.end], path, linked=touches(linking, spot.start, spot.end)
                ),
            )
            for spot in self._certain(text, spots)
        )
        return [(spot, action) for spot, action in decided if action is not Action.ALLOW]

    def _certain(self, text: str, spots: Iterable[Spot]) -> Iterator[Spot]:
        """What was found for certain, without what stands for a value already in another form than a pseudonym's."""
        done = [found.span() for found in ONE_WAY.finditer(text)] if " hidden]" in text or "-hx" in text else []
        if self._vault.surrogates:
            done = sorted([*done, *standing(text, self._vault)])
        for spot in spots:
            for piece in without_breaks(text, spot) if spot.score >= FLOOR else ():
                yield from (
                    left for left in subtract(piece, done) if any(map(str.isalnum, text[left.start : left.end]))
                )

    def _decided(self, kind: str, value: str, path: str, *, linked: bool) -> Action:
        action = self._action(kind, value, path, linked=linked)
        if action is Action.ALLOW:
            self._release(kind, path, value)
        elif action is Action.BLOCK and self._strict:
            what = f"The policy lets no {kind} leave, and there is one at {path or 'the top'}."
            if kind == BINARY:
                what = f"There is binary data at {path or 'the top'}, which cannot be looked into."
            hint = f"{self._decider.shown()} shows what holds. If it may leave: {self._decider.rule(kind, path)}"
            raise self._refusal(what, hint, kind, path, value)
        return action

    def _action(self, kind: str, value: str, path: str, *, linked: bool) -> Action:
        """Binary data goes back to the server that gave it, and ends no text for a model: something stands for it."""
        if kind == BINARY and self._decider.gave(value):
            return Action.ALLOW
        action = self._decider.action(kind, value, path, linked=linked)
        hidden = kind == BINARY and action is Action.BLOCK and not self._decider.in_a_call
        return Action.PSEUDONYMISE if hidden else action

    def _refusal(self, what: str, hint: str, kind: str, path: str, value: str) -> PrivacyBlocked:
        return PrivacyBlocked(what, hint=hint, kind=kind, path=path, digest=self._vault.digest(value))

    def _release(self, kind: str, path: str, value: str) -> None:
        if kind not in FREE:
            digest = self._vault.digest(value)
            self.released[path, digest] = Redaction(kind, path, digest, "allow")

    def _escape(self, text: str, path: str) -> str:
        """Text that only looks like a pseudonym gets one of its own, so that it comes back as it is.

        In a model's call it is one of another session, or made up: what it stands for nobody here knows.
        """

        def one(shape: str) -> str:
            if self._vault.value_of(shape):
                return shape
            self._decider.traced += 1
            if self._decider.refuses_strangers and USER not in self._vault.sources(shape):
                what = f"There is a pseudonym at {path or 'the top'} that was not given out in this session."
                hint = "Use a pseudonym exactly as it stands in this conversation, or ask the user for the value."
                raise self._refusal(what, hint, LITERAL, path, shape)
            return self._pseudonym(shape, LITERAL, path)

        return pseudonyms.replace(text, one)

    def _replace(
        self, text: str, spots: Iterable[tuple[Spot, Action]], path: str, schema: Mapping[str, Any] | None
    ) -> str:
        built, at = [], 0
        for spot, action in spots:
            value = text[spot.start : spot.end]
            built.append(text[at : spot.start])
            if spot.type == "SECRET":
                self._note("SECRET", path, value, "mask")
                self._vault.hold(spot.kind or "secret", value)
                built.append(pseudonyms.mask(spot.kind or "secret"))
            elif action is Action.MASK:
                self._note(spot.type, path, value, "mask")
                built.append(pseudonyms.cover(spot.type))
            elif action is Action.HASH:
                self._note(spot.type, path, value, "hash")
                built.append(pseudonyms.hashed(spot.type, self._vault.digest(value)))
            else:
                form = form_for(schema, spot.type, before="".join(built), after=text[spot.end :]) if schema else ""
                built.append(self._pseudonym(value, spot.type, path, form=form))
            at = spot.end
        return "".join([*built, text[at:]])

    def _pseudonym(self, value: str, kind: str, path: str, *, form: str = "") -> str:
        self._note(kind, path, value)
        return self._vault.issue(value, kind, form=form, source=self._source)

    def _note(
        self, kind: str, path: str, value: str, action: Literal["pseudonym", "mask", "hash"] = "pseudonym"
    ) -> None:
        self.redactions.append(Redaction(kind, path, self._vault.digest(value), action))

    def octets(self, leaf: Leaf) -> str | None:
        """What stands for a list of bytes that say `leaf`; None where it may stay. In a call nothing can: it blocks."""
        self._decider.traced += 1  # what numbers say is not read when it is asked what was learned since
        said = self.text(str(leaf.value), leaf.path, key=leaf.key, around=leaf.around)
        if said == leaf.value:
            return None
        if not self._strict:
            return said
        raise self._unfit("written as a list of its bytes", leaf.path, str(leaf.value), hint="Send it as text. ")

    def _number(self, leaf: Leaf, value: float) -> str | float:
        """A number stays one: for what is personal another one stands; where none can, it blocks."""
        written = numbers.written(value)
        if self._vault.value_of(written) is not None or is_own_word(value, leaf.schema or _ANY):
            return value
        digits = numbers.bare(written)
        kind = self._kind(digits, leaf.key, leaf.around) or number_kind(str(value), self._vault)
        action = self._decided(kind, digits, leaf.path, linked=False) if kind else Action.ALLOW
        if action is Action.ALLOW or (leaf.path, kind, digits) in self._decider.questions:
            return value  # of what is asked nothing leaves before it is answered
        if kind == "SECRET" and not self._strict:
            self._note(kind, leaf.path, digits, "mask")
            return pseudonyms.mask(keys.secret_name(leaf.key))
        return self._stand_in(leaf, value, kind, action)

    def _stand_in(self, leaf: Leaf, value: float, kind: str, action: Action) -> str | float:
        replaced = kind != "SECRET" and (action is Action.PSEUDONYMISE or not self._strict)
        form = numbers.form_for(leaf.schema or {}, value) if replaced else ""
        if form:
            return type(value)(self._pseudonym(str(value), kind, leaf.path, form=form))
        if not self._strict:
            return self._pseudonym(str(value), kind, leaf.path)
        why = numbers.why_not(leaf.schema or {}) if replaced else "no number may stand for what is secret or masked"
        what = f"There is a personal number at {leaf.path or 'the top'} ({kind}), and {why}."
        digits = numbers.bare(numbers.written(value))
        raise self._refusal(what, self._decider.way([kind], leaf.path), kind, leaf.path, digits)

    def _kind(self, digits: str, key: str, around: Sequence[str]) -> str:
        """The type of a number that is personal, else nothing."""
        kind = keys.judge_number(key) if len(digits) >= 3 else ""  # noqa: PLR2004 - shorter ones identify nobody
        if kind or not digits.isdigit():
            return kind
        told = (spot.type for spot in keys.judge(key, digits, around) if _is_all(spot, digits))
        return next(told, "") or patterns.personal_number(digits)


def _is_all(spot: Spot, text: str) -> bool:
    return spot.end - spot.start == len(text) and spot.score >= FLOOR and spot.type not in FREE
