"""Putting real values back: in a text, in a payload, and in a stream of pieces of text."""

from collections.abc import Mapping
from typing import Any

from roxy.privacy import pseudonyms, surrogates
from roxy.privacy.encodings import may_hold_pseudonyms, pieces
from roxy.privacy.payloads import ARRAY, OBJECT, told
from roxy.privacy.pseudonyms import SHAPE, canonical, replace
from roxy.privacy.vault import SessionVault
from roxy.privacy.walk import MAX_DEPTH


def restore_text(text: str, vault: SessionVault, *, before: str = "", after: str = "") -> str:
    """Put back every pseudonym that `vault` has issued, also in base64; unknown and foreign ones stay as they are.

    A value that was put back is never looked at again. `before` and `after` are what stands around the text.
    """
    if not may_hold(text, vault):
        return text
    built: list[str] = []
    at = 0
    # What stood in lines was replaced as a whole, so none that has pseudonyms in it was written by us.
    for piece in pieces(text, in_lines=False) if may_hold_pseudonyms(text) else ():
        inside = _real(piece.inside, vault)
        if inside != piece.inside and piece.encode is not None:
            around = (before + text[:at])[-1:], text[piece.start : piece.start + 1]
            built += (_real(text[at : piece.start], vault, *around), piece.encode(inside))
            at = piece.end
    return "".join([*built, _real(text[at:], vault, (before + text[:at])[-1:], after)])


def may_hold(text: str, vault: SessionVault) -> bool:
    """Whether something may stand in `text` that this session has given out; most texts have nothing."""
    if vault.surrogates:
        return True
    return vault.state.values > 0 and ("-r" in text or "-R" in text or may_hold_pseudonyms(text))


def _real(text: str, vault: SessionVault, before: str = "", after: str = "") -> str:
    if not vault.surrogates:
        return replace(text, lambda found: vault.value_of(found) or found)
    whole, built, at, stop = before + text + after, [], len(before), len(before) + len(text)
    for start, end in standing(whole, vault):
        if at <= start and end <= stop:
            built += [whole[at:start], vault.value_of(whole[start:end]) or ""]
            at = end
    return "".join([*built, whole[at:stop]])


def standing(text: str, vault: SessionVault) -> list[tuple[int, int]]:
    """Where pseudonyms of this session stand, in whatever form; disjoint, in their order."""
    found: list[tuple[int, int]] = []
    candidates = [*pseudonyms.spans(text), *(surrogates.spans(text) if vault.surrogates else ())]
    for start, end in sorted(candidates):
        if (not found or start >= found[-1][1]) and vault.value_of(text[start:end]) is not None:
            found.append((start, end))
    return found


def restored(payload: Any, vault: SessionVault, *, keys: bool) -> Any:
    """Put real values back into the text leaves, and into `keys`; what is no JSON or too deep stays as it is.

    What has nothing to put back is the same object as before.
    """
    if not may_hold("\n".join(told(payload)), vault):
        return payload
    return _put_back(payload, vault, 0, keys=keys)


def _put_back(value: Any, vault: SessionVault, depth: int, *, keys: bool) -> Any:
    if isinstance(value, str):
        return restore_text(value, vault)
    if depth >= MAX_DEPTH:
        return value
    if isinstance(value, OBJECT):
        return _put_back_into(value, vault, depth + 1, keys=keys)
    if isinstance(value, ARRAY):
        items = [_put_back(item, vault, depth + 1, keys=keys) for item in value]
        return tuple(items) if isinstance(value, tuple) else items
    return value


def _put_back_into(value: Mapping[Any, Any], vault: SessionVault, depth: int, *, keys: bool) -> Mapping[Any, Any]:
    if not all(isinstance(name, str) for name in value):
        return value
    return {
        (restore_text(name, vault) if keys else name): _put_back(item, vault, depth, keys=keys)
        for name, item in value.items()
    }


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
