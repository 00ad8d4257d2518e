"""What leaves became, so that one that comes again unchanged costs a look into a dictionary.

An entry is found by everything that its outcome depended on: the text (by its digest), its place, who decides, and how
often the gateway was taught. What the session has learned since is asked of the vault: as long as none of it stands in
the text, in any reading, a new look would give the same. What depends on who said a value is never remembered.
"""

from collections.abc import Hashable
from typing import NamedTuple

from roxy.contracts.privacy import Redaction
from roxy.privacy.detection.remembered import Remembered, digest
from roxy.privacy.payloads import stands_in
from roxy.privacy.vault import SessionVault, State

_MOST = 16_000_000
"""Bytes, roughly."""
_ENTRY = 400
_REDACTION = 150


class Became(NamedTuple):
    """What became of one leaf."""

    text: str | None
    """None when it stayed as it is."""
    redactions: tuple[Redaction, ...]
    released: tuple[Redaction, ...]
    state: State
    """What the vault knew before."""

    def __repr__(self) -> str:
        return f"Became({len(self.redactions)} redactions)"


class Leaves:
    """The leaves of all sessions. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._kept: Remembered[Hashable, Became] = Remembered(most)

    def find(self, text: str, place: Hashable, vault: SessionVault) -> Became | None:
        """What became of `text` at this place; None when that is to be found out anew."""
        asked = vault.serial, digest(text), place
        entry = self._kept.get(asked)
        if entry is None or entry.state == vault.state:
            return entry
        state = vault.state
        # A secret is found in any coding, and what looks like a surrogate becomes one: too much to be asked here.
        if state[1:] != entry.state[1:] or stands_in(text, vault.values_since(entry.state.values)):
            return None
        self._put(asked, entry._replace(state=state))
        return entry

    def keep(self, text: str, place: Hashable, vault: SessionVault, entry: Became) -> None:
        """Remember what `text` became when the vault knew `entry.state`."""
        self._put((vault.serial, digest(text), place), entry)

    def _put(self, asked: Hashable, entry: Became) -> None:
        self._kept.put(asked, entry, _ENTRY + len(entry.text or "") + _REDACTION * len(entry.redactions))
