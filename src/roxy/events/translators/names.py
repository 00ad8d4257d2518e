"""Tool names on the wire, and back.

Roxy's names are `server.tool`; providers take letters, digits, `_` and `-`, 64 at most, and Gemini wants a letter or
`_` first. A dot becomes `__`; any other character becomes `_xHEX_`; so does an underscore that would be read as one of
these. `canonical_name` undoes that for every name whose form fits into 64; a longer one is cut and ends in a
digest, and comes back through the map of the request's own tools.
"""

import hashlib
import re
import sys
from collections.abc import Iterable, Mapping
from string import ascii_letters, digits

_PLAIN = frozenset(ascii_letters + digits + "-")
_HEX = frozenset("0123456789ABCDEF")
_LONGEST = 64
_DIGEST = 12
_ESCAPED = re.compile(r"_x([0-9A-F]{0,6})_|__")


def wire_name(name: str) -> str:
    """The name in the characters every provider takes, `[A-Za-z_][A-Za-z0-9_-]{0,63}`; the same name gives the same."""
    said = "".join(_escaped(name, place) for place in range(len(name))) or "_x_"
    if len(said) <= _LONGEST:
        return said
    digest = hashlib.sha256(name.encode()).hexdigest()[:_DIGEST]
    return f"{said[: _LONGEST - _DIGEST - 1]}-{digest}"


def canonical_name(wire: str, tools: Mapping[str, str] | None = None) -> str:
    """Roxy's name of a tool a provider calls `wire`; `tools` is the map of the request, if there is one."""
    known = (tools or {}).get(wire)
    return _ESCAPED.sub(_unescaped, wire) if known is None else known


def wire_names(names: Iterable[str]) -> dict[str, str]:
    """The map of a request: from the name on the wire to Roxy's, for every tool that is offered."""
    return {wire_name(name): name for name in names}


def _escaped(name: str, place: int) -> str:
    character = name[place]
    if character == ".":
        return "__" if place else f"_x{ord('.'):X}_"
    if character in _PLAIN and (place or character in ascii_letters):
        return character
    if character == "_" and not _ambiguous(name, place):
        return character
    return f"_x{ord(character):X}_"


def _ambiguous(name: str, place: int) -> bool:
    """Would this underscore, left as it is, be read as part of an escape?"""
    before, after = name[place - 1 : place], name[place + 1 : place + 3]
    if (before and before not in _PLAIN) or (after and after[0] not in _PLAIN):
        return True
    return (place == 1 and name[0] not in ascii_letters) or (
        after[:1] == "x" and (after[1:] not in _PLAIN or after[1:] in _HEX)
    )


def _unescaped(found: re.Match[str]) -> str:
    if found.group() == "__":
        return "."
    digits_of = found.group(1)
    if not digits_of:
        return ""
    code = int(digits_of, 16)
    return chr(code) if code <= sys.maxunicode else found.group()
