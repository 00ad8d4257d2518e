"""Identifiers: sortable by time, unguessable enough to be shown, short enough to be typed back."""

import secrets
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def new_id(prefix: str) -> str:
    """Make an id such as `ses_01jd8k3v9w-7hq2mzx4`: 48 bits of milliseconds, then 40 random bits.

    Ids made later sort later (to the millisecond). The alphabet is Crockford's base 32 in lower case, which leaves
    out letters that are easily confused.
    """
    return f"{prefix}_{_encode(time.time_ns() // 1_000_000, 10)}-{_encode(secrets.randbits(40), 8)}"


def _encode(number: int, width: int) -> str:
    digits = []
    for _ in range(width):
        number, rest = divmod(number, 32)
        digits.append(_ALPHABET[rest])
    return "".join(reversed(digits))
