"""Identifiers: sortable by time, unguessable enough to be shown, short enough to be typed back."""

import os
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]


def new_id(prefix: str) -> str:
    """Make an id such as `ses_01jd8k3v9w-7hq2mzx4`: 48 bits of milliseconds, then 40 random bits.

    Ids made later sort later (to the millisecond). The alphabet is Crockford's base 32 in lower case, which leaves
    out letters that are easily confused.
    """
    now, chance = time.time_ns() // 1_000_000, int.from_bytes(os.urandom(5))
    return f"{prefix}_{_PAIRS[now >> 40 & 1023]}{_eight(now)}-{_eight(chance)}"


def _eight(number: int) -> str:
    """The last 40 bits in 8 digits; written out, for every event has an id."""
    pairs = _PAIRS
    return f"{pairs[number >> 30 & 1023]}{pairs[number >> 20 & 1023]}{pairs[number >> 10 & 1023]}{pairs[number & 1023]}"
