"""Replacing what was found: one text, or one payload, under one session's vault.

A text is redacted until nothing more is found in it, since a replaced value can make another one plain (it is echoed,
or its neighbour now stands alone). So redacting twice changes nothing, and `restore(redact(text)) == text`, secrets
aside.
"""

from collections.abc import Iterable

from roxy.contracts.privacy import Redaction
from roxy.errors import PrivacyBlocked
from roxy.privacy import encodings, pseudonyms
from roxy.privacy.detection import keys, patterns
from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.spots import Spot
from roxy.privacy.vault import SessionVault
from roxy.privacy.walk import Leaf

REPLACED = frozenset(pseudonyms.LABELS) | {"SECRET"}
PASSED = frozenset({"LOCATION", "ORGANIZATION", "DATE", "DATE_TIME", "URL", "NRP"})
"""The balanced policy: cities, dates, organisations and plain links pass, so that weather and search work."""
FLOOR = 0.5
"""What is less certain than this is reported by `scan` and not replaced."""
_PASSES = 5
_SPLIT = frozenset('"\n\r\t\v\f\b\0')
"""No value may contain these: put back inside a JSON text, they would break it."""


class Redactor:
    """Redacts for one session; collects what it did. Not for several threads at once; make one per payload."""

    def __init__(self, detector: Detector, vault: SessionVault, *, presidio: bool = True, strict: bool = True) -> None:
        self._detector = detector
        self._vault = vault
        self._presidio = presidio
        self._strict = strict
        self._depth = 0
        self.redactions: list[Redaction] = []

    def leaf(self, leaf: Leaf) -> str | float:
        """What stands in place of a leaf of an outgoing payload. Raises `PrivacyBlocked` for a personal number."""
        if not isinstance(leaf.value, str):
            return self._number(leaf)
        schema = leaf.schema or {}
        if leaf.value == schema.get("const", self) or leaf.value in _options(schema.get("enum")):
            return leaf.value  # one of the tool's own words
        text = self.text(leaf.value, leaf.path, key=leaf.key, around=leaf.around, inbox=schema.get("format") == "email")
        longest = schema.get("maxLength")
        if text != leaf.value and isinstance(longest, int) and len(text) > longest and self._strict:
            raise PrivacyBlocked(
                f"The value at {leaf.path or 'the top'} is personal, and its pseudonym is longer than the "
                f"{longest} characters that the tool takes.",
                hint=ALLOW,
            )
        return text

    def key(self, key: str, path: str) -> str:
        """Keys stay as they are; one that is itself personal cannot, so it blocks (or is replaced in records)."""
        if self._detector.is_plain_key(key) and not self._vault.echoes(key):
            return key
        if not self._find(key):
            return key
        if not self._strict:
            return self.text(key, path)
        raise PrivacyBlocked(f"A key of the object at {path or 'the top'} is itself personal.", hint=ALLOW)

    def text(self, text: str, path: str = "", *, key: str = "", around: Iterable[str] = (), inbox: bool = False) -> str:
        """`text` with everything personal replaced."""
        text = self._decoded(self._escape(text, path), path)
        for _ in range(_PASSES):
            spots = self._find(text, key, around)
            if not spots:
                return text
            text = self._replace(text, spots, path, inbox=inbox)
        raise PrivacyBlocked(
            f"The text at {path or 'the top'} shows something personal however often it is redacted.",
            hint="Word it differently, or leave that part out.",
        )

    def _decoded(self, text: str, path: str) -> str:
        """`text` with what stands encoded in it redacted inside, and written again as it was."""
        built: list[str] = []
        at = 0
        for piece in encodings.pieces(text):
            self._depth += 1
            if self._depth > encodings.DEPTH:
                raise PrivacyBlocked(
                    f"The text at {path or 'the top'} is encoded within itself more than {encodings.DEPTH} times.",
                    hint="Send it as plain text.",
                )
            inside = self.text(piece.inside, path)
            self._depth -= 1
            if inside != piece.inside:
                built += (text[at : piece.start], self._encoded(text[piece.start : piece.end], piece, inside, path))
                at = piece.end
        return "".join([*built, text[at:]]) if built else text

    def _encoded(self, was: str, piece: encodings.Piece, inside: str, path: str) -> str:
        """An encoded piece that now says `inside`; where that could not be undone, pseudonyms for its letters."""
        written = piece.encode(inside) if piece.encode is not None else was
        if written != was and (encodings.may_hold_pseudonyms(written) or "[SECRET:" in inside):
            again = [(one.inside, one.encode and one.encode(piece.inside)) for one in encodings.pieces(written)]
            if again == [(inside, was)]:
                return written
        whole = Spot(0, len(was), "ID")
        return self._replace(was, _without_breaks(was, whole), path, inbox=False)

    def _find(self, text: str, key: str = "", around: Iterable[str] = ()) -> list[Spot]:
        known = self._vault.echoes(text)
        spots = self._detector.find(text, key=key, around=around, known=known, presidio=self._presidio)
        return [piece for spot in spots if replaced(spot) for piece in _without_breaks(text, spot)]

    def _escape(self, text: str, path: str) -> str:
        """Text that only looks like a pseudonym gets one of its own, so that it comes back as it is."""
        return pseudonyms.replace(
            text, lambda shape: shape if self._vault.value_of(shape) else self._pseudonym(shape, "LITERAL", path)
        )

    def _replace(self, text: str, spots: Iterable[Spot], path: str, *, inbox: bool) -> str:
        built: list[str] = []
        at = 0
        for spot in spots:
            value = text[spot.start : spot.end]
            built.append(text[at : spot.start])
            if spot.type == "SECRET":
                self._note("SECRET", path, value, mask=True)
                built.append(pseudonyms.mask(spot.kind or "secret"))
            else:
                built.append(self._pseudonym(value, spot.type, path, inbox=inbox and spot.type == "EMAIL_ADDRESS"))
            at = spot.end
        return "".join([*built, text[at:]])

    def _pseudonym(self, value: str, kind: str, path: str, *, inbox: bool = False) -> str:
        self._note(kind, path, value)
        return self._vault.issue(value, kind, inbox=inbox)

    def _note(self, kind: str, path: str, value: str, *, mask: bool = False) -> None:
        digest = self._vault.digest(value)
        self.redactions.append(Redaction(kind, path, digest, "mask" if mask else "pseudonym"))

    def _number(self, leaf: Leaf) -> str | float:
        """A number keeps its type, so one that is personal blocks (in records it becomes text)."""
        digits = str(leaf.value).removeprefix("-").removesuffix(".0")
        kind = keys.judge_number(leaf.key) if len(digits) >= 3 else ""  # noqa: PLR2004 - shorter ones identify nobody
        if not kind and digits.isdigit():
            kind = patterns.personal_number(digits) or self._echo(digits)
        if not kind:
            assert not isinstance(leaf.value, str)  # noqa: S101 - `leaf` has sent texts elsewhere
            return leaf.value
        if self._strict:
            raise PrivacyBlocked(
                f"The number at {leaf.path or 'the top'} is personal ({kind}), and a number cannot be replaced by a "
                "pseudonym.",
                hint=f"Send it as text if the tool takes text. {ALLOW}",
            )
        if kind == "SECRET":
            self._note(kind, leaf.path, digits, mask=True)
            return pseudonyms.mask(keys.secret_name(leaf.key))
        return self._pseudonym(str(leaf.value), kind, leaf.path)

    def _echo(self, digits: str) -> str:
        return next((spot.type for spot in self._vault.echoes(digits) if spot.end - spot.start == len(digits)), "")


ALLOW = "If this server may see real values, declare it `external: false` in mcp_servers.yaml."


def replaced(spot: Spot) -> bool:
    """Whether the balanced policy replaces this spot."""
    return spot.score >= FLOOR and spot.type not in PASSED


def _options(enum: object) -> list[object]:
    return enum if isinstance(enum, list) else []


def _without_breaks(text: str, spot: Spot) -> list[Spot]:
    """A spot cut at line breaks and quotes; secrets, which never come back, stay whole."""
    piece = text[spot.start : spot.end]
    if spot.type == "SECRET" or _SPLIT.isdisjoint(piece):
        return [spot]
    cut, start = [], spot.start
    for at in range(spot.start, spot.end + 1):
        if at == spot.end or text[at] in _SPLIT:
            part = text[start:at]
            if any(map(str.isalnum, part)):
                lead = len(part) - len(part.lstrip())
                cut.append(spot._replace(start=start + lead, end=start + len(part.rstrip())))
            start = at + 1
    return cut
