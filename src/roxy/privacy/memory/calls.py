"""What the arguments of whole calls became, so that a call that comes again costs one look into a dictionary.

An entry is found by everything that its outcome depended on: the arguments (by their digest), where they go, who
decides, who speaks, and how often the gateway was taught. What the session has learned since is asked of the vault, as
for single leaves. A call for which it mattered where a value came from, or about which somebody was asked, is never
remembered. No value is kept: of arguments that passed as they are only the digest is, and where a personal value left
by a rule or an answer nothing is.
"""

import hashlib
import marshal
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

from roxy.contracts.privacy import Redaction
from roxy.privacy.detection.remembered import Remembered
from roxy.privacy.payloads import stands_in
from roxy.privacy.vault import SessionVault, State

_MOST = 8_000_000
"""Bytes, roughly."""
_LONGEST = 20_000
"""Bytes of one payload: what is larger is remembered leaf by leaf."""
_ENTRY, _REDACTION = 500, 150
_FORM = 2
"""Of `marshal`: the last one in which equal values are always written alike."""


class Call(NamedTuple):
    """Arguments on their way, as they are looked up."""

    key: Hashable
    written: bytes
    payload: Any
    schema: Mapping[str, Any] | None

    def __repr__(self) -> str:
        return "Call()"


class Left(NamedTuple):
    """What left in place of the arguments of a call."""

    written: bytes
    """Empty when they left as they are."""
    redactions: tuple[Redaction, ...]
    state: State
    """What the vault knew before."""
    schema: Mapping[str, Any] | None
    """The very schema: kept, so that no other one can have its identity."""

    def __repr__(self) -> str:
        return f"Left({len(self.redactions)} redactions)"

    def payload(self, call: Call) -> Any:
        """The arguments as they left, made anew: whoever gets them, or gave them, may change them."""
        return marshal.loads(self.written or call.written)  # noqa: S302 - written in this process, never a file


class Calls:
    """The calls of all sessions. Safe to use from several threads."""

    def __init__(self, most: int = _MOST) -> None:
        self._kept: Remembered[Hashable, Left] = Remembered(most)

    def asked(
        self, payload: Any, place: Hashable, schema: Mapping[str, Any] | None, vault: SessionVault
    ) -> Call | None:
        """How a call is looked up that goes to `place`; None for what is too large, or is not all plain values."""
        try:
            written = marshal.dumps(payload, _FORM)
        except ValueError:
            return None
        if len(written) > _LONGEST:
            return None
        return Call((vault.serial, hashlib.blake2b(written, digest_size=16).digest(), place), written, payload, schema)

    def find(self, call: Call, vault: SessionVault) -> Left | None:
        """What left in place of this call's arguments; None when that is to be found out anew."""
        left = self._kept.get(call.key)
        if left is None or left.schema is not call.schema:
            return None
        state = vault.state
        if left.state == state:
            return left
        # A secret is found in any coding, and what looks like a surrogate becomes one: too much to be asked here.
        if state[1:] != left.state[1:] or stands_in(call.payload, vault.values_since(left.state.values)):
            return None
        left = left._replace(state=state)
        self._put(call.key, left)
        return left

    def keep(self, call: Call, payload: Any, redactions: tuple[Redaction, ...], state: State) -> None:
        """Remember that `payload` left in place of the call's own arguments when the vault knew `state`."""
        written = marshal.dumps(payload, _FORM)
        left = Left(b"" if written == call.written else written, redactions, state, call.schema)
        self._put(call.key, left)

    def _put(self, key: Hashable, left: Left) -> None:
        self._kept.put(key, left, _ENTRY + len(left.written) + _REDACTION * len(left.redactions))
