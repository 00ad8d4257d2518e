"""The shapes of what machines write: UUIDs, digests, times, versions, paths, file names, identifiers, bare numbers.

A path is tried only where no path could have begun one letter earlier: there it was tried before, and came to nothing.
Right behind something else that was found it was not, so all shapes are tried there. That takes a fifth of the time
of trying all of them at each letter.
"""

import re
from collections.abc import Iterator

_SHAPES = r"""
      \b(?:[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b                      # UUID (RFC 9562)
    | \d{4}-\d\d-\d\d(?:[T\ ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?)?\b  # ISO 8601
    | \d{1,2}[/.]\d{1,2}[/.]\d{2,4}\b                                                  # a date
    | \d{1,2}:\d\d(?::\d\d)?(?:[.,]\d+)?\b                                             # a time of day
    | [0-9a-f]{7,128}\b | [0-9A-F]{16,128}\b                                           # digests, bare lower numbers
    | v?\d{1,5}(?:\.\d{1,6}){2,4}(?:[-+][\w.]+)?\b)                                    # versions
    | PATH(?:[\w.~-]*+/){1,20}[\w.~-]+ | (?<![\w-])[\w-]++\.[A-Za-z]{1,5}\b              # paths, file names
    | \b(?=[\w-]{0,40}[A-Za-z])[A-Za-z0-9]++(?:[-_][A-Za-z0-9]+)+\b                    # ORD-123456, eu-20260812-09
    | (?<![\w.,+(-])(?<![\d)][ ])-?\d+(?:[.,]\d+)*(?![\w)/-]|\ [(\-]?\d)                  # one bare number
"""
ALL = re.compile(_SHAPES.replace("PATH", ""), re.VERBOSE)
_MOST = re.compile(r"(?=[\w/.~-])(?:" + _SHAPES.replace("PATH", r"(?<![\w/.~-])") + ")", re.VERBOSE)


def shapes(text: str) -> Iterator[tuple[int, int]]:
    """The spans of what a machine wrote, in order."""
    found = _MOST.search(text)
    while found is not None:
        yield found.span()
        found = ALL.match(text, found.end()) or _MOST.search(text, found.end())
