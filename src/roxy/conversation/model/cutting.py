"""Where a long text may be cut: half a number, or half a name, is found by nobody any more."""

import re
from collections.abc import Callable, Iterable

from roxy.contracts.privacy import Finding
from roxy.errors import PrivacyBlocked

AROUND = 500
"""Characters on either side of a cut that are looked at."""
_LAST_WORD = re.compile(r"\S+\Z")


def beginning(text: str, longest: int, scan: Callable[[str], Iterable[Finding]]) -> str:
    """At most `longest` characters of `text`, cut between words and before whatever personal stands across that place.

    `scan` tells what is personal in a text; where it cannot (`PrivacyBlocked`), nothing near the cut is left.
    """
    if len(text) <= longest:
        return text
    start = max(0, longest - AROUND)
    kept = text[start:longest]
    cut_word = None if text[longest].isspace() else _LAST_WORD.search(kept)
    at = cut_word.start() if cut_word else len(kept)
    try:
        found = scan(text[start : longest + AROUND])
    except PrivacyBlocked:
        return text[:start]
    return text[: start + min((one.start for one in found if one.start < at < one.end), default=at)]
