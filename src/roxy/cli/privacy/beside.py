"""What is and what would leave, side by side or, where there is little room, one below the other.

Of each argument the parts that differ are styled: what is real on one side, what stands for it on the other. Where the
two cannot be laid on each other (something encoded was written anew) all of it is.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from roxy.cli import output
from roxy.privacy.pseudonyms import MASK, ONE_WAY, SHAPE

STYLES = {"pseudonym": "yellow", "mask": "red", "hash": "magenta", "allow": "green", "block": "red"}
_REAL = "bold"
_ROOM = 72
"""Characters of a line from which on two columns stand side by side."""
_STANDS_FOR = re.compile(f"{SHAPE.pattern}|{MASK.pattern}|{ONE_WAY.pattern}", SHAPE.flags)
_ASKED = " once you said yes"
_Sides = tuple[output.Parts, output.Parts]


@dataclass(frozen=True, slots=True)
class Value:
    """One value that was found."""

    path: str
    type: str
    action: str
    why: str
    asked: bool


def draw(arguments: Any, leaves: Any, values: Sequence[Value]) -> None:
    """Draw both on standard output."""
    found: dict[str, list[Value]] = {}
    for value in values:
        found.setdefault(value.path, []).append(value)
    rows = [
        (path or "/", *_sides(_shown(real), _shown(left), found.get(path, [])), _why(found.get(path, [])))
        for (path, real), (_, left) in zip(_leaves(arguments), _leaves(leaves), strict=True)
    ]
    if output.width() >= _ROOM:
        names = ["argument", "as it is", "as it would leave", "why"][: 4 if values else 3]
        output.draw(output.table(names, [row[: len(names)] for row in rows]))
        return
    for path, real, left, why in rows:
        output.pieces(output.Cell(path, "bold"), *(("  ", output.Cell(why, "dim")) if why else ()))
        if str(real) != str(left):
            output.pieces("  - ", *real.parts)
        output.pieces("  + ", *left.parts)


def _why(values: Sequence[Value]) -> str:
    """What became of each type, those together that fared alike."""
    alike: dict[str, dict[str, None]] = {}
    for one in values:
        alike.setdefault(f"{one.action}{_ASKED if one.asked else ''} ({one.why})", {})[one.type] = None
    return "; ".join(f"{', '.join(types)}: {what}" for what, types in alike.items())


def _sides(real: str, left: str, values: Sequence[Value]) -> _Sides:
    if real == left:
        style = STYLES["allow"] if values else "dim"
        return output.Parts([output.Cell(real, style)]), output.Parts([output.Cell(left, style)])
    stands = list(_STANDS_FOR.finditer(left))
    plain = _between(left, stands)
    laid = re.fullmatch("(.+?)".join(map(re.escape, plain)), real, re.DOTALL) if stands else None
    if laid is None:
        style = STYLES[values[0].action] if values else ""
        return output.Parts([output.Cell(real, _REAL)]), output.Parts([output.Cell(left, style)])
    new = [output.Cell(found[0], _style_of(found[0])) for found in stands]
    return _woven(plain, [output.Cell(was, _REAL) for was in laid.groups()]), _woven(plain, new)


def _between(text: str, found: Sequence[re.Match[str]]) -> list[str]:
    starts = [0, *(one.end() for one in found)]
    return [text[start:end] for start, end in zip(starts, [*(one.start() for one in found), len(text)], strict=True)]


def _woven(plain: Sequence[str], styled: Sequence[output.Cell]) -> output.Parts:
    parts: list[output.Cell | str] = [plain[0]]
    for cell, text in zip(styled, plain[1:], strict=True):
        parts += (cell, text)
    return output.Parts(parts)


def _style_of(stand_in: str) -> str:
    if SHAPE.fullmatch(stand_in):
        return STYLES["pseudonym"]
    return STYLES["hash" if "-hx" in stand_in else "mask"]


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, f"{path}/{key.replace('~', '~0').replace('/', '~1')}")
    elif isinstance(value, list) and value:
        for place, item in enumerate(value):
            yield from _leaves(item, f"{path}/{place}")
    else:
        yield path, value


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
