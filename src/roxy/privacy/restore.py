"""Putting real values back: in a text, in a payload, and in a stream of pieces of text."""

from typing import Any

from roxy.privacy.encodings import may_hold_pseudonyms, pieces
from roxy.privacy.pseudonyms import SHAPE, canonical, replace
from roxy.privacy.vault import SessionVault
from roxy.privacy.walk import Leaf, Walk


def restore_text(text: str, vault: SessionVault) -> str:
    """Put back every pseudonym that `vault` has issued, also in base64; unknown and foreign ones stay as they are.

    A value that was put back is never looked at again.
    """
    if not len(vault):
        return text
    built: list[str] = []
    at = 0
    for piece in pieces(text) if may_hold_pseudonyms(text) else ():
        inside = _real(piece.inside, vault)
        if inside != piece.inside and piece.encode is not None:
            built += (_real(text[at : piece.start], vault), piece.encode(inside))
            at = piece.end
    return "".join([*built, _real(text[at:], vault)])


def _real(text: str, vault: SessionVault) -> str:
    return replace(text, lambda found: vault.value_of(found) or found)


def restored(payload: Any, vault: SessionVault) -> Any:
    """Put real values back into the text leaves; what is no JSON stays as it is."""

    def leaf(found: Leaf) -> Any:
        return restore_text(found.value, vault) if isinstance(found.value, str) else found.value

    return Walk(leaf, lambda key, _: restore_text(key, vault), lenient=True).rebuild(payload)


class StreamRestorer:
    """Restores a text that arrives in pieces, cut anywhere.

    Holds back only a tail that may still become a pseudonym which this session has issued: at most one pseudonym's
    length, and nothing as long as none begins at the end of the piece. What is in base64 stays as it is.
    """

    def __init__(self, vault: SessionVault) -> None:
        self._vault = vault
        self._held = ""

    def feed(self, chunk: str) -> str:
        """Take the next piece; returns what can be shown now (perhaps nothing)."""
        text = self._held + chunk
        cut = self._tail(text)
        self._held = text[cut:]
        return restore_text(text[:cut], self._vault)

    def close(self) -> str:
        """The stream has ended; returns what was still held back, as it is."""
        held, self._held = self._held, ""
        return restore_text(held, self._vault)

    def _tail(self, text: str) -> int:
        """Where the tail begins that may still grow into an issued pseudonym; `len(text)` when there is none."""
        longest = self._vault.longest
        if not longest:
            return len(text)
        first = max(0, len(text) - longest + 1)
        # A complete pseudonym is never part of a longer one, so the search begins behind the last one.
        for found in SHAPE.finditer(text, max(0, first - longest)):
            first = max(first, found.end())
        for at in range(first, len(text)):
            if self._vault.begins_one(canonical(text[at:])):
                return at
        return len(text)
