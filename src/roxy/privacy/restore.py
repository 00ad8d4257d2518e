"""Putting real values back: in a text, in a payload, and in a stream of pieces of text."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

from roxy.privacy import binary, pseudonyms, surrogates
from roxy.privacy.binary import BINARY, is_binary
from roxy.privacy.detection.detector import Detector
from roxy.privacy.detection.spots import FLOOR, Spot, covers, joined
from roxy.privacy.encodings import Piece, may_hold_pseudonyms, pieces
from roxy.privacy.forms import numbers
from roxy.privacy.payloads import ARRAY, OBJECT, TooLong, told
from roxy.privacy.policy.rules import FREE
from roxy.privacy.pseudonyms import SHAPE, canonical
from roxy.privacy.vault import SessionVault
from roxy.privacy.walk import MAX_DEPTH

_LEAF = (str, int, float)


class Put(NamedTuple):
    """A part of a text in which pseudonyms were put back, or none stood."""

    was: str
    now: str
    inside: "tuple[Put, ...]" = ()
    """What an encoded part says."""


Look = Callable[[str], Iterable[Spot]]
"""What of a text would be replaced if it were to leave, when it is looked through for more than known values."""


class DoubtfulError(Exception):
    """A value would not be found again by being known alone."""


def no_look(_: str) -> Iterable[Spot]:
    """For who wants to know whether looking is needed at all. Raises `DoubtfulError`."""
    raise DoubtfulError


def restore_text(text: str, vault: SessionVault, *, before: str = "", after: str = "") -> str:
    """Put back every pseudonym that `vault` has issued, also in base64; unknown and foreign ones stay as they are.

    A value that was put back is never looked at again. `before` and `after` are what stands around the text.
    """
    return _now(_put_back(text, vault, before, after)) if may_hold(text, vault) else text


def may_hold(text: str, vault: SessionVault) -> bool:
    """Whether something may stand in `text` that this session has given out; most texts have nothing."""
    if vault.surrogates:
        return True
    return vault.state.values > 0 and ("-r" in text or "-R" in text or may_hold_pseudonyms(text))


def restore_found(text: str, vault: SessionVault, look: Look) -> str:
    """The same for a text that may leave later: a pseudonym whose value would not be found again there stays.

    Otherwise who has letters written around a pseudonym would be told what it stands for: `abcPERSON-rx…def` would
    become a word in which nobody looks for a name.
    """
    if not may_hold(text, vault):
        return text
    if (quickly := _plainly(text, vault)) is not None:
        return quickly
    parts = _put_back(text, vault)
    while any(put.now != put.was for put in parts):
        whole = _now(parts)
        lost = not _is_known(whole, parts, vault) and _lost(whole, parts, vault.echoes) and _lost(whole, parts, look)
        if not lost:
            return whole
        parts = [Put(put.was, put.was) if place in lost else put for place, put in enumerate(parts)]
    return text


def _plainly(text: str, vault: SessionVault) -> str | None:
    """The text with all put back, where nothing is encoded and all is surely found again by being known; else None."""
    if vault.surrogates or may_hold_pseudonyms(text):
        return None
    built: list[str] = []
    places: list[tuple[int, int]] = []
    at = size = 0
    for start, end, value in _issued(text, vault):
        built += (text[at:start], value)
        size += start - at
        places.append((size, size + len(value)))
        size, at = size + len(value), end
    whole = "".join([*built, text[at:]])
    return whole if all(vault.surely_echoes(whole, *place) for place in places) else None


def _is_known(whole: str, parts: Sequence[Put], vault: SessionVault) -> bool:
    """Whether all that was put back is surely found again by being known."""
    end = 0
    for put in parts:
        start, end = end, end + len(put.now)
        if put.now != put.was and (put.inside or not vault.surely_echoes(whole, start, end)):
            return False
    return True


def _lost(whole: str, parts: Sequence[Put], look: Look) -> set[int]:
    """Which parts would not be found again in the text that they make."""
    found = joined([*((spot.start, spot.end) for spot in look(whole)), *pseudonyms.spans(whole)])
    encoded = {piece.start: piece for piece in pieces(whole)} if any(put.inside for put in parts) else {}

    def stays(put: Put, start: int, end: int) -> bool:
        if put.inside:
            return _stays_encoded(put, (start, end), encoded.get(start), look)
        return covers(found, start, end)

    ends = list(accumulate(len(put.now) for put in parts))
    back = [(place, put) for place, put in enumerate(parts) if put.now != put.was]
    return {place for place, put in back if not stays(put, ends[place] - len(put.now), ends[place])}


def _stays_encoded(put: Put, span: tuple[int, int], piece: Piece | None, look: Look) -> bool:
    """Whether it would be decoded again, and found there."""
    inside = _now(put.inside)
    if piece is None or (piece.start, piece.end, piece.inside) != (*span, inside):
        return False
    return not _lost(inside, put.inside, look)


def _put_back(text: str, vault: SessionVault, before: str = "", after: str = "") -> list[Put]:
    built: list[Put] = []
    at = 0
    # What stood in lines was replaced as a whole, so none that has pseudonyms in it was written by us.
    for piece in pieces(text, in_lines=False) if may_hold_pseudonyms(text) else ():
        inside = tuple(_real(piece.inside, vault))
        said = _now(inside)
        if said != piece.inside and piece.encode is not None:
            around = (before + text[:at])[-1:], text[piece.start : piece.start + 1]
            built += _real(text[at : piece.start], vault, *around)
            built.append(Put(text[piece.start : piece.end], piece.encode(said), inside))
            at = piece.end
    return [*built, *_real(text[at:], vault, (before + text[:at])[-1:], after)]


def _real(text: str, vault: SessionVault, before: str = "", after: str = "") -> list[Put]:
    if not vault.surrogates:
        before = after = ""  # only what a schema gave its form depends on the letters beside it
    whole, at, stop = before + text + after, len(before), len(before) + len(text)
    built: list[Put] = []
    for start, end, value in _issued(whole, vault):
        if at <= start and end <= stop:
            found = whole[start:end]
            number = vault.surrogates and numbers.stands(found)
            built += (_as_it_is(whole[at:start]), Put(found, value.removesuffix(".0") if number else value))
            at = end
    return [*built, _as_it_is(whole[at:stop])]


def _now(parts: Iterable[Put]) -> str:
    return "".join(put.now for put in parts)


def _as_it_is(text: str) -> Put:
    return Put(text, text)


def standing(text: str, vault: SessionVault) -> list[tuple[int, int]]:
    """Where pseudonyms of this session stand, in whatever form; disjoint, in their order."""
    return [(start, end) for start, end, _ in _issued(text, vault)]


def _issued(text: str, vault: SessionVault) -> list[tuple[int, int, str]]:
    """The same, with what they stand for."""
    found: list[tuple[int, int, str]] = []
    candidates = pseudonyms.spans(text)
    if vault.surrogates:
        candidates = sorted([*candidates, *surrogates.with_days(surrogates.spans(text))])
    for start, end in candidates:
        if (not found or start >= found[-1][1]) and (value := vault.value_of(text[start:end])) is not None:
            found.append((start, end, value))
    return found


def restored(payload: Any, vault: SessionVault, *, keys: bool, look: Look, said: Iterable[str] | None = None) -> Any:
    """Put real values back into the text leaves, and into `keys`, where they would be found again if they left.

    What is no JSON or too deep stays as it is; what has nothing to put back is the same object as before. `said` are
    its words, when they are at hand. Raises what `look` does.
    """
    if not may_hold("\n".join(told(payload) if said is None else said), vault):
        return payload

    def change(found: Any) -> Any:
        return restore_found(found, vault, look) if isinstance(found, str) else _number(found, vault)

    return _through(payload, change, 0, keys=keys)


def _through(value: Any, change: Callable[[Any], Any], depth: int, *, keys: bool) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, _LEAF):
        return change(value)
    if depth >= MAX_DEPTH:
        return value
    if isinstance(value, OBJECT):
        return _through_object(value, change, depth + 1, keys=keys)
    if isinstance(value, ARRAY):
        made = [_through(item, change, depth + 1, keys=keys) for item in value]
        return tuple(made) if isinstance(value, tuple) else made
    return value


def _through_object(value: Mapping[Any, Any], change: Callable[[Any], Any], depth: int, *, keys: bool) -> Any:
    if not all(isinstance(name, str) for name in value):
        return value
    return {(change(name) if keys else name): _through(item, change, depth, keys=keys) for name, item in value.items()}


def would_go(detector: Detector, vault: SessionVault, most: int | None, text: str) -> list[Spot]:
    """What of a text would be replaced if it were to leave. Raises `TooLong` for more than `most` characters."""
    if most is not None and len(text) > most:
        raise TooLong
    spots = [spot for spot in detector.find(text, known=vault.echoes(text)) if spot.score >= FLOOR]
    whole = [(0, len(text))] if is_binary(text) else binary.spans(text)
    return [*(spot for spot in spots if spot.type not in FREE), *(Spot(*span, BINARY) for span in whole)]


def number_kind(written: str, vault: SessionVault) -> str:
    """The type of a number that is known to be personal, as it is written; empty for any other."""
    digits = numbers.bare(written)
    if len(digits) < numbers.SHORTEST:
        return ""
    whole = (spot.type for spot in vault.echoes(digits) if spot.end - spot.start == len(digits))
    return vault.knows(written) or next(whole, "")


def _number(value: float, vault: SessionVault) -> float:
    """The number that `value` stands for; what stands for none, or for one that would not be found again, stays."""
    real = vault.value_of(numbers.written(value)) if vault.surrogates else None
    found = None if real is None or not number_kind(real, vault) else numbers.read(real)
    return value if found is None else found


class StreamRestorer:
    """Restores a text that arrives in pieces, cut anywhere.

    Holds back only a tail that may still become a pseudonym which this session has issued: at most one pseudonym's
    length, and nothing as long as none begins at the end of the piece. What is in base64 stays as it is.
    """

    def __init__(self, vault: SessionVault) -> None:
        self._vault = vault
        self._held = ""
        self._before = ""

    def feed(self, chunk: str) -> str:
        """Take the next piece; returns what can be shown now (perhaps nothing)."""
        text = self._held + chunk
        cut = self._tail(text)
        self._held = text[cut:]
        return self._shown(text[:cut], text[cut:])

    def close(self) -> str:
        """The stream has ended; returns what was still held back, as it is."""
        held, self._held = self._held, ""
        return self._shown(held)

    def _shown(self, text: str, after: str = "") -> str:
        before, self._before = self._before, text[-1:] or self._before
        return restore_text(text, self._vault, before=before, after=after)

    def _tail(self, text: str) -> int:
        """Where the tail begins that may still grow into an issued pseudonym; `len(text)` when there is none."""
        longest = self._vault.longest
        if not longest:
            return len(text)
        # What a schema gave its form has no end of its own: the next letter may still belong to it.
        first = max(0, len(text) - longest + (not self._vault.surrogates))
        # A complete pseudonym is never part of a longer one, so the search begins behind the last one.
        for found in SHAPE.finditer(text, max(0, first - longest)):
            first = max(first, found.end())
        if self._vault.surrogates:
            ended = (end - len(self._before) for _, end in standing(self._before + text, self._vault))
            first = max([first, *(end for end in ended if end < len(text))])
        for at in range(first, len(text)):
            if self._vault.begins_one(canonical(text[at:])):
                return at
        return len(text)
